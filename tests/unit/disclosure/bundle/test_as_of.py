"""The command over a case file: nothing later, nobody living, and refusals in plain words."""

import io
import json
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest

from clew.cli.app import app
from clew.disclosure.bundle.files import read_exhibits, read_withheld
from clew.errors import InputRejected, UsageRejected

CASES = """case_id,kind,reported_at,latitude,longitude,premises,agency,age_years,sex,scene,narrative
A-1,death,2014-06-19T04:05,51.5,0.08,street,MPS,23,male,propped,earliest-words
A-2,death,2014-08-28T09:00,51.5,0.08,street,MPS,22,male,propped,
A-3,death,2014-09-20T09:00,51.5,0.08,street,MPS,21,male,propped,third-words
S-1,non_fatal,2014-06-04T09:00,51.5,0.08,street,BTP,20,male,propped,survivor-words
"""
FACTS = """case_id,field,op,value,known_at,recorded_at,known_to,basis,source
A-1,substances,set,ghb,2014-08-01,2014-08-02,MPS,tested,early-laboratory
A-2,substances,set,ghb,2014-08-30,2014-10-11,MPS,tested,late-laboratory
"""
EXHIBITS = """number,title,file,known_at,known_to,source,use
1,Statement,statement.txt,2014-06-19,MPS,officer,
2,A later-paper,statement.txt,2014-12-01,MPS,officer,
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle")
    (path / "cases.csv").write_text(CASES)
    (path / "facts.csv").write_text(FACTS)
    (path / "exhibits.csv").write_text(EXHIBITS)
    (path / "statement.txt").write_text("What the officer saw.")
    return path


def make(folder, out, *more):
    files = ["--facts", folder / "facts.csv", "--exhibits", folder / "exhibits.csv"]
    line = ["bundle", folder / "cases.csv", "A-1", "A-2", "--as-of", "2014-08-31", "--for"]
    line += ["The senior coroner", *files, "--out", folder / out, *more]
    app([str(word) for word in line], standalone_mode=False)
    return folder / out / "bundle.pdf"


def words_of(path):
    read = pypdfium2.PdfDocument(path)
    return " ".join(" ".join(p.get_textpage().get_text_range() for p in read).split())


def run_together(text):
    """Return the letters and digits: a narrow column breaks words."""
    return "".join(one for one in text if one.isalnum())


def test_nothing_later_and_nobody_living_is_in_it(folder):
    path = make(folder, "one", "--key-date", "2014-06-20")
    text = words_of(path)
    for said in ("earliest-words", "early-laboratory", "What the officer saw.", "20 June 2014"):
        assert run_together(said) in run_together(text)
    with pikepdf.open(path) as file:
        plain = io.BytesIO()
        file.save(plain, stream_decode_level=pikepdf.StreamDecodeLevel.all)
    whole = text + plain.getvalue().decode("latin-1")
    whole += json.dumps(json.loads((folder / "one" / "manifest.json").read_text()))
    for secret in ("A-3", "S-1", "October 2014"):
        assert secret not in whole
    for secret in ("third-words", "late-laboratory", "later-paper", "survivor-words"):
        assert run_together(secret) not in run_together(whole)
    assert "Compared: 1 record of a death." in text
    assert "Compared: 2 records of deaths." in text


def test_a_living_person_and_a_later_death_are_refused_alike(folder):
    said = []
    for case_id in ("S-1", "A-3", "nobody"):
        with pytest.raises(UsageRejected) as refused:
            make(folder, "two", case_id)
        said.append(str(refused.value).replace(case_id, "?"))
    assert len(set(said)) == 1
    assert not (folder / "two" / "bundle.pdf").exists()


def test_a_key_date_after_the_moment_is_refused(folder):
    with pytest.raises(UsageRejected, match="key date"):
        make(folder, "three", "--key-date", "2014-09-01")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("1,Title,../cases.csv,2014-06-19", "outside the folder"),
        ("1,Title,absent.txt,2014-06-19", "no file"),
        ("1,,statement.txt,2014-06-19", "empty"),
        ("1,A,statement.txt,2014-06-19\n1,B,statement.txt,2014-06-19", "used twice"),
    ],
)
def test_a_list_of_documents_is_refused_by_row(folder, rows, reason):
    path = folder / "list.csv"
    path.write_text(f"number,title,file,known_at\n{rows}\n")
    with pytest.raises(InputRejected, match=reason):
        read_exhibits(path, "Europe/London", int(datetime(2015, 1, 1, tzinfo=UTC).timestamp()))


def test_a_text_too_short_to_withhold_is_refused(folder):
    path = folder / "withhold.csv"
    path.write_text("text,ground\nX.,name\n")
    with pytest.raises(InputRejected, match="fewer than 3"):
        read_withheld(path)
