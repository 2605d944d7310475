"""Mappings that declare planar points, further categorical evidence and the kind of crime."""

from __future__ import annotations

from pathlib import Path

import pytest

from clew.errors import InputRejected
from clew.intake.cases.mapping import load_mapping
from clew.intake.inputs.earlier_run import read_series
from clew.intake.read import CaseSources
from clew.model.values import EARTH_RADIUS_M
from clew.store.case_text import case_of, case_text

MAPPING = """
crime = "burglary"
drop = ["who"]
[columns]
case_id = "id"
reported_at = "day"
[planar]
x = "px"
y = "py"
metres = 1000.0
origin = [10.0, 20.0]
[further]
"way in" = "entry"
"""
CASES = """id,day,px,py,entry,who
A,2020-01-01,11,20,25,O1
B,2020-01-02,10,22,a,O2
C,2020-01-03,,22,unknown,O1
D,2020-01-04,far,22,,O3
"""


@pytest.fixture
def sources(tmp_path: Path) -> CaseSources:
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "c.csv").write_text(CASES)
    return CaseSources(tmp_path / "c.csv", mapping=tmp_path / "m.toml")


def test_planar_points_keep_their_metres(sources: CaseSources) -> None:
    file = sources.read()
    a, b, c, d = file.as_of(None)
    degree = EARTH_RADIUS_M * 3.141592653589793 / 180
    assert a.point is not None
    assert b.point is not None
    assert a.point.longitude * degree == pytest.approx(1000, abs=0.01)
    assert b.point.latitude * degree == pytest.approx(2000, abs=0.01)
    assert c.point is None
    assert d.point is None
    assert [(r.row, r.kept) for r in file.rejects] == [(4, True), (5, True)]
    assert any("planar" in line for line in file.warnings)


def test_further_evidence_is_named_and_offenders_are_never_read(sources: CaseSources) -> None:
    file = sources.read()
    a, b, c, _ = file.as_of(None)
    assert (a.further, b.further, c.further) == (("way in: 25",), ("way in: a",), None)
    assert file.crime == "burglary"
    assert "O1" not in repr(file)
    assert case_of(case_text(a)) == a


@pytest.mark.parametrize(
    "planar",
    ['[planar]\nx = "a"', '[planar]\nx = "a"\ny = "b"\nmetres = 0', "planar = 3", "crime = 3"],
)
def test_what_a_mapping_cannot_say(tmp_path: Path, planar: str) -> None:
    (tmp_path / "m.toml").write_text(planar + "\n")
    with pytest.raises(InputRejected):
        load_mapping(tmp_path / "m.toml")


def test_a_series_file_is_many_to_many_and_says_what_it_could_not_take(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("series_id,case_id\nO1,A\nO1,C\nO2,A\nO2,Z\n,B\nO1,A\n")
    series, rejects = read_series(tmp_path / "s.csv", {"A", "B", "C"})
    assert series == {"O1": ("A", "C"), "O2": ("A",)}
    assert [(r.row, r.field) for r in rejects] == [(5, "case_id"), (6, "series_id")]
    (tmp_path / "t.csv").write_text("series,case_id\nO1,A\n")
    with pytest.raises(InputRejected, match="series_id"):
        read_series(tmp_path / "t.csv", {"A"})


def test_homicide_reports_have_month_long_windows_and_tell_no_offender(tmp_path: Path) -> None:
    header = "rowid,year,month,fip,ori,solved,vic_age,vic_sex,off_age,weapon,circumstance,vic_race"
    (tmp_path / "h.csv").write_text(
        f"{header}\n"
        "7,1984,2,53033,WA1,No,19,Female,41,Other or type unknown,Circumstances undetermined,"
        "White\n"
        "8,1984,3,53033,WA1,Yes,999,Male,42,Shotgun,Robbery,White\n"
    )
    file = CaseSources(tmp_path / "h.csv", mapping="shr_homicides").read()
    a, b = file.as_of(None)
    assert a.window is not None
    days = (a.window.latest + 1 - a.window.earliest) / 86_400
    assert (days, a.reported_at) == (29, a.window.latest)
    assert (a.area, a.agency, a.mechanism, b.mechanism) == ("53033", "WA1", None, "firearm")
    assert a.further == ("weapon: Other or type unknown",)
    assert b.further == ("circumstance: Robbery", "weapon: Shotgun")
    assert (a.age_years, b.age_years, file.rejects, file.crime) == (19, None, (), "homicide")
    assert not any(
        word in repr(case) for case in (a, b) for word in ("=41", "White", "Yes", "solved")
    )
