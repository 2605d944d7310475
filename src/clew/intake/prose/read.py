"""Read a report's free text into facts, each with the words that say so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from clew.intake.prose.cause_text import find_matches as find_substances
from clew.intake.prose.context import Judged, judge
from clew.intake.prose.denial import Sentence
from clew.intake.prose.forms import Answer, FormAnswer, find_answers, masked
from clew.intake.prose.identifying_marks import find_marks
from clew.intake.prose.last_seen import find_last_seen
from clew.intake.prose.matcher import PhraseMatch, find_phrases
from clew.intake.prose.prose_fact import ProseFact, Report
from clew.intake.prose.rules import RULED_FIELDS, Rule, rules
from clew.intake.prose.words import Text, split_words
from clew.vocabulary.lexicon import key_of
from clew.vocabulary.load import words as vocabulary_words

LIST_FIELDS = (
    "posture",
    "lividity",
    "clothing",
    "injuries",
    "body_state",
    "scene",
    "missing_items",
    "substances",
    "entities",
    "mentions",
)
"""Columns that prose may fill, each a list; `last_seen_alive` is the one that is none."""
PROSE_FIELDS = (*LIST_FIELDS, "last_seen_alive")
LONGEST_TEXT = 2_000_000
"""Characters read of one text. The longest narrative known to us has under 60,000."""
LONGEST_CACHED = 4_000
"""Texts of more characters are read each time, so that the cache stays small."""
LONGEST_QUOTE = 14
"""Words of a quote of a denial with what it denies; beyond, the thing alone is quoted."""
NEAR = 60
"""Characters within which a case's number belongs to a mention without one."""
UNNAMED = "unnamed"
"""The value of a mention of another case without its number: shown, never matched."""
FOUND = frozenset({"found", "recovered", "located", "traced"})
"""Behind "no shoes" these say that they were looked for, not that none were worn."""
CARRIED = frozenset({"bag_or_holdall"})
"""Scene words that are not there where the same thing is said to be missing."""
THINGS = frozenset({"bottles_of_alcohol", "gas_canister", "suspected_cannabis"})
"""Things at the scene whose names are no substances taken."""
NOT_DRAWN = frozenset({"any", "none", "other"})
"""Values that only keep a phrase from being read as another, or hold a denial."""
STREETS = frozenset({"Alley", "Street", "Road", "Lane", "Avenue", "Close", "Court"})
AMBIGUOUS = frozenset([
    "naloxone", "narcan", "nyxoid", "bleach", "lead", "iron", "mercury", "oxygen", "heron",
    "petrol", "gasoline", "glue", "salt", "water", "spirit", "spirits", "nicotine", "tobacco",
    "adrenaline", "epinephrine", "amiodarone", "atropine", "caffeine", "coffee",
])  # fmt: skip
"""Names of substances that are everyday words in a report, though not in a cause of death."""


NO_REPORT = Report()


def read_narrative(text: str, report: Report = NO_REPORT) -> tuple[ProseFact, ...]:
    """Return the facts that a text states, in its order, affirmed and other, none confirmed.

    Never raises; time is linear in the length. What is denied, uncertain, of the past or of
    somebody else is returned with that mark, and `applies` is False for it.

    Source
    ------
    Rules: clew/intake/prose/rules; denial and context after NegEx and ConText.
    """
    if len(text) > LONGEST_CACHED:
        return _read(text[:LONGEST_TEXT], report)
    return _read_cached(text, report)


def _read(text: str, report: Report) -> tuple[ProseFact, ...]:
    book = rules()
    answers = find_answers(text)
    words = replace(split_words(masked(text, answers, _is_concept), book.spelling), text=text)
    answered = _labels(words, answers)
    phrases = find_phrases(words, book)
    # Substances that the cause-of-death vocabulary names, where the rules read nothing else there.
    street = {
        (place, match.rule.value)
        for match in phrases
        if match.rule.field == "substances"
        for place in range(match.first, match.last)
    }
    joints = {
        place: match.last
        for match in phrases
        if match.rule.value == "other_joint"
        for place in range(match.first, match.last)
    }
    things = {p for m in phrases if m.rule.value in THINGS for p in range(m.first, m.last)}
    for named in find_substances([key_of(w) if w not in "?&+/" else "" for w in words.raw]):
        places = range(named.first, named.last)
        if (
            words.raw[named.first].lower() not in AMBIGUOUS
            and things.isdisjoint(places)
            and STREETS.isdisjoint(words.raw[named.last : named.last + 1])  # "Heroin Alley"
            and joints.get(named.first, 0) < named.last
        ):
            phrases += [
                PhraseMatch(named.first, named.last, Rule("substances", concept.id))
                for concept in named.concepts
                if concept.kind == "substance"
                and not any((place, concept.id) in street for place in places)
            ]
    phrases.sort(key=lambda match: match.first)
    observed: list[ProseFact] = []
    place = 0
    for number, (first, last) in enumerate(words.sentences):
        sentence = Sentence(words, first, last)
        cues: list[PhraseMatch] = []
        while place < len(phrases) and phrases[place].first < last:
            match = phrases[place]
            place += 1
            if match.last > last:
                continue  # a phrase that runs into the next sentence is none
            if match.rule.field == "cue":
                cues.append(match)
            else:
                sentence.add(match)
        form = answered.get(number)
        if form is not None and form.answer is not Answer.NOTHING:
            found = (m for starting in sentence.starting.values() for m in starting)
            if all(match.rule.field == "item" for match in found):
                for match in _named(words, first, last):
                    sentence.add(match)
        if not sentence.starting or (form is not None and form.answer is Answer.NOTHING):
            continue
        judged = judge(sentence, cues, report.reported, asks=number in words.asking)
        if form is None:
            observed += _draw(sentence, judged)
            continue
        judged.answer(sentence, said_yes=form.answer is Answer.YES)
        start, end = form.quoted
        observed += [
            replace(fact, start=start, end=end, quote=text[start:end])
            for fact in _draw(sentence, judged)
        ]
    marks = find_marks(text, report.case_id)
    numbered = [(mark.end - NEAR, mark.start + NEAR) for mark in marks if mark.field == "mentions"]
    # A mention without a number is none where the number of the case is near.
    facts = {*marks, *find_last_seen(text, report)} | {
        fact
        for fact in observed
        if fact.field != "mentions"
        or not any(first <= fact.end and fact.start <= last for first, last in numbered)
    }
    return tuple(sorted(facts, key=lambda f: (f.start, f.end, f.field, f.value)))


