"""Read a report's free text into facts, each with the words that say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from clew.intake.prose.cause_text import find_matches as find_substances
from clew.intake.prose.context import Judged, When, judge
from clew.intake.prose.denial import Sentence
from clew.intake.prose.identifying_marks import find_marks
from clew.intake.prose.last_seen import find_last_seen, is_old, years_alone
from clew.intake.prose.matcher import PhraseMatch, find_phrases
from clew.intake.prose.rules import Rule, rules
from clew.intake.prose.words import Text, split_words
from clew.vocabulary.lexicon import key_of

FOUND = frozenset({"found", "recovered", "located", "traced"})
"""Behind "no shoes" these say that they were looked for, not that none were worn."""
CARRIED = frozenset({"bag_or_holdall"})
"""Scene words that are not there where the same thing is told to be missing."""
THINGS = frozenset({"bottles_of_alcohol", "gas_canister", "suspected_cannabis"})
"""Things at the scene whose names are no substances taken."""
LONGEST_QUOTE = 14
"""Words of a quote that holds a denial with what it denies; beyond, the thing alone is quoted."""
NOT_DRAWN = frozenset({"any", "none", "other"})
"""Values that only keep a phrase from being read as another, or hold a denial."""


@dataclass(frozen=True, slots=True)
class ProseFact:
    """A fact drawn from a text: `text[start:end]` says it. Nobody has confirmed it.

    `said` is `affirmed`, `denied` or `uncertain`; `of` is `deceased` or `other`; `when` is `now` or
    `before`; `basis` is `seen`, `told` or `tested`.
    """

    field: str
    value: str
    start: int
    end: int
    quote: str
    said: str = "affirmed"
    of: str = "deceased"
    when: str = "now"
    basis: str = "seen"

    @property
    def holds(self) -> bool:
        """Tell whether it is a fact of this death: affirmed, of the deceased, and of now."""
        return (self.said, self.of, self.when) == ("affirmed", "deceased", "now")


def read_observations(text: str, when: When) -> list[ProseFact]:
    """Return what a text says was seen, missing, worn, taken, and of other cases."""
    book = rules()
    words = split_words(text, book.spelling)
    matches = find_phrases(words, book)
    matches += _substances(words, matches)
    drawn: list[ProseFact] = []
    by_sentence = _by_sentence(words, matches)
    for number, (first, last) in enumerate(words.sentences):
        held = by_sentence.get(number)
        if not held:
            continue
        said = Sentence(words, first, last)
        for match in held:
            if match.rule.field != "cue":
                said.add(match)
        if not said.starting:
            continue
        cues = [m for m in held if m.rule.field == "cue"]
        judged = judge(said, cues, when, asks=number in words.asking)
        drawn += _draw(said, judged)
    return drawn


def _by_sentence(words: Text, matches: list[PhraseMatch]) -> dict[int, list[PhraseMatch]]:
    """Return the phrases of each sentence; one that runs into the next is none."""
    of: dict[int, list[PhraseMatch]] = {}
    number = 0
    for match in sorted(matches, key=lambda m: m.first):
        while words.sentences[number][1] <= match.first:
            number += 1
        if match.last <= words.sentences[number][1]:
            of.setdefault(number, []).append(match)
    return of


@lru_cache(maxsize=4096)
def _rule_of(substance: str) -> Rule:
    return Rule("substances", substance)


def _substances(words: Text, matches: list[PhraseMatch]) -> list[PhraseMatch]:
    """Return the substances that the cause-of-death vocabulary names in a text."""
    keys = [key_of(word) if word not in "?&+/" else "" for word in words.raw]
    street: set[tuple[int, str]] = set()
    things: set[int] = set()
    joints: dict[int, PhraseMatch] = {}
    for match in matches:
        places = range(match.first, match.last)
        if match.rule.field == "substances":
            street.update((place, match.rule.value) for place in places)
        elif match.rule.value == "other_joint":
            joints.update((place, match) for place in places)
        elif match.rule.value in THINGS:
            things.update(places)
    found = []
    for named in find_substances(keys):
        first, last = named.first, named.last
        joint = joints.get(first)
        if (
            words.raw[first].lower() in AMBIGUOUS
            or not things.isdisjoint(range(first, last))
            or _is_address(last, words)
            or (joint is not None and joint.last >= last)
        ):
            continue
        found += [
            PhraseMatch(first, last, _rule_of(concept.id))
            for concept in named.concepts
            if concept.kind == "substance"
            and not any((place, concept.id) in street for place in range(first, last))
        ]
    return found


AMBIGUOUS = frozenset(
    {
        "naloxone",
        "narcan",
        "nyxoid",
        "bleach",
        "lead",
        "iron",
        "mercury",
        "oxygen",
        "heron",
        "petrol",
        "gasoline",
        "glue",
        "salt",
        "water",
        "spirit",
        "spirits",
        "nicotine",
        "tobacco",
        "adrenaline",
        "epinephrine",
        "amiodarone",
        "atropine",
        "caffeine",
        "coffee",
    }
)
"""Names that are everyday words in a report, though not in a cause of death."""


def _is_address(place: int, words: Text) -> bool:
    """Tell whether a name is that of a street ("Heroin Alley")."""
    return place < len(words.raw) and words.raw[place] in {
        "Alley", "Street", "Road", "Lane", "Avenue", "Close", "Court",
    }  # fmt: skip


def _overlap(one: PhraseMatch, other: PhraseMatch) -> bool:
    return one.first < other.last and other.first < one.last


def _draw(said: Sentence, judged: Judged) -> Iterator[ProseFact]:
    gone = list(judged.absent)
    worn = [m for held in said.starting.values() for m in held if m.rule.field == "clothing"]
    for place in sorted(said.starting):
        for match in said.starting[place]:
            if match.rule.field == "item":
                yield from _draw_item(match, said, judged, worn)
            elif match.rule.value not in CARRIED or not any(_overlap(match, g) for g in gone):
                yield from _draw_seen(match, said, judged)


def _draw_seen(match: PhraseMatch, said: Sentence, judged: Judged) -> Iterator[ProseFact]:
    rule, denied = match.rule, match in judged.denied
    if match in judged.of_thing:
        return
    if denied and rule.denied:
        yield _fact(match, (rule.field, rule.denied), "affirmed", said, judged)
        return
    if rule.value in NOT_DRAWN or rule.value.startswith("other_"):
        return
    stance = "denied" if denied else "affirmed"
    yield _fact(match, (rule.field, rule.value), stance, said, judged)


def _draw_item(
    match: PhraseMatch, said: Sentence, judged: Judged, worn: list[PhraseMatch]
) -> Iterator[ProseFact]:
    rule = match.rule
    if rule.value == "other" or match not in judged.absent:
        return
    if any(_overlap(match, one) and one not in judged.denied for one in worn):
        return
    stance = "denied" if match in judged.kept else "affirmed"
    if rule.denied and match in judged.absent and _bare_no(match, said):
        name, value = rule.denied.split("=")
        yield _fact(match, (name, value), stance, said, judged)
        return
    yield _fact(match, ("missing_items", rule.value), stance, said, judged)


def _bare_no(match: PhraseMatch, said: Sentence) -> bool:
    """Tell whether "no", "without" stands before a thing that is worn, and nothing was sought."""
    after = said.text.keys[match.last : min(match.last + 2, said.last)]
    if match.rule.field == "item" and match.rule.value != "vehicle" and FOUND & set(after):
        return False
    before = said.text.keys[max(said.first, match.first - 3) : match.first]
    return bool({"no", "without"} & set(before))


def _fact(
    match: PhraseMatch, what: tuple[str, str], stance: str, said: Sentence, judged: Judged
) -> ProseFact:
    cue = judged.absent.get(match) or judged.denied.get(match) or match
    first, last = min(match.first, cue.first), max(match.last, cue.last)
    if last - first > LONGEST_QUOTE:
        first, last = match.first, match.last
    start, end = said.text.quote(first, last)
    if what[0] == "mentions":
        # That another case is asked after, or is older than this one, makes it no less named.
        return ProseFact("mentions", what[1], start, end, said.text.text[start:end], stance)
    if match in judged.uncertain:
        stance = "uncertain"
    basis = "told" if match in judged.told or match.rule.basis == "told" else "seen"
    if what[0] == "substances" and not rules().classes["tested"].isdisjoint(
        said.text.keys[said.first : said.last]
    ):
        basis = "tested"
    return ProseFact(
        what[0],
        what[1],
        start,
        end,
        said.text.text[start:end],
        stance,
        "other" if match in judged.other else "deceased",
        "before" if match in judged.history else "now",
        basis,
    )


# All that a report's free text says, as facts with their words; and what of it fills a record.


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
FIELDS = (*LIST_FIELDS, "last_seen_alive")
LONGEST = 2_000_000
"""Characters read of one text. The longest narrative known to us has under 60,000."""
_KEPT = 4_000
"""Texts of more characters are read anew each time, so that the cache stays small."""
NEAR = 60
"""Characters within which a case's number is what a mention without one speaks of."""
UNNAMED = "unnamed"
"""The value of a mention of another case whose number is not told: shown, never matched."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a report apart from its text.

    `reported` settles weekdays and years; None: they stay unsettled. `month_first`: 3/4 is March.
    """

    case_id: str = ""
    reported: datetime | None = None
    month_first: bool = False


