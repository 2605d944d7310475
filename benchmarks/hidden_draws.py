"""Backgrounds, hidden series and look-alikes as streams of ranked rows, for every ranker alike."""

from __future__ import annotations

import csv
import gzip
import math
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

import baselines
from clew.comparison.kernel import EMPTY, weigh_pairs
from clew.comparison.weights.weight_table import declared_table
from clew.model.alert import AlertRow, Trigger
from clew.model.case import Case, Kind
from clew.model.columns import Array
from clew.model.finding import LEADS
from clew.model.values import DAY, Instant
from clew.model.weight import WeightTable
from clew.replay.events import Event, events_of
from clew.replay.monthly import NEVER_INSTANT, ComparedEvents, compare_events, ranked_rows
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import Generated
from clew.workflows.link import THINGS
from forks import in_processes
from planted import Walked, read_generated, walk_background
from synthetic.background import Background, background_force
from synthetic.hidden import Planted, draw_series
from synthetic.lookalikes import GHB, draw_ghb, draw_lookalikes
from synthetic.noise import OverlaySettings
from synthetic.overlay import overlay_real

RANKERS = ("clew", *baselines.NAMES)
WARM_UP = 150 * DAY
"""From the first report to the first ranked row: three months are known in full, and delays too."""


@dataclass(frozen=True, slots=True)
class Light:
    """One event with what each ranker said of it: (linked id, priority) best first.

    `ours` are Clew's own rows. `weights`, where a lead could alert at all, has the event's weight
    with each row of stretch number `stretch` in hundredths of a ban, MISSING where that row was not
    current; behind them those of the planted records `planted`.
    """

    at: Instant
    case_id: str
    trigger: Trigger
    new_death: bool
    anew: bool
    rows: tuple[tuple[tuple[str, float], ...], ...]
    ours: tuple[AlertRow, ...] = ()
    stretch: int = -1
    weights: Array | None = None
    planted: tuple[str, ...] = ()
    sex: str = ""
    age: float = math.nan
    premises: str = ""
    told: int = 0

    @property
    def event(self) -> Event:
        """Return the event as the budget needs it."""
        return _event(self.at, self.case_id, self.new_death, self.anew)


@cache
def _event(at: Instant, case_id: str, new_death: bool, anew: bool) -> Event:
    """Return an event as the budget needs it; kept, since each draw decides the same background."""
    case = Case(case_id, at, kind=Kind.DEATH if new_death else Kind.NON_FATAL)
    trigger = Trigger.NEW_CASE if new_death else Trigger.NEW_FACT
    return Event(at, case, trigger, ("scene",) if anew else ())


@dataclass(frozen=True)
class Ground:
    """A background as walked (`made`), and its own stream; `ghb` its unrelated deaths by GHB."""

    name: str
    background: Background
    walked: Walked
    stream: tuple[Light, ...]
    begins: Instant
    noise: OverlaySettings
    made: Generated
    ghb: frozenset[str] = frozenset()

    @cached_property
    def rows_of(self) -> list[dict[str, list[int]]]:
        """Return the rows of each case in each stretch."""
        found: list[dict[str, list[int]]] = []
        for stretch in self.walked.stretches:
            found.append({})
            for row, case in enumerate(stretch.coded.cases):
                found[-1].setdefault(case.case_id, []).append(row)
        return found

    def weigh(self, light: Light, case_ids: Sequence[str]) -> list[int]:
        """Return the event's weight with some cases, micro-bans; those unknown are left out."""
        if light.weights is None:
            return []
        first = len(light.weights) - len(light.planted)
        found = []
        for case_id in case_ids:
            rows = list(self.rows_of[light.stretch].get(case_id, ()))
            rows += [first + k for k, one in enumerate(light.planted) if one == case_id]
            current = [int(light.weights[row]) for row in rows if light.weights[row] != MISSING]
            found += [weight * 10_000 for weight in current[-1:]]
        return found


