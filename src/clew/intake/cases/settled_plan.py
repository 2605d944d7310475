"""A plan of columns, settled by the column profile of the file's first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter

from clew.intake.cases.cleaning import missing_cause
from clew.intake.cases.column_plan import ColumnPlan, Quantity, Rewrite, Source
from clew.intake.cases.column_profile import (
    AS_WRITTEN,
    LEAST_ROWS,
    ColumnReading,
    TimeBounds,
    profile_clocks,
    profile_numbers,
    profile_times,
    rewriting,
)
from clew.intake.cases.contract import TIME_COLUMNS, column_key
from clew.intake.cases.quantities import (
    AGE_UNITS,
    LENGTH_UNITS,
    read_age,
    read_degrees,
    read_metres,
    unit_named,
)
from clew.intake.cases.row_parsers import VOCABULARIES
from clew.intake.cases.time_text import read_declared, read_iso
from clew.model.contract import LIST_COLUMNS
from clew.vocabulary.load import words

_NUMBERS = (
    "latitude", "longitude", "home_latitude", "home_longitude", "age_years", "location_precision_m",
)  # fmt: skip
_TIMES = TIME_COLUMNS | {"known_at", "recorded_at"}
"""Columns of times, those of a facts file too."""
_QUANTITIES = {"age_years": AGE_UNITS, "location_precision_m": LENGTH_UNITS}
_NORTH, _EAST = partial(read_degrees, letters="NS"), partial(read_degrees, letters="EW")
_READERS: Mapping[str, Callable[[str], float]] = {
    "age_years": read_age,
    "location_precision_m": read_metres,
    "latitude": _NORTH,
    "home_latitude": _NORTH,
    "longitude": _EAST,
    "home_longitude": _EAST,
}
"""How one cell of each column of numbers is read."""
_UNIT_HEADERS = frozenset(["unit", "units", "uom", "unite", "einheit", "unidad"])
"""Words of headers that name a column of units."""
_SHORT = re.compile(r"[^\W\d_]{1,5}")
"""Letters only, five at most: such a value cannot be told from an abbreviation for none."""
_SHORT_IN = ("place_key", "premises")
"""Columns that weigh by one word or key, in which a short one that records share is doubtful."""
_ALIKE = (
    ("place_key", "area", "agency"),
    ("premises", "scene", "missing_items"),
    ("cause", "substances", "tested_for", "injuries"),
    ("posture", "lividity", "clothing", "body_state"),
    ("manner", "category", "kind", "allegation", "allegation_status", "manner_said_by"),
    ("entities", "mentions", "references"),
    ("sex", "identity_status", "moved_after_death"),
)
"""Columns that may well say one word, so that it counts once among unlike ones. Declared."""
_UNLIKE = 3
"""Unlike columns with one cell that show it to be a filler (decision 40 of the design)."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled plan, the readings by column, and sentences about those that are not plain."""

    plan: ColumnPlan
    readings: Mapping[str, ColumnReading] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def kinds(self) -> dict[str, str]:
        """Return the name of each column's reading, as it is kept with what was read."""
        return {column: reading.kind for column, reading in self.readings.items()}


def settle(
    plan: ColumnPlan,
    rows: Sequence[list[str]],
    bounds: Callable[[str], TimeBounds],
    *,
    confirmed: Mapping[str, tuple[str, ...]] | None = None,
    kept: Mapping[str, str] | None = None,
) -> Settled:
    """Return the plan as the rows show that its columns are to be read.

    Parameters
    ----------
    rows
        Cells of the file's first rows, as wide as its header.
    bounds
        Zone, instant of reading and declared formats of a column of times.
    confirmed
        Values by column that read like fillers and are none, as a mapping declares them.
    kept
        Readings by column under which earlier files were read; they rule, and what differs is said.

    """
    work = _Work(plan, rows, dict(kept or {}))
    sources = dict(plan.sources)
    for column in sorted(set(sources) & _TIMES):
        source = sources[column]
        if isinstance(source, Source):
            sources[column] = work.times(column, source, bounds(column))
    for column in (name for name in _NUMBERS if name in sources):
        source = sources[column]
        if isinstance(source, Source):
            sources[column] = work.number(column, source, bounds(column))
    confirmed = confirmed or {}
    doubtful = work.doubtful(sources, confirmed)
    for column, source in sources.items():
        name = f"{column} (fillers)"
        earlier = set(filter(None, work.kept.get(name, "").split("; ")))
        earlier -= {text.casefold() for text in confirmed.get(column, ())}
        values = doubtful.get(column, set()) | earlier
        if values and isinstance(source, Source):
            sources[column] = replace(source, doubtful=frozenset(values))
            work.readings[name] = ColumnReading("; ".join(sorted(values)), 1.0, len(rows))
    return Settled(replace(plan, sources=sources), work.readings, tuple(work.notes))


