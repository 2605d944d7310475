"""The API's door: a token or nothing, the rules of a page, a row of the ledger for each call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer

from clew.desk.accounts.denials import deny
from clew.desk.accounts.rules import NOTHING, Permission, Person, Target, rule
from clew.desk.accounts.sign_in_limits import place_asked_from
from clew.desk.api.shapes import MOST_PAGE, Asked
from clew.desk.api.tokens import holder_of
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write

Row = TypeVar("Row")
NOT_FOUND = "There is no such record, or this token may not read it."
MOST_SUBJECT = 200


class TokenInHeader(HttpBearer):
    """`Authorization: Bearer clew_…`; nothing else lets anybody in, a session neither."""

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        """Return whom the token lets in; None is answered 401. Refusals are counted rows."""
        person = holder_of(token)
        if person is None:
            deny("", "API token: not known, ended or expired", place_asked_from(request))
        return person


def person_of(request: HttpRequest) -> Person:
    """Return whom the token let in."""
    person = request.auth  # type: ignore[attr-defined]
    assert isinstance(person, Person)
    return person


def check(
    request: HttpRequest, act: Permission, about: Target = NOTHING, subject: str = "API"
) -> Person:
    """Return whom the token let in, if the rules allow it; a refusal is a row of the ledger.

    Raises
    ------
    HttpError
        403 with the reason, or 404 in the words for a record that does not exist.
    """
    person = person_of(request)
    ruling = rule(person, act, about)
    if ruling.allowed:
        return person
    refuse(person, act, subject, ruling.reason, request.path)
    if ruling.hidden:
        raise HttpError(404, NOT_FOUND)
    raise HttpError(403, ruling.reason)


def refuse(person: Person, act: Permission, subject: str, reason: str, path: str) -> None:
    """Write the row of a refusal."""
    with transaction.atomic():
        write(
            Act.DENIAL, subject[:MOST_SUBJECT], person.name, person.purpose,
            wanted=act.value, reason=reason, path=path[:300],
        )  # fmt: skip


def consulted(person: Person, subject: str, page: str, **body: Any) -> None:
    """Write that a program read; nothing is answered if that fails."""
    with transaction.atomic(savepoint=False):
        write(Act.CONSULTATION, subject, person.name, person.purpose, page=f"API {page}", **body)


def one_page(
    request: HttpRequest,
    rows: QuerySet[Any] | Sequence[Any],
    asked: Asked,
    shape: Callable[[list[Any]], list[Row]],
) -> tuple[list[Row], str | None, str | None]:
    """Return a page of rows in their shape, and the addresses after and before it.

    One row more is read to know whether there is another page: nothing is counted.
    """
    start = (asked.page - 1) * asked.lines
    found = list(rows[start : start + asked.lines + 1])

    def address(other: int) -> str:
        said = {name: value for name, value in request.GET.items() if name != "page"}
        return f"{request.path}?{urlencode({**said, 'page': other})}"

    more = len(found) > asked.lines and asked.page < MOST_PAGE
    after = address(asked.page + 1) if more else None
    before = address(asked.page - 1) if asked.page > 1 else None
    return shape(found[: asked.lines]), after, before
