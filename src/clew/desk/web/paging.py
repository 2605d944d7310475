"""Long lists a page at a time, by one query: nothing is counted that need not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest

Row = TypeVar("Row")
LINES = 25
"""Declared: rows a page, about what fits on two screens."""
MOST_PAGES = 4_000
"""Declared: beyond this a search is narrowed, not paged."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the addresses of the pages before and after; "" where there is none."""

    rows: Sequence[Row]
    number: int
    before: str
    after: str


def page_of(
    request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], lines: int = LINES
) -> Page[Any]:
    """Return the page that was asked for; one row more is read to know whether there is another."""
    text = request.GET.get("page", "1")
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES))
    number = min(max(int(text), 1), MOST_PAGES) if plain else 1
    start = (number - 1) * lines
    page = list(rows[start : start + lines + 1])
    before = _address(request, number - 1) if number > 1 else ""
    after = _address(request, number + 1) if len(page) > lines else ""
    return Page(page[:lines], number, before, after)


def _address(request: HttpRequest, number: int) -> str:
    asked = {name: value for name, value in request.GET.items() if name != "page"}
    return "?" + urlencode({**asked, "page": number})
