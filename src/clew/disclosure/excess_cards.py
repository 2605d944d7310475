"""The parts of the survey page that hold unusual counts. `excess.html.j2` lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from clew.disclosure import excess_words as said
from clew.disclosure.excess_charts import (
    DAYS,
    boundary_chart,
    funnel_chart,
    profile_chart,
    shares,
)
from clew.disclosure.page import environment
from clew.disclosure.survey_page import Section
from clew.disclosure.words import capital, count_of, plain
from clew.model.excess import ExcessAnswer, Funnel, Profile, TemporalAlert, UnitExcess

Rows = tuple[tuple[str, ...], ...]
METHOD_WORD = {
    "cusum": "Against its own past and units of its kind",
    "sprt": "Against the expected counts that were given",
    "history": "Against its own past",
    "newcomer": "Against how past newcomers went on",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, its caption, and the same as a table."""

    title: str
    drawing: Markup
    caption: str
    heads: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True, slots=True)
class ExcessCard:
    """One unusual count."""

    ident: str
    title: str
    says: tuple[str, ...]
    method: str
    pictures: tuple[Picture, ...]
    explanations: tuple[str, ...]
    case_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownExcess:
    """Everything that the template lays out."""

    answer: ExcessAnswer
    watched: tuple[str, ...]
    error: str
    cards: tuple[ExcessCard, ...]
    alerts: Rows
    delay: str
    funnels: tuple[Picture, ...]
    said: object = said


def excess_sections(answer: ExcessAnswer) -> tuple[Section, ...]:
    """Return the parts of the survey page: units, and weeks of one substance or mechanism."""
    shown = show_excess(answer)
    page: Any = environment().get_template("excess.html.j2").module
    return (
        Section(
            "excess",
            "Unusual counts around a place, an institution or a role",
            page.units(shown),
            count_of(len(shown.cards), "unusual count", "unusual counts"),
        ),
        Section(
            "temporal",
            "Weeks with unusually many deaths of one substance or mechanism",
            page.weeks(shown),
            count_of(len(shown.alerts), "unusual stretch", "unusual stretches"),
        ),
    )


def show_excess(answer: ExcessAnswer, *, public: bool = False) -> ShownExcess:
    """Return the cards, in the order of the alphabet.

    `public`: for a page that leaves the building. Keys of units that are people, and ids of
    cases, are left out.
    """
    numbered = enumerate(answer.signals, 1)
    return ShownExcess(
        answer=answer,
        watched=tuple(
            f"{said.kind_word(about.kind)}: {count_of(about.units, 'unit', 'units')}, "
            f"{count_of(about.records, 'record', 'records')}"
            + (f". Not watched: {about.note}" if about.note else "")
            for about in answer.kinds
        ),
        error=_say_error(answer),
        cards=tuple(_card(unit, f"excess-{n}", answer, public=public) for n, unit in numbered),
        alerts=tuple(_alert_row(alert) for alert in answer.alerts),
        delay=_say_delay(answer.typical_delay_days),
        funnels=tuple(_funnel(one, f"funnel-{one.kind}") for one in answer.funnels),
    )


def _say_error(answer: ExcessAnswer) -> str:
    share = answer.false_signals_a_year
    each = f"{share:g} a year" if share >= 1 else f"one in {1 / share:.3g} years"
    return (
        f"Boundaries are set so that, with nothing amiss anywhere, false signals come at about"
        f" {each} from all units together, and at about {each} from all substances and mechanisms"
        " together. Looking at many units, and looking often, is paid for in that."
    )


def _say_delay(days: float) -> str:
    if days < 1:
        return (
            "This file does not show that anything became known late, so that recent weeks were"
            " taken as complete. They may not be."
        )
    return (
        f"On average a substance or mechanism was recorded {days:.0f} days late. Recent weeks are"
        " judged by the share of their cases that is expected to be known."
    )


