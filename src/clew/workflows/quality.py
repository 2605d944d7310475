"""`quality`: how complete and consistent a file's data are, before anything is linked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from clew.comparison.compare import SAME_REPORT_S, relation_of
from clew.intake.cases.countries import Country, country_of_zone
from clew.intake.cases.row_parsers import FROM_PROSE
from clew.intake.prose.prose_fact import Report
from clew.intake.prose.read import LIST_FIELDS, read_narrative
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.distance import distance_m
from clew.model.quality import Agreement, Double, Filled, Impossible, Quality
from clew.model.values import Point

OLDEST_LIKELY = 110
"""Years of age beyond which an age deserves a look; one person in millions lives so long."""


def _both(values: tuple[str, ...] | None, one: set[str], other: set[str]) -> bool:
    recorded = set(values or ())
    return bool(recorded & one and recorded & other)


TOGETHER: tuple[tuple[str, str, Callable[[Case], bool]], ...] = (
    ("age", f"over {OLDEST_LIKELY} years", lambda c: (c.age_years or 0) > OLDEST_LIKELY),
    (
        "last seen alive",
        "last seen alive after the time in which it happened",
        lambda c: bool(c.last_seen_alive and c.window and c.last_seen_alive > c.window.latest),
    ),
    (
        "last seen alive",
        "last seen alive after the report",
        lambda c: bool(c.last_seen_alive and c.last_seen_alive > c.reported_at),
    ),
    (
        "place",
        "a point that is exact only within more than 100 km",
        lambda c: bool(c.point and (c.point.precision_m or 0) > 100_000),
    ),
    (
        "lividity",
        "both fixed and not fixed, or both absent and present",
        lambda c: (
            _both(c.lividity, {"fixed"}, {"not_fixed"})
            or _both(c.lividity, {"absent"}, {"posterior", "anterior", "on_abdomen", "fixed"})
        ),
    ),
    (
        "injuries",
        "both none seen and some seen",
        lambda c: "none_seen" in (c.injuries or ()) and len(c.injuries or ()) > 1,
    ),
    (
        "clothing",
        "both fully dressed and undressed",
        lambda c: _both(c.clothing, {"fully_dressed"}, {"undressed", "underwear_only"}),
    ),
    ("posture", "both face up and face down", lambda c: _both(c.posture, {"supine"}, {"prone"})),
    (
        "missing items",
        "a phone both missing and present",
        lambda c: "phone" in (c.missing_items or ()) and "phone_present" in (c.scene or ()),
    ),
    (
        "state of the body",
        "both warm and cold, or both stiff and not stiff",
        lambda c: (
            _both(c.body_state, {"warm"}, {"cold"})
            or _both(c.body_state, {"rigor_full"}, {"rigor_absent"})
        ),
    ),
    (
        "scene",
        "both forced and no forced entry, or both disturbed and not disturbed",
        lambda c: (
            _both(c.scene, {"forced_entry"}, {"no_forced_entry"})
            or _both(c.scene, {"disturbed_room"}, {"no_disturbance"})
        ),
    ),
    (
        "substances",
        "a substance found that was not tested for",
        lambda c: bool(c.tested_for and c.substances and set(c.substances) - set(c.tested_for)),
    ),
    (
        "manner",
        "natural, with a substance found and injuries",
        lambda c: (
            c.manner == "natural"
            and bool(c.substances)
            and bool(set(c.injuries or ()) - {"none_seen", "treatment_marks"})
        ),
    ),
)
"""Field, what is wrong, and when it is so. Each is a thing to ask about; none is changed."""


FIELDS: dict[str, Callable[[Case], object]] = {
    "place": lambda c: c.point or c.place_key,
    "kind of place": lambda c: c.premises,
    "home": lambda c: c.home,
    "age": lambda c: c.age_years,
    "sex": lambda c: c.sex,
    "when it happened": lambda c: c.window,
    "last seen alive": lambda c: c.last_seen_alive,
    "cause": lambda c: c.cause,
    "substances": lambda c: c.substances,
    "tested for": lambda c: c.tested_for,
    "manner": lambda c: c.manner,
    "class": lambda c: c.category,
    "posture": lambda c: c.posture,
    "lividity": lambda c: c.lividity,
    "clothing": lambda c: c.clothing,
    "injuries": lambda c: c.injuries,
    "state of the body": lambda c: c.body_state,
    "scene": lambda c: c.scene,
    "missing items": lambda c: c.missing_items,
    "entities": lambda c: c.entities,
    "mentions": lambda c: c.mentions,
    "narrative": lambda c: c.narrative,
}
"""Fields whose completeness is reported, and how a record states them; an empty list is a value."""
_PROSE_FIELDS = {
    "last seen alive": "last_seen_alive",
    "state of the body": "body_state",
    "missing items": "missing_items",
}
EXAMPLES = 5
"""Records named as examples of one kind of fault."""
NO_KIND = -1
"""A kind of pair that the kernel never returns: addresses are compared by their keys alone."""
ALIKE = 4
"""Declared: fields, cause among them, that must be recorded and alike in two records of one."""


def assess(case_file: CaseFile) -> Quality:
    """Return what the data of a case file are like, as after every fact."""
    cases = case_file.as_of(None)
    zone = ZoneInfo(case_file.timezone)
    months = [datetime.fromtimestamp(c.reported_at, zone).strftime("%Y-%m") for c in cases]
    unit_kind = "area" if any(c.area for c in cases) else "agency"
    units = [(c.area if unit_kind == "area" else c.agency) or "not recorded" for c in cases]
    # What only the prose of a record says is not counted for its columns.
    stated = [
        frozenset(
            name
            for name, value_of in FIELDS.items()
            if value_of(case) is not None
            and _PROSE_FIELDS.get(name, name) not in case.extra.get(FROM_PROSE, "").split("; ")
        )
        for case in cases
    ]
    # What could not be taken, the most frequent first; then what cannot be so together.
    refused: dict[tuple[str, str], list[str]] = defaultdict(list)
    for reject in case_file.rejects:
        twice = "has the same case_id" in reject.reason
        reason = "the same case_id twice" if twice else reject.reason
        refused[reject.field, reason].append(f"row {reject.row}")
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case in cases:
        for field, what, is_so in TOGETHER:
            if is_so(case):
                found[field, what].append(case.case_id)
    for what, case_id in _misplaced(cases, country_of_zone(case_file.timezone)):
        found["place", what].append(case_id)
    impossible = [
        *sorted(refused.items(), key=lambda item: (-len(item[1]), item[0])),
        *sorted(found.items()),
    ]
    prose = [case for case in cases if case.narrative]
    return Quality(
        file=case_file.name,
        all=_filled("", stated),
        fields=tuple(FIELDS),
        units=_by(units, stated),
        unit_kind=unit_kind,
        months=_by(months, stated),
        impossible=tuple(
            Impossible(field or "row", what, len(rows), tuple(rows[:EXAMPLES]))
            for (field, what), rows in impossible
        ),
        doubles=tuple(_doubles(cases)),
        prose=len(prose),
        agreement=tuple(_agreement(prose, case_file.timezone)),
        rejected_rows=sum(not reject.kept for reject in case_file.rejects),
        warnings=case_file.warnings,
        account=case_file.account,
        profile=case_file.profile,
    )


EXCHANGED = "latitude and longitude look swapped: swapping them gives a likely place"
ABROAD = "outside the country of the time zone"
FAR_M, NEAR_M = 1_000_000.0, 300_000.0
"""Metres from the middle of a file's points from which a point is far, and within which one fits
when its degrees are exchanged (declared: the longest way in Great Britain is about 1,000 km)."""
POLAR = 72.0
"""Degrees of latitude beyond which no deaths are reported but in few places (declared)."""


def _misplaced(cases: Sequence[Case], country: Country | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the places of a file's points, and in which case.

    The country of the zone decides whether a point fits as it is or exchanged. Where it has none
    of the points either way, the others decide.
    """
    placed = [(case, case.point) for case in cases if case.point is not None]
    if not placed:
        return
    here = [country is not None and country.contains(p.latitude, p.longitude) for _, p in placed]
    turned = [country is not None and country.contains(p.longitude, p.latitude) for _, p in placed]
    if any(here) or any(turned):
        for (case, _), fits, fits_turned in zip(placed, here, turned, strict=True):
            if not fits:
                yield (EXCHANGED if fits_turned else ABROAD), case.case_id
        return
    upright = [p for _, p in placed if abs(p.latitude) <= POLAR] or [p for _, p in placed]
    middle = Point(median(p.latitude for p in upright), median(p.longitude for p in upright), None)
    for case, point in placed:
        back = Point(point.longitude, point.latitude, None) if abs(point.longitude) <= 90 else None
        is_far = distance_m(point, middle) > FAR_M
        fits = back is not None and distance_m(back, middle) < NEAR_M
        only_turned = back is not None and abs(point.latitude) > POLAR >= abs(back.latitude)
        if (is_far and fits) or only_turned:
            yield EXCHANGED, case.case_id