def read_narrative(text: str, report: Report = Report()) -> tuple[ProseFact, ...]:
    """Return the facts that a text tells, in its order, affirmed and other, none confirmed.

    Never raises; time is linear in the length. What is denied, uncertain, of the past or of
    somebody else is returned with that mark, and `holds` is False for it.

    Source
    ------
    Rules: clew/intake/narrative/rules; denial and context after NegEx and ConText.
    """
    if len(text) > _KEPT:
        return _read(text[:LONGEST], report)
    return _read_kept(text, report)


def _read(text: str, report: Report) -> tuple[ProseFact, ...]:
    reported = report.reported
    when = When(reported.year, reported.month) if reported else When()
    drawn = read_observations(text, when)
    marks = [
        ProseFact(m.field, m.value, m.start, m.end, text[m.start : m.end])
        for m in find_marks(text, report.case_id)
    ]
    named = {(m.start, m.end) for m in marks if m.field == "mentions"}
    seen = _seen(text, report)
    held = [d for d in drawn if d.field != "mentions" or not _beside(d, named)]
    return tuple(sorted({*held, *marks, *seen}, key=lambda d: (d.start, d.end, d.field, d.value)))


_read_kept = lru_cache(maxsize=8_192)(_read)


def _beside(drawn: ProseFact, named: set[tuple[int, int]]) -> bool:
    """Tell whether a mention without a number holds one with its number."""
    return any(drawn.start - NEAR <= start and end <= drawn.end + NEAR for start, end in named)