class _Work:
    """What is found while a plan is settled."""

    def __init__(self, plan: ColumnPlan, rows: Sequence[list[str]], kept: dict[str, str]) -> None:
        self.plan, self.rows, self.kept = plan, rows, kept
        self.readings: dict[str, ColumnReading] = {}
        self.notes: list[str] = []
        self._counted: dict[int, Counter[str]] = {}

    def times(self, column: str, source: Source, bounds: TimeBounds) -> Source:
        """Return a source of times, each of its places rewritten as its column shows."""
        first = self._cells(source.places[0])
        rewrites: list[Rewrite | None] = []
        if len(source.places) == 1:
            if source.values:
                first = self._texts(source)
            rewrites.append(
                self._kept(column, source.places[0], profile_times(first, bounds), bounds)
            )
        elif _are_days(first, bounds):
            place, clock = source.places[:2]
            rewrites.append(self._kept(column, place, profile_times(first, bounds), bounds))
            name = f"{column} (clock)"
            found = self._kept(name, clock, profile_clocks(self._cells(clock)), bounds)
            rewrites.append(found or _without_filler)
            rewrites += [None] * (len(source.places) - 2)
        return replace(source, rewrites=tuple(rewrites)) if any(rewrites) else source

    def number(self, column: str, source: Source, bounds: TimeBounds) -> Source | Quantity:
        """Return a source of numbers with points for commas, and its unit where one is given."""
        places, number = source.places, replace(source, places=source.places[:1])
        cells = self._cells(places[0])
        reading = profile_numbers(
            cells,
            whole=column == "location_precision_m",
            read=_READERS[column],
        )
        if (rewrite := self._kept(column, places[0], reading, bounds)) is not None:
            number = replace(number, rewrites=(rewrite,))
        units = _QUANTITIES.get(column)
        return number if units is None else self._quantity(column, number, places[1:], units)

    def _quantity(
        self, column: str, number: Source, more: tuple[int, ...], units: Mapping[str, float]
    ) -> Source | Quantity:
        header = self.plan.header[number.places[0]]
        key = key_words(header)
        named = [unit for unit in units if unit in key]
        own = named[0] if len(named) == 1 else ""
        unit = unit_column(header, self.plan.extras)
        place = more[0] if more else None if unit is None else self.plan.extras[unit]
        if place is None:
            if own in {"", "years", "m"}:
                return number
            self.notes.append(f"{column}: read in {own}, as its header says")
            return Quantity(number, None, own, {})
        cells = {cell for cell in self._cells(place) if cell and missing_cause(cell) is None}
        codes = {cell.casefold(): unit for cell in cells if (unit := _unit(cell, units, cells))}
        if not more:
            self.notes.append(f"{column}: read with the unit in the column '{unit}'")
        needed = bool(set(codes.values()) - {"years", "m"}) or len(codes) < len(cells)
        return Quantity(number, place, own, codes, needed)

    def doubtful(
        self, sources: Mapping[str, object], confirmed: Mapping[str, tuple[str, ...]]
    ) -> dict[str, set[str]]:
        """Return the cells, case-folded, that several records share and that read like fillers."""
        if len(self.rows) < LEAST_ROWS:
            return {}
        cells_of: dict[str, Counter[str]] = {}
        groups: dict[str, int] = {}
        for group, columns in enumerate(_ALIKE):
            for column in columns:
                source = sources.get(column)
                if not isinstance(source, Source) or len(source.places) > 1:
                    continue
                cells = cells_of[column] = Counter[str]()
                for cell, count in self._texts(source).items():
                    cells[cell.casefold()] += count
                for cell in cells:
                    groups[cell] = groups.get(cell, 0) | 1 << group
        wide = {cell for cell, among in groups.items() if among.bit_count() >= _UNLIKE}
        found: dict[str, set[str]] = {}
        for column, cells in cells_of.items():
            true = {text.casefold() for text in confirmed.get(column, ())}
            for cell in [text for text, count in cells.items() if count > 1 and text not in true]:
                short = column in _SHORT_IN and _SHORT.fullmatch(cell) is not None
                if not (short or cell in wide) or _is_word(column, cell):
                    continue
                strange = {
                    group
                    for group, columns in enumerate(_ALIKE)
                    for other in columns
                    if cell in cells_of.get(other, ()) and not _is_word(other, cell)
                }
                if not short and len(strange) < _UNLIKE:
                    continue
                found.setdefault(column, set()).add(cell)
                why = "short as an abbreviation" if short else "in several unlike columns"
                self.notes.append(
                    f"{column}: '{cell}' in {cells[cell]:,} records reads like a filler ({why}): it"
                    " weighs nothing unless a mapping lists it under [confirmed]"
                )
        return found

    def _cells(self, place: int) -> Counter[str]:
        if place not in self._counted:
            self._counted[place] = Counter(map(itemgetter(place), self.rows))
        return self._counted[place]

    def _texts(self, source: Source) -> Counter[str]:
        """Return the texts of a source's rows, counted."""
        if len(source.places) == 1 and not source.rewrites:
            cells = self._cells(source.places[0])
            if not source.values:
                return cells
            texts = Counter[str]()
            for cell, count in cells.items():
                texts[source.values.get(cell.casefold(), cell)] += count
            return texts
        return Counter(map(source.cell, self.rows))

    def _kept(
        self, column: str, place: int, found: ColumnReading | None, bounds: TimeBounds
    ) -> Rewrite | None:
        """Return the rewriting of a column: the kept reading's, or that which was found."""
        header = self.plan.header[place]
        kept = self.kept.get(column)
        if kept is not None:
            if found is not None and found.kind != kept:
                self.notes.append(
                    f"{column}: read {kept}, as earlier files were; without them this file would be"
                    f" read {found.kind}. Confirm that with --new-profile"
                )
            own = found or ColumnReading(kept, 0.0, 0)
            self.readings[column] = replace(own, kind=kept, header=header, kept=True)
            return rewriting(kept, bounds)
        if found is None:
            return None
        self.readings[column] = replace(found, header=header)
        if found.kind != AS_WRITTEN:
            self.notes.append(found.note(column, header))
        return rewriting(found.kind, bounds)


