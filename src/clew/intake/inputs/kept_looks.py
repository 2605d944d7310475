"""What one planned look of an audit keeps for the next: a file that is never published."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from clew.errors import InputRejected
from clew.oversight.equality.answers import KeptLook

REMEDY = "Give the kept-look files that clew audit wrote for each earlier look of this plan"
KEEP = "Unrounded figures for the next planned look. Do not publish this file."


def kept_look_text(look: KeptLook) -> str:
    """Return a look as it is kept, in JSON; what was not compared is null."""
    found = {name: None if math.isnan(pair[1]) else list(pair) for name, pair in look.found.items()}
    content = {"note": KEEP, "plan_sha256": look.plan_digest, "look": look.look, "found": found}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read_kept_looks(paths: Sequence[Path], digest: str, look: int) -> tuple[KeptLook, ...]:
    """Return the looks before this one, in order.

    Raises
    ------
    InputRejected
        If one cannot be read, is of another plan, is missing or is given twice.
    """
    found = sorted((_read(path) for path in paths), key=lambda one: one.look)
    for one in found:
        if one.plan_digest != digest:
            raise InputRejected(
                f"look {one.look}", "it was run by another plan than this one", REMEDY
            )
    if [one.look for one in found] != list(range(1, look)):
        there = ", ".join(str(one.look) for one in found) or "none"
        raise InputRejected(
            f"look {look}", f"every earlier look is needed once; given: {there}", REMEDY
        )
    return tuple(found)


def _read(path: Path) -> KeptLook:
    nothing = (math.nan, math.nan)
    try:
        content = json.loads(path.read_text("utf-8"))
        found = {
            str(name): nothing if pair is None else (float(pair[0]), float(pair[1]))
            for name, pair in content["found"].items()
        }
        return KeptLook(str(content["plan_sha256"]), int(content["look"]), found)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise InputRejected(path.name, "this is no kept look of an audit", REMEDY) from None
