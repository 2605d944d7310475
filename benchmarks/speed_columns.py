"""Columns of any number of cases at the made-up force's rates, made with numpy alone.

One force's made-up years are drawn from again and again, as other forces in other places: each
drawn case keeps its donor's mechanism, place, victim and people, and takes what was seen at the
scene, and what was seen on the body, from other deaths of the same mechanism. So values are as
common, and come together as often, as in the force; addresses and people have new codes in each
round, so that no address grows busier and no stranger more frequent with the size of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from clew.comparison.coding.codes import Codes
from clew.comparison.coding.columns import STARTS, Coded, bits_of, reference_rows, to_columns
from clew.comparison.evidence.place import density_classes, to_xyz
from clew.comparison.evidence.shared import TYPES, seen
from clew.intake.read import read_case_file
from clew.model.columns import ITEM_TYPES, Array, Columns
from clew.model.values import DAY, YEAR_DAYS
from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import write_generated

GROUPS = (
    ("mechanism", "setting", "premises", "substances"),
    ("scene", "missing_items", "posture", "contradictions"),
    ("lividity", "clothing", "injuries", "body_state"),
)
"""Kinds of value that one donor gives together."""
FORCE_A_YEAR = 10_978
"""Declared: records a year of one large force, thirty deaths a day."""
YEARS = 10.0
"""Declared: a file spans ten years, or less where it has fewer cases than one force's."""
JITTER_M = 300.0
"""Declared: a drawn case lies so far from its donor's place, standard deviation."""


@dataclass(frozen=True)
class Donors:
    """The made-up force that all cases are drawn from."""

    coded: Coded
    latitude: Array
    longitude: Array


def make_donors(folder: str) -> Donors:
    """Return one force's made-up cases of one year, read as any file would be."""
    settings = ForceSettings(first_day=date(2013, 1, 1), last_day=date(2013, 12, 31))
    write_generated(generate_force(settings, np.random.default_rng(33)), Path(folder))
    read = read_case_file(Path(folder) / "cases.csv", facts=Path(folder) / "facts.csv")
    coded = to_columns(read.as_of(None), read.timezone)
    points = [case.point for case in coded.cases]
    return Donors(
        coded,
        np.array([p.latitude if p else 0.0 for p in points]),
        np.array([p.longitude if p else 0.0 for p in points]),
    )