def _filled(name: str, stated: Sequence[frozenset[str]]) -> Filled:
    return Filled(name, len(stated), Counter(field for fields in stated for field in fields))


def _by(names: Sequence[str], stated: Sequence[frozenset[str]]) -> tuple[Filled, ...]:
    groups: dict[str, list[frozenset[str]]] = defaultdict(list)
    for name, fields in zip(names, stated, strict=True):
        groups[name].append(fields)
    return tuple(_filled(name, groups[name]) for name in sorted(groups))


def _doubles(cases: Sequence[Case]) -> Iterator[Double]:
    """Yield pairs that may report one death: by place, time, age and sex, or alike in all else."""
    seen: set[tuple[str, str]] = set()
    by_sex: dict[tuple[object, object], list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda c: (c.reported_at, c.case_id)):
        if case.sex is None or (case.point is None and case.place_key is None):
            continue
        recent = by_sex[case.kind, case.sex]
        while recent and case.reported_at - recent[0].reported_at > SAME_REPORT_S:
            recent.pop(0)
        for other in recent:
            if relation_of(other, case, NO_KIND) == "duplicate_report":
                seen.add((other.case_id, case.case_id))
                yield Double(other.case_id, case.case_id, "same place, time, age and sex")
        recent.append(case)
    alike: dict[tuple[object, ...], str] = {}
    for case in cases:
        values = (
            *(case.age_years, case.sex, case.cause, case.area, case.premises, case.manner),
            case.home,
        )
        if case.window is not None and case.window.seconds > SAME_REPORT_S:
            continue  # a month says too little of a day for two records to be one
        if (
            case.cause is None
            or sum(value is not None for value in values) < ALIKE
            or case.age_years is None
        ):
            continue
        first = alike.setdefault((case.reported_at, *values), case.case_id)
        if first != case.case_id and (first, case.case_id) not in seen:
            yield Double(first, case.case_id, "same day, age, sex, cause and all else recorded")


