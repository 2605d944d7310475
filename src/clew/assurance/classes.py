"""The class of a death and the acts that change it."""

from __future__ import annotations

from collections.abc import Mapping

from clew.assurance.closing import Ground
from clew.assurance.machine import Move, StateMachine, advance
from clew.assurance.standard import DEFAULT_CLASS
from clew.errors import ActRefused

EXPECTED, NOT_SUSPICIOUS = "expected", "unexpected_not_suspicious"
INVESTIGATED, HOMICIDE = DEFAULT_CLASS, "homicide"
REQUIRED = ("by", "rank", "reason", "would_change")
"""What every change of class must state (requirements.md, 4)."""
CLASS = StateMachine(
    "death",
    INVESTIGATED,
    (
        Move("called expected", (INVESTIGATED,), EXPECTED, (*REQUIRED, "doctor")),
        Move("called not suspicious", (INVESTIGATED,), NOT_SUSPICIOUS, (*REQUIRED, "supervisor")),
        Move("called homicide", (INVESTIGATED, NOT_SUSPICIOUS, EXPECTED), HOMICIDE, REQUIRED),
        Move("called homicide no more", (HOMICIDE,), INVESTIGATED, (*REQUIRED, "senior")),
        Move("opened again", (EXPECTED, NOT_SUSPICIOUS), INVESTIGATED, ("by", "reason")),
    ),
)
DOWNGRADES = ("called expected", "called not suspicious", "called homicide no more")


def change_class(
    state: str, act: str, said: Mapping[str, str], missing: tuple[Ground, ...] = ()
) -> str:
    """Return the class after an act; `missing` are the grounds for closing that are not met.

    Raises
    ------
    ActRefused
        If the table does not allow it, a ground is missing, or a person signs their own decision.
    """
    after = advance(CLASS, state, act, said)
    if after == NOT_SUSPICIOUS and missing:
        grounds = "; ".join(ground.says for ground in missing)
        raise ActRefused(f"it cannot be closed: {grounds}", tuple(g.name for g in missing))
    maker = said.get("by", "").strip().lower()
    for signer in ("supervisor", "senior"):
        if maker and said.get(signer, "").strip().lower() == maker:
            raise ActRefused(
                f"the {signer} must be someone other than the person who made the decision",
                (signer,),
            )
    return after