def make_columns(donors: Donors, n: int, seed: int = 1) -> Coded:
    """Return n cases in report order; the case objects are left out."""
    rng = np.random.default_rng(seed)
    cols, count = donors.coded.cols, len(donors.latitude)
    rounds = -(-n // count)
    first = np.concatenate([rng.permutation(count) for _ in range(rounds)])[:n]
    number = np.arange(n) // count
    years = min(YEARS, n / FORCE_A_YEAR)
    mid = np.sort(rng.uniform(0, years * YEAR_DAYS * DAY, n)) + 1.3e9
    shuffled = rng.permutation(n)
    first, number = first[shuffled], number[shuffled]
    forces = max(round(n / (FORCE_A_YEAR * YEARS)), 1)
    made = {name: getattr(cols, name)[first] for name in Columns._fields if _plain(name)}
    made["owner"] = np.arange(n, dtype=np.int32)
    made["mid"] = np.rint(mid)
    made["xyz"] = _places(donors, first, number % forces, rng)
    known = cols.density[first] >= 0
    made["xyz"][~known] = 0
    reference = reference_rows(n)
    around = made["xyz"][reference][known[reference]]
    made["density"] = density_classes(made["xyz"], known, around)
    keys, areas = len(donors.coded.codes.place_keys), len(donors.coded.codes.areas)
    made["place_key"] = _renamed(made["place_key"], number, keys)
    made["area"] = _renamed(made["area"], number % forces, areas)
    _draw_items(cols, donors.coded.codes, first, made, rng)
    _copy_entities(cols, first, number, len(donors.coded.codes.entities), made)
    made["mention_start"], made["mentions"] = np.zeros(n + 1, np.int64), np.zeros(0, np.int32)
    columns = Columns(**made)
    codes = replace(
        donors.coded.codes,
        place_keys=_Names(keys * rounds),
        areas=_Names(areas * forces),
        entities=_Names(len(donors.coded.codes.entities) * rounds),
        item_counts=np.bincount(columns.items, minlength=len(donors.coded.codes.items)),
        item_known=seen(columns).sum(axis=0).astype(np.int64),
        case_ids=_Names(n),
    )
    return Coded(_Names(n), columns, codes, reference)


class _Names(tuple):  # type: ignore[type-arg]
    """So many names that nobody will read."""

    def __new__(cls, count: int) -> _Names:
        made = super().__new__(cls)
        made.count_of_names = count
        return made

    def __len__(self) -> int:
        return self.count_of_names


def _plain(name: str) -> bool:
    listed = {*STARTS, *STARTS.values()}
    return name not in listed | {"item_bits", "item_counts", "entity_bits", "recorded"}


def _renamed(codes: Array, number: Array, names: int) -> Array:
    return np.where(codes >= 0, codes + number * names, -1).astype(np.int32)


def _places(donors: Donors, first: Array, force: Array, rng: np.random.Generator) -> Array:
    """Points near the donors', each force two degrees from the next."""
    metres = rng.normal(0, JITTER_M, (len(first), 2)) / 111_000
    side = int(np.ceil(np.sqrt(force.max() + 1)))
    latitude = donors.latitude[first] + metres[:, 0] - 2.0 * (force // side)
    longitude = donors.longitude[first] + metres[:, 1] * 1.6 + 3.0 * (force % side)
    return to_xyz(latitude, longitude)


def _draw_items(
    cols: Columns, codes: Codes, first: Array, made: dict[str, Array], rng: np.random.Generator
) -> None:
    """Fill values from three donors of the same mechanism each, and what follows from them."""
    n = len(first)
    order = np.argsort(cols.mechanism, kind="stable")
    begins = np.searchsorted(cols.mechanism[order], np.arange(cols.mechanism.max() + 2))
    mechanism = cols.mechanism[first]
    size = (begins[mechanism + 1] - begins[mechanism]).astype(np.float64)
    owners, items, recorded = [], [], np.zeros(n, np.int32)
    for k, names in enumerate(GROUPS):
        kinds = [ITEM_TYPES.index(name) for name in names]
        donor = first
        if k:
            donor = order[begins[mechanism] + (rng.random(n) * size).astype(np.int64)]
        mask = sum(1 << kind for kind in kinds)
        recorded |= cols.recorded[donor] & mask
        kept = np.isin(codes.item_type[cols.items], kinds)
        held = np.repeat(np.arange(len(cols.age)), np.diff(cols.item_start))[kept]
        starts = np.searchsorted(held, np.arange(len(cols.age) + 1))
        owner, item = _gather(starts, cols.items[kept], donor)
        owners.append(owner)
        items.append(item)
    owner, item = np.concatenate(owners), np.concatenate(items)
    order = np.argsort(owner * np.int64(len(codes.items)) + item, kind="stable")
    owner, item = owner[order], item[order]
    made["items"], made["recorded"] = item.astype(np.int32), recorded
    made["item_start"] = np.searchsorted(owner, np.arange(n + 1)).astype(np.int64)
    made["item_bits"] = bits_of(made["item_start"], made["items"])
    counts = np.zeros(n * TYPES, np.int32)
    against = codes.item_against[item] > 0
    flat = owner[against] * TYPES + codes.item_type[item[against]]
    counts += np.bincount(flat, minlength=n * TYPES).astype(np.int32)
    made["item_counts"] = counts.reshape(n, TYPES)


def _copy_entities(
    cols: Columns, first: Array, number: Array, names: int, made: dict[str, Array]
) -> None:
    owner, entity = _gather(cols.entity_start, cols.entities, first)
    made["entities"] = (entity + number[owner] * names).astype(np.int32)
    made["entity_start"] = np.searchsorted(owner, np.arange(len(first) + 1)).astype(np.int64)
    made["entity_bits"] = bits_of(made["entity_start"], made["entities"])


def _gather(starts: Array, codes: Array, rows: Array) -> tuple[Array, Array]:
    """Return, for the lists of `rows` end to end, whose each code is, and the codes."""
    lengths = np.diff(starts)[rows]
    ends = np.cumsum(lengths)
    owner = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
    at = np.arange(ends[-1]) - np.repeat(ends - lengths - starts[rows], lengths)
    return owner, codes[at]
