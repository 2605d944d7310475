"""The scene card: a dozen things, each seen, looked for and absent, or not looked for. Pure.

What was not looked for is missing: it stands in no field, and is never taken for absent. What was
looked for and is absent is a fact only where the field has a word for it (a phone that is gone, a
room without disturbance); otherwise it stands in the words and in a plain fact of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SEEN, ABSENT, NOT_LOOKED = "seen", "absent", "not_looked"
ANSWERS = ((SEEN, "Seen"), (ABSENT, "Absent"), (NOT_LOOKED, "Not checked"))


@dataclass(frozen=True, slots=True)
class CardItem:
    """One thing on the card, its words seen and absent, and the facts that both answers make.

    A fact is `field:word`, or "" where the vocabulary has no word for it.
    """

    name: str
    asks: str
    says: tuple[str, str]
    seen: str = ""
    absent: str = ""


ITEMS = (
    CardItem(
        "phone", "Phone", ("a phone", "no phone"), "scene:phone_present", "missing_items:phone"
    ),
    CardItem("keys", "Keys", ("keys", "no keys"), "", "missing_items:keys"),
    CardItem("wallet", "Wallet or purse", ("a wallet", "no wallet"), "", "missing_items:wallet"),
    CardItem("note", "Note", ("a note", "no note"), "scene:note"),
    CardItem("bottle", "Small bottle", ("a small bottle", "no small bottle"), "scene:small_bottle"),
    CardItem("drugs", "Drug items", ("drug items", "no drug items"), "scene:drug_paraphernalia"),
    CardItem(
        "sheet", "Sheet under the body", ("a sheet under the body", "no sheet under the body"),
        "scene:bed_sheet_under_body",
    ),
    CardItem(
        "disturbed", "Signs of a struggle", ("signs of a struggle", "no signs of a struggle"),
        "scene:disturbed_room", "scene:no_disturbance",
    ),
    CardItem("sitting", "Sitting up", ("sitting", "not sitting"), "posture:sitting"),
    CardItem(
        "wall", "Against a wall", ("against a wall", "not against a wall"), "posture:against_wall"
    ),
    CardItem(
        "clothing", "Clothing disturbed", ("clothing disturbed", "clothing not disturbed"),
        "clothing:disturbed",
    ),
    CardItem("cold", "Body cold", ("body cold", "body not cold"), "body_state:cold"),
)  # fmt: skip
"""Declared: twelve things that an officer can see, and that carry weight (weighing/declared.json);
the ids are those of the vocabulary."""
LISTS = frozenset(
    target.partition(":")[0] for item in ITEMS for target in (item.seen, item.absent) if target
)
"""The fields to which the answers add elements."""


def is_empty(answers: Mapping[str, str], others: Iterable[object]) -> bool:
    """Tell whether a card says nothing: no answer, and none of its other values."""
    said = any(answers.get(item.name, NOT_LOOKED) != NOT_LOOKED for item in ITEMS)
    return not said and all(value is None or not str(value).strip() for value in others)


@dataclass(frozen=True, slots=True)
class CardReport:
    """What a card makes: list elements by field, and the report's own words."""

    elements: Mapping[str, tuple[str, ...]]
    absent: tuple[str, ...]
    words: str


def facts_of(answers: Mapping[str, str], where: str, note: str = "") -> CardReport:
    """Return the facts and the paragraph of a card; `where` says when, where and by whom.

    Things not looked for are counted in the words, not named, lest they be read as there.
    """
    elements: dict[str, list[str]] = {}
    for item in ITEMS:
        answer = answers.get(item.name, NOT_LOOKED)
        target = item.seen if answer == SEEN else item.absent if answer == ABSENT else ""
        field, _, word = target.partition(":")
        if word:
            elements.setdefault(field, []).append(word)
    seen = [item.says[0] for item in ITEMS if answers.get(item.name) == SEEN]
    absent = [item for item in ITEMS if answers.get(item.name) == ABSENT]
    gone = [item.says[1] for item in absent]
    left = len(ITEMS) - len(seen) - len(gone)
    parts = [where]
    if seen:
        parts.append(f"Seen: {', '.join(seen)}.")
    if gone:
        parts.append(f"Looked, and found {', '.join(gone)}.")
    if left:
        parts.append(f"{left} of {len(ITEMS)} things on the card were not checked.")
    if note.strip():
        parts.append(note.strip())
    return CardReport(
        {field: tuple(words) for field, words in elements.items()},
        tuple(item.name for item in absent),
        " ".join(parts),
    )
