"""The report of `clew link`: one HTML document that needs nothing else, and asks for nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from clew.disclosure import words
from clew.disclosure.chance_words import say_sample
from clew.disclosure.comparison import CardContext, say_missing, show_pair
from clew.disclosure.crime_words import DEATH, CrimeNouns, in_nouns
from clew.disclosure.input_words import say_input
from clew.disclosure.newest import show_latest
from clew.disclosure.record_identity import namer
from clew.disclosure.series import BY_MEANS, say_changes, say_contradictions, show_series
from clew.disclosure.words import Clock, count_of
from clew.model.case import Kind
from clew.model.case_file import Coverage
from clew.model.finding import MICRO, Answer, Link, Relation, Stance

FIRST = 5
"""How many pairs are in the table at the top, and open on the page: the morning's first five."""
_MANY = {
    Kind.DEATH: ("death", "deaths"),
    Kind.NON_FATAL: ("non-fatal incident", "non-fatal incidents"),
    Kind.MISSING_PERSON: ("missing person report", "missing person reports"),
}


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """The summary at the top of every report."""

    records: str
    kinds: str
    agencies: tuple[str, ...]
    without_agency: int
    first_report: str
    last_report: str
    as_of: str
    searched: tuple[Coverage, ...]
    not_searched: tuple[Coverage, ...]
    only_this_file: bool
    rejects: int
    sample: str
    together: tuple[str, ...]
    taken: tuple[str, ...]


def _say_compared(answer: Answer, clock: Clock) -> ReportSummary:
    """Return what the answer rests on, in plain words and local time.

    Kinds and agencies are counted only where `answer.cases` are all that were compared.
    """
    agencies = Counter(case.agency for case in answer.cases)
    kinds = Counter(case.kind for case in answer.cases)
    whole = len(answer.cases) == answer.compared
    named = sorted((name, n) for name, n in agencies.items() if name)
    as_of = (
        "every fact in the file, whenever it was recorded"
        if answer.as_of is None
        else f"{clock.minute(answer.as_of)} ({answer.timezone})"
    )
    return ReportSummary(
        records=count_of(answer.compared, "record", "records"),
        kinds=", ".join(
            in_nouns(count_of(kinds[kind], *_MANY[kind]), answer.crime)
            for kind in Kind
            if kinds[kind]
        )
        if whole
        else "",
        agencies=tuple(f"{name} ({n:,})" if whole else name for name, n in named),
        without_agency=agencies[None] + agencies[""] if whole else 0,
        first_report=clock.day(answer.first_report),
        last_report=clock.day(answer.last_report),
        as_of=as_of,
        searched=tuple(row for row in answer.coverage if row.records > 0),
        not_searched=tuple(row for row in answer.coverage if row.records <= 0),
        only_this_file=not answer.coverage,
        rejects=answer.rejects,
        sample=say_sample(answer.null_sample),
        together=answer.together,
        taken=say_input(answer.account),
    )


@dataclass(frozen=True, slots=True)
class ReportLinks:
    """The links by their part of the report. `duplicates` spend nobody's budget."""

    ranked: tuple[Link, ...]
    shared: tuple[Link, ...]
    duplicates: tuple[Link, ...]


def choose_links(links: Iterable[Link]) -> ReportLinks:
    """Order the links: best matches first, the rarest first among them, each pair once."""
    ranked, shared, duplicates = [], [], []
    seen: set[frozenset[str]] = set()
    for link in sorted(
        links,
        key=lambda x: (x.always_shown, x.rank != 1, x.chance, -x.micro_bans, x.case_a, x.case_b),
    ):
        pair = frozenset((link.case_a, link.case_b))
        if pair in seen:
            continue
        seen.add(pair)
        if link.relation is Relation.DUPLICATE_REPORT:
            duplicates.append(link)
        elif link.always_shown:
            shared.append(link)
        else:
            ranked.append(link)
    return ReportLinks(tuple(ranked), tuple(shared), tuple(duplicates))