_read_cached = lru_cache(maxsize=8_192)(_read)


@lru_cache(maxsize=4_096)
def _is_concept(label: str) -> bool:
    """Say whether a phrase of the rules is in a label, or it is a word of the vocabularies."""
    book = rules()
    words = split_words(label, book.spelling)
    named = (m for m in find_phrases(words, book) if m.rule.field != "cue")
    return next(named, None) is not None or bool(_named(words, 0, len(words.raw)))


def _named(words: Text, first: int, last: int) -> list[PhraseMatch]:
    """Return the concept whose name in the vocabularies a label is ("Bound: Yes")."""
    label = " ".join(words.raw[first:last])
    for name in RULED_FIELDS:
        if value := vocabulary_words(name).canonical(label):
            return [
                PhraseMatch(first, last, Rule(name, value, denied=_denied_values().get(value, "")))
            ]
    return []


@cache
def _denied_values() -> dict[str, str]:
    """Return what the denial of a value means, where that is a value too."""
    return {c.rule.value: c.rule.denied for c in rules().concepts if c.rule.denied}


def _labels(words: Text, answers: Sequence[FormAnswer]) -> dict[int, FormAnswer]:
    """Return the answers by the number of the sentence that their label is."""
    by_start = {one.start: one for one in answers}
    starts = sorted(by_start)
    labels = {}
    for number, (first, last) in enumerate(words.sentences):
        place = bisect_right(starts, words.starts[first]) - 1
        if place >= 0 and words.ends[last - 1] <= by_start[starts[place]].end:
            labels[number] = by_start[starts[place]]
    return labels


def _overlap(a: PhraseMatch, b: PhraseMatch) -> bool:
    return a.first < b.last and b.first < a.last


def _draw(sentence: Sentence, judged: Judged) -> Iterator[ProseFact]:
    """Yield the facts of one sentence."""
    keys = sentence.text.keys
    matches = [m for place in sorted(sentence.starting) for m in sentence.starting[place]]
    worn = [m for m in matches if m.rule.field == "clothing" and m not in judged.denied]
    for match in matches:
        rule, denied = match.rule, match in judged.denied
        if rule.field == "item":
            if match in judged.present and rule.value == "phone":
                yield _fact(match, "scene", "phone_present", "affirmed", sentence, judged)
            elif (
                rule.value != "other"
                and match in judged.absent
                and not any(_overlap(match, clothing) for clothing in worn)
            ):
                stance = "denied" if match in judged.kept else "affirmed"
                before = keys[max(sentence.first, match.first - 3) : match.first]
                after = keys[match.last : min(match.last + 2, sentence.last)]
                sought = rule.value != "vehicle" and not FOUND.isdisjoint(after)
                field, value = "missing_items", rule.value
                unworn = judged.answered_no or {"no", "without"} & set(before)
                if rule.denied and not sought and unworn:
                    field, value = rule.denied.split("=")  # it was not worn
                yield _fact(match, field, value, stance, sentence, judged)
        elif match in judged.of_thing or (
            rule.value in CARRIED and any(_overlap(match, gone) for gone in judged.absent)
        ):
            continue
        elif denied and rule.denied:
            yield _fact(match, rule.field, rule.denied, "affirmed", sentence, judged)
        elif rule.value not in NOT_DRAWN and not rule.value.startswith("other_"):
            stance = "denied" if denied else "affirmed"
            yield _fact(match, rule.field, rule.value, stance, sentence, judged)


def _fact(
    match: PhraseMatch, field: str, value: str, stance: str, sentence: Sentence, judged: Judged
) -> ProseFact:
    cue = judged.absent.get(match) or judged.denied.get(match) or match
    first, last = min(match.first, cue.first), max(match.last, cue.last)
    if last - first > LONGEST_QUOTE:
        first, last = match.first, match.last
    start, end = sentence.text.quote(first, last)
    quote = sentence.text.text[start:end]
    if field == "mentions":
        # That another case is asked after, or is older than this one, makes it no less named.
        return ProseFact(field, value, start, end, quote, stance)
    if match in judged.uncertain:
        stance = "uncertain"
    person = "other" if match in judged.other else "deceased"
    when = "before" if match in judged.history else "now"
    basis = "told" if match in judged.hearsay or match.rule.basis == "told" else "seen"
    words = sentence.text.keys[sentence.first : sentence.last]
    if field == "substances" and not rules().classes["tested"].isdisjoint(words):
        basis = "tested"
    return ProseFact(field, value, start, end, quote, stance, person, when, basis)


def held_values(facts: tuple[ProseFact, ...]) -> dict[str, tuple[str, ...]]:
    """Return by column the values that a text gives a record, each once, in its order."""
    values: dict[str, dict[str, None]] = {}
    for fact in facts:
        if fact.applies and fact.value != UNNAMED:
            values.setdefault(fact.field, {})[fact.value] = None
    if times := values.get("last_seen_alive"):
        values["last_seen_alive"] = {max(times): None}
    return {name: tuple(own) for name, own in values.items()}