@dataclass(frozen=True)
class Drawn:
    """One draw of a kind: its members in order of report, what belongs besides, its stream."""

    kind: str
    members: tuple[str, ...]
    earlier: tuple[str, ...]
    reported: tuple[Instant, ...]
    stream: tuple[Light, ...] = field(default=())


MISSING = np.iinfo(np.int16).min
WEIGHED = 0.5
"""Declared: chance up to which all weights of an event are kept. Ten alerts a hundred deaths have
this floor; a rarer budget has a lower one."""


def lighten(
    compared: ComparedEvents, number: int, known: int, *, plainly: bool = True
) -> list[Light]:
    """Return what every ranker says of each compared event; `plainly`: the plain ones too.

    `known`: how many rows of the stretch, whose number is `number`, the background has.
    """
    stretch = compared.month
    rows = stretch.first + np.arange(compared.first, len(stretch.events))
    life = (stretch.since, stretch.until)
    plain = [
        baselines.rank_plainly(stretch.coded.cols, stretch.tables, rows, life, which)
        for which in range(len(baselines.NAMES) if plainly else 0)
    ]
    ids = [case.case_id for case in stretch.coded.cases]
    found = []
    for k, (event, ours) in enumerate(ranked_rows(compared)):
        said = [tuple((row.linked_case_id, row.priority) for row in ours)]
        for scores, linked in plain:
            pairs = zip(linked[k].tolist(), scores[k].tolist(), strict=True)
            said.append(tuple((ids[j], float(s)) for j, s in pairs if s != EMPTY))
        weights = None
        if event.compares_anew and any(
            row.relation in LEADS and row.chance <= WEIGHED for row in ours
        ):
            now = int(stretch.since[rows[k]])
            current = (stretch.since < now) & (stretch.until > now)
            at = np.flatnonzero(current)
            pairs = np.column_stack([np.full_like(at, rows[k]), at])
            weights = np.full(len(current), MISSING, np.int16)
            weights[at] = weigh_pairs(stretch.coded.cols, stretch.tables, pairs) // 10_000
        found.append(_light(event, tuple(said), tuple(ours), number, weights, tuple(ids[known:])))
    return found


def _light(
    event: Event,
    rows: tuple[tuple[tuple[str, float], ...], ...],
    ours: tuple[AlertRow, ...],
    stretch: int,
    weights: Array | None,
    planted: tuple[str, ...],
) -> Light:
    case = event.case
    return Light(
        event.at, event.case_id, event.trigger, event.is_new_death, event.compares_anew, rows,
        ours, stretch, weights, planted, case.sex or "",
        math.nan if case.age_years is None else case.age_years,
        case.premises or "", sum(getattr(case, name) is not None for name, _ in THINGS),
    )  # fmt: skip


def milwaukee(
    noise: OverlaySettings, seed: int = 1, table: WeightTable | None = None
) -> Ground | None:
    """Return the real deaths of one office under the overlay; None where the file is not at hand.

    Weighed by `table`; None: the declared one.

    58 unrelated deaths by GHB stand in it for good, as they stood in London: the real file has
    none, and a word that planted records alone use would betray them.
    """
    folder = os.environ.get("CLEW_DATA")
    if not folder:
        return None
    path = Path(folder) / "milwaukee_deaths_2020_2023.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    background = overlay_real(rows, noise, np.random.default_rng(seed))
    ghb = draw_ghb(background, np.random.default_rng(seed + 1), noise)
    made = Generated(
        [*background.rows, *ghb.rows], [*background.facts, *ghb.facts], background.coverage
    )
    name = "Milwaukee medical examiner 2020-2023 (MIT licence), 11 deaths a day"
    return _ground(name, background, made, noise, frozenset(ghb.members), table)


def force(
    settings: ForceSettings, name: str, seed: int = 1, noise: OverlaySettings | None = None
) -> Ground:
    """Return a made-up force as ground; its own deaths by GHB are unrelated."""
    noise = noise or OverlaySettings()
    background = background_force(seed, settings, noise)
    made = background.generated()
    ghb = {row["case_id"] for row in made.rows if "ghb" in row.get("substances", "")}
    return _ground(name, background, made, noise, frozenset(ghb))


