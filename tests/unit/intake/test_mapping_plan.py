from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import ClewError, InputRejected, UsageRejected
from clew.intake.cases.mapping import load_mapping, ready_mappings
from clew.intake.read import read_case_file

Write = Callable[..., Path]

FOREIGN = """
timezone = "America/New_York"
date_format = ["%d/%m/%Y", "%d/%m/%y"]
drop = ["junk"]

[columns]
case_id = "No."
reported_at = "Date Reported"
substances = ["drug1", "drug2"]
cause = ["Cause A", "Cause B"]
sex = "Gender"

[values.sex]
"1" = "male"
W = "female"

[constants]
agency = "XX"
location_precision_m = 250
sex = "other"

[traits]
group_race = "Race code"
"""

ROW = {
    "No.": "7",
    "Date Reported": "03/04/2014",
    "drug1": "Cocaine",
    "drug2": "Heroin",
    "Cause A": "Mixed drug",
    "Cause B": "toxicity",
    "Gender": "w",
    "Race code": "9",
    "junk": "j",
    "hue": "blue",
    "latitude": "51",
    "longitude": "0.1",
}


def test_foreign_headers_values_and_dates(write: Write, tmp_path: Path) -> None:
    toml = tmp_path / "m.toml"
    toml.write_text(FOREIGN)
    file = read_case_file(write([ROW, ROW | {"No.": "8", "Gender": ""}]), mapping=toml)
    first, second = (history.versions[0][1] for history in file.histories)
    assert (first.case_id, first.sex, second.sex) == ("7", "female", "other")
    assert first.reported_at == 1396583999  # 3 April 2014, 23:59:59 in New York
    assert first.substances == ("cocaine", "heroin")
    assert first.cause == "Mixed drug toxicity"
    assert first.agency == "XX"
    assert first.point is not None
    assert first.point.precision_m == 250
    assert first.extra == {"hue": "blue"}
    assert file.traits == {"7": {"group_race": "9"}, "8": {"group_race": "9"}}
    assert (file.timezone, file.warnings, file.rejects) == ("America/New_York", (), ())
    london = read_case_file(tmp_path / "cases.csv", mapping=str(toml), timezone="Europe/London")
    assert london.timezone == "Europe/London"


def test_columns_that_a_mapping_names_in_vain(write: Write, tmp_path: Path) -> None:
    toml = tmp_path / "m.toml"
    toml.write_text(FOREIGN)
    path = write([{k: v for k, v in ROW.items() if k != "drug2"}])
    (warning,) = read_case_file(path, mapping=toml).warnings
    assert "drug2" in warning
    with pytest.raises(InputRejected, match=r"case_id \(No\.\)"):
        read_case_file(write([{"Date Reported": "2014-04-03"}]), mapping=toml)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("columns = 3", "must be a table"),
        ("nonsense", "not valid TOML"),
        ("colums = {}", "no 'colums'"),
        ("[columns]\nreportd_at = 'x'", "not a column that can be used here"),
        ("[columns]\ncause = 3", "text or a list of texts"),
        ("[values]\nsex = 'm'", "must be a table"),
        ("[traits]\nrace = 'r'", "must begin with group_"),
        ("[date_formats]\nsex = '%d'", "not a column that can be used here"),
        ("[window]\ncolumn = 'w'\norder = 'sideways'", "needs a column and an order"),
        ("[window]\ncolumn = 'w'\norder = 'day_first'\nmax_days_before_report = 'x'", "a number"),
    ],
)
def test_broken_mappings_say_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(ClewError) as caught:
        load_mapping(path)
    assert says in caught.value.line()


def test_ready_mappings_load_and_unknown_ones_are_refused() -> None:
    assert {"allegheny", "milwaukee"} <= set(ready_mappings())
    for name in ready_mappings():
        assert load_mapping(name).name == name
    with pytest.raises(UsageRejected, match="milwaukee"):
        load_mapping("atlantis")
    assert load_mapping(None).columns == {}


def test_the_zone_must_exist(write: Write) -> None:
    path = write([{"case_id": "1", "reported_at": "2014-06-19"}])
    with pytest.raises(UsageRejected, match="no time zone"):
        read_case_file(path, timezone="Mars/Olympus")
