"""`clew register`: the seed's case as of 10 December 2021, a tracker's copies, names, refusals."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from said import WORDS, clew, clew_here, read_rows

from clew import synthetic
from clew.oversight.register.nouns import NOUNS
from clew.workflows.register import EXAMPLES

DAY = "2021-12-10"
COPY = "seen_on,status,ref,date_of_report,date_added,coroner_area,category,sent_to,sent_to_count,replies_count\n"  # noqa: E501


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    clew_here("register", "import", "--example", cwd=folder).well()
    return folder


@pytest.fixture(scope="module")
def seen(example: Path) -> dict[str, object]:
    said = clew_here("register", "show", "--as-of", DAY, "--json", "--out", "day", cwd=example)
    return json.loads(said.well())  # type: ignore[no-any-return]


# The seed's case, row by row (account.md, acceptance)

ROWS = {
    "jury": (
        '"omissions and failures"', "specialist crime and operations teams",
        '"cannot be overlooked"',
        "may have led to an earlier capture", "may have",
        'Three deaths "could probably have been prevented"', "as quoted by Metropolitan Police",
    ),
    "watchdog": (
        "officers investigated", "17", "9", "9 with performance below", "disciplined",
        "who lost their jobs", "since promoted", "5",
        "The watchdog is examining the evidence that officers gave at the inquests",
        "Open: nobody has decided",
    ),
    "letter": (
        "One MP and 17 others", "18", "Commissioner of Police of the Metropolis",
        "Minister, under the Inquiries Act 2005: set up a statutory public inquiry",
        "before this call: An inquiry into the issue was not being proposed", "none recorded",
    ),
    "families, a friend": (
        "The Commissioner should resign", "Families of those who died",
        "Partner of one of those who died", "Institutional prejudice, or a lack of resources?",
        '"a lack of resources was to blame"', "no release yet: see clew audit",
    ),
    "new protocols": (
        'Promise: "instituted new protocols"', "reported by Members of Parliament for London",
        "none given", "none named", "no document", "not checked",
    ),
    "the force's statement": (
        "Apology:", "deepest apologies", "Offer: To meet the families", "none given",
        '"we have changed, and we are learning"',
    ),
    "claims": ("lodged", "number not given"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_the_acceptance_table_is_on_screen(example: Path, row: str) -> None:
    said = clew_here("register", "show", "--as-of", DAY, "--out", "day", cwd=example).well()
    assert said.splitlines()[0] == WORDS
    assert [words for words in ROWS[row] if words not in said] == []


def test_the_acceptance_table_is_in_json(seen: dict[str, object]) -> None:
    rows: dict[str, list[dict[str, object]]] = seen["rows"]  # type: ignore[assignment]
    counts = {row["id"]: row for row in rows["outcome_count"]}
    assert {
        name: (row["number"], row["of_set"]) for name, row in counts.items()
    } == {
        "investigated": (17, ""), "performance": (9, "investigated"),
        "disciplined": (0, "performance"), "lost_jobs": (0, "performance"),
        "promoted": (5, "performance"),
    }  # fmt: skip
    findings = {row["id"]: row for row in rows["finding"]}
    assert findings["jury_murder_team"]["standard"] == "may have"
    assert findings["jury_three_deaths"]["standard"] == "probably"
    assert findings["jury_three_deaths"]["quoted_by"] == "force"
    letter = next(row for row in rows["call"] if row["id"] == "mps_letter")
    assert (letter["signed"], letter["asked_of"], letter["power_of"], letter["reply"]) == (
        18, "commissioner", "minister", "",
    )  # fmt: skip
    assert letter["follows"] == "no_inquiry"
    (promise,) = rows["promise"]
    assert (promise["document"], promise["measure"], promise["due"]) == ("", "", None)
    states = {(one["about"], one["axis"]): one for one in seen["states"]}  # type: ignore[attr-defined]
    for about, claimed in (("new_protocols", "written"), ("we_have_changed", "done")):
        assert states[about, "practice"]["claimed"] == claimed
        assert states[about, "practice"]["verified"] == "not_checked"
    (claims,) = rows["claim"]
    assert (claims["state"], claims["number"]) == ("lodged", None)
    (candidate,) = rows["candidate"]
    assert candidate["decision"] == ""
    (question,) = rows["open_question"]
    assert question["explained_by"] == "force"


def test_later_facts_change_not_one_byte(tmp_path: Path) -> None:
    at = Path(synthetic.__file__).parent
    first, later = (at / name for name in EXAMPLES)
    written = []
    for files in ([first], [later]):
        clew_here("register", "import", *files, cwd=tmp_path).well()
        clew_here("register", "show", "--as-of", DAY, "--out", "day", cwd=tmp_path).well()
        written.append({
            str(path.relative_to(tmp_path / "day")): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (tmp_path / "day").rglob("*")
            if path.is_file()
        })  # fmt: skip
    assert len(written[0]) > 10
    assert written[0] == written[1]
    today = clew_here("register", "show", "--as-of", "2023-12-01", cwd=tmp_path).well()
    for later_fact in (
        "National Police Chiefs' Council", "18 March 2022", "undisclosed", '"luck"',
        "notified of an investigation", '"materially flawed"', "27 April 2023", "16 November 2023",
    ):  # fmt: skip
        assert later_fact in today
        page = (tmp_path / "day" / "register.html").read_text("utf-8")
        assert later_fact.replace('"', "&#34;").replace("'", "&#39;") not in page


def test_every_row_of_the_example_has_a_source_and_names_nobody(example: Path) -> None:
    lines = (example / "clew-register" / "rows.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) > 55
    assert all(row["source"] and row["recorded_at"] for row in rows)
    text = json.dumps(rows)
    for name in ("Port", "Walgate", "Kovari", "Whitworth", "Taylor", "Hodge", "Dick", "Cundy"):
        assert name not in text
    said = clew_here("register", "check", "--as-of", "2023-12-01", "--json", cwd=example).well()
    kinds = {one["kind"] for one in json.loads(said)["found"]}
    assert kinds == {"no document", "power"}


def test_the_report_of_2022_has_an_obligation_for_each_addressee(example: Path) -> None:
    said = clew_here("register", "due", "--as-of", "2022-03-19", "--json", cwd=example).well()
    due = json.loads(said)["due"]
    assert len(due) == 4
    assert {(one["due"], one["days_overdue"], one["state"]) for one in due} == {
        ("2022-03-18", "1", "overdue")
    }
    changed = clew_here(
        "register", "changes", "--from", DAY, "--to", "2022-03-19", cwd=example
    ).well()
    assert "obligation pfd_2022_college · added" in changed
    more = clew_here(
        "register", "changes", "--from", "2022-03-18", "--to", "2022-03-19", "--json", cwd=example
    ).well()
    found = json.loads(more)
    assert found["rows"] == []
    assert {(one["question"], one["before"], one["after"]) for one in found["states"]} == {
        ("answer", "due", "overdue")
    }
    assert len(found["states"]) == 4


def test_one_body_and_one_proceeding(example: Path) -> None:
    one = clew_here("register", "show", "--body", "iopc", "--json", cwd=example).well()
    rows = json.loads(one)["rows"]
    assert {row["id"] for row in rows["proceeding"]} == {"watchdog_2018", "watchdog_2022"}
    assert "promise" not in rows
    two = clew_here("register", "show", "--proceeding", "pfd_2022", "--json", cwd=example).well()
    rows = json.loads(two)["rows"]
    assert len(rows["obligation"]) == 4
    assert "call" not in rows
    for option, text in (("--body", "nobody"), ("--proceeding", "none")):
        line = clew_here("register", "show", option, text, cwd=example).one_line()
        assert "Use one of" in line


# Copies of a tracker


def copy(day: str, *rows: str) -> str:
    return COPY + "".join(f"{day},{row}\n" for row in rows)


KNOWN = "overdue,2022-0017,21/01/2022,25/01/2022,London East,Police,A | B | C | D,4,3"


def test_copies_in_any_order_and_again(tmp_path: Path) -> None:
    days = {
        "one": copy("2024-08-21", KNOWN, "pending,,01/08/2024,02/08/2024,Kent,x,A,1,0"),
        "two": copy("2024-10-01", KNOWN, "completed,,01/08/2024,02/08/2024,Kent,x,A,1,1"),
    }
    kept = []
    for order in (("one", "two"), ("two", "one", "two")):
        folder = tmp_path / "-".join(order)
        folder.mkdir()
        for name in order:
            (folder / f"{name}.csv").write_text(days[name], encoding="utf-8")
            clew_here("register", "import", f"{name}.csv", cwd=folder).well()
        kept.append((folder / "clew-register" / "tracker.jsonl").read_bytes())
    assert kept[0] == kept[1]
    said = clew_here(
        "register", "show", "--proceeding", "2022-0017", "--json", cwd=tmp_path / "one-two"
    ).well()
    assert {
        (len(one["addressees"]), one["answers_claimed"], one["due"])
        for one in json.loads(said)["report"]
    } == {(4, 3, "2022-03-18")}
    changed = clew_here(
        "register", "changes", "--from", "2024-08-21", "--to", "2024-10-01", "--json",
        cwd=tmp_path / "one-two",
    ).well()  # fmt: skip
    assert json.loads(changed)["tracker"]["counts"] == {"answered": 1}


def test_a_second_copy_of_a_day_that_differs_is_refused_and_listed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(copy("2024-08-21", KNOWN), encoding="utf-8")
    (tmp_path / "b.csv").write_text(copy("2024-08-21", KNOWN.replace(",3", ",4")), encoding="utf-8")
    clew_here("register", "import", "a.csv", cwd=tmp_path).well()
    said = clew_here("register", "import", "b.csv", cwd=tmp_path).well()
    assert "b.csv: 1 row read, 0 new, 0 known already, 1 not taken." in said
    assert "another copy of 21 August 2024" in said
    (lost,) = read_rows(tmp_path / "clew-out" / "rejects.csv")
    assert "nothing is overwritten" in lost["reason"]


def test_a_foreign_table_is_read_by_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "their.csv").write_text(
        "Nr,Date,Who,Text\n7,10/12/2021,Made-up Force,We will write it.\n8,soon,Made-up Force,x\n",
        encoding="utf-8",
    )
    (tmp_path / "map.toml").write_text(
        'noun = "promise"\ndate_format = "%d/%m/%Y"\n[columns]\nid = "Nr"\nvalid_from = "Date"\n'
        'recorded_at = "Date"\nby = "Who"\nwords = "Text"\n[constants]\nsource = "their list"\n',
        encoding="utf-8",
    )
    said = clew_here("register", "import", "their.csv", "--mapping", "map.toml", cwd=tmp_path)
    assert "2 rows read, 1 new, 0 known already, 1 not taken" in said.well()
    (lost,) = read_rows(tmp_path / "clew-out" / "rejects.csv")
    assert (lost["row"], lost["reason"]) == ("3", "not a day such as 10/12/2021")


# The public form


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A register with officers' names in every free column of every noun that has one."""
    names = ["DS Otherby", "PC 4471 Quillfeather", "Detective Chief Inspector Ann Brackenridge"]
    lines = []
    fixed = {
        "valid_from": "2021-12-10", "recorded_at": "2021-12-10", "number": "12", "signed": "3",
        "kind": "inquest", "axis": "practice", "state": "done", "verdict": "contradicted",
        "direction": "up", "baseline": "0.5", "smallest": "0.1", "frozen_at": "2021-12-01",
        "in_force": "2021-12-01", "due": "2022-01-01", "value": "0.4", "public": "yes",
        "document": "0" * 64, "id": "n", "withdrawn": "", "published": "no", "part": "no",
    }  # fmt: skip
    days = {"until", "opened", "closed", "reopened", "as_of"}
    lines += ["[[body]]", 'id = "ds_otherby"', 'name = "An office"', 'public = "yes"']
    lines += ['valid_from = "2021-12-10"', 'recorded_at = "2021-12-10"', 'source = "made up"']
    for released in ("yes", "no"):
        for at, (noun, kind) in enumerate(NOUNS.items()):
            lines.append(f"[[{noun}]]")
            for place, field in enumerate(kind.__dataclass_fields__):
                text = f"By {names[(at + place) % 3]} and Zephyrine Listed"
                if field in days:
                    text = "2021-12-01"
                text = fixed.get(field, text)
                if field in {"public", "id"}:
                    text = released if field == "public" else f"{noun}-{released}"
                if text:
                    lines.append(f"{field} = {json.dumps(text)}")
    (tmp_path / "rows.toml").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "names.txt").write_text("Zephyrine Listed\n", encoding="utf-8")
    said = clew_here("register", "import", "rows.toml", cwd=tmp_path).well()
    assert ", 0 not taken" in said, said
    return tmp_path


