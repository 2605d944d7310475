"""What stands around a record, on its page: referrals, the family, what people outside asked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from clew.desk.accounts.rules import Do
from clew.desk.cases.models import Case
from clew.desk.concerns.standing import visible_concerns
from clew.desk.referrals.standing import visible_referrals
from clew.desk.web.guard import allowed, person_of


def around(request: HttpRequest, case: Case) -> dict[str, Any]:
    """Return what whoever asks may see of it; a part that may not be seen is None.

    Of the family: the last contact, how many there were before, and the promises not yet kept.
    """
    person, about = person_of(request), case.about()
    links, family = (allowed(request, do, about) for do in (Do.SEE_LINKS, Do.ASSURE))
    return {
        "referrals": list(visible_referrals(person).filter(cases=case)) if links else None,
        "family": _family(case) if family and case.kind == "death" else None,
        "concerns": visible_concerns(person).filter(case=case),
    }


def _family(case: Case) -> dict[str, Any]:
    contacts = list(case.contacts.select_related("by"))
    owed = case.promises.filter(kept_at=None).select_related("by")
    return {"last": contacts[:1], "before": max(len(contacts) - 1, 0), "owed": owed}
