"""Views that differ from the class: entered, shown beside it for good, and never taken away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clew.desk.accounts.models import Account
from clew.desk.assured.acts import begin, put_row, tell_supervisors
from clew.desk.assured.models import Dissent
from clew.desk.cases.models import Case
from clew.errors import ActRefused

MOST_NAME = 200


@transaction.atomic
def disagree(
    case: Case, who: tuple[str, str], words: str, by: Account | None, now: datetime
) -> Dissent:
    """Keep somebody's view that differs. `who` is the role (`paramedic`, `officer` ...) and name.

    Raises
    ------
    ActRefused
        If the words, the name or a known role lack.
    """
    role, name = who
    if role not in dict(Dissent.ROLES):
        raise ActRefused("say whose view it is: a role of the list", ("role",))
    lacks = tuple(f for f, told in (("who", name), ("words", words)) if not told.strip())
    if lacks:
        raise ActRefused("say who differs, and in what words", lacks)
    begin(case, now)
    made = Dissent.objects.create(
        case=case, who=name.strip()[:MOST_NAME], role=role, words=words, by=by, at=now
    )
    put_row(case, by, "dissent", dissent=made.pk, who=made.who, role=role, words=words)
    tell_supervisors(case, f"{made.get_role_display()} differs on {case.case_id}", but=by)
    return made


def remove_dissent(dissent: Dissent) -> None:
    """Refuse: there is no role, and no reason, for which a view that differs is taken away.

    Raises
    ------
    ActRefused
        Always.
    """
    raise ActRefused(f"{dissent.who}'s view stays beside the class; add another, if it changed")