def _card(unit: UnitExcess, ident: str, answer: ExcessAnswer, *, public: bool) -> ExcessCard:
    hidden = public and unit.kind in said.PERSONAL
    name = "key withheld" if hidden else unit.unit
    first, _, last = unit.period.partition("/")
    says = (
        f"{said.UNUSUAL} {count_of(unit.observed, 'case', 'cases')} from {first} to {last},"
        f" where {_number(unit.expected)} were expected.",
        f"It first signalled on what was recorded by {unit.signal_date}.",
        f"A unit of this kind, with nothing amiss, stands this high at some time of its watch"
        f" {said.say_times(unit.p_value)}; and {count_of(unit.watched, 'unit was', 'units were')}"
        f" watched. Corrected for that: {said.say_times(unit.p_corrected)}.",
    )
    pictures = [_test_picture(unit, f"{ident}-test")]
    for profile, hours in ((unit.hours, True), (unit.weekdays, False)):
        if profile is not None:
            label = f"{ident}-{'hours' if hours else 'days'}"
            pictures.append(_profile_picture(profile, label, answer.time_basis, hours=hours))
    return ExcessCard(
        ident=ident,
        title=f"{said.kind_word(unit.kind)} {name}",
        says=says,
        method=METHOD_WORD[unit.method],
        pictures=tuple(pictures),
        explanations=said.EXPLANATIONS[unit.kind],
        case_ids=() if public else unit.case_ids,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2g}"


def _test_picture(unit: UnitExcess, ident: str) -> Picture:
    rows = tuple(
        (period, f"{100 * height / limit:.0f} %", "yes" if height >= limit else "")
        for period, height, limit in unit.steps
    )
    return Picture(
        "boundary",
        boundary_chart(unit, ident),
        "How near the count came to its boundary. At 100 % it signals.",
        ("Period", "Of its boundary", "Signals"),
        rows,
    )


def _profile_picture(profile: Profile, ident: str, basis: str, *, hours: bool) -> Picture:
    bins = len(profile.unit_counts)
    names = [f"{k:02}:00" for k in range(24)] if hours else list(DAYS)
    first, last = names[profile.first], names[(profile.first + profile.length) % bins]
    arc = f"{first} to {last}" if hours else f"{first}, {count_of(profile.length, 'day', 'days')}"
    times = said.say_times(profile.p_value)
    own, rest = shares(profile.unit_counts), shares(profile.other_counts)
    rows = tuple(
        (name, str(count), f"{100 * a:.0f} %", f"{100 * b:.0f} %")
        for name, count, a, b in zip(names, profile.unit_counts, own, rest, strict=True)
    )
    return Picture(
        "hours" if hours else "days of the week",
        profile_chart(profile, ident, hours=hours),
        f"{'Hour of day' if hours else 'Day of the week'} {basis}. Fullest: {arc},"
        f" {profile.observed} where {_number(profile.expected)} were expected. Some stretch as full"
        f" as that comes {times} by chance.",
        ("Hour" if hours else "Day", "Cases", "Share", "Share of all others"),
        rows,
    )


def _alert_row(alert: TemporalAlert) -> tuple[str, ...]:
    return (
        f"{capital(plain(alert.subject))} ({alert.kind})",
        f"{alert.first_week} to {alert.last_week}",
        alert.signal_date,
        str(alert.observed),
        _number(alert.expected),
        f"{100 * alert.complete:.0f} %",
        METHOD_WORD[alert.method],
        capital(said.say_times(alert.p_value)),
    )


def _funnel(funnel: Funnel, ident: str) -> Picture:
    chosen: Sequence[tuple[float, ...]] = funnel.limits[4::5]
    rows = tuple(tuple(_number(value) for value in row) for row in chosen)
    outside = sum(point.outside for point in funnel.points)
    vary = funnel.variation.between
    return Picture(
        "limits",
        funnel_chart(funnel, ident),
        f"{said.kind_word(funnel.kind)}: counts after the first case against the mean rate of the"
        f" kind. Ordinary units vary by {100 * vary:.0f} % beyond chance."
        f" {count_of(outside, 'unit stands', 'units stand')} above all that chance and this"
        " variation explain (a diamond). That is a level, not a change: a busy place is always"
        " there.",
        ("Expected", "Lower 95 %", "Upper 95 %", "Lower 99.8 %", "Upper 99.8 %"),
        rows,
    )
