"""The page of an audit: three sentences, three numbers, a picture each, then tables and method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from clew.disclosure.audit_json import count_rows
from clew.disclosure.audit_trust import (
    say_control,
    say_looks,
    say_missing,
    say_sensitivity,
    say_times,
)
from clew.disclosure.audit_words import (
    CAUTIONS,
    PROXY,
    amount,
    crude_leaves,
    deaths_of,
    first_screen,
    floored,
    is_protected,
    level,
    say_interval,
    say_outcome,
    say_range,
    three_numbers,
)
from clew.disclosure.report import environment, style
from clew.oversight.equality.answers import Audit, AuditRun, OutcomeAnswer
from clew.oversight.equality.proportions import Difference

WIDTH, ROW, MARGIN = 320, 40, 8
"""The picture's width, a line's height and the room at its sides: a phone shows it as it is."""
LEAST_SPAN = {True: 12.0, False: 0.05}
"""Declared: a picture reaches at least this far to either side, in hours or in shares."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step of an outcome: what it allows for, its figure and its interval."""

    name: str
    figure: str
    interval: str


@dataclass(frozen=True, slots=True)
class Section:
    """An outcome on the page: its sentences, its picture, its table and how far it stands."""

    name: str
    said: Sequence[str]
    picture: Markup
    lines: Sequence[Line]
    caption: str
    hours: Sequence[tuple[str, str, str]]
    stands: Sequence[str]


def render_audit(run: AuditRun, earlier_plans: Sequence[str] = ()) -> str:
    """Return the page of an audit, which stands alone and asks no network for anything.

    `earlier_plans`: fingerprints of other plans whose results are known to have been seen.
    """
    audit = run.audit
    sheet, style_hash = style("report.css", "audit.css")
    return (
        environment()
        .get_template("audit.html.j2")
        .render(
            run=run,
            audit=audit,
            plan=audit.plan,
            summary=first_screen(audit),
            numbers=three_numbers(audit),
            sections=[_section(audit, one, place) for place, one in enumerate(audit.outcomes)],
            controls=[say_control(one) for one in audit.controls],
            looks=say_looks(audit),
            cautions=CAUTIONS,
            level=level(audit),
            group_missing=floored(audit.group_missing),
            proxy=PROXY if audit.workload_is_proxy else "",
            loads=[(one.column, f"{one.focal:.3g}", f"{one.reference:.3g}") for one in audit.loads],
            counts=list(count_rows(audit)),
            kept=f"{audit.tables.kept:.0%}",
            earlier_plans=earlier_plans,
            style=sheet,
            style_hash=style_hash,
        )
    )


def _section(audit: Audit, answer: OutcomeAnswer, place: int) -> Section:
    name = answer.name
    rows = _rows(audit, answer)
    count = deaths_of(audit, answer)
    deaths = "" if count is None else f", {count:,} deaths"
    hours: list[tuple[str, str, str]] = []
    if rows and answer.times is not None and answer.verdict != "bounds only":
        of = zip(answer.times.hours, *answer.times.done, strict=True)
        hours = [(_hour(hour), f"{ours:.0%}", f"{theirs:.0%}") for hour, ours, theirs in of]
    return Section(
        name,
        [one.removeprefix(f"{name}: ") for one in say_outcome(audit, answer)],
        draw_intervals(rows, f"pic-{place}", name, in_hours=_drawn_in_hours(answer)),
        [
            Line(
                title,
                _signed(one.value, in_hours=_drawn_in_hours(answer)),
                say_interval(one, in_hours=_drawn_in_hours(answer)),
            )
            for title, one in rows
        ],
        f"{name}: {audit.plan.focal} less {audit.plan.reference}{deaths}",
        hours,
        [*say_times(audit, answer), *say_missing(answer), *say_sensitivity(audit, answer)],
    )


def _drawn_in_hours(answer: OutcomeAnswer) -> bool:
    return answer.in_hours and answer.verdict != "bounds only"


def _rows(audit: Audit, answer: OutcomeAnswer) -> list[tuple[str, Difference]]:
    if answer.crude is None or answer.given_x is None or answer.given_xw is None:
        return []
    if is_protected(answer) or answer.verdict == "cannot be compared":
        return []
    if answer.verdict == "bounds only":
        if answer.missing is None:
            return []
        bounds = answer.missing.bounds
        nothing = float("nan")
        return [
            (
                "Whatever the missing groups are",
                Difference(nothing, nothing, bounds.low, bounds.high, 0),
            )
        ]
    rows = [("As they are", answer.crude)] if crude_leaves(audit, answer) else []
    rows.append(("Among comparable deaths", answer.given_x.modelled))
    if audit.plan.w:
        rows.append(("Comparable, and units equally busy", answer.given_xw.modelled))
    rows.append(("The same by strata", answer.given_xw.pooled))
    return rows


def _hour(hour: float) -> str:
    days = hour / 24
    return f"{days:g} days" if days > 1 and days == int(days) else f"{hour:g} hours"


def _signed(value: float, *, in_hours: bool) -> str:
    if math.isnan(value):  # bounds have no figure between them
        return "-"
    whole = round(value if in_hours else value * 100)
    size = amount(value, in_hours=in_hours)
    return size if whole == 0 else f"{'+' if whole > 0 else chr(0x2212)}{size}"


def draw_intervals(
    rows: Sequence[tuple[str, Difference]], mark: str, name: str, *, in_hours: bool = False
) -> Markup:
    """Return an outcome's picture: each step with its interval, beside no difference.

    `mark` is the id of its title on the page.
    """
    if not rows:
        return Markup("")
    most = max(LEAST_SPAN[in_hours], *(max(abs(d.low), abs(d.high)) for _, d in rows)) * 1.05
    middle = WIDTH / 2

    def at(value: float) -> float:
        return round(middle + value / most * (WIDTH / 2 - MARGIN), 1)

    height = ROW * len(rows) + 26
    said = "; ".join(
        f"{title}: {say_range(one.low, one.high, in_hours=in_hours)}" for title, one in rows
    )
    parts = [
        Markup(
            '<svg class="intervals" viewBox="0 0 {} {}" role="img" aria-labelledby="{}">'
            '<title id="{}">{}</title>'
            '<line class="zero" x1="{}" x2="{}" y1="2" y2="{}"></line>'
        ).format(WIDTH, height, mark, mark, f"{name}. {said}", middle, middle, height - 20)
    ]
    for place, (title, one) in enumerate(rows):
        y = ROW * place + 28
        parts.append(
            Markup(
                '<text x="0" y="{}">{}</text>'
                '<line class="bar" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
            ).format(y - 13, title, at(one.low), at(one.high), y, y)
        )
        if not math.isnan(one.value):
            parts.append(Markup('<circle cx="{}" cy="{}" r="5"></circle>').format(at(one.value), y))
    less, more = ("earlier", "later") if in_hours else ("less often", "more often")
    parts.append(
        Markup(
            '<text x="0" y="{0}">{1}</text><text class="mid" x="{2}" y="{0}">no difference</text>'
            '<text class="end" x="{3}" y="{0}">{4}</text></svg>'
        ).format(height - 6, less, middle, WIDTH, more)
    )
    return Markup("").join(parts)
