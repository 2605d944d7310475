import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import InputRejected
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.baselines import read_coverage
from clew.intake.inputs.judgements import read_judgements
from clew.intake.read import read_case_file
from clew.model.case_file import Coverage, Reject
from clew.model.judgement import Verdict

Write = Callable[..., Path]
BASE = {"case_a": "A", "case_b": "B", "judgement": "linked"}


def test_judgements(write: Write) -> None:
    more = {
        "relation": "duplicate_report",
        "verified": "yes",
        "decided_at": "2015-01-02T03:04",
        "decided_by": "DI 1",
        "reason": "same body",
    }
    path = write([BASE | more, BASE | {"judgement": "Not-linked"}], "j.csv")
    (first, second), rejects = read_judgements(path, case_ids=["A", "B"], timezone="UTC")
    assert rejects == ()
    assert (first.verdict, first.relation, first.verified) == (
        Verdict.LINKED,
        "duplicate_report",
        True,
    )
    assert first.decided_at == 1420167840
    assert (second.verdict, second.decided_at, second.verified) == (Verdict.NOT_LINKED, None, False)


@pytest.mark.parametrize(
    ("change", "field", "kept"),
    [
        ({"case_a": "Z"}, "case_a", False),
        ({"case_b": ""}, "case_b", False),
        ({"case_b": "A"}, "case_b", False),
        ({"judgement": "perhaps"}, "judgement", False),
        ({"relation": "cousins"}, "relation", True),
        ({"verified": "perhaps"}, "verified", True),
        ({"decided_at": "soon"}, "decided_at", True),
    ],
)
def test_bad_judgements(write: Write, change: dict[str, str], field: str, kept: bool) -> None:
    path = write([BASE | change], "j.csv")
    taken, (reject,) = read_judgements(path, case_ids={"A", "B"}, timezone="UTC")
    assert (reject.row, reject.field, reject.kept) == (2, field, kept)
    assert len(taken) == kept


def test_a_judgement_file_without_rows_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "j.csv").write_text("case_a,case_b,judgement\n")
    assert read_judgements(tmp_path / "j.csv", case_ids=(), timezone="UTC") == ((), ())
    (tmp_path / "k.csv").write_text("a,b\n")
    with pytest.raises(InputRejected, match="is missing case_a"):
        read_judgements(tmp_path / "k.csv", case_ids=(), timezone="UTC")


def test_coverage(write: Write) -> None:
    row = {"system": "Crime", "agency": "MPS", "records": "12", "up_to": "2014-06-19"}
    bad = [row | {"records": text} for text in ("many", "-1", "")] + [row | {"system": ""}]
    path = write([row, row | {"system": "BTP", "records": "0"}, *bad], "coverage.csv")
    taken, rejects = read_coverage(path)
    assert taken[0] == Coverage("Crime", "MPS", 12, "2014-06-19")
    assert taken[1].records == 0
    assert [reject.row for reject in rejects] == [4, 5, 6, 7]
    cases = write([{"case_id": "A", "reported_at": "2014-06-19"}])
    file = read_case_file(cases, coverage=path)
    assert file.coverage == taken
    assert file.rejects == rejects


def test_rejects_are_written_safely(tmp_path: Path) -> None:
    values = ["=1+1", "+x", "-1+1", "@x", "\tx", "\rx", "plain", 'quo"te, comma']
    rejects = [Reject("f.csv", n, "cause", v, "bad", n % 2 == 0) for n, v in enumerate(values, 1)]
    path = tmp_path / "rejects.csv"
    write_rejects(path, rejects)
    with path.open(newline="", encoding="utf-8-sig") as file:
        header, *rows = list(csv.reader(file))
    assert header == ["file", "row", "field", "value", "reason", "kept"]
    assert [row[3] for row in rows] == [f"'{v}" for v in values[:6]] + values[6:]
    assert [row[5] for row in rows[:2]] == ["no", "yes"]
