"""The page of an audit: three sentences an outcome, one picture, then the tables and the method."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from clew.disclosure.audit_words import (
    CAUTIONS,
    HELD_BACK,
    PROXY,
    floored,
    is_protected,
    level,
    say_interval,
    say_outcome,
)
from clew.disclosure.report import environment, style
from clew.oversight.equality.compare import AuditRun, OutcomeAnswer
from clew.oversight.equality.proportions import Difference

WIDTH, ROW, LEFT = 640, 34, 190
"""The picture's width, a line's height and the room for names, in pixels."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step of an outcome in the table: what it allows for, its figure and its interval."""

    name: str
    figure: str
    interval: str


def _lines(answer: OutcomeAnswer) -> list[Line]:
    if answer.crude is None or answer.given_x is None or answer.given_xw is None:
        return []
    rows = [
        ("As they are", answer.crude),
        ("Among comparable deaths", answer.given_x.modelled),
        ("Among comparable deaths, under equal workload", answer.given_xw.modelled),
        ("The same by strata (Mantel-Haenszel)", answer.given_xw.pooled),
    ]
    return [Line(name, _signed(one.value), say_interval(one)) for name, one in rows]


def _signed(value: float) -> str:
    whole = round(value * 100)
    return "0 points" if whole == 0 else f"{whole:+d} points".replace("-", "\N{MINUS SIGN}")


def draw_intervals(rows: list[tuple[str, Difference]]) -> Markup:
    """Return the picture: each outcome's difference with its interval, beside no difference."""
    if not rows:
        return Markup("")
    most = max(0.05, *(max(abs(d.low), abs(d.high)) for _, d in rows)) * 1.05
    middle = LEFT + (WIDTH - LEFT) / 2

    def at(value: float) -> float:
        return round(middle + value / most * (WIDTH - LEFT) / 2, 1)

    height = ROW * len(rows) + 30
    parts = [
        Markup(
            '<svg class="intervals" viewBox="0 0 {} {}" role="img" aria-labelledby="pic">'
        ).format(WIDTH, height),
        Markup('<title id="pic">Each outcome, focal less reference, under equal workload</title>'),
        Markup('<line class="zero" x1="{0}" x2="{0}" y1="4" y2="{1}"></line>').format(
            middle, height - 24
        ),
    ]
    for place, (name, difference) in enumerate(rows):
        y = ROW * place + 20
        parts.append(
            Markup(
                '<text x="0" y="{}">{}</text>'
                '<line class="bar" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
                '<circle cx="{}" cy="{}" r="5"></circle>'
            ).format(
                y + 5,
                name[:26],
                at(difference.low),
                at(difference.high),
                y,
                y,
                at(difference.value),
                y,
            )
        )
    parts.append(
        Markup(
            '<text x="{}" y="{}">less often</text><text class="end" x="{}" y="{}">more often</text>'
        ).format(LEFT, height - 6, WIDTH, height - 6)
    )
    return Markup("").join([*parts, Markup("</svg>")])


def render_audit(run: AuditRun) -> str:
    """Return the page of an audit, which stands alone and asks no network for anything."""
    audit = run.audit
    shown = [a for a in audit.outcomes if not is_protected(a) and a.given_xw is not None]
    pictured = [(a.name, a.given_xw.modelled) for a in shown if a.given_xw is not None]
    sheet, style_hash = style("report.css", "audit.css")
    return (
        environment()
        .get_template("audit.html.j2")
        .render(
            run=run,
            audit=audit,
            plan=audit.plan,
            answers=[
                (answer, say_outcome(audit, answer), _lines(answer)) for answer in audit.outcomes
            ],
            protected=is_protected,
            held_back=HELD_BACK,
            cautions=CAUTIONS,
            level=level(audit),
            focal=floored(audit.focal),
            reference=floored(audit.reference),
            group_missing=floored(audit.group_missing),
            proxy=PROXY if audit.workload_is_proxy else "",
            picture=draw_intervals(pictured),
            style=sheet,
            style_hash=style_hash,
        )
    )
