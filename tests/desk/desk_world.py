"""A small world for tests that walk every address: records of each kind, and who may see them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from casework_world import assure
from desk_records import judged, pair, record
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from made_desk import areas, person

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Role
from clew.desk.casework.concerns import NewConcern, draft, take, tie
from clew.desk.casework.concerns import act_on as act_on_concern
from clew.desk.casework.family import contact, promise
from clew.desk.casework.referrals import act_on, refer
from clew.desk.casework.warnings import require_warning
from clew.desk.records.models import Case, SealAccess
from clew.desk.review.models import Pair

SEALED_WORD, OWN_WORD, OTHER_WORD = "Sealedword", "Ownword", "Otherword"
OWN, OTHER, SEALED, OPENED = "OWN-1", "OTHER-1", "SEALED-1", "OPENED-1"
EVERY_ROLE = tuple(role.value for role in Role)
LAST = ("ledger", "contenttypes", "sessions", "auth")


def told(word: str) -> dict[str, Any]:
    fields = {
        "narrative": word, "cause": word, "premises": word, "kind": "death", "category": "expected",
        "scene": word, "entities": f"caller:person:{word}", "agency": word,
    }  # fmt: skip
    return {"report": fields, "now": fields}


def world() -> None:
    """Make records in the areas KD and LX, two of them sealed, and pairs among them all."""
    areas(KD="Barking", LX="Lambeth")
    keeper = person("keeper", "murder_team")
    at = timezone.now()
    cases = [
        record(OWN, "KD", texts=told(OWN_WORD), latitude=51.5, longitude=0.1),
        record(OTHER, "LX", texts=told(OTHER_WORD), latitude=51.5, longitude=0.1),
        record(SEALED, "KD", texts=told(SEALED_WORD), latitude=51.5, longitude=0.1),
        record(OPENED, "KD", texts=told(SEALED_WORD), latitude=51.5, longitude=0.1),
    ]
    for case in cases[2:]:
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(sealed=True, sealed_by="keeper", sealed_at=at)
    for case in cases[1:]:
        judged(pair(cases[0], case), keeper, at, "not_linked")
    for case, word in zip(cases, (OWN_WORD, OTHER_WORD, SEALED_WORD, SEALED_WORD), strict=True):
        assure(case, keeper, word)
    _asked_and_owed(at)


def _asked_and_owed(at: datetime) -> None:
    """Let there be referrals, concerns, promises and contacts, about sealed records too."""
    for ids in ((OWN, OTHER), (OWN, SEALED), (OPENED,)):
        told = SEALED_WORD if ids[-1] in (SEALED, OPENED) else OWN_WORD
        one = refer(ids, told, "keeper", at)
    act_on(one.pk, "refused", {"by": "keeper", "rank": "DI", "reason": SEALED_WORD}, at)
    for case_id, word in ((OWN, OWN_WORD), (SEALED, SEALED_WORD)):
        concern = take(NewConcern(word, word, "family", "KD"), "keeper", at)
        tie(concern.pk, case_id, "keeper", at)
        act_on_concern(concern.pk, "owned", {"by": "keeper", "owner": "keeper"}, at)
        said = {"by": "keeper", "answer": f"No link. {word}", "searched": word}
        draft(concern.pk, {**said, "how_to_challenge": word}, at)
        later = at + timedelta(days=1)
        promise(case_id, {"to": word, "what": word, "due": later}, "keeper", at)
        contact(case_id, {"to": word, "said": word, "at": at, "again_at": later}, "keeper", at)
    for two in Pair.objects.all():
        require_warning(two, at)


def open_to(name: str) -> None:
    account = Account.objects.get(name=name)
    case = Case.objects.get(case_id=OPENED)
    SealAccess.objects.create(case=case, account=account, reason="r", given_by="keeper")


def client_of(account: Account, *, second_factor: bool = True, csrf: bool = False) -> Client:
    """Return a client that is signed in, and answers faults with status 500 as in service."""
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    client.force_login(account)
    if second_factor:
        device, _ = TOTPDevice.objects.get_or_create(user=account, name="phone")
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.save()
    return client


def patterns(told: Any = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Return every page of the desk with its whole route; what it serves is the pattern's.

    The API is asked with tokens, not sessions: tests/desk/test_api.py goes through it.
    """
    for one in (told or get_resolver()).url_patterns:
        route = before + str(one.pattern)
        if route.startswith("api/"):
            continue
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        else:
            yield route, one


HOLE = re.compile(r"<(?:(\w+):)?(\w+)>")


def paths(route: str, ids: tuple[str, ...] = (OWN,), keys: list[str] | None = None) -> list[str]:
    """Return the route with every number that is in the database, and these record ids.

    `keys` are those numbers where the caller has them: to look them up asks every table.
    """
    holes = HOLE.findall(route)
    if keys is None:
        keys = numbers() if any(kind == "int" for kind, _ in holes) else []
    filled: list[list[str]] = [keys if kind == "int" else list(ids) for kind, _ in holes]
    found = []
    for values in product(*filled):
        rest = iter(values)
        found.append("/" + HOLE.sub(lambda _: next(rest), route))  # noqa: B023
    return found[:MOST_PATHS]


MOST_PATHS = 40
"""Of one address with several numbers."""


def numbers() -> list[str]:
    """Return the numbers of all rows that pages can be about."""
    found: set[int] = set()
    for model in apps.get_models():
        if model._meta.app_label not in LAST:
            found |= {
                pk
                for pk in model._base_manager.values_list("pk", flat=True)[:5]
                if isinstance(pk, int)
            }
    return [str(one) for one in sorted(found)]


def act_of(view: Callable[..., Any]) -> Any:
    return getattr(view, "clew_act", None)
