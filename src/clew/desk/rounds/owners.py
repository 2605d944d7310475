"""Every death has a named owner from the first day on; handing it over is an act of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Role
from clew.desk.assured.clock import FRESH
from clew.desk.cases.models import Case
from clew.desk.deadlines.people import holders, those_who_may
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, write


@transaction.atomic
def give_owners(as_of: datetime) -> int:
    """Give each fresh death that nobody owns to a supervisor of its area; return how many.

    One that was reported longer ago than FRESH is history, and is owned when somebody takes it up.
    """
    fresh = Case.objects.filter(
        kind="death", owner=None, reported_at__gt=as_of - FRESH, reported_at__lte=as_of
    )
    return sum(give_owner(case) for case in fresh.order_by("reported_at", "pk"))


def give_owner(case: Case) -> bool:
    """Give a death to the supervisor of its area who owns the fewest; False where there is none.

    Those of the area itself come before those of all areas. Whoever must not see it never owns it.
    """
    able = those_who_may(holders(Role.SUPERVISOR, [case.area]), [case])
    local = [one for one in able if case.area in {held.area for held in one.person().holdings}]
    owner = _fewest(local or able)
    if owner is None:
        return False
    case.owner = owner
    case.save(update_fields=["owner"])
    write(
        Act.ALTERATION, f"case:{case.case_id}", ENGINE, what="owner", before="", after=owner.name,
        reason="the first owner: a supervisor of the area",
    )  # fmt: skip
    notify([owner], f"You own {case.case_id} until you hand it over", f"case:{case.case_id}")
    return True


def _fewest(able: Iterable[Account]) -> Account | None:
    """Return who owns the fewest records; of those that own as many, the first by name."""
    return min(able, key=lambda one: (one.owned.count(), one.name), default=None)
