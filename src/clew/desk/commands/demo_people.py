"""Who works at the demonstration desk, what was done there, and one sealed record."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from clew.desk.accounts.models import Account, Area
from clew.desk.accounts.rules import Role
from clew.desk.cases.models import Case
from clew.desk.commands.setup import add_account
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.rounds.workload import enter_staff, note_effort

BY = "demonstration"
AREA_OF_THE_FOUR = "KD"
STAFF = 6
"""Made up: on duty in the area of the four on a day."""


def make_people(areas: Iterable[str], password: str) -> None:
    """Make one account a role, for all areas, named as the role; and the areas."""
    Area.objects.bulk_create([Area(code=code, name=f"Area {code}") for code in areas])
    for role in Role:
        name = role.value.replace("_", " ").capitalize()
        add_account(role.value, name, password, ((role.value, ""),), BY)
    Account.objects.filter(name="supervisor").update(rank="detective inspector")


def seal_one() -> None:
    """Seal the first record of a survivor and open it to the murder team by name."""
    case = Case.objects.filter(kind="non_fatal").order_by("reported_at", "id").first()
    if case is None:
        return
    with transaction.atomic():
        case.sealed, case.sealed_by = True, "supervisor"
        case.save(update_fields=["sealed", "sealed_by"])
        account = Account.objects.get(name="murder_team")
        case.openings.create(account=account, reason="Works on this record", given_by="supervisor")
        write(Act.ALTERATION, f"case:{case.case_id}", BY, sealed=True, opened_to=[account.name])


def note_effort_of(beginning: str, seed: int) -> None:
    """Note when the first detective came to some deaths, and who was on duty in their area."""
    draws = random.Random(seed)  # noqa: S311 (made-up figures)
    deaths = Case.objects.filter(kind="death", area=AREA_OF_THE_FOUR).order_by("reported_at")
    with transaction.atomic():
        for case in deaths:
            if case.case_id.startswith(beginning) or draws.random() < 0.3:
                continue  # of the four, nothing is made up
            at = case.reported_at + timedelta(hours=round(draws.expovariate(1 / 9), 1))
            note_effort(case, "first_detective", at, BY, "made up")
    last = deaths.last()
    if last is not None:
        enter_staff(AREA_OF_THE_FOUR, last.reported_at.date(), STAFF, BY)
