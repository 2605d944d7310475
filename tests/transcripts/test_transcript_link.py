"""`clew link`, `explain` and `near` as people and programs see them."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from said import SILENCE, WORDS, Said, clew, clew_here, read_rows

LINK_COLUMNS = [
    "case_a", "case_b", "rank", "weight_bans", "chance_per_case", "tier", "relation",
    "reasons_for", "reasons_against", "missing",
]  # fmt: skip
SERIES_COLUMNS = ["series_id", "view", "case_id", "added_by", "weight_bans", "chance"]
FORBIDDEN = re.compile(
    r"\b(victims?|suspects?|killers?|gangs?|perpetrators?|offenders?|murderers?|AI"
    r"|machine learning|confidence|similarity score|guilt|probability|prime suspect)\b",
    re.I,
)
"""Words that people never see. `guilt` is looked for outside the list of refused uses."""
REFUSES = "proving guilt, or standing as expert evidence in court"
DENIES = "They are not a probability that the two deaths have one cause."
EXTRA = ("--facts", "facts.csv", "--coverage", "coverage.csv", "--judgements", "judgements.csv")


class _Text(HTMLParser):
    """The words of a page, without its style."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag in {"style", "script"}
        self.words += [v for k, v in attrs if v and k in {"alt", "title", "aria-label"}]

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)


