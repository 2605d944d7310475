"""Resolving a register on the command line, and linking with what people decided of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from said import clew, clew_here, read_rows, write_rows

REGISTER = [
    {"code": "P1", "type": "person", "given_names": "Kate", "family_name": "Smyth",
     "date_of_birth": "1980-03-12", "sex": "female", "phone": "07700 900123",
     "address": "12 High St", "postcode": "IG11 7AA", "seen_in": "T-0", "ethnicity": "told"},
    {"code": "P2", "type": "person", "name": "SMITH, Catherine", "date_of_birth": "12/03/1980",
     "sex": "F", "phone": "+44 7700 900123", "address": "12 High Street", "postcode": "ig117aa",
     "seen_in": "T-1", "ethnicity": "otherwise"},
    {"code": "P3", "type": "person", "name": "John Doe", "date_of_birth": "01/01/1900",
     "phone": "999", "address": "unknown"},
    {"code": "P4", "type": "person", "name": "John Doe", "date_of_birth": "01/01/1900",
     "phone": "999", "address": "unknown"},
    {"code": "T1", "type": "phone", "phone": "+44 7700 900123"},
    {"code": "T2", "type": "phone", "phone": "(07700) 900-123"},
    {"code": "V1", "type": "venue"},
    {"code": "P1", "type": "person", "family_name": "Other"},
    {"code": "P5", "type": "person", "family_name": "Late", "date_of_birth": "31/02/1980"},
]  # fmt: skip


def test_it_proposes_says_why_and_drops_nothing(tmp_path: Path) -> None:
    write_rows(tmp_path / "register.csv", REGISTER)
    out = clew_here("resolve", "register.csv", "--out", "who", cwd=tmp_path).well()
    assert "register.csv: not used, and never will be: ethnicity (sensitive)" in out
    assert "not compared: 1 of type venue" in out
    assert "P1 and P2 (person), probability 0.9" in out
    assert "Each pair is a proposal." in out
    rows = read_rows(tmp_path / "who" / "identities.csv")
    assert [(r["code_a"], r["code_b"], r["type"]) for r in rows] == [
        ("P1", "P2", "person"), ("T1", "T2", "phone")
    ]  # fmt: skip
    assert "phone: the same number (+" in rows[0]["breakdown"]
    assert "vehicle" in rows[0]["missing"]
    refused = read_rows(tmp_path / "who" / "rejects.csv")
    assert [(r["row"], r["field"], r["kept"]) for r in refused] == [
        ("9", "code", "no"), ("10", "date_of_birth", "yes")
    ]  # fmt: skip
    again = clew("resolve", "register.csv", "--out", "again", cwd=tmp_path)
    again.well()
    for name in ("identities.csv", "undecided.csv", "rejects.csv"):
        assert (tmp_path / "who" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_it_refuses_in_one_line(tmp_path: Path) -> None:
    write_rows(tmp_path / "one.csv", REGISTER[:1])
    write_rows(tmp_path / "odd.csv", [{"who": "P1"}])
    assert "fewer than two codes" in clew_here("resolve", "one.csv", cwd=tmp_path).one_line()
    assert "is missing code, type" in clew_here("resolve", "odd.csv", cwd=tmp_path).one_line()
    line = clew_here("resolve", "one.csv", "--region", "Essex", cwd=tmp_path).one_line()
    assert "unknown region 'Essex'" in line
    line = clew_here("resolve", "odd.csv", "--engine", "abacus", cwd=tmp_path).one_line()
    assert line


HIDE = (
    "import sys\n"
    "for name in ('splink', 'duckdb', 'phonenumbers', 'rapidfuzz', 'nameparser'):\n"
    "    sys.modules[name] = None\n"
    "from clew.cli.app import main; main()"
)


def without_extra(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-W", "error", "-c", HIDE, *words]
    return subprocess.run(run, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_without_the_extra_it_names_it_and_all_else_works(tmp_path: Path, folder: Path) -> None:
    write_rows(tmp_path / "register.csv", REGISTER)
    done = without_extra("resolve", "register.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs the extra entities" in done.stderr
    write_rows(tmp_path / "who.csv", [{"code_a": "W1", "code_b": "W2", "decision": "same"}])
    near = ("near", str(folder / "cases.csv"), "--lat", "51.535", "--lon", "0.076")
    done = without_extra(*near, "--identities", "who.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Taken together by people's decisions: 2 codes as 1. W1 = W2." in done.stdout


def test_link_takes_together_what_was_decided_and_nothing_else(
    tmp_path: Path, folder: Path
) -> None:
    rows = read_rows(folder / "cases.csv")
    for k, row in enumerate(row for row in rows if row["case_id"].startswith("T-")):
        row["entities"] = f"finder:person:W{k}"
    write_rows(tmp_path / "cases.csv", rows)
    decisions = [
        {"code_a": "W1", "code_b": "W0", "decision": "same", "decided_at": "2015-02-01"},
        {"code_a": "W1", "code_b": "W1", "decision": "same", "decided_at": ""},
        {"code_a": "W1", "code_b": "W2", "decision": "perhaps", "decided_at": ""},
    ]
    write_rows(tmp_path / "who.csv", decisions)
    write_rows(tmp_path / "none.csv", [{"code_a": "Q1", "code_b": "Q2", "decision": "same"}])

    def linked(out: str, *words: str) -> str:
        return clew_here("link", "cases.csv", "--out", out, *words, cwd=tmp_path).well()

    plain = linked("plain")
    assert "Taken together" not in plain
    output = linked("told", "--identities", "who.csv")
    assert "Taken together by people's decisions: 2 codes as 1. W0 = W1." in output
    assert "Taken together by people" in (tmp_path / "told" / "report.html").read_text("utf-8")
    tiers = {(r["case_a"], r["case_b"]): r["tier"] for r in read_rows(tmp_path / "told/links.csv")}
    assert tiers["T-1", "T-0"] == "shared_entity"
    before = {
        (r["case_a"], r["case_b"]): r["tier"] for r in read_rows(tmp_path / "plain/links.csv")
    }
    assert before["T-1", "T-0"] == "similarity"
    refused = read_rows(tmp_path / "told" / "rejects.csv")
    assert [(r["row"], r["field"]) for r in refused] == [("3", "code_b"), ("4", "decision")]
    early = linked("early", "--identities", "who.csv", "--as-of", "2015-01-31")
    assert "nothing had been decided by then" in early
    linked("as-of", "--as-of", "2015-01-31")
    linked("other", "--identities", "none.csv")
    for one, other in (("early", "as-of"), ("other", "plain")):
        for name in ("links.csv", "series.csv"):
            assert (tmp_path / one / name).read_bytes() == (tmp_path / other / name).read_bytes()
    explain = ("explain", "cases.csv", "T-1", "T-0", "--identities", "who.csv")
    assert "W0 = W1" in clew_here(*explain, cwd=tmp_path).well()
    assert "codes_taken_together" in clew_here(*explain, "--json", cwd=tmp_path).well()
