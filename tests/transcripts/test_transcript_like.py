"""`clew like`, and what `clew link` says of judgements that contradict one another."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from said import SILENCE, WORDS, clew, clew_here, read_rows, write_rows
from test_transcript_link import FORBIDDEN


@pytest.fixture(scope="module")
def alike(folder: Path) -> dict:
    said = clew_here("like", "cases.csv", "T-0", "T-1", "--top", "50", "--json", cwd=folder)
    return json.loads(said.well())


def test_like_says_what_each_has_with_every_member(folder: Path) -> None:
    said = clew(
        "like", "cases.csv", "T-1", "T-0", "--top", "2", "--coverage", "coverage.csv", cwd=folder
    )
    out = said.well()
    assert out.startswith(WORDS)
    assert "Most like these, of 10 other records:" in out
    for member in ("T-0", "T-1"):
        assert re.search(rf"^- Man, 2\d · churchyard or cemetery, KD · .+ \({member}\)$", out, re.M)
    first = out.split("\n1. ")[1].split("\n2. ")[0]
    assert first.splitlines()[0].endswith(" (T-2)")
    assert "would match these 2 this well." in first
    for member in ("T-0", "T-1"):
        record = first.split(f"Beside {member}:\n")[1].splitlines()
        assert record[0].startswith("      For: ")
        assert re.search(r"; and \d+ more$", record[0])
    assert re.search("^   Missing: .+ and \\d+ more$", first, re.M)
    every = clew_here("like", "cases.csv", "T-1", "T-0", "--all-reasons", cwd=folder).well()
    assert "churchyard or cemetery in both" in every
    assert not re.search(r"and \d+ more$", every, re.M)
    assert "Not searched: Transport police." in out
    assert SILENCE in out
    assert "bans" not in out
    assert not FORBIDDEN.findall(out + said.err)


def test_all_other_cases_are_ranked_by_the_mean_of_weights(alike: dict, folder: Path) -> None:
    everyone = {row["case_id"] for row in read_rows(folder / "cases.csv")}
    assert alike["series"] == ["T-0", "T-1"]
    assert {one["case_id"] for one in alike["alike"]} == everyone - {"T-0", "T-1"}
    assert alike["ranked"] == len(alike["alike"]) == 10
    weights = [one["weight_bans"] for one in alike["alike"]]
    assert weights == sorted(weights, reverse=True)
    chances = [one["chance"] for one in alike["alike"]]
    assert chances == sorted(chances)
    assert all(0 < chance <= 10 for chance in chances)
    for one in alike["alike"]:
        pairs = [member["weight_bans"] for member in one["members"]]
        assert one["weight_bans"] == pytest.approx(sum(pairs) / 2, abs=1e-6)
        for member in one["members"]:
            found = sum(f["micro_bans"] for f in member["findings"])
            assert member["weight_bans"] == found / 1_000_000


def test_a_series_goes_by_its_name_and_one_case_is_enough(alike: dict, folder: Path) -> None:
    by_name = clew_here(
        "like", "cases.csv", "A-T-0", "--judgements", "judgements.csv", "--top", "50", "--json",
        cwd=folder,
    )  # fmt: skip
    record = json.loads(by_name.well())
    assert record.pop("input")["refused_rows"] == 1  # a judgement about nobody
    assert record == {name: value for name, value in alike.items() if name != "input"}
    one = clew_here("like", "cases.csv", "T-0", "--method", cwd=folder).well()
    assert "would match it this well." in one
    assert " bans, the mean over the series" in one


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("NOBODY",), "has no case and no series NOBODY at that time"),
        (("T-0", "A-T-0"), "has no case and no series A-T-0 at that time"),
        (("T-2", "--as-of", "2014-03-01"), "has no case and no series T-2 at that time"),
        ([f"T-{k}" for k in range(3)] + [f"N-{k}" for k in range(9)], "there is no other case"),
    ],
)
def test_like_refuses_in_one_line(words: tuple[str, ...], says: str, folder: Path) -> None:
    assert says in clew_here("like", "cases.csv", *words, cwd=folder).one_line()


@pytest.fixture(scope="module")
def contrary(folder: Path) -> str:
    """The name of a file of judgements of which two contradict others."""
    path = write_rows(
        folder / "contrary.csv",
        [
            {"case_a": "T-1", "case_b": "T-0", "judgement": "linked", "decided_by": "A",
             "decided_at": "2014-10-01"},
            {"case_a": "T-2", "case_b": "T-0", "judgement": "not_linked", "decided_by": "B",
             "decided_at": "2014-10-02"},
            {"case_a": "T-2", "case_b": "T-1", "judgement": "linked", "decided_by": "C",
             "decided_at": "2014-10-03"},
            {"case_a": "N-2", "case_b": "N-0", "judgement": "linked", "decided_by": "A",
             "decided_at": "2014-10-01"},
            {"case_a": "N-0", "case_b": "N-2", "judgement": "not_linked", "decided_by": "B",
             "decided_at": "2014-10-04"},
        ],
    )  # fmt: skip
    return path.name


def test_link_tells_judgements_that_contradict_one_another(contrary: str, folder: Path) -> None:
    said = clew_here("link", "cases.csv", "--judgements", contrary, "--out", "c", cwd=folder)
    record = [
        "N-2 and N-0: once judged linked by A, later judged not linked by B. The later one counts.",
        "T-2 and T-1: judged linked by C, but in no series together. It would bring together "
        "T-2 and T-0, judged not linked by B.",
    ]
    out = said.well()
    page = (folder / "c" / "report.html").read_text("utf-8")
    assert "Judgements that contradict one another; ask those who decided:" in out
    for sentence in record:
        assert f"- {sentence}" in out
        assert sentence in page
    adopted = [r for r in read_rows(folder / "c" / "series.csv") if r["view"] == "adopted"]
    assert {r["case_id"] for r in adopted} == {"T-0", "T-1"}


def test_the_engines_own_view_is_the_same_to_the_byte_whatever_was_judged(
    contrary: str, folder: Path
) -> None:
    record = {}
    for name, extra in (("silent", ()), ("c", ("--judgements", contrary))):
        clew_here("link", "cases.csv", *extra, "--out", name, cwd=folder).well()
        lines = (folder / name / "series.csv").read_bytes().splitlines(keepends=True)
        engine = [line for line in lines if b",adopted," not in line]
        record[name] = (engine, (folder / name / "links.csv").read_bytes())
    assert record["c"] == record["silent"]


def test_link_tells_what_became_of_the_series_of_an_earlier_run(
    contrary: str, folder: Path
) -> None:
    clew_here("link", "cases.csv", "--as-of", "2014-07-30", "--out", "july", cwd=folder).well()
    words = ("link", "cases.csv", "--before", "july/series.csv", "--out", "autumn")
    quiet = clew_here(
        "link", "cases.csv", "--as-of", "2014-07-30", "--before", "july/series.csv",
        "--out", "again", cwd=folder,
    )  # fmt: skip
    assert "Since the earlier run:\n- no series has changed." in quiet.well()
    out = clew_here(*words, "--judgements", contrary, cwd=folder).well()
    assert "- New: adopted series A-T-0, T-0, T-1." in out
    page = (folder / "autumn" / "report.html").read_text("utf-8")
    assert "New: adopted series A-T-0, T-0, T-1." in page
    record = json.loads(clew_here(*words, "--json", cwd=folder).well())["changes"]
    july = {row["series_id"] for row in read_rows(folder / "july" / "series.csv")}
    assert july == {one["series_id"] for one in record if one["change"] != "started"}
    refused = clew_here("link", "cases.csv", "--before", "cases.csv", cwd=folder).one_line()
    assert "Give the series.csv that an earlier clew link wrote" in refused
