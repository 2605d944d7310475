"""What an audit found, in sentences that a reader who knows no statistics can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clew.disclosure.words import count_of
from clew.oversight.equality.answers import LEAST, Audit, OutcomeAnswer
from clew.oversight.equality.proportions import Difference
from clew.oversight.equality.tables import BOTH, DONE, FOCAL, REFERENCE, UNDONE

CAUTIONS: Final = (
    "An unexplained difference is not a motive, and says nothing about any officer or any one"
    " death.",
    "Prejudice and a lack of resources do not exclude one another: staffing itself may be unequal.",
    "A wide interval is not evidence that there is no difference.",
)
"""What a reader must know beside any figure of an audit (compare.md, what may be said)."""
PROXY: Final = (
    "No workload was recorded. It is counted from the file itself, from the deaths that reached"
    " the unit, and knows nothing of staff or of other work."
)
HELD_BACK: Final = f"Held back: fewer than {LEAST} deaths with or without it in one of the groups"
DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Number:
    """One of the three numbers of the first screen, and what it counts."""

    figure: str
    words: str


def is_protected(answer: OutcomeAnswer) -> bool:
    """Whether a figure may not leave: an arm has fewer than the floor with or without it."""
    cells = [n for done, of in (answer.focal, answer.reference) for n in (done, of - done)]
    return min(cells) < LEAST


def crude_leaves(audit: Audit, answer: OutcomeAnswer) -> bool:
    """Whether the difference as it is may leave: it follows from four counts alone."""
    shown = audit.tables.shown
    cells = ((group, "outcome", answer.name, state) for group in (FOCAL, REFERENCE)
             for state in (DONE, UNDONE))  # fmt: skip
    return not is_protected(answer) and all(cell in shown for cell in cells)


def deaths_of(audit: Audit, answer: OutcomeAnswer) -> int | None:
    """Return how many deaths an outcome is known for, None where a hidden count would follow."""
    parts = [audit.tables.shown.get((BOTH, "outcome", answer.name, s)) for s in (DONE, UNDONE)]
    return None if None in parts else sum(part for part in parts if part is not None)


def points(value: float) -> str:
    """Return a difference of shares in whole points, as `13 points`."""
    whole = round(abs(value) * 100)
    return "1 point" if whole == 1 else f"{whole} points"


def amount(value: float, *, in_hours: bool) -> str:
    """Return the size of a difference: `13 points`, `14 hours`, `3.5 days`."""
    if not in_hours:
        return points(value)
    hours = round(abs(value))
    if hours >= 2 * DAY:
        return f"{abs(value) / DAY:.1f} days"
    return "1 hour" if hours == 1 else f"{hours} hours"


def way(value: float, *, in_hours: bool) -> str:
    """Return a difference with its direction: `13 points less often`, `14 hours later`."""
    if round(value * (1 if in_hours else 100)) == 0:
        return "no later and no earlier" if in_hours else "no more and no less often"
    if in_hours:
        return f"{amount(value, in_hours=True)} {'later' if value > 0 else 'earlier'}"
    return f"{points(value)} {'less' if value < 0 else 'more'} often"


def level(audit: Audit) -> str:
    """Return the level of an audit's intervals: `95%` at the alpha .05."""
    return f"{100 * (1 - audit.plan.alpha):g}%"


def say_interval(difference: Difference, *, in_hours: bool = False) -> str:
    """Return an interval: from the least to the most often, or from the earliest to the latest."""
    return say_range(difference.low, difference.high, in_hours=in_hours)


def say_range(low: float, high: float, *, in_hours: bool = False) -> str:
    """Return what lies between two differences: `from 23 to 17 points less`."""
    if in_hours:
        days = max(abs(low), abs(high)) >= 2 * DAY
        scale, unit, digits = (1 / DAY, "day", 1) if days else (1.0, "hour", 0)
        words = ("earlier", "later")
    else:
        scale, unit, digits, words = 100.0, "point", 0, ("less", "more")
    ends = [round(end * scale, digits) + 0.0 for end in (low, high)]
    if not any(ends):
        return f"less than half {'an hour' if in_hours else 'a point'} either way"

    def size(end: float) -> str:
        return f"{abs(end):.{digits}f}"

    def units(end: float) -> str:
        return unit if abs(end) == 1 else f"{unit}s"

    if ends[0] * ends[1] > 0:
        return f"from {size(ends[0])} to {size(ends[1])} {units(ends[1])} {words[ends[1] > 0]}"
    sides = ["0" if not end else f"{size(end)} {units(end)} {words[end > 0]}" for end in ends]
    return f"from {sides[0]} to {sides[1]}"


