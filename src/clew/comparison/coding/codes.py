"""What the codes of one file mean: its own values, learnt once, and added to by later cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clew.comparison.evidence import place
from clew.comparison.evidence.cause import mechanism_of
from clew.comparison.evidence.entities import may_weigh
from clew.comparison.evidence.scene import contradictions
from clew.comparison.evidence.substances import routinely_tested
from clew.model.case import Case
from clew.model.columns import I8, ITEM_TYPES, Array
from clew.vocabulary.load import GROUP_MARK, words

Values = tuple[tuple[str, ...] | None, ...]
"""A case's values by item type; None where that type is not recorded."""
SUBSTANCES = ITEM_TYPES.index("substances")


@dataclass(frozen=True, slots=True)
class Codes:
    """What the codes of one file mean. `items` are (type, value), common first.

    `item_counts` (items,) records that have each value, and `item_known` (types,) records that
    could have stated its kind, both among the cases that the codes were learnt from. `case_ids`
    are all cases, and behind them those that papers name and that are not in the file.
    """

    items: tuple[tuple[str, str], ...]
    item_type: I8
    item_against: I8
    item_counts: Array
    item_known: Array
    place_keys: tuple[str, ...]
    areas: tuple[str, ...]
    entities: tuple[str, ...]
    mechanisms: tuple[str, ...]
    case_ids: tuple[str, ...]

    @property
    def item_group(self) -> Array:
        """Return which items are groups of words, shape (items,)."""
        return np.array([is_group(value) for _, value in self.items], np.bool_)


def values_of(case: Case, far: bool | None) -> Values:
    """Return the case's values by item type; `far`: found far from home, None if not known."""
    mechanism, setting = mechanism_of(case), place.setting_of(case.premises)
    return (
        (mechanism,) if mechanism else None,
        (setting,) if setting else None,
        (case.premises,) if case.premises else None,
        case.substances,
        _with_groups("scene", case.scene),
        _with_groups("missing_items", case.missing_items),
        _with_groups("posture", case.posture),
        case.lividity,
        _with_groups("clothing", case.clothing),
        _with_groups("injuries", case.injuries),
        case.body_state,
        contradictions(case, far),
        case.further,
    )


def _with_groups(name: str, listed: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the words and the groups that they belong to; two coders agree on groups oftener."""
    if not listed:
        return listed
    groups = words(name).groups
    return (*listed, *{groups[word] for word in listed if word in groups})


def is_group(value: str) -> bool:
    """Return whether a value is a group of words, not a word that somebody wrote."""
    return value.startswith(GROUP_MARK)


def entities_of(case: Case) -> tuple[str, ...]:
    """Return `type:code` of all evidential entities, each once, sorted."""
    return tuple(sorted({f"{e.type}:{e.code}" for e in case.entities or () if may_weigh(e)}))


def learn_codes(cases: Sequence[Case], values_of_cases: Sequence[Values]) -> Codes:
    """Learn the codes of cases in report order. `item_counts` and `item_known` are left empty."""
    tally = Counter(
        (kind, value)
        for values in values_of_cases
        for kind, listed in enumerate(values)
        for value in set(listed or ())
    )
    ranked = sorted(tally, key=lambda item: (-tally[item], item))
    routine = routinely_tested(cases)
    against = [
        not is_group(value) and (kind != SUBSTANCES or value in routine) for kind, value in ranked
    ]
    ids = [case.case_id for case in cases]
    return Codes(
        items=tuple((ITEM_TYPES[kind], value) for kind, value in ranked),
        item_type=np.array([kind for kind, _ in ranked], np.int8),
        # 1 where the value's absence from a record that states its kind says something
        item_against=np.array(against, np.int8),
        item_counts=np.zeros(0, np.int64),
        item_known=np.zeros(0, np.int64),
        place_keys=_added((), (case.place_key for case in cases)),
        areas=_added((), (case.area for case in cases)),
        entities=_added((), (name for case in cases for name in entities_of(case))),
        mechanisms=_added((), (kinds[0][0] if kinds[0] else None for kinds in values_of_cases)),
        case_ids=(*ids, *_unmet(cases, ids)),
    )


def add_codes(codes: Codes, cases: Sequence[Case], values_of_cases: Sequence[Values]) -> Codes:
    """Give codes to the values of later cases that no earlier case has, behind all others.

    They count as seen in no record: what is known of them is that they are new. A later case's
    mechanism that no earlier one has stays unknown, as far as ages and sexes go.
    """
    known = set(codes.items)
    new = sorted(
        {
            (kind, value)
            for values in values_of_cases
            for kind, listed in enumerate(values)
            for value in listed or ()
            if (ITEM_TYPES[kind], value) not in known
        }
    )
    kinds = np.array([kind for kind, _ in new], np.int8)
    against = np.array([k != SUBSTANCES and not is_group(value) for k, value in new], np.int8)
    ids = [case.case_id for case in cases]
    return replace(
        codes,
        items=(*codes.items, *((ITEM_TYPES[kind], value) for kind, value in new)),
        item_type=np.concatenate([codes.item_type, kinds]),
        item_against=np.concatenate([codes.item_against, against]),
        item_counts=np.concatenate([codes.item_counts, np.zeros(len(new), np.int64)]),
        place_keys=_added(codes.place_keys, (case.place_key for case in cases)),
        areas=_added(codes.areas, (case.area for case in cases)),
        entities=_added(codes.entities, (name for case in cases for name in entities_of(case))),
        case_ids=_added(codes.case_ids, (*ids, *_unmet(cases, ids))),
    )


def _added(names: tuple[str, ...], values: Iterable[str | None]) -> tuple[str, ...]:
    return (*names, *sorted({value for value in values if value}.difference(names)))


def _unmet(cases: Sequence[Case], ids: Iterable[str]) -> list[str]:
    """List the cases that papers name and that are not there."""
    return sorted({named for case in cases for named in case.mentions or ()}.difference(ids))
