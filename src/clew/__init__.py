"""Clew links deaths that may belong together, and says what could not be searched.

Everything it returns is a reason to look, not a finding. It may have to be disclosed.

>>> import clew
>>> cases = clew.read_cases("deaths.csv", facts="facts.csv")  # doctest: +SKIP
>>> answer = clew.link(cases, as_of="2014-09-22")  # doctest: +SKIP
>>> answer.to_frame()  # doctest: +SKIP
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clew.api import audit, compare, explain, learn, like, link, survey
    from clew.api import replay as replay
    from clew.errors import ClewError
    from clew.intake.read import read_cases
    from clew.model.case import Case
    from clew.model.case_file import CaseFile
    from clew.model.finding import Answer
    from clew.model.judgement import Judgement
    from clew.model.weight import WeightTable
    from clew.workflows.near import near

__all__ = [
    "Answer",
    "Case",
    "CaseFile",
    "ClewError",
    "Judgement",
    "WeightTable",
    "audit",
    "compare",
    "explain",
    "learn",
    "like",
    "link",
    "near",
    "read_cases",
    "replay",
    "survey",
]

_ELSEWHERE = {
    "Answer": "clew.model.finding",
    "Case": "clew.model.case",
    "CaseFile": "clew.model.case_file",
    "ClewError": "clew.errors",
    "Judgement": "clew.model.judgement",
    "WeightTable": "clew.model.weight",
    "near": "clew.workflows.near",
    "read_cases": "clew.intake.read",
}
"""Public names that are not in `clew.api`: `near` and `read_cases` need no compiled kernel."""


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: `import clew` costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'clew' has no attribute '{name}'")
    return getattr(import_module(_ELSEWHERE.get(name, "clew.api")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """`clew.replay` is the function, whatever was imported before from the room of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in __all__ or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
