"""The register as sections of rows: what was found, asked, promised, claimed and verified.

One set of sections is the page, the print and the text: they cannot differ.
"""

from __future__ import annotations

from clew.disclosure import register_background as background
from clew.disclosure.register_words import (
    HIDDEN,
    Section,
    plain,
    say_claimed,
    say_day,
    say_source,
    say_verified,
)
from clew.oversight.register.answers import Shown
from clew.oversight.register.axes import AxisState
from clew.oversight.register.nouns import (
    Apology,
    Axis,
    Call,
    Candidate,
    CivilClaim,
    Finding,
    Measure,
    Offer,
    OpenQuestion,
    OutcomeCount,
    Promise,
    Recommendation,
    ReopenTest,
    StateClaim,
    Statement,
)
from clew.oversight.register.rows import View


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
        background.statements(view),
        background.answers(view),
        background.measures(view),
        background.checks(view),
        background.proceedings(view),
        background.bodies(view),
        background.withdrawn(view),
        background.totals(shown.totals),
        background.report_rows(shown.rows_of_report),
        background.every_row(view),
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
            row.function or "not stated", say_source(row),
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
        rows.append((row.what, number, of, say_day(row.as_of), say_source(row)))
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
            say_source(one.obligation),
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
            say_claimed(axis, view), say_verified(axis, view), say_source(row),
        ))  # fmt: skip
    for one in view.of(Statement):
        if not any(claim.about == one.id for claim in view.of(StateClaim)):
            continue
        axis = _practice(view, one.id, one.by)
        rows.append((
            f"Statement: {one.words}", view.name(one.by), "none given",
            "frozen, see measures" if one.id in measures else "none named", "none",
            say_claimed(axis, view), say_verified(axis, view), say_source(one),
        ))  # fmt: skip
    columns = ("Words", "By", "Due", "Measure", "Document", "Claimed", "Verified", "Source")
    return Section("promises", "What was promised, or said to have changed", columns, tuple(rows))


def _practice(view: View, about: str, by: str) -> AxisState:
    return next(one for one in view.axis_states(about, by) if one.axis is Axis.PRACTICE)


def _apologies(view: View) -> Section:
    rows = [
        (f"Apology: {row.words}", _by(view, row.by, row.office), "does not apply", say_source(row))
        for row in view.of(Apology)
    ]
    rows += [
        (
            f"Offer: {row.words}",
            view.name(row.by),
            say_day(row.due, "no date given"),
            say_source(row),
        )
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
            earlier, row.reply or "none recorded", say_source(row),
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
            row.sum or "not given", say_source(row),
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
            candidates or "none raised", say_source(row),
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
            (row.words, view.name(row.asked_by), explained, row.audit or "none", say_source(row))
        )
    columns = ("Question", "Asked by", "Explanation given", "Audit of comparable deaths", "Source")
    return Section("questions", "Open questions", columns, tuple(rows))
