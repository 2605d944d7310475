"""The guard at the door: every view asks the rules first, and logs what is refused and seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http import HttpResponseNotAllowed as NotAllowed
from django.shortcuts import redirect, render

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import NOTHING, AccessDecision, Permission, Person, Target, rule
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import records_in
from clew.desk.ledger.write import write
from clew.desk.web.http import bad_request

PURPOSE = "clew_purpose"
"""The session's key for why a person looks, in that person's words."""
MOST_SUBJECT = 200
"""As the ledger's column is long; what somebody asked for in vain may be longer."""
PURPOSE_WANTED = "clew_purpose_wanted"
"""The session's key after single sign-on, until the purpose is given."""
View = Callable[..., HttpResponseBase]
METHODS = ("GET", "HEAD", "POST")
"""What pages are asked by; any other is refused before a view sees it."""
HIDDEN_REFUSAL_CALLS: list[Callable[[list[str], str], None]] = []
"""Called when a refusal reads as 'not found', with the records' numbers and the asking account.

A higher storey adds its own when its app is ready.
"""


class Refused(Exception):
    """The rules said no; `ruling.hidden` makes the answer read as 'not found'."""

    def __init__(self, ruling: AccessDecision, act: Permission, subject: str) -> None:
        super().__init__(ruling.reason)
        self.ruling, self.act, self.subject = ruling, act, subject

    @classmethod
    def because(
        cls, reason: str, act: Permission, subject: str, *, hidden: bool = False
    ) -> Refused:
        """Return a refusal for a reason that a view found itself."""
        return cls(AccessDecision(False, reason, hidden=hidden), act, subject)


def account_of(request: HttpRequest) -> Account:
    """Return the signed-in account, with the session's purpose for the rows of its acts."""
    account = cast("Account", request.user)
    account.clew_purpose = request.session.get(PURPOSE, "")  # type: ignore[attr-defined]
    return account


def person_of(request: HttpRequest) -> Person:
    """Return the signed-in account as the rules see it: its roles now, and its purpose."""
    person = getattr(request, "clew_person", None)
    if person is None:
        account = account_of(request)
        verified = bool(getattr(account, "is_verified", bool)())
        purpose = request.session.get(PURPOSE, "")
        person = account.person(purpose, second_factor=verified)
        request.clew_person = person  # type: ignore[attr-defined]
    return person


def allowed(request: HttpRequest, act: Permission, about: Target = NOTHING) -> bool:
    """Tell whether the rules allow an act; for what a page offers, not for what it does."""
    return request.user.is_authenticated and rule(person_of(request), act, about).allowed


def guarded(act: Permission) -> Callable[[View], View]:
    """Let in only those whom the rules allow `act`; the view asks again for each record."""

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if first := _answer_before(request):
                return first
            if any(isinstance(value, str) and "\0" in value for value in kwargs.values()):
                raise Http404  # no record has such a number, and PostgreSQL cannot be asked
            try:
                check(request, act)
                return view(request, *args, **kwargs)
            except Refused as refused:
                return refuse(request, refused)

        answer.clew_act = act  # type: ignore[attr-defined]
        return answer

    return decorate


def for_everybody(view: View) -> View:
    """Let in everyone who is signed in: pages that show people their own things."""

    @wraps(view)
    @login_required
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _answer_before(request) or view(request, *args, **kwargs)

    return answer


def _answer_before(request: HttpRequest) -> HttpResponseBase | None:
    """Return the answer that comes before any view's, None for none.

    Other methods and NUL in a query are what no page of the desk asks. A new password and a
    purpose, where they are needed, are asked for first.
    """
    if request.method not in METHODS:
        return NotAllowed(METHODS)
    values = (text for texts in request.GET.lists() for text in (texts[0], *texts[1]))
    if any("\0" in text for text in values):
        return bad_request(request)
    if account_of(request).must_change:
        return redirect("password")
    return redirect("purpose") if request.session.get(PURPOSE_WANTED) else None


def check(
    request: HttpRequest, act: Permission, about: Target = NOTHING, subject: str = ""
) -> None:
    """Raise `Refused` unless the rules allow it."""
    ruling = rule(person_of(request), act, about)
    if not ruling.allowed:
        raise Refused(ruling, act, subject)


def refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Log the refusal and answer it; a sealed record's keepers are notified."""
    ruling = refused.ruling
    with transaction.atomic():
        write_for(
            request, Act.DENIAL, refused.subject[:MOST_SUBJECT], wanted=refused.act.value,
            reason=ruling.reason, path=request.path[:300],
        )  # fmt: skip
        if ruling.hidden:
            for call in HIDDEN_REFUSAL_CALLS:
                call(records_in(refused.subject), person_of(request).name)
    if ruling.hidden:
        return render(request, "not_found.html", status=404)
    return render(request, "refused.html", {"reason": ruling.reason}, status=403)


def write_for(request: HttpRequest, act: Act, subject: str, **body: Any) -> None:
    """Write a ledger row for the signed-in person and purpose, in the act's own transaction."""
    person = person_of(request)
    write(act, subject, person.name, person.purpose, **body)


def consulted(request: HttpRequest, subject: str, page: str, **body: Any) -> None:
    """Log that somebody looked; the page is not shown if that fails."""
    with transaction.atomic(savepoint=False):
        write_for(request, Act.CONSULTATION, subject, page=page, **body)