def test_no_officer_is_named_on_any_public_form(planted: Path) -> None:
    internal = clew_here("register", "show", "--out", "in", cwd=planted).well()
    assert "Otherby" in internal
    said = clew_here(
        "register", "show", "--public", "--withhold", "names.txt", "--out", "out", cwd=planted
    ).well()
    files = [path for path in (planted / "out").rglob("*") if path.is_file()]
    assert {"register.html", "register.json", "feed.atom", "feed.json"} < {p.name for p in files}
    texts = [said, *(path.read_text("utf-8-sig") for path in files)]
    for text in texts:
        for name in ("Otherby", "Quillfeather", "Brackenridge", "4471", "Zephyrine"):
            assert name.casefold() not in text.casefold()
    assert any("[name withheld]" in text for text in texts)
    assert "23 rows are not released" in said


def test_small_counts_are_hidden_in_every_public_form(tmp_path: Path) -> None:
    rows = [
        f'[[outcome_count]]\nid = "{name}"\nproceeding = "p"\nwhat = "{name}"\nnumber = {n}\n'
        f'valid_from = 2021-12-10\nrecorded_at = 2021-12-10\nsource = "made up"\npublic = true\n'
        + more
        for name, n, more in (
            ("whole", 4117, ""), ("small", 7, 'part_of = "whole"\n'),
            ("rest", 4110, 'part_of = "whole"\n'), ("old", 5, "published = true\n"),
        )
    ]  # fmt: skip
    (tmp_path / "rows.toml").write_text("\n".join(rows), encoding="utf-8")
    clew_here("register", "import", "rows.toml", cwd=tmp_path).well()
    said = clew_here("register", "show", "--public", "--json", "--out", "o", cwd=tmp_path).well()
    shown = {row["id"]: row["number"] for row in json.loads(said)["rows"]["outcome_count"]}
    assert shown["small"] is None
    assert shown["old"] == 5
    assert None in {shown["whole"], shown["rest"]}, "7 could be worked out"
    with (tmp_path / "o" / "register-tables" / "outcome_count.csv").open(
        encoding="utf-8-sig"
    ) as file:
        cells = {row["id"]: row["number"] for row in csv.DictReader(file)}
    assert cells["small"] == ""
    assert "hidden (small number)" in (tmp_path / "o" / "register.html").read_text("utf-8")