def _ground(
    name: str,
    background: Background,
    made: Generated,
    noise: OverlaySettings,
    ghb: frozenset[str],
    table: WeightTable | None = None,
) -> Ground:
    first = datetime.combine(background.first_day, datetime.min.time(), ZoneInfo("UTC"))
    begins = int(first.timestamp()) + WARM_UP
    walked = walk_background(read_generated(made), begins, table or declared_table())
    parts = in_processes([(walked, k) for k in range(len(walked.stretches))], _lighten_stretch)
    stream = tuple(light for part in parts for light in part)
    return Ground(name, background, walked, stream, begins + 90 * DAY, noise, made, ghb)


def _lighten_stretch(walked: Walked, k: int) -> list[Light]:
    stretch = walked.stretches[k]
    return lighten(compare_events(stretch), k, len(stretch.coded.cases))


def plant(ground: Ground, planted: Planted, *, plainly: bool = True) -> Drawn:
    """Rank the planted records of one draw, each at its moment."""
    case_file = read_generated(Generated(planted.rows, planted.facts))
    events = events_of(case_file.histories)
    stretches = ground.walked.stretches
    stream: list[Light] = []
    for k, stretch in enumerate(stretches):
        ends = stretches[k + 1].begins if k + 1 < len(stretches) else NEVER_INSTANT
        here = [event for event in events if stretch.begins <= event.at < ends]
        if here:
            standing = {e.case_id: e for e in events if e.at < stretch.begins}
            compared = ground.walked.compared(stretch, [*standing.values()], here)
            stream += lighten(compared, k, len(stretch.coded.cases), plainly=plainly)
    stream.sort(key=lambda light: (light.at, light.case_id))
    reported = {e.case_id: e.at for e in events if e.trigger is Trigger.NEW_CASE}
    members = tuple(sorted(planted.members, key=lambda case: (reported[case], case)))
    return Drawn(
        planted.kind, members, tuple(planted.earlier), tuple(reported[m] for m in members),
        tuple(stream),
    )  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which draw, whether sexes are swapped or ages shifted, and whether plain rankers rank too."""

    kind: str
    number: int
    sex: str | None = None
    age_shift: float = 0.0
    plainly: bool = False


def draw(ground: Ground, wanted: Wanted) -> Drawn:
    """Return one draw of a hidden series; the same number gives the same places and times."""
    rng = np.random.default_rng([wanted.number, zlib.crc32(wanted.kind.encode())])
    planted = draw_series(
        wanted.kind, ground.background, rng,
        sex=wanted.sex, age_shift=wanted.age_shift, noise=ground.noise,
    )  # fmt: skip
    return plant(ground, planted, plainly=wanted.plainly)


def draw_all(ground: Ground, wanted: Sequence[Wanted]) -> list[Drawn]:
    """Return all wanted draws."""
    return list(in_processes([(ground, one) for one in wanted], draw))


def look_alikes(ground: Ground, sets: int) -> list[list[Drawn]]:
    """Return sets of look-alikes, one of each kind; the GHB deaths stand in the background."""
    return list(in_processes([(ground, k) for k in range(sets)], _draw_set))


def _draw_set(ground: Ground, number: int) -> list[Drawn]:
    made = draw_lookalikes(ground.background, np.random.default_rng([number, 77]), ground.noise)
    return [plant(ground, one) for one in made if one.kind != GHB]


def ghb_draws(ground: Ground, count: int) -> list[Drawn]:
    """Return draws of 58 unrelated deaths by GHB."""
    return list(in_processes([(ground, k) for k in range(count)], _draw_ghb))


def _draw_ghb(ground: Ground, number: int) -> Drawn:
    rng = np.random.default_rng([number, 58])
    return plant(ground, draw_ghb(ground.background, rng, ground.noise), plainly=False)


def without_overlay() -> OverlaySettings:
    """Return the settings that leave the real file as it is."""
    return replace(OverlaySettings(), overlay="none")


LONG = ForceSettings(first_day=date(2000, 1, 1), last_day=date(2015, 12, 31), deaths_a_day=3.0)
