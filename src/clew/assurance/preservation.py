"""What will be lost after a death and when, with the request that preserves each thing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from clew.assurance.standard import HOUR
from clew.model.values import Instant


@dataclass(frozen=True, slots=True)
class Keep:
    """One thing that is lost after a time; `request` has places to fill in braces."""

    id: str
    title: str
    gone_hours: int
    from_whom: str
    source: str
    request: str


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing of one death: when it is gone, whether it is gone already, and the request."""

    keep: Keep
    gone_at: Instant
    gone: bool
    request: str


def what_is_kept() -> tuple[Keep, ...]:
    """Return the list that ships with Clew."""
    text = files("clew.assurance").joinpath("preservation.toml").read_text("utf-8")
    return tuple(Keep(**row) for row in tomllib.loads(text)["keep"])


def what_will_be_lost(
    keeps: Sequence[Keep], reported_at: Instant, now: Instant, known: Mapping[str, str]
) -> tuple[Loss, ...]:
    """Return what is lost and when, the soonest first (what is gone already before the rest).

    Parameters
    ----------
    known
        What fills the requests: `case`, `place`, `reported`, `from`, `call`. The others become a
        blank line to fill by hand.
    """
    blanks = dict.fromkeys(("case", "place", "reported", "from", "call"), "________")
    filled = blanks | {name: text for name, text in known.items() if text}
    losses = []
    for keep in keeps:
        gone_at = reported_at + keep.gone_hours * HOUR
        losses.append(Loss(keep, gone_at, now > gone_at, keep.request.format_map(filled)))
    return tuple(sorted(losses, key=lambda loss: (loss.gone_at, loss.keep.id)))
