"""What the guard calls without knowing it: a higher storey adds itself when its app is ready."""

from __future__ import annotations

from collections.abc import Callable

HiddenRefusal = Callable[[list[str], str], None]
"""Given the numbers of the records that were asked for, and the account that asked."""
_hidden_refusals: list[HiddenRefusal] = []


def on_hidden_refusal(call: HiddenRefusal) -> None:
    """Call this whenever a refusal reads as 'not found'."""
    _hidden_refusals.append(call)


def announce_hidden_refusal(case_ids: list[str], name: str) -> None:
    """Tell those who asked to know that somebody was refused records that read as not found."""
    for call in _hidden_refusals:
        call(case_ids, name)
