"""A person's own notices, gathered by what they are about, the latest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction
from django.db.models import Max, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clew.desk.accounts.models import Notice
from clew.desk.accounts.notify import readable
from clew.desk.accounts.rules import Person
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import records_in
from clew.desk.pages.addresses import address_of
from clew.desk.pages.sign_in import write_own
from clew.desk.records.naming import names_in
from clew.desk.web.guard import account_of, for_everybody
from clew.desk.web.paging import page_of

MOST_OF_ONE = 20
"""Declared: notices shown about one subject, the latest; that there are older ones is said."""

TITLES = {"case": "Record", "pair": "Records", "referral": "Referral", "concern": "Concern"} | {
    "warn": "Warning", "proposal": "Proposal"
}  # fmt: skip
OTHERS = "Your account and the desk"
"""What notices are listed under that are about no record, referral or concern."""


@dataclass(frozen=True, slots=True)
class NoticeGroup:
    """The notices about one subject, the latest first. `address` "" where it has no page."""

    title: str
    address: str
    notices: Sequence[Notice]
    new: int
    more: bool


@require_http_methods(["GET", "POST"])
@for_everybody
def notices(request: HttpRequest) -> HttpResponse:
    """Show one's own notices; a button marks them all as read."""
    own = Notice.objects.filter(to=account_of(request))
    if request.method == "POST":
        with transaction.atomic():
            count = own.filter(read_at=None).update(read_at=desk_now())
            write_own(request, Act.ACCESS, what="notices read", count=count)
        return redirect("notices")
    person = account_of(request).person(second_factor=True)
    subjects = own.order_by().values("about").annotate(last=Max("id")).order_by("-last")
    page = page_of(request, subjects)
    place = Window(RowNumber(), partition_by="about", order_by="-id")
    of_page = own.filter(about__in=[one["about"] for one in page.rows]).annotate(place=place)
    found = list(of_page.filter(place__lte=MOST_OF_ONE + 1).order_by("-id"))
    context = {
        "groups": _groups(readable(person, found), person),
        "page": page,
        "new": own.filter(read_at=None).exists(),
    }
    return render(request, "accounts/notices.html", context)


def _groups(listed: list[Notice], person: Person) -> list[NoticeGroup]:
    """Return notices by subject; the subject with the latest notice is first."""
    names = names_in({one.about for one in listed}, person)
    places = {about: k for k, about in enumerate(dict.fromkeys(one.about for one in listed))}
    ordered = sorted(listed, key=lambda one: places[one.about])
    groups = []
    for about, of_one in groupby(ordered, key=lambda one: one.about):
        every = list(of_one)
        kept = every[:MOST_OF_ONE]
        numbers = records_in(about)
        named = [str(names[number]) for number in numbers if number in names]
        kind, _, number = about.partition(":")
        title = " and ".join(named) or (f"{TITLES.get(kind, kind)} {number}" if number else OTHERS)
        may_open = not numbers or len(named) == len(numbers)
        new = sum(one.read_at is None for one in kept)
        address = address_of(about) if may_open else ""
        groups.append(NoticeGroup(title, address, kept, new, len(every) > len(kept)))
    return groups
