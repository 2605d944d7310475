"""What prose tells: denial, doubt, whose, when, spans; any text at all; and no text takes long."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.intake.prose.denial import LONGEST_LIST
from clew.intake.prose.identifying_marks import find_marks, phone_code
from clew.intake.prose.matcher import LONGEST_GAP
from clew.intake.prose.prose_fact import Report
from clew.intake.prose.read import PROSE_FIELDS, held_values, read_narrative
from clew.intake.prose.rules import rules
from clew.intake.prose.words import LONGEST_SENTENCE, split_words

REPORT = Report("C-1", datetime(2015, 9, 14, 8))


def held(text: str) -> dict[str, tuple[str, ...]]:
    return held_values(read_narrative(text, REPORT))


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("No needle marks.", "injuries", "needle_mark"),
        ("Officers found no note or bottle.", "scene", "note"),
        ("Syringe was not found.", "scene", "syringe"),
        ("?overdose of GHB", "substances", "ghb"),
        ("Cannot exclude GHB.", "substances", "ghb"),
        ("His brother died of a heroin overdose.", "substances", "heroin"),
        ("The witness was sitting against the wall.", "posture", "sitting"),
        ("He was found slumped in a doorway in 2011.", "posture", "slumped"),
        ("Prescribed sertraline.", "substances", "sertraline"),
    ],
)
def test_what_is_denied_doubted_past_or_of_others_is_kept_and_not_drawn(
    text: str, field: str, value: str
) -> None:
    facts = [f for f in read_narrative(text, REPORT) if (f.field, f.value) == (field, value)]
    assert facts
    assert not any(fact.applies for fact in facts)
    assert value not in held(text).get(field, ())


def test_a_denial_ends_where_the_clause_turns() -> None:
    said = held("No syringe, but a small bottle was there; no note. His phone was not found.")
    assert said == {"scene": ("small_bottle",), "missing_items": ("phone",)}


def test_absence_of_what_people_carry_is_a_fact_with_its_words() -> None:
    told = read_narrative("Cold night. No mobile phone on him.", REPORT)
    (fact,) = [fact for fact in told if fact.applies]
    assert (fact.field, fact.value, fact.quote) == ("missing_items", "phone", "No mobile phone")


def test_told_seen_and_tested() -> None:
    basis = {
        f.value: f.basis
        for f in read_narrative(
            "Sat against a wall. Mother says his wallet is missing. Toxicology positive for GHB.",
            REPORT,
        )
    }
    assert basis == {"sitting": "seen", "against_wall": "seen", "wallet": "told", "ghb": "tested"}


def test_phones_that_only_drama_uses_are_numbers_like_others() -> None:
    assert phone_code("07700900123") == phone_code("+44 7700 900123") == "07700 900123"
    assert phone_code("01632 960001") == "01632 960001"
    marks = find_marks("Call from 07700 900123, reg AB12 CDE, @north_lad, found by W1. See BD-2.")
    assert [mark.value for mark in marks] == [
        "caller:phone:07700 900123",
        "present:vehicle:AB12 CDE",
        "contact:handle:@north_lad",
        "finder:person:W1",
        "BD-2",
    ]


def test_times_are_those_before_the_report() -> None:
    assert held("Last seen at 11pm.")["last_seen_alive"] == ("2015-09-13T23:00",)
    assert held("Last seen on Friday at 18:30.")["last_seen_alive"] == ("2015-09-11T18:30",)
    assert read_narrative("Last seen on Friday.") == ()


def test_lifestyle_words_are_never_drawn() -> None:
    assert held("NFA, known drug user, alcoholic, worked as an escort, previous convictions.") == {}


WORDS = sorted({word for word in rules().spelling.known if word.isascii()})
PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(WORDS),
    st.sampled_from(
        ["no", "not", "?", ",", ".", ";", "\n", "but", "W1", "07700 900123", "BD-2", "last seen"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=60).map(" ".join))
def test_any_text_is_read_and_every_span_is_its_quote(text: str) -> None:
    for fact in read_narrative(text, REPORT):
        assert text[fact.start : fact.end] == fact.quote
        assert fact.quote
        assert fact.field in PROSE_FIELDS
        assert fact.value
    assert read_narrative(text, REPORT) == read_narrative(text, REPORT)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_words_stand_where_they_are_said_to(text: str) -> None:
    words = split_words(text, rules().spelling)
    for raw, start, end in zip(words.raw, words.starts, words.ends, strict=True):
        assert text[start:end] == raw
    assert [first for first, _ in words.sentences[1:]] == [last for _, last in words.sentences[:-1]]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["Syringe by hand.", "No phone.", "Cold to touch.", "He sat up."]),
        min_size=1,
        max_size=6,
    )
)
def test_sentences_are_read_one_by_one(sentences: list[str]) -> None:
    whole = {(f.field, f.value) for f in read_narrative(" ".join(sentences), REPORT) if f.applies}
    alone = {(f.field, f.value) for s in sentences for f in read_narrative(s, REPORT) if f.applies}
    assert whole == alone


def test_work_for_each_word_is_bounded() -> None:
    """Gaps, lists and sentences have limits, so that no text takes long."""
    gaps = [
        abs(step)
        for by in rules().gapped.values()
        for phrases in by.values()
        for phrase in phrases
        for step in phrase.steps
        if isinstance(step, int)
    ]
    assert max(gaps) <= LONGEST_GAP
    endless = split_words("no phone " * 2_000, rules().spelling)
    assert max(last - first for first, last in endless.sentences) <= LONGEST_SENTENCE + 1
    assert LONGEST_LIST < 50
    for text in (
        "a" * 200_000,
        "?" * 50_000,
        "1" * 50_000,
        "W1 " * 5_000,
        "no phone, " * 5_000,
        "@" * 50_000,
    ):
        read_narrative(text, REPORT)