_DOUBT = (
    "may have",
    "might have",
    "possibly",
    "not sure",
    "unsure",
    "?",
    "unconfirmed",
    "believed to have",
)


def _seen(text: str, report: Report) -> list[ProseFact]:
    found = []
    for one in find_last_seen(text, report.reported, month_first=report.month_first):
        first = max(0, one.start - 25)
        around = text[first : one.end + 45].lower()
        said = "uncertain" if any(doubt in around for doubt in _DOUBT) else "affirmed"
        when = "before" if is_old(one.value, report.reported) else "now"
        found.append(
            ProseFact(
                "last_seen_alive",
                one.value,
                one.start,
                one.end,
                text[one.start : one.end],
                said,
                when=when,
                basis="told",
            )
        )
    for year, start, end in years_alone(text):
        if report.reported is None or int(year) < report.reported.year:
            found.append(
                ProseFact(
                    "last_seen_alive",
                    year,
                    start,
                    end,
                    text[start:end],
                    when="before",
                    basis="told",
                )
            )
    return found


def held_values(drawn: tuple[ProseFact, ...]) -> dict[str, tuple[str, ...]]:
    """Return by column the values that a text gives a record, each once, in its order."""
    found: dict[str, dict[str, None]] = {}
    for fact in drawn:
        if fact.holds and fact.value != UNNAMED:
            found.setdefault(fact.field, {})[fact.value] = None
    if times := found.get("last_seen_alive"):
        found["last_seen_alive"] = {max(times): None}
    return {name: tuple(values) for name, values in found.items()}


def confirmed(drawn: ProseFact, *, yes: bool) -> ProseFact:
    """Return the fact as a person settled it: affirmed, or denied."""
    return replace(drawn, said="affirmed" if yes else "denied")
