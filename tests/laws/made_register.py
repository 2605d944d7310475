"""Rows of a made-up register, for laws and tests. Nobody and no body in it exists."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from clew.oversight.register.axes import STATES
from clew.oversight.register.nouns import (
    NOUNS,
    Axis,
    Body,
    Check,
    Direction,
    Measure,
    Promise,
    Row,
    StateClaim,
    Verdict,
)

START = date(2022, 1, 1)
days = st.integers(0, 900).map(lambda n: START + timedelta(days=n))


def said(day: date = START, **more: Any) -> dict[str, Any]:
    """What every row has, recorded on the day it was so."""
    return {"valid_from": day, "recorded_at": day, "source": "made up", **more}


def force_and_inspectors() -> list[Row]:
    """A force, a branch of it, and inspectors."""
    return [
        Body(id="force", name="Made-up Force", aliases=("the Force",), **said()),
        Body(id="branch", name="Standards Branch", part_of="force", **said()),
        Body(id="inspectors", name="Made-up Inspectorate", **said()),
    ]


def promise(day: date = START, **more: Any) -> Promise:
    return Promise(id="promise", by="force", words="We will write it.", **said(day), **more)


def claim(state: str, day: date, axis: Axis = Axis.PRACTICE, **more: Any) -> StateClaim:
    given = {"about": "promise", "by": "force", **more}
    return StateClaim(id=f"claim-{axis}-{day}", axis=axis, state=state, **given, **said(day))


def measure(day: date = START, **more: Any) -> Measure:
    given: dict[str, Any] = {
        "id": "measure", "about": "promise", "numerator": "answered in time",
        "denominator": "referrals", "query": "referrals by month", "baseline": 0.4,
        "direction": Direction.UP, "smallest": 0.1, "frozen_at": day,
    }  # fmt: skip
    return Measure(**given | more, **said(day))


def look(verdict: Verdict, day: date, value: float | None = 0.6, **more: Any) -> Check:
    given: dict[str, Any] = {
        "id": f"check-{day}", "about": "promise", "axis": Axis.PRACTICE, "by": "inspectors",
        "verdict": verdict, "evidence": "the desk's own rows", "measure": "measure",
        "value": value,
    }  # fmt: skip
    return Check(**given | more, **said(day))


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(
    lambda text: text.strip() or "x"
)
ids = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Any row of any noun."""
    kind = NOUNS[draw(st.sampled_from(sorted(NOUNS)))]
    values: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        is_list = get_origin(hint) is tuple
        one = hint if is_list else next((h for h in get_args(hint) if h is not type(None)), hint)
        optional = type(None) in get_args(hint)
        value = {
            str: words.filter(lambda t: ";" not in t), bool: st.booleans(), date: days,
            int: st.integers(0, 40), float: st.floats(0.01, 1), }.get(one)  # fmt: skip
        if is_list:
            value = st.lists(ids, min_size=1, max_size=3, unique=True).map(tuple)
        elif value is None:
            value = st.sampled_from(list(one))
        if name in {"id", "about", "by", "proceeding", "of_set", "part_of", "earlier", "finding"}:
            value = ids
        if name == "document":
            value = st.sampled_from(["", "0" * 64])
        values[name] = draw(st.none() | value if optional else value)
    if kind is StateClaim:
        values["state"] = draw(st.sampled_from(STATES[values["axis"]]))
    if kind is Body:
        values["aliases"] = tuple(a for a in values["aliases"] if a != values["name"])
    return kind(**values)