def _agreement(prose: Sequence[Case], timezone: str) -> Iterator[Agreement]:
    counts: dict[str, Counter[str]] = {field: Counter() for field in LIST_FIELDS}
    examples: dict[str, list[str]] = {field: [] for field in LIST_FIELDS}
    for case in prose:
        report = Report.from_instant(case.case_id, case.reported_at, timezone)
        drawn = read_narrative(case.narrative or "", report)
        own = case.extra.get(FROM_PROSE, "").split("; ")
        for field in LIST_FIELDS:
            facts = [fact for fact in drawn if fact.field == field]
            stated = {_code(fact.value, field) for fact in facts if fact.applies}
            denied = {
                _code(fact.value, field)
                for fact in facts
                if fact.stance == "denied" and fact.person == "deceased"
            }
            values = () if field in own else getattr(case, field) or ()
            column = {v if isinstance(v, str) else f"{v.type}:{v.code}" for v in values}
            counts[field]["both"] += bool(stated and column)
            counts[field]["prose_only"] += bool(stated and not column)
            counts[field]["column_only"] += bool(column and not stated)
            counts[field]["agree"] += bool(stated & column)
            if contrary := column & denied - stated:
                counts[field]["contrary"] += 1
                examples[field].append(f"{case.case_id}: {', '.join(sorted(contrary))}")
    for field, counted in counts.items():
        if prose:
            yield Agreement(
                field,
                both=counted["both"],
                agree=counted["agree"],
                contrary=counted["contrary"],
                column_only=counted["column_only"],
                prose_only=counted["prose_only"],
                examples=tuple(examples[field][:EXAMPLES]),
            )


def _code(value: str, field: str) -> str:
    """Return an entity without its role, which prose and columns state in their own ways."""
    return value.split(":", 1)[1] if field == "entities" and ":" in value else value