def say_outcome(audit: Audit, answer: OutcomeAnswer) -> list[str]:
    """Return the three sentences of an outcome: the difference, workload, what is not excluded."""
    plan, hours = audit.plan, answer.in_hours
    last = answer.given_xw
    if answer.verdict == "cannot be compared" or last is None or answer.crude is None:
        return [
            f"{answer.name}: the groups {plan.focal} and {plan.reference} cannot be compared."
            " Too few of their deaths are alike in what the plan names."
        ]
    if is_protected(answer):
        return [f"{answer.name}: {HELD_BACK}."]
    if answer.verdict == "bounds only":
        return _say_bounds_only(audit, answer)
    if answer.verdict == "depends on the method":
        return [
            f"{answer.name}: the answer depends on the method."
            f" One gives {way(last.modelled.value, in_hours=hours)},"
            f" the other {way(last.pooled.value, in_hours=hours)}."
        ]
    within = f" within the first {_span(answer.planned.horizon)}" if hours else ""
    said = [
        f"{answer.name}: {way(last.modelled.value, in_hours=hours)} for the group {plan.focal} than"
        f" for comparable deaths of the group {plan.reference}{within} ({level(audit)} interval:"
        f" {say_interval(last.modelled, in_hours=hours)})."
    ]
    by_load = answer.by_workload
    if by_load is not None and plan.w:
        share = _load_share(by_load, in_hours=hours)
        said.append(
            f"Workload accounts for {share} of the difference"
            f" ({level(audit)} interval: {say_interval(by_load, in_hours=hours)})."
        )
    if answer.verdict == "none shown":
        said.append(
            "This is within what chance gives. A difference smaller than"
            f" {amount(answer.least_detectable, in_hours=hours)} would probably not have been seen."
        )
    else:
        said.append("This is more than chance would give. What explains it, the file cannot say.")
    return said


def _load_share(by_load: Difference, *, in_hours: bool) -> str:
    none = round(by_load.value * (1 if in_hours else 100)) == 0
    return "none" if none else amount(by_load.value, in_hours=in_hours)


def _span(hours: float) -> str:
    if hours >= 2 * DAY and hours % DAY == 0:
        return count_of(round(hours / DAY), "day", "days")
    return count_of(round(hours), "hour", "hours")


def _say_bounds_only(audit: Audit, answer: OutcomeAnswer) -> list[str]:
    plan, missing = audit.plan, answer.missing
    assert missing is not None
    within = f" within {_span(answer.planned.horizon)}" if answer.in_hours else ""
    why = (
        "The plan says that the group was recorded mostly where somebody enquired."
        if plan.by_enquiry
        else f"It was done {way(missing.gap.value, in_hours=False)} where the group is not recorded"
        " than for comparable deaths where it is."
    )
    low, high = missing.bounds.low, missing.bounds.high
    end = (
        "Even so the difference keeps its direction, whatever the missing groups are."
        if low > 0 or high < 0
        else "So these records cannot say whether there is a difference."
    )
    return [
        f"{answer.name}: no single figure can be given. {why}",
        f"Done{within} for the group {plan.focal} than for comparable deaths of the group"
        f" {plan.reference}: {say_range(low, high)} often, depending on the missing groups.",
        end,
    ]


