"""The register in words: sections of rows, each cell a sentence or a value that a person can read.

One set of sections is the page, the print and the text: they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from clew.oversight.register.axes import AxisState, Verified
from clew.oversight.register.nouns import (
    Apology,
    Axis,
    Call,
    Candidate,
    CivilClaim,
    Finding,
    Measure,
    Obligation,
    Offer,
    OpenQuestion,
    OutcomeCount,
    Proceeding,
    Promise,
    Recommendation,
    ReopenTest,
    Row,
    StateClaim,
    Statement,
    noun_of,
)
from clew.oversight.register.rows import View
from clew.oversight.register.tracker import CopyTotals, Report
from clew.workflows.register import Shown

CAUTIONS = (
    "A claimed state is what somebody says of their own work. It is not verified by being listed.",
    '"Supported" needs a check by another body and a measure that changed by more than the smallest'
    " change it can detect. It ends after twelve months.",
    "What is not recorded here may still have happened. The register has only what was entered.",
)
"""What a reader must know beside any state of the register (account.md)."""
VERIFIED_WORD = {
    Verified.NOT_CHECKED: "not checked",
    Verified.SUPPORTED: "supported",
    Verified.CONTRADICTED: "contradicted",
    Verified.NOT_MEASURABLE: "not measurable",
}
HIDDEN = "hidden (small number)"


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the register: its heading, columns and rows; the first cell names the row."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def say_day(day: date | None, missing: str = "not given") -> str:
    """Return a day as people write it."""
    return f"{day.day} {day:%B %Y}" if day else missing


def plain(word: str) -> str:
    """Return a state or kind as words."""
    return word.replace("_", " ")


def _source(row: Row) -> str:
    return f"{row.source}; recorded {say_day(row.recorded_at)}"


def say_claimed(axis: AxisState, view: View) -> str:
    """Return what is claimed on an axis, by whom and when."""
    if axis.claimed_on is None:
        return "nothing claimed"
    back = f"; back from {plain(axis.back_from)}" if axis.back_from else ""
    document = "document recorded" if axis.document else "no document"
    by = view.name(axis.claimed_by)
    return f"{plain(axis.claimed)}, says {by}, {say_day(axis.claimed_on)}{back}; {document}"


def say_verified(axis: AxisState, view: View) -> str:
    """Return what is verified on an axis, by whom, until when, and why no more."""
    said = VERIFIED_WORD[axis.verified]
    if axis.verified_on is not None:
        said += f", by {view.name(axis.verified_by)}, {say_day(axis.verified_on)}"
    if axis.ends is not None:
        said += f", until {say_day(axis.ends)}"
    return f"{said} ({axis.why})" if axis.why else said


def sections(shown: Shown) -> list[Section]:
    """Return the sections of a view that have rows, in the order of the page."""
    view = shown.view
    every = [
        _findings(view),
        _counts(view, shown),
        _obligations(view),
        _promises(view),
        _apologies(view),
        _calls(view),
        _claims(view, shown),
        _reopening(view),
        _questions(view),
        _measures(view),
        _proceedings(view),
        _withdrawn(view),
        _totals(shown.totals),
        _report_rows(shown.rows_of_report),
    ]
    return [one for one in every if one.rows]


def _findings(view: View) -> Section:
    rows = []
    for row in view.of(Finding):
        words = row.words + (f" (as quoted by {view.name(row.quoted_by)})" if row.quoted_by else "")
        for repeat in view.repeats_of(row.id):
            earlier = view.by_id.get(repeat.earlier)
            about = getattr(earlier, "function", "") or repeat.earlier
            words += (
                f" Repeats an earlier finding ({about}); {repeat.answered or 'no answer recorded'}."
            )
        for reply in view.replies_to(row.id):
            words += f" Reply by {view.name(reply.by)}: {reply.words}"
        rows.append((
            words, row.standard or "not stated", view.name(row.by), view.name(row.about),
            row.function or "not stated", _source(row),
        ))  # fmt: skip
    columns = ("Words", "Standard of proof", "Found by", "About", "Which work", "Source")
    return Section("findings", "What was found", columns, tuple(rows))


def _counts(view: View, shown: Shown) -> Section:
    counts = {row.id: row for row in view.of(OutcomeCount)}
    rows = []
    for row in sorted(counts.values(), key=lambda one: _depth(one, counts)):
        number = HIDDEN if row.id in shown.hidden else f"{row.number:,}"
        whole = counts.get(row.of_set)
        if whole is not None:
            size = HIDDEN if whole.id in shown.hidden else f"{whole.number:,}"
            of = f"{size} {whole.what}"
        else:
            of = row.of_set or "no set named"
        rows.append((row.what, number, of, say_day(row.as_of), _source(row)))
    columns = ("What", "Number", "Out of", "As of", "Source")
    return Section(
        "counts", "Outcomes, by count", columns, tuple(rows),
        "Counts only: no identities, and no rate of any person.",
    )  # fmt: skip


def _depth(row: OutcomeCount, counts: dict[str, OutcomeCount]) -> tuple[str, ...]:
    path = [row.id]
    while (above := counts.get(row.of_set)) is not None and above.id not in path:
        path.append(above.id)
        row = above
    return (row.proceeding, *reversed(path))


def _obligations(view: View) -> Section:
    rows = []
    for one in view.obligation_states():
        above = view.by_id.get(one.obligation.recommendation)
        words = above.words if isinstance(above, Recommendation) else one.obligation.recommendation
        state = plain(one.state)
        if one.overdue:
            state += f", {one.overdue:,} {'day' if one.overdue == 1 else 'days'} past the deadline"
        answers = f"; {len(one.answers)} recorded" if one.answers else "; none recorded"
        axes = [axis for axis in one.axes if axis.axis is not Axis.ANSWER]
        rows.append((
            view.name(one.obligation.addressee), words, say_day(one.due),
            state + answers,
            *(f"{say_claimed(axis, view)}. Verified: {say_verified(axis, view)}" for axis in axes),
            _source(one.obligation),
        ))  # fmt: skip
    columns = ("Addressee", "What", "Due", "Answer", "Position", "Practice", "Source")
    return Section(
        "obligations", "What must be answered, by addressee", columns, tuple(rows),
        "One row for each addressee. Answer, position and practice are three questions.",
    )  # fmt: skip


def _promises(view: View) -> Section:
    rows = []
    measures = {one.about for one in view.of(Measure)}
    for row in view.of(Promise):
        axis = _practice(view, row.id, row.by)
        reported = f"; reported by {view.name(row.reported_by)}" if row.reported_by else ""
        has = "frozen, see measures" if row.id in measures else "none named"
        rows.append((
            f"Promise: {row.words}", view.name(row.by) + reported, say_day(row.due, "none given"),
            row.measure or has, "recorded" if row.document else "none",
            say_claimed(axis, view), say_verified(axis, view), _source(row),
        ))  # fmt: skip
    for one in view.of(Statement):
        if not any(claim.about == one.id for claim in view.of(StateClaim)):
            continue
        axis = _practice(view, one.id, one.by)
        rows.append((
            f"Statement: {one.words}", view.name(one.by), "none given",
            "frozen, see measures" if one.id in measures else "none named", "none",
            say_claimed(axis, view), say_verified(axis, view), _source(one),
        ))  # fmt: skip
    columns = ("Words", "By", "Due", "Measure", "Document", "Claimed", "Verified", "Source")
    return Section("promises", "What was promised, or said to have changed", columns, tuple(rows))


def _practice(view: View, about: str, by: str) -> AxisState:
    return next(one for one in view.axis_states(about, by) if one.axis is Axis.PRACTICE)


def _apologies(view: View) -> Section:
    rows = [
        (f"Apology: {row.words}", _by(view, row.by, row.office), "does not apply", _source(row))
        for row in view.of(Apology)
    ]
    rows += [
        (f"Offer: {row.words}", view.name(row.by), say_day(row.due, "no date given"), _source(row))
        for row in view.of(Offer)
    ]
    return Section(
        "apologies", "Apologies and offers", ("Words", "By", "Date", "Source"), tuple(rows)
    )


def _by(view: View, body: str, office: str) -> str:
    return f"{view.name(body)} ({office})" if office else view.name(body)


def _calls(view: View) -> Section:
    rows = []
    for row in view.of(Call):
        before = view.by_id.get(row.follows)
        earlier = "none recorded"
        if isinstance(before, Statement):
            earlier = f"{view.name(before.by)}, before this call: {before.words}"
        rows.append((
            row.words, view.name(row.by),
            "number not given" if row.signed is None else f"{row.signed:,}",
            view.name(row.asked_of),
            f"{view.name(row.power_of)}: {row.power}" if row.power_of else "not recorded",
            earlier, row.reply or "none recorded", _source(row),
        ))  # fmt: skip
    columns = ("Call", "By", "Signed", "Asked of", "Who can decide", "Earlier answer", "Reply",
               "Source")  # fmt: skip
    return Section("calls", "Public calls", columns, tuple(rows))


def _claims(view: View, shown: Shown) -> Section:
    rows = [
        (
            plain(row.state), view.name(row.by), view.name(row.against),
            HIDDEN if row.id in shown.hidden
            else "number not given" if row.number is None else f"{row.number:,}",
            row.sum or "not given", _source(row),
        )
        for row in view.of(CivilClaim)
    ]  # fmt: skip
    columns = ("State", "By", "Against", "Number", "Sum", "Source")
    return Section("claims", "Civil claims", columns, tuple(rows))


def _reopening(view: View) -> Section:
    rows = []
    for row in view.of(ReopenTest):
        if view.test_in_force(row.about, view.day) is not row:
            continue
        found = [one for one in view.of(Candidate) if one.test == row.id]
        candidates = " ".join(
            f"{one.trigger} "
            + (f"Decided by {view.name(one.decided_by)}: {one.decision}, {one.reason}."
               if one.decision else "Open: nobody has decided.")
            for one in found
        )  # fmt: skip
        about = view.by_id.get(row.about)
        rows.append((
            f"{row.test}: {getattr(about, 'title', row.about)}",
            f"{row.section}: {row.words or 'wording not held'}", view.name(row.decides), row.watch,
            candidates or "none raised", _source(row),
        ))  # fmt: skip
    columns = ("What", "Test in force", "Who decides", "What to watch", "Raised", "Source")
    return Section("reopening", "What would reopen it", columns, tuple(rows))


def _questions(view: View) -> Section:
    rows = []
    for row in view.of(OpenQuestion):
        explained = row.explanation or "none given"
        if row.explained_by:
            explained = f"{view.name(row.explained_by)}: {explained}"
        rows.append(
            (row.words, view.name(row.asked_by), explained, row.audit or "none", _source(row))
        )
    columns = ("Question", "Asked by", "Explanation given", "Audit of comparable deaths", "Source")
    return Section("questions", "Open questions", columns, tuple(rows))


def _measures(view: View) -> Section:
    rows = [
        (
            f"{row.numerator} out of {row.denominator}", row.about, row.query,
            f"{100 * row.baseline:g}%", row.direction.value, f"{100 * row.smallest:g} points",
            say_day(row.frozen_at), _source(row),
        )
        for row in view.of(Measure)
    ]  # fmt: skip
    columns = ("Measure", "Of what", "Query", "Before", "Should go", "Smallest change", "Frozen",
               "Source")  # fmt: skip
    return Section("measures", "Measures", columns, tuple(rows))


def _proceedings(view: View) -> Section:
    rows = [
        (
            row.title, plain(row.kind.value), view.name(row.body) if row.body else "not recorded",
            row.legal_basis or "not recorded", say_day(row.opened, "not recorded"),
            say_day(row.closed, "not recorded"), say_day(row.reopened, "no"), _source(row),
        )
        for row in view.of(Proceeding)
    ]  # fmt: skip
    columns = ("Proceeding", "Kind", "By", "Legal basis", "Opened", "Closed", "Reopened", "Source")
    return Section("proceedings", "Proceedings", columns, tuple(rows))


def _withdrawn(view: View) -> Section:
    rows = tuple(
        (f"{noun_of(row)} {row.id}", row.withdrawn, _source(row)) for row in view.withdrawn
    )
    return Section("withdrawn", "Rows that no longer apply", ("Row", "Why", "Source"), rows)


def _totals(totals: Sequence[CopyTotals]) -> Section:
    rows = tuple(
        (
            say_day(one.day), f"{one.reports:,}", *(f"{n:,}" for _, n in one.status),
            f"{one.addressees:,}", f"{one.answers:,}", f"{one.surplus:,}", f"{one.no_ref:,}",
        )
        for one in totals
    )  # fmt: skip
    columns = ("Copy of", "Reports", "Complete", "Overdue or partly answered", "Pending",
               "Addressees", "Answers claimed", "Surplus replies", "No number")  # fmt: skip
    return Section(
        "tracker", "A public tracker's copies", columns, rows,
        "As the tracker claimed on each day. Every total is counted from its rows.",
    )  # fmt: skip


def _report_rows(reports: Sequence[Report]) -> Section:
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


def say_obligation(row: Obligation, view: View) -> str:
    """Return an obligation as one short name."""
    return f"{view.name(row.addressee)} ({row.recommendation})"


def say_lines(parts: Iterable[Section]) -> list[str]:
    """Return sections as lines of text: a heading, then each row in one line or a few."""
    lines: list[str] = []
    for part in parts:
        lines += ["", f"{part.title}"]
        for row in part.rows:
            lines.append(f"- {row[0]}")
            lines += [
                f"    {name}: {cell}"
                for name, cell in zip(part.columns[1:], row[1:], strict=True)
                if name != "Source"
            ]
    return lines
