"""Read a finished demonstration in every role, of all areas and of one; run with that desk's home.

Every death gets a name that nobody else has. Prints, as JSON, what breaks a rule: a record that a
list names otherwise than by who and where with the number second; a name that was read by somebody
who may not see its record; a page with the first caution of `words.md` twice or not at all; a date
in another form than 28 August 2014; and a key of the ledger or of the code shown raw. And the
reading ages of all pages by their address, numbers left out.
"""

from __future__ import annotations

import json
import re
import sys
from html import unescape
from pathlib import Path

from demo_crawl import VARIES, links_of

from clew.desk.setup import set_up

set_up()
sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/, beside this folder

from urllib.parse import urljoin  # noqa: E402

from desk_world import client_of  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from made_desk import person  # noqa: E402

from banned_forms import ENDS_LINE, find_dates  # noqa: E402
from clew.desk.accounts.models import Account  # noqa: E402
from clew.desk.accounts.rules import Permission, Role, Target, rule  # noqa: E402
from clew.desk.records.models import Case  # noqa: E402
from clew.disclosure.words import REASON_TO_LOOK  # noqa: E402
from reading_age import reading_age  # noqa: E402

LINK = re.compile(r'<a [^>]*href="/record/([^"/?#]+)([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
PAIR = re.compile(r'<a [^>]*href="/pair/\d+"[^>]*>(.*?)</a>', re.DOTALL)
ON_PAPER = re.compile(r'<span class="desk-only-print">[^<]*</span>')
"""What paper shows in place of what a screen does."""
TAGS = re.compile(r"<[^>]+>")
ABOUT_IT = re.compile(r"\?links=|#links")
"""In an address: a link from a record's own page to a part of it."""
GENERIC = frozenset({"its own page", "The record", "The comparison"})
"""Links to what the page is about, named above them."""
LETTER = re.compile(r"/concern-letter/")
NAME = re.compile(r"Qx\d{5}name")


MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
QUOTED = re.compile(
    r"<(code|script|style|blockquote|svg|option|textarea)\b.*?</\1>|<[^>]*desk-prose[^>]*>[^<]*",
    re.DOTALL,
)
"""Parts of a page that are not its own words: code, drawings, and what people typed."""
RAW = re.compile(r"\b[a-z]+_[a-z_]+\b")
"""A key of the ledger or of the code, such as `not_linked`."""


def own_words(page: str) -> str:
    """Return the words of a page's main part, a line for each block; what people typed left out."""
    main = MAIN.search(page)
    plain = QUOTED.sub("\n", main[0] if main else "").replace(
        '<span class="desk-', '\n<span class="'
    )
    return unescape(TAGS.sub("", ENDS_LINE.sub("\n", plain)))


def give_names() -> dict[str, str]:
    """Give every death a name of its own; return the numbers of the records by their names."""
    names = {}
    with transaction.atomic():
        for case in Case.objects.filter(kind="death").order_by("pk"):
            name = f"Qx{case.pk:05d}name"
            case.texts = {**case.texts, "now": {**case.texts.get("now", {}), "known_as": name}}
            case.save(update_fields=["texts"])
            names[name] = case.case_id
    return names


def pages_of(account: Account, most: int) -> dict[str, str]:
    """Return the pages that an account can reach; of addresses that differ in numbers, `most`."""
    client = client_of(account)
    seen: dict[str, int] = {}
    pages, waiting, met = dict[str, str](), ["/"], {"/"}
    while waiting:
        address = waiting.pop()
        kind = VARIES.sub("#", address)
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > most or address.startswith(("/static/", "/sign-out")):
            continue
        page = client.get(address)
        if page["Content-Type"].startswith("text/html") and page.status_code == 200:
            pages[address] = page.content.decode()
        new = {urljoin(address, link).partition("#")[0] for link in links_of(page)} - met
        met |= new
        waiting += sorted(link for link in new if link.startswith("/"))
    return pages


def badly_named(page: str) -> list[str]:
    """Return the links to records that a page names otherwise than rule 7 of `words.md` says."""
    page = ON_PAPER.sub("", page)
    found = []
    for link in LINK.finditer(page):
        number, rest, words = link.groups()
        said = unescape(" ".join(TAGS.sub("", words).split()))
        before = unescape(page[max(link.start() - 300, 0) : link.start()]).rstrip()
        by_rule = said.endswith(f"({unescape(number)})") and " \u00b7 " in said
        before_it = before.endswith(f"({unescape(number)}):") and " \u00b7 " in before
        if not (by_rule or before_it or ABOUT_IT.search(rest) or said in GENERIC):
            found.append(said)
    for words in PAIR.findall(page):
        said = unescape(" ".join(TAGS.sub(" ", words).split()))
        if " \u00b7 " not in said and said not in GENERIC:
            found.append(said)
    return found


def faults(account: Account, names: dict[str, str], most: int) -> dict[str, list[str]]:
    """Return what breaks a rule on the pages of an account, by address."""
    reader = account.person(second_factor=True)
    areas = dict(Case.objects.values_list("case_id", "area"))
    signed_in = set(Account.objects.values_list("name", flat=True))
    found: dict[str, list[str]] = {}
    for address, page in pages_of(account, most).items():
        wrong = [f"named {words}" for words in badly_named(page)]
        for name in set(NAME.findall(page)):
            target = Target(areas[names[name]])
            if not rule(reader, Permission.SEE_RECORD, target).allowed:
                wrong.append(f"read {name}")
        cautions = page.count(REASON_TO_LOOK)
        if cautions != (0 if LETTER.search(address) else 1):
            wrong.append(f"the caution {cautions} times")
        whole = unescape(TAGS.sub("", page))
        LABELS.difference_update([label for label in LABELS if label in whole])
        text = own_words(page)
        wrong += [f"dated {day}" for day in find_dates(text)]
        wrong += [f"raw {key}" for key in RAW.findall(text) if key not in signed_in]
        if (age := reading_age(text)) is not None:
            AGES.setdefault(VARIES.sub("#", address.partition("?")[0]), age)
        if wrong:
            found[address] = wrong
    return found


TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "morning.md"
ASKED = "How often do unrelated deaths match this well?"
"""The one bold sentence of the tutorial that no page says: it is the reader's own question."""
LABELS = {
    label.rstrip(".")
    for label in re.findall(r"\*\*([^*]+)\*\*", TUTORIAL.read_text("utf-8"))
    if label != ASKED and " \u00b7 " not in label
}
"""What the tutorial tells its reader to look for; each that a page has is taken out."""
AGES: dict[str, float] = {}
"""The reading age of the first page of each kind that was read, by its address."""


if __name__ == "__main__":
    settings.ALLOWED_HOSTS = ["testserver"]
    signing_in = unescape(Client().get("/sign-in").content.decode())
    LABELS.difference_update([label for label in LABELS if label in signing_in])
    names = give_names()
    everywhere = list(Account.objects.order_by("name"))
    in_one = [person(f"one_{role.value}", role.value, area="KD") for role in Role]
    said = {
        account.name: faults(account, names, int(sys.argv[1])) for account in everywhere + in_one
    }
    read = sum(len(NAME.findall(page)) for page in pages_of(everywhere[1], 2).values())
    sys.stdout.write(
        json.dumps({"faults": said, "names": read, "ages": AGES, "unseen": sorted(LABELS)})
    )
