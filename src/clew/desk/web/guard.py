"""The guard at the door: every view asks the rules first, and a refusal is a row of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http import HttpResponseNotAllowed as NotAllowed
from django.shortcuts import redirect, render

from clew.desk.accounts.rules import NOTHING, AccessDecision, Permission, Person, Target, rule
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import records_in
from clew.desk.ledger.write import write
from clew.desk.web.hooks import announce_hidden_refusal
from clew.desk.web.http import bad_request

PURPOSE = "clew_purpose"
"""Where the session keeps why somebody looks, in that person's words."""
MOST_SUBJECT = 200
"""As the ledger's column is long; what somebody asked for in vain may be longer."""
PURPOSE_WANTED = "clew_purpose_wanted"
"""Set in the session of whoever came by single sign-on, until the purpose is given."""
View = Callable[..., HttpResponseBase]
METHODS = ("GET", "HEAD", "POST")
"""What pages are asked by; any other is refused before a view sees it."""


class Refused(Exception):
    """The rules said no; `ruling.hidden` makes the answer read as 'not found'."""

    def __init__(self, ruling: AccessDecision, act: Permission, subject: str) -> None:
        super().__init__(ruling.reason)
        self.ruling, self.act, self.subject = ruling, act, subject


def person_of(request: HttpRequest) -> Person:
    """Return who asks, to the rules."""
    account = request.user
    known = getattr(request, "clew_person", None)
    if known is None:
        verified = bool(getattr(account, "is_verified", bool)())
        purpose = request.session.get(PURPOSE, "")
        known = account.person(purpose, second_factor=verified)  # type: ignore[union-attr]
        request.clew_person = known  # type: ignore[attr-defined]
    return known


def allowed(request: HttpRequest, act: Permission, about: Target = NOTHING) -> bool:
    """Tell whether whoever asks may; for what a page offers, not for what it does."""
    return request.user.is_authenticated and rule(person_of(request), act, about).allowed


def guarded(act: Permission) -> Callable[[View], View]:
    """Let only those in whom the rules allow `act`; the view asks again for each record."""

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if refusal := _unasked(request):
                return refusal
            if first := owed(request):
                return redirect(first)
            if any(isinstance(told, str) and "\0" in told for told in kwargs.values()):
                raise Http404  # no record bears such a number, and PostgreSQL cannot be asked
            try:
                check(request, act)
                return view(request, *args, **kwargs)
            except Refused as refused:
                return refuse(request, refused)

        answer.clew_act = act  # type: ignore[attr-defined]
        return answer

    return decorate


def _unasked(request: HttpRequest) -> HttpResponseBase | None:
    """Return the answer to what no page of the desk asks: other methods, and NUL in a query."""
    if request.method not in METHODS:
        return NotAllowed(METHODS)
    told = (text for values in request.GET.lists() for text in (values[0], *values[1]))
    return bad_request(request) if any("\0" in text for text in told) else None


def for_everybody(view: View) -> View:
    """Let in whoever is signed in and owes nothing: pages that show a person his own things."""

    @wraps(view)
    @login_required
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if refusal := _unasked(request):
            return refusal
        if first := owed(request):
            return redirect(first)
        return view(request, *args, **kwargs)

    return answer


def owed(request: HttpRequest) -> str:
    """Return the page that must be answered before any other, "" for none."""
    if getattr(request.user, "must_change", False):
        return "password"
    return "purpose" if request.session.get(PURPOSE_WANTED) else ""


def check(
    request: HttpRequest, act: Permission, about: Target = NOTHING, subject: str = ""
) -> None:
    """Raise `Refused` unless the rules allow it."""
    ruling = rule(person_of(request), act, about)
    if not ruling.allowed:
        raise Refused(ruling, act, subject)


def refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Write the refusal down and answer it; a sealed record's owner is told by the row."""
    ruling = refused.ruling
    with transaction.atomic():
        write(
            Act.DENIAL,
            refused.subject[:MOST_SUBJECT],
            person_of(request).name,
            person_of(request).purpose,
            wanted=refused.act.value,
            reason=ruling.reason,
            path=request.path[:300],
        )
        if ruling.hidden:
            announce_hidden_refusal(records_in(refused.subject), person_of(request).name)
    if ruling.hidden:
        return render(request, "not_found.html", status=404)
    return render(request, "refused.html", {"reason": ruling.reason}, status=403)


def consulted(request: HttpRequest, subject: str, page: str, **body: Any) -> None:
    """Write down that somebody looked; the page is not shown if that fails."""
    with transaction.atomic(savepoint=False):
        write(
            Act.CONSULTATION,
            subject,
            person_of(request).name,
            person_of(request).purpose,
            page=page,
            **body,
        )
