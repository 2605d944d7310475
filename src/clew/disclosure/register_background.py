"""The rest of the register's sections: proceedings, bodies, answers, checks, every row."""

from __future__ import annotations

from collections.abc import Sequence

from clew.disclosure.register_words import Section, plain, say_day, say_source
from clew.oversight.register.nouns import (
    Answer,
    Body,
    Check,
    Measure,
    Power,
    Proceeding,
    Recommendation,
    Row,
    StateClaim,
    Statement,
    noun_of,
)
from clew.oversight.register.rows import View
from clew.oversight.register.tracker import CopyTotals, Report


def statements(view: View) -> Section:
    """Return what bodies said of themselves without claiming a state."""
    claimed = {row.about for row in view.of(StateClaim)}
    rows = tuple(
        (row.words, view.name(row.by), say_day(row.valid_from), say_source(row))
        for row in view.of(Statement)
        if row.id not in claimed
    )
    return Section("statements", "Statements", ("Words", "By", "Day", "Source"), rows)


def answers(view: View) -> Section:
    """Return the answers, and what a proceeding recommends."""
    rows = [
        (
            f"Recommended: {row.words}", view.name(row.by), say_day(row.valid_from),
            "does not apply", say_source(row),
        )
        for row in view.of(Recommendation)
    ]  # fmt: skip
    rows += [
        (
            f"Answer{' in part' if row.part else ''}: {row.words or 'wording not held'}",
            view.name(row.by), say_day(row.valid_from),
            f"SHA-256 {row.document}" if row.document else "none", say_source(row),
        )
        for row in view.of(Answer)
    ]  # fmt: skip
    columns = ("Words", "By", "Day", "Document", "Source")
    return Section("answers", "What was recommended and answered", columns, tuple(rows))


def checks(view: View) -> Section:
    """Return who checked what, what they saw, and what they conclude."""
    rows = tuple(
        (
            row.evidence, view.name(row.by), say_day(row.valid_from),
            f"{row.about}, {row.axis.value}", plain(row.verdict.value),
            row.measure or "none", "none" if row.value is None else f"{100 * row.value:g}%",
            say_source(row),
        )
        for row in view.of(Check)
    )  # fmt: skip
    columns = ("Evidence", "By", "Day", "Of what", "Verdict", "Measure", "Value", "Source")
    return Section(
        "checks", "Checks", columns, rows, "What a verdict counts for is said beside each promise."
    )


def bodies(view: View) -> Section:
    """Return the bodies, their other names, and what each has the power to decide."""
    rows = []
    for row in view.of(Body):
        powers = [
            f"{one.power} ({one.source}{', until ' + say_day(one.until) if one.until else ''})"
            for one in view.of(Power)
            if one.body == row.id
        ]
        above = view.name(row.part_of) if row.part_of else "none recorded"
        rows.append((
            row.name, "; ".join(row.aliases) or "none", above, "; ".join(powers) or "none recorded",
        ))  # fmt: skip
    columns = ("Body", "Other names", "Part of", "Powers")
    return Section("bodies", "Bodies", columns, tuple(rows), "A body is an office, not a person.")


def measures(view: View) -> Section:
    """Return the measures, frozen before anybody looked."""
    rows = [
        (
            f"{row.numerator} out of {row.denominator}", row.about, row.query,
            f"{100 * row.baseline:g}%", row.direction.value, f"{100 * row.smallest:g} points",
            say_day(row.frozen_at), say_source(row),
        )
        for row in view.of(Measure)
    ]  # fmt: skip
    columns = ("Measure", "Of what", "Query", "Before", "Should go", "Smallest change", "Frozen",
               "Source")  # fmt: skip
    return Section("measures", "Measures", columns, tuple(rows))


def proceedings(view: View) -> Section:
    """Return the proceedings, with their dates."""
    rows = [
        (
            row.title, plain(row.kind.value), view.name(row.body) if row.body else "not recorded",
            row.legal_basis or "not recorded", say_day(row.opened, "not recorded"),
            say_day(row.closed, "not recorded"), say_day(row.reopened, "no"), say_source(row),
        )
        for row in view.of(Proceeding)
    ]  # fmt: skip
    columns = ("Proceeding", "Kind", "By", "Legal basis", "Opened", "Closed", "Reopened", "Source")
    return Section("proceedings", "Proceedings", columns, tuple(rows))


def withdrawn(view: View) -> Section:
    """Return the rows that no longer apply, and why."""
    rows = tuple(
        (f"{noun_of(row)} {row.id}", row.withdrawn, say_source(row)) for row in view.withdrawn
    )
    return Section("withdrawn", "Rows that no longer apply", ("Row", "Why", "Source"), rows)


def totals(counts: Sequence[CopyTotals]) -> Section:
    """Return what each copy of a tracker claims, counted from its rows."""
    rows = tuple(
        (
            say_day(one.day), f"{one.reports:,}", *(f"{n:,}" for _, n in one.status),
            f"{one.addressees:,}", f"{one.answers:,}", f"{one.surplus:,}", f"{one.no_ref:,}",
        )
        for one in counts
    )  # fmt: skip
    columns = ("Copy of", "Reports", "Complete", "Overdue or partly answered", "Pending",
               "Addressees", "Answers claimed", "Surplus replies", "No number")  # fmt: skip
    return Section(
        "tracker", "A public tracker's copies", columns, rows,
        "As the tracker claimed on each day. Every total is counted from its rows.",
    )  # fmt: skip


def report_rows(reports: Sequence[Report]) -> Section:
    """Return one report's rows, copy by copy."""
    rows = tuple(
        (
            say_day(one.seen_on), "; ".join(one.sent_to) or "none named", str(len(one.sent_to)),
            say_day(one.due), f"{one.replies} (which of them is not said)", plain(one.status),
        )
        for one in reports
    )  # fmt: skip
    columns = ("Copy of", "Addressees", "Number", "Due", "Answers claimed", "Status claimed")
    name = reports[0].ref if reports else ""
    return Section("report", f"Report {name}, as a public tracker claimed", columns, rows)


def every_row(view: View) -> Section:
    """Return every row of the view with its source, so that none is only behind a sentence."""
    rows = tuple(
        (f"{plain(noun_of(row))} {row.id}", say_day(row.valid_from), say_day(row.recorded_at),
         row.source)
        for row in sorted(view.rows, key=_by_noun)
    )  # fmt: skip
    return Section("rows", "Every row", ("Row", "So from", "Recorded", "Source"), rows)


def _by_noun(row: Row) -> tuple[str, str]:
    return noun_of(row), row.id
