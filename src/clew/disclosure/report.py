"""The report of `clew link`: one HTML document that needs nothing else, and asks for nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from clew.disclosure.cards import Setting, choose_links, show_pair
from clew.disclosure.clock import Clock
from clew.disclosure.compared import say_compared
from clew.disclosure.contradictions import say_contradictions
from clew.disclosure.latest import show_latest
from clew.disclosure.page import environment, style
from clew.disclosure.series_cards import show_series
from clew.disclosure.series_changes import say_changes
from clew.model.finding import Answer, Breakdown

FIRST = 5
"""How many pairs stand in the table at the top, and open on the page: the morning's first five."""


def _breakdowns(answer: Answer) -> tuple[Breakdown, ...]:
    """Return the pairs of cases that are in a series, ranked or not."""
    among = {member.case_id for series in answer.series for member in series.members}
    ranked = (link for link in answer.links if {link.case_a, link.case_b} <= among)
    return (*(link.breakdown for link in ranked), *answer.within_series)


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
    sheet, style_hash = style("report.css")
    return (
        environment()
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
            contradictions=say_contradictions(answer.contradictions),
            changes=say_changes(answer.changes or ()),
            latest=show_latest(answer, setting),
            first=FIRST,
            method_view=method_view,
            style=sheet,
            style_hash=style_hash,
        )
    )