# What every page is made with. No script, no font, no picture from elsewhere: the one style
# element is named by its hash in the content security policy, so that nothing in a record can
# run, load or restyle anything.


@cache
def environment(crime: str = DEATH) -> Environment:
    """Return the environment of the templates: every value is escaped and cleaned.

    Their own text is in the nouns of `crime`.

    Markup made by Clew passes untouched.
    """
    made = Environment(
        loader=PackageLoader("clew.disclosure"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: (
            words.clean(value)
            if isinstance(value, str) and not isinstance(value, Markup)
            else value
        ),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.extend(crime=crime)
    made.add_extension(CrimeNouns)
    made.globals.update(words=words, say_sample=say_sample, say_missing=say_missing, Stance=Stance)
    made.filters.update(bans=lambda micro_bans: f"{micro_bans / MICRO:+.6f}", plain=words.plain)
    return made


@cache
def style(*sheets: str) -> tuple[Markup, str]:
    """Return the style sheets as one, and its hash as a policy source."""
    folder = files("clew.disclosure").joinpath("templates")
    sheet = "".join(folder.joinpath(name).read_text("utf-8") for name in sheets)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return Markup(sheet), f"'sha256-{digest}'"  # noqa: S704 - Clew's own file, no input in it


NAMED_PAIRS = 500
"""Declared: pairs that the page names without their reasons; the rest are counted."""


@dataclass(frozen=True, slots=True)
class NamedPairs:
    """Pairs by the identities of their records, and how many there are altogether."""

    pairs: tuple[tuple[str, str], ...]
    count: int


def _name_pairs(links: Sequence[Link], setting: CardContext) -> NamedPairs:
    name = namer(setting.cases, setting.clock)
    pairs = tuple((name(link.case_a), name(link.case_b)) for link in links[:NAMED_PAIRS])
    return NamedPairs(pairs, len(links))


def render_report(answer: Answer, *, most_links: int = 100, method_view: bool = True) -> str:
    """Return the report of one run of the linking job as one self-contained HTML document.

    Parameters
    ----------
    answer
        What the engine found, and what it could not search.
    most_links
        How many pairs get a card; the page counts those that do not. At least 0. Every link
        through a shared person, phone or place is listed all the same.
    method_view
        Whether each card has the folded view with weights in bans.

    """
    clock = Clock(ZoneInfo(answer.timezone))
    by_id = {case.case_id: case for case in answer.cases}
    known = (answer.deaths_a_year, answer.crime, answer.compared)
    setting = CardContext(by_id, clock, *known)
    chosen = choose_links(answer.links)
    among = {member.case_id for series in answer.series for member in series.members}
    in_series = (link for link in answer.links if {link.case_a, link.case_b} <= among)
    breakdowns = (*(link.breakdown for link in in_series), *answer.within_series)
    sheet, style_hash = style("report.css")
    return (
        environment(answer.crime)
        .get_template("report.html.j2")
        .render(
            answer=answer,
            compared=_say_compared(answer, clock),
            cards=[
                show_pair(link, setting, f"pair-{n}")
                for n, link in enumerate(chosen.ranked[:most_links], 1)
            ],
            more_links=len(chosen.ranked[most_links:]),
            shared=[
                show_pair(link, setting, f"shared-{n}", full=False)
                for n, link in enumerate(chosen.shared[:most_links], 1)
            ],
            more_shared=_name_pairs(chosen.shared[most_links:], setting),
            duplicates=[
                show_pair(link, setting, f"duplicate-{n}", full=False)
                for n, link in enumerate(chosen.duplicates[:most_links], 1)
            ],
            more_duplicates=_name_pairs(chosen.duplicates[most_links:], setting),
            series=show_series(answer.series, breakdowns, setting),
            by_means=BY_MEANS if answer.by_means else "",
            contradictions=say_contradictions(answer.contradictions),
            changes=say_changes(answer.changes or ()),
            latest=show_latest(answer, setting),
            first=FIRST,
            name_of_record=namer(setting.cases, clock),
            method_view=method_view,
            style=sheet,
            style_hash=style_hash,
        )
    )
