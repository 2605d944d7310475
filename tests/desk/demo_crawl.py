"""Read a finished desk as each of its accounts, from page to page; run with that desk's home.

Prints, as JSON, how many pages each account read, and each address that failed with what it said.
The made-up records of tests are few and tidy; what rounds leave in a desk is neither.
"""

from __future__ import annotations

import json
import re
import sys
from urllib.parse import urljoin

from form_crawler import Page

from clew.desk.setup import set_up

set_up()

from django.conf import settings  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django_otp import DEVICE_ID_SESSION_KEY  # noqa: E402
from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: E402

from clew.desk.accounts.models import Account  # noqa: E402
from clew.desk.web.guard import PURPOSE  # noqa: E402

VARIES = re.compile(r"[A-Z]+-[\w-]*\d|\d+")
"""Record numbers, days and keys: what makes two addresses of one page differ."""


def read_all(name: str, most: int) -> tuple[int, dict[str, str]]:
    """Follow links from the first page; of addresses that differ in numbers alone, `most`."""
    client = Client(raise_request_exception=False)
    account = Account.objects.get(name=name)
    client.force_login(account)
    session = client.session
    second = TOTPDevice.objects.create(user=account, name="crawl", confirmed=True)
    session[DEVICE_ID_SESSION_KEY] = second.persistent_id
    session[PURPOSE] = "crawl"
    session.save()
    seen: dict[str, int] = {}
    waiting, met, failed, read = ["/"], {"/"}, {}, 0
    while waiting:
        address = waiting.pop()
        kind = VARIES.sub("#", address)
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > most or address.startswith(("/static/", "/sign-out")):
            continue
        page = client.get(address)
        read += 1
        if page.status_code not in (200, 302):
            failed[address] = f"{page.status_code}"
        new = {urljoin(address, link).partition("#")[0] for link in links_of(page)} - met
        met |= new
        waiting += sorted(link for link in new if link.startswith("/"))
    return read, failed


def links_of(page: HttpResponse) -> list[str]:
    """Return where a page leads."""
    if page.status_code == 302:
        return [page["Location"]]
    return Page(page.content.decode()).links if page["Content-Type"].startswith("text/html") else []


if __name__ == "__main__":
    settings.ALLOWED_HOSTS = ["testserver"]
    names = Account.objects.values_list("name", flat=True)
    sys.stdout.write(json.dumps({name: read_all(name, int(sys.argv[1])) for name in names}))
