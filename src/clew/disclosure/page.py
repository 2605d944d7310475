"""What every page of Clew's is made with: the templates, the style, and its hash as a policy.

No script, no font, no picture from elsewhere. The one style element is named by its hash in the
content security policy, so that nothing a record holds can run, load or restyle anything.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from clew.disclosure import words
from clew.disclosure.chance_words import say_sample
from clew.model.finding import MICRO, Stance


def _finalize(value: Any) -> Any:
    """Clean every value on its way into the page; markup made by Clew passes untouched."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return words.clean(value)


def _bans(micro_bans: int) -> str:
    """Return exact signed bans, for the method view alone."""
    return f"{micro_bans / MICRO:+.6f}"


@cache
def environment() -> Environment:
    """Return the environment of the templates: every value is escaped and cleaned."""
    made = Environment(
        loader=PackageLoader("clew.disclosure"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(words=words, say_sample=say_sample, Stance=Stance)
    made.filters.update(bans=_bans, plain=words.plain)
    return made


@cache
def style(*sheets: str) -> tuple[Markup, str]:
    """Return the style sheets as one, and its hash as a policy source."""
    folder = files("clew.disclosure").joinpath("templates")
    sheet = "".join(folder.joinpath(name).read_text("utf-8") for name in sheets)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return Markup(sheet), f"'sha256-{digest}'"  # noqa: S704 - Clew's own file, no input in it