def unit_column(header: str, others: Iterable[str]) -> str | None:
    """Return which of the other headers names the unit of a header's numbers, None for none."""
    key = key_words(header)
    for name in others:
        parts = key_words(name)
        if parts & _UNIT_HEADERS and (parts & key or len(parts) == 1):
            return name
        if any(column_key(name) in {f"{word}{unit}" for unit in _UNIT_HEADERS} for word in key):
            return name
    return None


def key_words(header: str) -> set[str]:
    """Return the words of a header, those of `CamelCase` too."""
    return set(column_key(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)).split("_"))


def _are_days(cells: Iterable[str], bounds: TimeBounds) -> bool:
    """Say whether the first of several columns of a time holds whole dates."""
    values = [cell for cell in cells if cell and missing_cause(cell) is None]
    forms = [form for form in bounds.forms if re.search("%[djx]", form)]
    return bool(values) and 2 * sum(
        read_iso(text) is not None or any(read_declared(text, form) for form in forms)
        for text in values
    ) > len(values)


def _without_filler(text: str) -> str:
    return "" if missing_cause(text) is not None else text


def _unit(cell: str, units: Mapping[str, float], cells: set[str]) -> str | None:
    """Return the unit that a cell names; M beside other letters of ages means months."""
    if cell.casefold() in {"m", "m."} and "months" in units:
        return "months" if any(unit_named(other, units) == "years" for other in cells) else None
    return unit_named(cell, units)


def _is_word(column: str, cell: str) -> bool:
    """Say whether a cell is a word of its column's vocabulary, or none at all."""
    if not cell or missing_cause(cell) is not None:
        return True
    name = VOCABULARIES.get(column) or (column if column in LIST_COLUMNS else "")
    if column in {"substances", "tested_for"}:
        name = "substances"
    if not name or column in {"entities", "mentions", "references"}:
        return False
    return words(name).canonical(cell) is not None