def page_words(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    return " ".join(" ".join(reader.words).split())


@pytest.fixture(scope="module")
def linked(folder: Path) -> Said:
    return clew("link", "cases.csv", *EXTRA, "--out", "first", cwd=folder, seed="1")


@pytest.fixture(scope="module")
def answered(folder: Path) -> dict:
    said = clew("link", "cases.csv", *EXTRA, "--out", "second", "--json", cwd=folder, seed="2")
    assert said.err == ""
    answer = json.loads(said.well())
    lines = said.out.split('"links": [\n')[1].splitlines()[:-2]
    links = [json.loads(line.removesuffix(",")) for line in lines]
    assert links == answer["links"], "one link a line: half a million would not fit into memory"
    return answer


@pytest.fixture(scope="module")
def explained(folder: Path) -> Said:
    return clew("explain", "cases.csv", "T-1", "T-0", cwd=folder)


@pytest.fixture(scope="module")
def near(folder: Path) -> Said:
    return clew(
        "near", "cases.csv", "--lat", "51.535", "--lon", "0.076", "--within-km", "1",
        "--coverage", "coverage.csv", cwd=folder,
    )  # fmt: skip


def test_link_says_what_it_compared_and_what_it_could_not(linked: Said) -> None:
    out = linked.well()
    assert out.startswith(WORDS)
    assert "Compared: 12 records of cases.csv, reported 1 January 2014 to 9 September 2014" in out
    assert "Not searched: Transport police." in out
    assert SILENCE in out
    first = re.search(r"^1\. Man, 2\d · .+\((T-\d)\)\n   Man, 2\d · .+\((T-\d)\)$", out, re.M)
    assert first, "three alike in one churchyard come first"
    assert re.search(r"^   For: the same person in both; .+; and \d+ more$", out, re.M)
    assert re.search(r"^   Missing: .+ and \d+ more$", out, re.M)
    assert "Too few records to say how often unrelated deaths match this well." in out


def test_link_writes_its_five_files(linked: Said, folder: Path) -> None:
    linked.well()
    files = {path.name for path in (folder / "first").iterdir()}
    assert files == {"links.csv", "links.parquet", "series.csv", "report.html", "rejects.csv"}
    for name, columns in (("links.csv", LINK_COLUMNS), ("series.csv", SERIES_COLUMNS)):
        with (folder / "first" / name).open(encoding="utf-8-sig", newline="") as file:
            assert next(csv.reader(file)) == columns


def test_links_are_ranked_later_report_first(linked: Said, folder: Path) -> None:
    rows = read_rows(folder / "first" / "links.csv")
    reported = {row["case_id"]: row["reported_at"] for row in read_rows(folder / "cases.csv")}
    assert {row["case_a"] for row in rows} == set(reported) - {min(reported, key=reported.get)}
    for row in rows:
        assert reported[row["case_a"]] >= reported[row["case_b"]]
        assert row["tier"] in {"shared_entity", "similarity"}
        assert row["relation"] in {"lead", "duplicate_report", "same_household", "same_event"}
        assert 0 < float(row["chance_per_case"]) <= 12
        assert int(row["rank"]) >= 1
    for case in reported:
        mine = sorted(
            (int(r["rank"]), -float(r["weight_bans"])) for r in rows if r["case_a"] == case
        )
        assert [rank for rank, _ in mine] == list(range(1, len(mine) + 1))
        assert [weight for _, weight in mine] == sorted(weight for _, weight in mine)
    for row in rows:
        likely = float(row["chance_per_case"]) > 1
        assert not likely or row["rank"] == "1" or row["tier"] == "shared_entity"
    (best,) = [r for r in rows if (r["case_a"], r["rank"]) == ("T-2", "1")]
    assert best["case_b"] in {"T-0", "T-1"}
    assert best["tier"] == "shared_entity"
    assert re.search(r"; and \d+ more$", best["reasons_for"])
    clew_here("link", "cases.csv", *EXTRA, "--all", "--all-reasons", "--out", "all", cwd=folder)
    every = read_rows(folder / "all" / "links.csv")
    kept = {(row["case_a"], row["case_b"]) for row in rows}
    assert len(every) > len(rows)
    assert kept < {(row["case_a"], row["case_b"]) for row in every}
    (whole,) = [r for r in every if (r["case_a"], r["rank"]) == ("T-2", "1")]
    assert "GHB in both" in whole["reasons_for"]
    assert "clothing" in whole["missing"]
    officers = [r for r in rows if "N-" in r["case_a"] and r["tier"] == "shared_entity"]
    assert officers == [], "an officer at every scene makes no tier"


def test_judgements_shape_the_adopted_series_only(linked: Said, folder: Path) -> None:
    rows = read_rows(folder / "first" / "series.csv")
    adopted = [(r["case_id"], r["added_by"]) for r in rows if r["view"] == "adopted"]
    assert adopted == [("T-0", ""), ("T-1", "T-0")]
    assert all(not r["chance"] for r in rows if r["view"] == "adopted")
    said = clew_here("link", "cases.csv", *EXTRA[:4], "--out", "unjudged", cwd=folder)
    said.well()
    same = [(folder / where / "links.csv").read_bytes() for where in ("first", "unjudged")]
    assert same[0] == same[1]
    (refused,) = read_rows(folder / "first" / "rejects.csv")
    assert (refused["row"], refused["field"], refused["value"]) == ("4", "case_b", "NOBODY")


def test_same_input_same_bytes(linked: Said, answered: dict, folder: Path) -> None:
    """Twice, with Python's hashes of words seeded otherwise."""
    for name in ("links.csv", "links.parquet", "series.csv", "report.html", "rejects.csv"):
        first, second = ((folder / where / name).read_bytes() for where in ("first", "second"))
        assert first == second, name


def test_the_order_of_rows_changes_no_byte_of_links(linked: Said, folder: Path) -> None:
    header, *rows = (folder / "cases.csv").read_text("utf-8").splitlines()
    (folder / "turned.csv").write_text("\n".join([header, *rows[::-1]]) + "\n", "utf-8")
    clew_here("link", "turned.csv", *EXTRA[:4], "--out", "turned", cwd=folder).well()
    first, second = ((folder / w / "links.csv").read_bytes() for w in ("first", "turned"))
    assert first == second


def test_what_machines_read_adds_up(answered: dict, folder: Path) -> None:
    assert answered["words"] == WORDS
    assert answered["silence"] == SILENCE
    assert answered["compared"] == 12
    assert [c["system"] for c in answered["coverage"] if not c["records"]] == ["Transport police"]
    rows = read_rows(folder / "second" / "links.csv")
    assert len(answered["links"]) == len(rows)
    for link, row in zip(answered["links"], rows, strict=True):
        micro = sum(finding["micro_bans"] for finding in link["findings"])
        assert micro == round(link["weight_bans"] * 1_000_000)
        assert row["weight_bans"] == f"{micro / 1_000_000:.6f}"
        assert (link["case_a"], link["case_b"]) == (row["case_a"], row["case_b"])


def test_explain_says_what_agrees_differs_and_is_missing(explained: Said) -> None:
    out = explained.well()
    assert out.startswith(WORDS)
    assert SILENCE in out
    assert re.search(r"^Later report: Man, 22 · .+ \(T-1\)$", out, re.M)
    assert re.search(r"^Earlier: +Man, 21 · .+ \(T-0\)$", out, re.M)
    assert {line[0] for line in out.splitlines() if line[1:2] == " "} >= set("=·○-")
    assert "= GHB in both (" in out
    assert out.count("Not recorded in either: ") == 1
    assert "Other explanations to check" in out
    assert "PC9" not in out, "an officer is no reason"
    assert "bans" not in out, "weights stand in the method view alone"


def test_explain_adds_up_for_machines_and_is_the_same_both_ways(folder: Path) -> None:
    there, back = (
        json.loads(clew_here("explain", "cases.csv", *pair, "--json", cwd=folder).well())
        for pair in (("T-1", "T-0"), ("T-0", "T-1"))
    )
    assert there == back
    total = sum(finding["micro_bans"] for finding in there["findings"])
    assert total == round(there["weight_bans"] * 1_000_000)
    assert (there["case_a"], there["words"]) == ("T-1", WORDS)


def test_the_method_view_shows_weights_that_add_up(folder: Path) -> None:
    out = clew_here("explain", "cases.csv", "T-1", "T-0", "--method", cwd=folder).well()
    answer = [round(float(n) * 1e6) for n in re.findall(r"[ +-]+\d+\.\d{6}", out.replace("+", " "))]
    assert len(answer) > 10
    assert sum(answer[:-1]) == answer[-1]


def test_near_lists_the_nearest_first_and_what_was_not_searched(near: Said, folder: Path) -> None:
    out = near.well()
    assert out.startswith(WORDS)
    assert SILENCE in out
    assert re.findall(r"T-\d", out) == ["T-0", "T-1", "T-2"]
    assert "Not searched: Transport police." in out
    answer = json.loads(
        clew_here(
            "near", "cases.csv", "--lat", "51.535", "--lon", "0.076", "--as-of", "2014-07-30",
            "--json", cwd=folder,
        ).well()
    )  # fmt: skip
    assert [record["case_id"] for record in answer["records"]] == ["T-0", "T-1"]
    assert (answer["words"], answer["silence"]) == (WORDS, SILENCE)


def test_a_past_day_knows_no_later_fact(folder: Path) -> None:
    def substances(day: str) -> list[str]:
        pair = ("explain", "cases.csv", "T-1", "T-0", "--facts", "facts.csv", "--as-of", day)
        answer = json.loads(clew_here(*pair, "--json", cwd=folder).well())
        return [f["stance"] for f in answer["findings"] if f["aspect"] == "substances"]

    assert substances("2014-07-31") == ["missing"]
    assert substances("2014-08-31") == ["agrees"]


def test_columns_have_every_candidate_and_add_up(linked: Said, folder: Path) -> None:
    table = pq.read_table(folder / "first" / "links.parquet")
    findings = [name for name in table.column_names if name.startswith("finding_")]
    sums = np.sum([table[name].to_numpy() for name in findings], axis=0)
    assert sums.tolist() == table["micro_bans"].to_pylist()
    clew_here("link", "cases.csv", *EXTRA, "--all", "--out", "all", cwd=folder)
    rows = [
        (row["case_a"], row["case_b"], row["rank"], row["weight_bans"], row["tier"])
        for row in read_rows(folder / "all" / "links.csv")
    ]
    held = zip(
        *(table[name].to_pylist() for name in ("case_a", "case_b", "rank", "micro_bans", "tier")),
        strict=True,
    )
    assert rows == [(a, b, str(n), f"{bans / 1e6:.6f}", tier) for a, b, n, bans, tier in held]
    shared = dict(zip(zip(*(table[n].to_pylist() for n in ("case_a", "case_b")), strict=True),
                      table["shared"].to_pylist(), strict=True))  # fmt: skip
    assert "substances:ghb" in shared["T-1", "T-0"]


@pytest.mark.parametrize("where", ["link", "explain", "near", "report"])
def test_no_word_that_people_must_not_see(
    where: str, linked: Said, explained: Said, near: Said, folder: Path
) -> None:
    report = page_words((folder / "first" / "report.html").read_text("utf-8"))
    text = {
        "link": linked.out + linked.err,
        "explain": explained.out + explained.err,
        "near": near.out + near.err,
        "report": report,
    }[where]
    assert WORDS in text
    assert SILENCE in text
    found = FORBIDDEN.findall(text.replace(REFUSES, "").replace(DENIES, ""))
    assert found == []


def test_tables_beside_the_report_hold_none_of_those_words(linked: Said, folder: Path) -> None:
    for name in ("links.csv", "series.csv"):
        assert not FORBIDDEN.search((folder / "first" / name).read_text("utf-8"))


@pytest.mark.parametrize("command", ["link", "explain", "like", "near", "demo"])
def test_help_has_an_example(command: str, folder: Path) -> None:
    out = clew_here(command, "--help", cwd=folder).well()
    assert f"clew {command} " in out
    assert "Example" in out


def test_a_trait_column_reaches_no_output(linked: Said, folder: Path) -> None:
    assert "withheld here" in (folder / "cases.csv").read_text("utf-8")
    for path in (folder / "first").iterdir():
        assert b"withheld here" not in path.read_bytes(), path.name
    assert "withheld here" not in linked.out + linked.err
