"""Seal the third death of a finished demonstration, then look for it everywhere, in every role.

Run with that desk's home. Prints, as JSON, how many texts each account read, and each address
whose text told of a sealed record: pages, exports, notices and every page and row of the ledger.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator

from clew.desk.setup import set_up

set_up()

from desk_world import act_of, client_of, paths, patterns  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models import Q  # noqa: E402
from django.test import Client  # noqa: E402
from made_desk import person, sealed_by_two  # noqa: E402
from sealed_town import ASKED, text_of  # noqa: E402

from clew.desk.accounts.models import Account  # noqa: E402
from clew.desk.casework.models.referrals import Referral  # noqa: E402
from clew.desk.ledger.models import Entry  # noqa: E402
from clew.desk.records.models import Case, SealAccess  # noqa: E402
from clew.desk.review.models import Pair  # noqa: E402
from clew.desk.web.guard import PURPOSE  # noqa: E402

THIRD, NEVER, KEEPER = "BD-3", "BD-9", "keeper_of_it"
KEEPERS = ("supervisor", "murder_team")
"""Roles that may know, on the pages of seals and in notices, what a rule sealed in their area."""
FILES = ("xlsx", "csv", "geojson", "kml", "i2")
ROWS_NAMED = 150
"""Declared: of the ledger's rows that name it, so many are opened one by one; all are listed."""


def exports(others: list[str], pairs: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every export that a page offers."""
    for form in FILES:
        yield "/exports/records", {"format": form, **ASKED}
    for number in others:
        yield f"/exports/record/{number}", {"format": "pdf", **ASKED}
    for pair in pairs:
        yield f"/exports/pair/{pair}", {"format": "pdf", **ASKED}
    for day in ("2015-09-14", "2015-09-17"):
        yield "/exports/sheet", {"format": "pdf", "day": day, **ASKED}


def ledger_texts(client: Client, named: list[int]) -> Iterator[tuple[str, str]]:
    """Yield every page of the ledger, and the rows that name a sealed record."""
    path = "/ledger"
    while path:
        page = text_of(client.get(path))
        yield path, page
        older = re.search(r'href="(/ledger\?[^"]*before=\d+)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    for number in named:
        yield f"/ledger/{number}", text_of(client.get(f"/ledger/{number}"))


def texts(client: Client, ids: list[str], keys: list[str], named: list[int]) -> Iterator[
    tuple[str, str]
]:  # fmt: skip
    """Yield every address with the text that it answers."""
    for route, one in patterns():
        if act_of(one.callback) is not None or str(one.name) in ("home", "notices"):
            for path in paths(route, tuple(ids), keys):
                answer = client.get(path)
                asked = [number for number in ids if number in path]
                yield path, text_of(answer) if answer.status_code != 404 or not asked else ""
    for path, asks in exports([one for one in ids if one not in (THIRD, NEVER)], keys):
        yield path, text_of(client.post(path, asks))
    yield from ledger_texts(client, named)


def signed_in(account: Account) -> Client:
    """Return a client that is signed in and has said what for."""
    client = client_of(account)
    session = client.session
    session[PURPOSE] = "looking for what is sealed"
    session.save()
    return client


def opened_to(account: Account) -> set[str]:
    """Return the records whose seal this account keeps or was let through, by the rows alone."""
    opened = SealAccess.objects.filter(closed_at=None, account=account)
    kept = Case.objects.filter(sealed=True, sealed_by=account.name)
    numbers = {*opened.values_list("case__case_id", flat=True)}
    return numbers | set(kept.values_list("case_id", flat=True))


def main() -> dict[str, tuple[int, list[tuple[str, list[str]]]]]:
    """Seal, then read all in each role; in the end as the keeper, who must find it."""
    settings.ALLOWED_HOSTS = ["testserver"]
    roles = list(Account.objects.order_by("name"))
    third, keeper = Case.objects.get(case_id=THIRD), person(KEEPER, "supervisor")
    with transaction.atomic():
        sealed_by_two(third, keeper.person(), "her mother asked for it")
    sealed = set(Case.objects.filter(sealed=True).values_list("case_id", flat=True))
    by_rule = sorted(sealed - {THIRD})
    word = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, sorted(sealed))) + r")(?![\w-])")
    pairs = Pair.objects.filter(Q(first=third) | Q(second=third)).order_by("pk")
    keys = {1, 2, 3, *pairs.values_list("pk", flat=True)[:8]}
    keys |= set(Referral.objects.values_list("pk", flat=True)[:3])
    named = Entry.objects.filter(Q(body__contains=THIRD) | Q(subject__contains=THIRD))
    numbers = list(named.order_by("-number").values_list("number", flat=True)[:ROWS_NAMED])
    ids = ["BD-1", "BD-2", "BD-4", THIRD, *by_rule[:1], NEVER]
    found: dict[str, tuple[int, list[tuple[str, list[str]]]]] = {}
    for account in [*roles, keeper]:
        read, faults = 0, []
        own = set() if account == keeper else opened_to(account)
        kept = {role.value for role in account.person().roles()} & set(KEEPERS)
        client = signed_in(account)
        for path, text in texts(client, ids, [str(key) for key in sorted(keys)], numbers):
            read += 1
            tells = set(word.findall(text)) - own
            if kept and path.startswith(("/seals", "/notices")):
                tells -= set(by_rule)
            if tells:
                faults.append((path, sorted(tells)))
        found[account.name] = (read, faults)
        sys.stderr.write(f"{account.name}: {read} texts, {len(faults)} that tell\n")
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
