"""What will be lost and when, and the requests to keep it that were sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from clew.assurance.preservation import Loss, what_is_kept, what_will_be_lost
from clew.desk.accounts.models import Account
from clew.desk.assured.acts import begin, instant, put_row
from clew.desk.assured.models import Preserved
from clew.desk.cases.models import Case
from clew.desk.cases.read_now import read_now
from clew.desk.links.comparison import CLOCK
from clew.desk.web.jinja import moment
from clew.disclosure.words import plain
from clew.errors import ActRefused

BEFORE = timedelta(hours=24)
"""Declared: recordings are asked for from a day before the report, where nothing tells more."""


def losses_of(case: Case, now: datetime) -> tuple[Loss, ...]:
    """Return what is lost of a death and when, each with the request that keeps it."""
    noun = read_now(case)
    point = ""
    if case.latitude is not None and case.longitude is not None:
        point = f" at {case.latitude:.5f}, {case.longitude:.5f}"
    told = {
        "case": case.case_id,
        "place": f"the {plain(noun.premises)}{point}" if noun.premises else point.strip(" at"),
        "reported": CLOCK.reported(noun),
        "from": moment(case.reported_at - BEFORE),
    }
    return what_will_be_lost(what_is_kept(), instant(case.reported_at), instant(now), told)


@transaction.atomic
def sent_to_keep(
    case: Case, keep_id: str, told: tuple[str, str], by: Account, now: datetime
) -> Preserved:
    """Keep that a request was sent; `told` is to whom, and its very words.

    Raises
    ------
    ActRefused
        If there is no such thing to keep, or to whom and what it says lack.
    """
    if keep_id not in {one.id for one in what_is_kept()}:
        raise ActRefused("there is no such thing to keep", ("keep",))
    to_whom, request = told
    if not to_whom.strip() or not request.strip():
        raise ActRefused("say to whom it was sent, and what it says", ("to_whom", "request"))
    begin(case, now)
    made = Preserved.objects.create(
        case=case, keep_id=keep_id, to_whom=to_whom.strip()[:200], request=request, by=by, at=now
    )
    put_row(case, by, "asked to keep", keep=keep_id, to_whom=made.to_whom)
    return made
