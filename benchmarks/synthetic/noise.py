"""What every report suffers alike: ages and points a little wrong, facts put right later, ids."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from clew.synthetic.entities import PREFIX, People
from clew.synthetic.generated import Row
from clew.synthetic.medical import MedicalDraft
from clew.synthetic.places import AREAS, KM_PER_DEGREE
from clew.synthetic.rates import Ints, lognormal
from clew.synthetic.records import write_age
from clew.synthetic.times import order_of
from synthetic.rates import read_rates

CODE_DIGITS = 10
"""Hexadecimal digits of a code; among a million codes two agree about once in two files."""


@dataclass(frozen=True)
class OverlaySettings:
    """How far reports stray from what they saw. The defaults are moderate noise.

    `age_share` of ages move by up to `age_shift` years; points by up to `point_shift_m` north or
    south and east or west; `corrected_share` of records hold one fact that is put right later.
    `overlay` "none" leaves only the columns that the real file has.
    """

    missing_share: float = 0.25
    coder_agreement: float = 0.3
    age_share: float = 0.1
    age_shift: int = 2
    point_shift_m: float = 150.0
    scene_rate: float = 1.0
    missing_item_rate: float = 1.0
    corrected_share: float = 0.02
    overlay: str = "full"


@dataclass
class KeyedPeople(People):
    """Codes without an order, so that none shows when or by whom it was given out.

    Each pool draws from a stream of its own: the order in which pools are asked changes nothing.
    """

    streams: dict[str, np.random.Generator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = sorted(PREFIX)
        self.streams = dict(zip(names, self.rng.spawn(len(names)), strict=True))

    def once(self, prefix: str = "P") -> str:
        """Return a code that no other record has, as good as surely."""
        number = int(self.rng.integers(16**CODE_DIGITS))
        return f"{'' if prefix == 'L' else prefix}{number:0{CODE_DIGITS}x}"

    def local(self, pool: str, areas: Ints) -> list[str]:
        """Return one member of `pool` for each record, of those who work in its area (n,)."""
        return People(self.streams[pool]).local(pool, areas)


def pool_member(pool: str, area: int, rng: np.random.Generator) -> str:
    """Return any member of a pool who works in `area`, the busy no likelier than others."""
    share = max(1, int(read_rates("papers")["pools"][pool]) // AREAS)
    return f"{PREFIX[pool]}{area * share + int(rng.integers(share)):05d}"


def add_errors(
    drafts: Sequence[MedicalDraft], settings: OverlaySettings, rng: np.random.Generator
) -> None:
    """Move ages and points a little, and let a few facts be wrong first and corrected later."""
    rates = read_rates("overlay")["correction"]
    decimals = read_rates("papers")["report"]["decimals"]
    chances = rng.random((len(drafts), 7)).tolist()
    days = lognormal(rates["days"], len(drafts), rng).tolist()
    for draft, chance, wait in zip(drafts, chances, days, strict=True):
        row = draft.row
        if "age_years" in row and chance[0] < settings.age_share:
            # A whole age moves by -most to most years; infants' ages stay.
            years, most = float(row["age_years"]), settings.age_shift
            if years >= most + 1:
                row["age_years"] = write_age(years + int(chance[1] * (2 * most + 1)) - most)
        if row.get("latitude"):
            # The point moves along each axis, and is written as before.
            km = settings.point_shift_m / 1000
            north, east = ((2 * part - 1) * km / KM_PER_DEGREE for part in chance[2:4])
            latitude, longitude = float(row["latitude"]), float(row["longitude"])
            moved = longitude + east / math.cos(math.radians(latitude))
            row["latitude"] = f"{latitude + north:.{decimals}f}"
            row["longitude"] = f"{moved:.{decimals}f}"
        if chance[4] < settings.corrected_share:
            _correct(draft, wait, (chance[5], chance[6]), drafts[int(chance[5] * len(drafts))].row)


def _correct(draft: MedicalDraft, days: float, chance: tuple[float, float], other: Row) -> None:
    """Let one fact be wrong on the day and right `days` later: age, cause or point."""
    row, rates = draft.row, read_rates("overlay")["correction"]
    held = {
        "age": row.get("age_years"),
        "point": row.get("latitude"),
        "cause": any(late[1] == "cause" for late in draft.late),
    }
    kinds = [name for name, value in held.items() if value]
    if not kinds:
        return
    kind = kinds[int(chance[1] * len(kinds))]
    if kind == "age":
        wrong = write_age(abs(float(row["age_years"]) + (-1 if chance[0] < 0.5 else 1) * 10))
        draft.late += [(0.0, "age_years", wrong, "seen")]
        draft.late += [(days, "age_years", row["age_years"], "tested")]
    elif kind == "point":
        shift = rates["point_degrees"] * (1 if chance[0] < 0.5 else -1)
        decimals = read_rates("papers")["report"]["decimals"]
        for name in ("latitude", "longitude"):
            draft.late.append((0.0, name, f"{float(row[name]) + shift:.{decimals}f}", "seen"))
            draft.late.append((days, name, row[name], "seen"))
    else:
        wrong = other.get("cause") or row["cause"]
        first = next(late for late in draft.late if late[1] == "cause")
        draft.late.append((first[0] / 2, "cause", wrong, "told"))


def give_ids(drafts: Sequence[MedicalDraft], taken: set[str], rng: np.random.Generator) -> None:
    """Give every draft an id with its year and nothing else, and note it in `taken`.

    A mention is the number of the draft it names until then.
    """
    for draft in drafts:
        stem = f"X-{draft.row['reported_at'][:4]}"
        while (name := f"{stem}-{int(rng.integers(10**6)):06d}") in taken:
            pass
        taken.add(name)
        draft.row["case_id"] = name
    for draft in drafts:
        if (number := draft.row.get("mentions", "")).isdigit():
            draft.row["mentions"] = drafts[int(number)].row["case_id"]


def finish(drafts: Sequence[MedicalDraft], overlay: str) -> tuple[list[Row], list[Row]]:
    """Return rows and facts of drafts that have ids; `overlay` "none": the real file's columns."""
    if overlay == "none":
        # Premises are as coarse as the real file's.
        table = read_rates("overlay")
        kept, bare = set(table["real_columns"]["names"]), []
        for draft in drafts:
            row = {name: value for name, value in draft.row.items() if name in kept}
            if "premises" in row:
                row["premises"] = table["coarse"].get(row["premises"], row["premises"])
            row["reported_at"] = row["reported_at"][:10]
            late = [fact for fact in draft.late if fact[1] in kept]
            if draft.row["kind"] == "death":
                bare.append(MedicalDraft(row, late, draft.class_id))
        drafts = bare
    ordered = sorted(drafts, key=lambda draft: order_of(draft.row["reported_at"]))
    rows = [{name: value for name, value in draft.row.items() if value} for draft in ordered]
    return rows, [fact for draft in ordered for fact in draft.facts()]
