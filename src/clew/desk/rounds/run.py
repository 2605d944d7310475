"""Running a round, step by step; a step that is done is not done again."""

from __future__ import annotations


def run_next() -> bool:
    """Run the next waiting round, if there is one; tell whether there was."""
    return False
