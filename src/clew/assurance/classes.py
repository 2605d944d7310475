"""The class of a death and how it changes; every change is kept, none is overwritten."""

from __future__ import annotations

from collections.abc import Mapping

from clew.assurance.closing import Ground
from clew.assurance.machine import Move, StateMachine, advance
from clew.assurance.standard import DEFAULT_CLASS
from clew.errors import ActRefused

EXPECTED, NOT_SUSPICIOUS = "expected", "unexpected_not_suspicious"
INVESTIGATED, HOMICIDE = DEFAULT_CLASS, "homicide"
SAID = ("by", "rank", "reason", "would_change")
"""What every change of class says (requirements.md, 4)."""
CLASS = StateMachine(
    "death",
    INVESTIGATED,
    (
        Move("called expected", (INVESTIGATED,), EXPECTED, (*SAID, "doctor")),
        Move("called not suspicious", (INVESTIGATED,), NOT_SUSPICIOUS, (*SAID, "supervisor")),
        Move("called homicide", (INVESTIGATED, NOT_SUSPICIOUS, EXPECTED), HOMICIDE, SAID),
        Move("called homicide no more", (HOMICIDE,), INVESTIGATED, (*SAID, "senior")),
        Move("opened again", (EXPECTED, NOT_SUSPICIOUS), INVESTIGATED, ("by", "reason")),
    ),
)
DOWNGRADES = ("called expected", "called not suspicious", "called homicide no more")


def change_class(
    state: str, act: str, said: Mapping[str, str], missing: tuple[Ground, ...] = ()
) -> str:
    """Return the class after an act; `missing` are the grounds that lack for closing.

    Raises
    ------
    ActRefused
        If the table does not allow it, a ground lacks, or somebody signs for himself.
    """
    after = advance(CLASS, state, act, said)
    if after == NOT_SUSPICIOUS and missing:
        told = "; ".join(ground.says for ground in missing)
        raise ActRefused(f"it cannot be closed: {told}", tuple(g.name for g in missing))
    for signer in ("supervisor", "senior"):
        own = said.get(signer, "").strip().lower()
        if own and own == said.get("by", "").strip().lower():
            raise ActRefused(f"the {signer} is somebody else than the maker", (signer,))
    return after