def test_feeds_are_well_formed_and_newest_first(example: Path) -> None:
    clew_here("register", "show", "--public", "--out", "feeds", cwd=example).well()
    atom = ET.parse(example / "feeds" / "feed.atom").getroot()
    space = "{http://www.w3.org/2005/Atom}"
    days = [entry.findtext(f"{space}updated") for entry in atom.iter(f"{space}entry")]
    assert days == sorted(days, reverse=True)
    assert atom.findtext(f"{space}updated") == days[0]
    ids = [entry.findtext(f"{space}id") for entry in atom.iter(f"{space}entry")]
    assert len(ids) == len(set(ids)) > 50
    feed = json.loads((example / "feeds" / "feed.json").read_text("utf-8"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in feed["items"]] == ids


# Refusals


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import",), "no file is given"),
        (("import", "absent.toml"), "there is no such file"),
        (("import", "broken.toml"), "cannot be read"),
        (("import", "odd.csv"), "nothing says what its rows are"),
        (("import", "odd.csv", "--mapping", "broken.toml"), "cannot be read"),
        (("show",), "there is no register"),
        (("show", "--as-of", "soon"), "not a day such as 2021-12-10"),
        (("changes", "--from", "2021-12-10", "--to", "2021-12-09", "--register", "held"), "after"),
        (("show", "--register", "held", "--public", "--withhold", "absent.txt"), "absent.txt"),
        (("show", "--register", "edited"), "not edited"),
    ],
)
def test_what_cannot_be_done_is_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "broken.toml").write_text("[[finding", encoding="utf-8")
    (tmp_path / "odd.csv").write_text("one,two\n1,2\n", encoding="utf-8")
    (tmp_path / "edited").mkdir()
    (tmp_path / "edited" / "rows.jsonl").write_text('{"noun": "finding"}\n', encoding="utf-8")
    if "held" in words:
        clew_here("register", "import", "--example", "--register", "held", cwd=tmp_path).well()
    assert said in clew_here("register", *words, cwd=tmp_path).one_line()


def test_rejected_rows_are_kept_with_their_reason(tmp_path: Path) -> None:
    (tmp_path / "findings.csv").write_text(
        "id,valid_from,recorded_at,source,proceeding,by,about,words\n"
        "a,2021-12-10,2021-12-10,made up,p,jury,force,Said.\n"
        "b,10.12.2021,2021-12-10,made up,p,jury,force,Said.\n"
        "c,2021-12-10,2021-12-10,,p,jury,force,Said.\n"
        "d,2021-12-10,2021-12-10,made up,p,jury,force,Said.,more\n",
        encoding="utf-8",
    )
    said = clew_here("register", "import", "findings.csv", cwd=tmp_path).well()
    assert "4 rows read, 1 new, 0 known already, 3 not taken." in said
    lost = read_rows(tmp_path / "clew-out" / "rejects.csv")
    assert [(row["row"], row["field"]) for row in lost] == [
        ("3", "valid_from"), ("4", "source"), ("5", ""),
    ]  # fmt: skip


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    said = clew("register", "import", "--example", cwd=tmp_path).well()
    assert (
        said.splitlines()[0]
        == "barking_register.toml: 37 rows read, 37 new, 0 known already, 0 not taken."
    )
