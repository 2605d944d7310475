"""How what somebody types is read: dates in every form, ages, numbers, features; as SQL too."""

from __future__ import annotations

import re
import sqlite3
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.desk.search.dates import MONTHS, dates_in
from clew.desk.search.document import RecordText, record_terms
from clew.desk.search.find import score
from clew.desk.search.query import for_postgres, for_sqlite, read_query
from clew.desk.search.snippets import snippet
from clew.desk.search.words import one_edit, stem, stems_of, words_of

AREAS = {"KD": "Barking", "GR": "Greenrise Park"}
FORMS = (
    "{d} {month} {y}", "{d}{th} {month} {y}", "{d}{th} of {month}, {y}", "{d} {mon} {y}",
    "{month} {d}, {y}", "{month} {d}{th}, {y}", "{mon} {d} {y}", "{d}/{m}/{y}", "{d:02}.{m:02}.{y}",
    "{d}-{m}-{y}", "{y}-{m:02}-{d:02}", "{y}/{m:02}/{d:02}", "{d}-{mon}-{y}", "{y}{m:02}{d:02}",
    "{d} {MONTH} {y}", "{d}/{m}/{yy:02}", "{d} {mon} {yy:02}", "{d}th {month} {y}",
)  # fmt: skip


def written(form: str, day: date) -> str:
    month = MONTHS[day.month - 1]
    th = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day not in (11, 12, 13) else 0, "th")
    return form.format(
        d=day.day, m=day.month, y=day.year, yy=day.year % 100, th=th, month=month.capitalize(),
        mon=month[:3].capitalize(), MONTH=month.upper(),
    )  # fmt: skip


@given(
    st.dates(date(1970, 1, 1), date(2069, 12, 31)),
    st.sampled_from(FORMS),
    st.sampled_from(["", "found ", "on ", "churchyard "]),
    st.sampled_from(["", " KD", ".", ", cold", " in the churchyard"]),
)
def test_a_date_is_read_in_every_form(day: date, form: str, before: str, after: str) -> None:
    if form == "{y}{m:02}{d:02}" and not 1900 <= day.year < 2100:
        return
    text = f"{before}{written(form, day)}{after}"
    found = list(dates_in(text))
    assert [(one.year, one.month, one.day) for one in found] == [(day.year, day.month, day.day)]
    assert found[0].token() == f"zd{day:%Y%m%d}"
    parts = [part for part in read_query(text, AREAS).parts if part.says.startswith("date")]
    assert [part.choices for part in parts] == [(((f"zd{day:%Y%m%d}",),),)]


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("September 2015", "zd201509"), ("sept. 2015", "zd201509"), ("14 September", "zm0914"),
        ("Sep 14", "zm0914"), ("9/14/2015", "zd20150914"), ("29 February 2016", "zd20160229"),
    ],
)  # fmt: skip
def test_a_part_of_a_date(text: str, token: str) -> None:
    assert [one.token() for one in dates_in(text)] == [token]


@pytest.mark.parametrize(
    "text",
    ["31/02/2015", "51.535", "12/13/14/15", "0.076", "BD-2014-0619", "2014-13-01", "45/45/15"],
)
def test_what_is_no_date(text: str) -> None:
    assert list(dates_in(text)) == []


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.text(max_size=60), st.integers(0, 110))
def test_a_record_is_found_by_its_day_age_and_words(day: date, words: str, age: int) -> None:
    cells = {"narrative": words, "age_years": str(age), "sex": "female"}
    terms = record_terms(RecordText("R-1", "death", "KD", day, cells)).split(" ")
    assert all(re.fullmatch(r"[^\W_]+", term) for term in terms), "no term is cut once more"
    query = read_query(f"aged {age} {day:%d/%m/%Y} woman KD", AREAS)
    assert len(query.parts) == 4
    assert score(terms, query) >= 4
    assert set(stems_of(words)) <= set(terms)


@given(st.text(max_size=80))
def test_whatever_is_typed_both_databases_can_read_it(typed: str) -> None:
    query = read_query(typed, AREAS)
    text = for_sqlite(query)
    assert (text == "") == (not [part for part in query.parts if not part.left_out])
    if text:
        with sqlite3.connect(":memory:") as book:
            book.execute("CREATE VIRTUAL TABLE t USING fts5(terms, tokenize='ascii')")
            book.execute("INSERT INTO t VALUES ('cold')")
            book.execute("SELECT count(*) FROM t WHERE t MATCH ?", [text]).fetchone()
    other = for_postgres(query)
    assert re.fullmatch(r"[\w'()&|!<\->\s]*", other)
    assert other.count("(") == other.count(")")
    assert other.count("'") % 2 == 0


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("male 23 churchyard KD", ["sex: male", "age 23, or the number", "churchyard or cemetery",
                                   "area KD, or the words"]),
        ("greenrise park", ["area GR, or the words"]),
        ("about 23", ["age: 21 to 25"]),
        ("20-25", ["age: 20 to 25"]),
        ("in her thirties", ["age: 30 to 39"]),
        ("fentanyll", ["fentanyll"]),
        ("in his 30s", ["age: 30 to 39"]),
        ("23 years old", ["age: 23"]),
        ("BD-2", ["number: BD-2"]),
        ("phone missing", ["phone missing"]),
        ("overdose", ["mechanism: drug poisoning"]),
        ("the and of", []),
        ("ref 606/11Jul15", ["number: 606/11JUL15", "ref"]),
    ],
)  # fmt: skip
def test_how_it_is_read(typed: str, says: list[str]) -> None:
    assert [part.says.casefold() for part in read_query(typed, AREAS).parts] == [
        one.casefold() for one in says
    ]


def test_words_are_folded_and_stemmed() -> None:
    assert words_of("Café, the walker’s dog-lead") == ["cafe", "the", "walker", "dog", "lead"]
    assert stem("walkers") == stem("walker")
    assert stem("found") == stem("found")
    assert "churchyard" in one_edit("curchyard") & one_edit("churchyyard") & one_edit("chruchyard")


@given(st.text("ab c.", max_size=400), st.text("ab", min_size=1, max_size=3))
def test_a_snippet_is_the_records_own_text(text: str, word: str) -> None:
    pieces = snippet({"narrative": text}, {stem(word)}, "death")
    if word in words_of(text):
        shown = "".join(piece for piece, _ in pieces).strip("\N{HORIZONTAL ELLIPSIS} ")
        assert shown in text
        assert any(hit for _, hit in pieces)
        assert all(stem(piece) == stem(word) for piece, hit in pieces if hit)
    else:
        assert pieces == [] or any(stem(w) == stem(word) for w in words_of(text))