def first_screen(audit: Audit) -> list[str]:
    """Return the audit in three sentences: what was found, what workload explains, what is open."""
    plan = audit.plan
    sound = [
        one
        for one in audit.outcomes
        if one.verdict in ("difference", "none shown") and not is_protected(one)
    ]
    differ = [one for one in sound if one.verdict == "difference"]
    busy = ", reported to units equally busy" if plan.w else ""
    whom = f"for the group {plan.focal} than for comparable deaths of the group {plan.reference}"
    of = count_of(len(audit.outcomes), "enquiry", "enquiries")
    if differ:
        listed = "; ".join(
            f"{one.name}, {way(last_step(one).value, in_hours=one.in_hours)}" for one in differ
        )
        first = (
            f"{len(differ)} of {of} differed between the group {plan.focal} and comparable deaths"
            f" of the group {plan.reference}{busy}: {listed}."
        )
    elif sound:
        first = (
            f"None of {of} was done clearly more or less often, or later, {whom}{busy}:"
            " what is seen is within what chance gives."
        )
    else:
        first = (
            f"These records cannot say whether comparable deaths of the groups {plan.focal} and"
            f" {plan.reference} got the same enquiry."
        )
    return [first, _say_load(audit, differ or sound), _say_open(audit, differ)]


def _say_load(audit: Audit, sound: list[OutcomeAnswer]) -> str:
    if not audit.plan.w:
        return "No workload is in the plan, so these figures do not say whether it explains this."
    if not sound:
        return "For the same reason nothing can be said of workload."
    most = max(sound, key=_size)
    by_load, hours = most.by_workload, most.in_hours
    assert by_load is not None
    before, after = (step.modelled for step in (most.given_x, most.given_xw) if step is not None)
    if round(by_load.value * (1 if hours else 100)) == 0:
        return f"Workload accounts for none of it (the largest: {most.name})."
    return (
        f"How busy the unit was accounts for {amount(by_load.value, in_hours=hours)} of the"
        f" largest, {most.name}: {way(before.value, in_hours=hours)} before, and"
        f" {way(after.value, in_hours=hours)} once units are equally busy."
    )


def _say_open(audit: Audit, differ: list[OutcomeAnswer]) -> str:
    if any(one.verdict == "bounds only" for one in audit.outcomes):
        return (
            "The group is missing because of what was or was not done, so for some enquiries only"
            " a range can be given."
        )
    if differ:
        return (
            "What is left is unexplained: it may come from what nobody recorded, from unequal"
            " staffing or from prejudice, and these do not exclude one another."
        )
    return (
        "This does not show that enquiries were equal: a difference too small for this number of"
        " deaths would not have been seen."
    )


def last_step(answer: OutcomeAnswer) -> Difference:
    """Return the difference among comparable deaths, units equally busy."""
    assert answer.given_xw is not None
    return answer.given_xw.modelled


def _size(answer: OutcomeAnswer) -> float:
    """Return how many standard errors from zero the last step is: hours and points compare so."""
    last = last_step(answer)
    return abs(last.value) / last.se if last.se > 0 else 0.0


def three_numbers(audit: Audit) -> list[Number]:
    """Return the numbers of the first screen."""
    sound = [
        one
        for one in audit.outcomes
        if one.verdict in ("difference", "none shown") and not is_protected(one)
    ]
    differ = [one for one in sound if one.verdict == "difference"]
    compared = audit.tables.shown.get(("file", BOTH))
    numbers = [
        Number(
            _at_least(audit) if compared is None else f"{compared:,}",
            f"deaths of the groups {audit.plan.focal} and {audit.plan.reference}",
        ),
        Number(
            f"{len(differ)} of {len(audit.outcomes)}",
            "enquiries with an unexplained difference",
        ),
    ]
    if sound:
        most = max(differ or sound, key=_size)
        numbers.append(
            Number(
                amount(last_step(most).value, in_hours=most.in_hours),
                f"the clearest unexplained difference: {most.name}"
                if differ
                else f"the largest difference, within what chance gives: {most.name}",
            )
        )
    else:
        numbers.append(Number("none", "of them can be given as one figure"))
    return numbers


def _at_least(audit: Audit) -> str:
    """Return how many deaths were compared at least, where their number is held back."""
    known = [deaths_of(audit, one) for one in audit.outcomes]
    most = max((one for one in known if one is not None), default=None)
    return "held back" if most is None else f"at least {most:,}"


def floored(count: int) -> int | str:
    """Return a count, or that it is below the floor; zero is said."""
    return count if count == 0 or count >= LEAST else f"fewer than {LEAST}"
