"""The report of `clew link`: one HTML document that needs nothing else, and asks for nothing.

No script, no font, no picture from elsewhere. The one style element is named by its hash in the
content security policy, so that nothing a record holds can run, load or restyle anything.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from clew.disclosure import words
from clew.disclosure.cards import Setting, choose_links, show_pair
from clew.disclosure.clock import Clock
from clew.disclosure.compared import say_compared
from clew.disclosure.latest import show_latest
from clew.disclosure.series_cards import show_series
from clew.model.finding import MICRO, Answer, Breakdown, Stance

FIRST = 5
"""How many pairs stand in the table at the top, and open on the page: the morning's first five."""


def _finalize(value: Any) -> Any:
    """Clean every value on its way into the page; markup made by Clew passes untouched."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return words.clean(value)


def _bans(micro_bans: int) -> str:
    """Return exact signed bans, for the method view alone."""
    return f"{micro_bans / MICRO:+.6f}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("clew.disclosure"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(words=words, Stance=Stance)
    environment.filters.update(bans=_bans, plain=words.plain)
    return environment


@cache
def _style() -> tuple[Markup, str]:
    """Return the style sheet and its hash as a policy source."""
    sheet = files("clew.disclosure").joinpath("templates/report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return Markup(sheet), f"'sha256-{digest}'"  # noqa: S704 - Clew's own file, no input in it


def _breakdowns(answer: Answer) -> tuple[Breakdown, ...]:
    """Return every pair that is broken down, ranked or within a series."""
    return (*(link.breakdown for link in answer.links), *answer.within_series)


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
        Whether each card holds the folded view with weights in bans.

    """
    clock = Clock(ZoneInfo(answer.timezone))
    setting = Setting({case.case_id: case for case in answer.cases}, clock, answer.deaths_a_year)
    chosen = choose_links(answer.links)
    style, style_hash = _style()
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            answer=answer,
            compared=say_compared(answer, clock),
            cards=[
                show_pair(link, setting, f"pair-{n}")
                for n, link in enumerate(chosen.ranked[:most_links], 1)
            ],
            more_links=len(chosen.ranked[most_links:]),
            shared=[
                show_pair(link, setting, f"shared-{n}", full=False)
                for n, link in enumerate(chosen.shared[:most_links], 1)
            ],
            more_shared=chosen.shared[most_links:],
            duplicates=[
                show_pair(link, setting, f"duplicate-{n}", full=False)
                for n, link in enumerate(chosen.duplicates[:most_links], 1)
            ],
            more_duplicates=chosen.duplicates[most_links:],
            series=show_series(answer.series, _breakdowns(answer), setting),
            latest=show_latest(answer, setting),
            first=FIRST,
            method_view=method_view,
            style=style,
            style_hash=style_hash,
        )
    )
