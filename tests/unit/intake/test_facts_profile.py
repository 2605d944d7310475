"""A facts file is profiled before its rows are read, as a case file is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clew.intake.cases.stored_history import read_stored_history
from clew.intake.read import CaseSources
from clew.model.case_file import CaseFile

NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
CASES = "case_id,reported_at\n" + "".join(f"A-{n},2021-03-0{n}T07:4{n}\n" for n in range(1, 6))
FACTS = "case_id,field,op,value,known_at,recorded_at\n"


def sources(folder: Path, facts: str, cases: str = CASES, **more: object) -> CaseSources:
    (folder / "cases.csv").write_text(cases, "utf-8")
    (folder / "facts.csv").write_text(FACTS + facts, "utf-8")
    paths = (folder / "cases.csv", folder / "facts.csv")
    return CaseSources(*paths, timezone="Europe/London", now=NOW, **more)  # type: ignore[arg-type]


def since(file: CaseFile) -> list[str]:
    """Return when the second version of each case begins."""
    return [
        datetime.fromtimestamp(history.versions[1][0], UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for history in sorted(file.histories, key=lambda h: h.case_id)
        if len(history.versions) > 1
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # Midnights are dates: what was learned on a day is known at its end, never at its start.
        (["2021-04-02T00:00", "2021-04-03T00:00", "2021-04-04 00:00:00"], "days"),
        (["2021-04-02T00:00Z", "2021-04-03T00:00Z", "2021-04-04T00:00Z"], "days"),
        (["44288", "44289", "44290"], "day numbers"),
        (["1617321600", "1617408000", "1617494400"], "1970"),
    ],
)
def test_times_at_which_facts_were_known(written: list[str], expected: str, tmp_path: Path) -> None:
    rows = [f"A-{n},cause,set,Hanging,{at},{at}" for n, at in enumerate(written, start=1)]
    file = sources(tmp_path, "\n".join(rows)).read()
    assert since(file) == [f"2021-04-0{n}T22:59:59" for n in (2, 3, 4)]
    assert [one.column for one in file.profile if one.file == "facts.csv"] == [
        "known_at", "recorded_at",
    ]  # fmt: skip
    assert any("facts.csv: known_at: 'known_at' is read as" in line for line in file.warnings)


def test_two_times_say_nothing_together(tmp_path: Path) -> None:
    rows = [f"A-{n},cause,set,Hanging,2021-04-0{n}T00:00," for n in (1, 2)]
    assert since(sources(tmp_path, "\n".join(rows)).read()) == [
        "2021-03-31T23:00:00", "2021-04-01T23:00:00",
    ]  # fmt: skip


def test_many_facts_of_one_moment_are_one_time(tmp_path: Path) -> None:
    fields = ("cause", "area", "agency", "premises", "manner")
    rows = [f"A-1,{field},set,x,2021-04-01T00:00," for field in fields]
    assert since(sources(tmp_path, "\n".join(rows)).read()) == ["2021-03-31T23:00:00"]


def test_values_are_read_as_their_field_shows(tmp_path: Path) -> None:
    at = "2021-04-01T09:00,"
    rows = [f'A-{n},latitude,set,"51,5{n}",{at}' for n in (1, 2, 3)]
    rows += [f'A-{n},longitude,set,"-0,1{n}",{at}' for n in (1, 2, 3)]
    rows += [f"A-{n},earliest,set,4425{n},{at}" for n in (1, 2, 3)]
    file = sources(tmp_path, "\n".join(rows)).read()
    case = next(one for one in file.as_of(None) if one.case_id == "A-2")
    assert case.point is not None
    assert (case.point.latitude, case.point.longitude) == (51.52, -0.12)
    assert case.window is not None
    assert datetime.fromtimestamp(case.window.earliest, UTC).isoformat()[:10] == "2021-02-25"
    assert not file.rejects


def test_a_field_of_few_facts_is_read_as_the_case_files_column(tmp_path: Path) -> None:
    cases = "case_id,reported_at,earliest\n" + "".join(
        f"A-{n},2021-03-1{n}T07:4{n},2021-03-0{n}T00:00\n" for n in range(1, 6)
    )
    fact = "A-1,earliest,set,2021-03-05T00:00,2021-04-01T09:00,"
    file = sources(tmp_path, fact, cases).read()
    case = next(one for one in file.as_of(None) if one.case_id == "A-1")
    other = next(one for one in file.as_of(None) if one.case_id == "A-5")
    assert case.window is not None
    assert other.window is not None
    assert case.window.earliest == other.window.earliest  # the whole of 5 March, both times


def test_files_that_clew_wrote_say_what_they_say(tmp_path: Path) -> None:
    rows = [
        f"A-{n},cause,set,Hanging,2021-04-0{n}T00:00:00+01:00,2021-04-0{n}T00:00:00+01:00"
        for n in (1, 2, 3)
    ]
    made = sources(tmp_path, "")
    header = FACTS.strip() + ",known_to,basis,source\n"
    told = "".join(f"{row},,,extract a.csv sha256:0123456789abcdef\n" for row in rows)
    (tmp_path / "facts.csv").write_text(header + told, "utf-8")
    file = made.read()
    assert since(file) == [f"2021-03-{31}T23:00:00", "2021-04-01T23:00:00", "2021-04-02T23:00:00"]
    assert not [one for one in file.profile if one.file == "facts.csv"]


def test_what_earlier_facts_files_showed_is_kept(tmp_path: Path) -> None:
    month = [f"A-{n},cause,set,Hanging,2021-04-0{n}T00:00," for n in (1, 2, 3)]
    papers = read_stored_history(sources(tmp_path, "\n".join(month)))
    assert papers.profile["facts: known_at"] == "days"
    day = "A-4,cause,set,Hanging,2021-04-04T00:00,"
    assert since(sources(tmp_path, day, profile=papers.profile).read()) == ["2021-04-04T22:59:59"]
    other = [f"A-{n},cause,set,Hanging,2021-04-0{n}T09:1{n}," for n in (1, 2, 3)]
    file = sources(tmp_path, "\n".join(other), profile=papers.profile).read()
    assert any("as earlier files were" in line for line in file.warnings)
