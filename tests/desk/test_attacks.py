"""The journeys of an attacker, over every address and every form that the desk has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import count, cycle, repeat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from desk_world import EVERY_ROLE, OWN, act_of, client_of, numbers, paths, patterns, person
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import resolve
from form_crawler import CSRF, PLAIN, Form, Page
from signed_in import PASSWORD, Make

from clew.desk.accounts.models import Account, Notice
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case

pytestmark = pytest.mark.django_db
MARK = "zzq"
PAYLOADS = (
    f"<script>{MARK}</script>",
    f'"><img src=x onerror={MARK}()>',
    f"' autofocus onfocus={MARK}() x='",
    f"javascript:{MARK}()",
    f"{{{{ {MARK}.__class__ }}}}' OR 1=1 --",
)
PASSES = (
    f"\"'><img onerror={MARK}()>{{{{{MARK}}}}}",
    f"javascript:{MARK}()<script>' OR 1",
)
"""All five in two texts, no longer than the longest of the five: fields that take each of the five
refuse a longer text. That they are found wherever one of the five is, a test below shows."""
CONTEXTS = (
    "<p>{}</p>", '<input value="{}">', "<input value='{}'>", '<a href="{}">x</a>',
    '<input value="{}>', "<textarea>x</textarea>{}",
)  # fmt: skip
NUMBER = count(1)


@pytest.fixture
def almighty(world_built: None, db: None) -> Client:
    """Return somebody with every role everywhere: who sees the most forms."""
    return client_of(person("max", *EVERY_ROLE))


def addresses() -> list[tuple[str, str]]:
    return [(route, one.name or "") for route, one in patterns()]


def html(answer: Any) -> str:
    if answer.streaming:
        b"".join(answer.streaming_content)  # read to its end, the file is closed
        return ""
    if "html" not in answer.get("Content-Type", ""):
        return ""
    return str(answer.content.decode())


def all_pages(client: Client) -> Iterator[tuple[str, str]]:
    keys = numbers()
    for route, _ in addresses():
        for path in paths(route, keys=keys):
            if text := html(client.get(path)):
                yield path, text


def test_the_crawler_sees_what_it_must() -> None:
    page = Page(
        '<form method="post" action="/x" enctype="multipart/form-data"><input name="a" type="text">'
        '<input name="f" type="file"><textarea name="t"></textarea>'
        '<select name="s"><option value="1"></select>'
        "</form><script>x</script><img onerror=x><a href=' java\nscript:x'>"
        '<p style="x"><img src="https://e.example/x"><iframe>'
    )
    form = page.forms[0]
    assert (form.attackable(), form.files(), form.fields["s"]) == (["a", "t"], ["f"], "1")
    assert len(page.faults) == 6
    for payload in PAYLOADS[:2]:
        assert Page(f'<p>{payload}</p><input value="{payload}">').faults
        assert not Page(f'<p>{escape(payload)}</p><input value="{escape(payload)}">').faults


@pytest.mark.parametrize("context", CONTEXTS)
def test_two_texts_are_seen_wherever_one_of_the_five_is(context: str) -> None:
    raw = [str, lambda text: text.replace("<", "&lt;").replace(">", "&gt;")]
    for written in raw:  # nothing escaped; and all but the quotes
        five = [Page(context.format(written(payload))).faults for payload in PAYLOADS]
        two = [Page(context.format(written(payload))).faults for payload in PASSES]
        assert any(two) or not any(five)
    for payload in PASSES:
        assert not Page(context.format(escape(payload))).faults or payload.startswith("java")
        assert len(payload) <= max(map(len, PAYLOADS))


def test_no_post_without_its_token_does_anything(almighty: Client) -> None:
    client = client_of(person("eve", *EVERY_ROLE), csrf=True)
    sent, keys = 0, numbers()
    for route, name in addresses():
        for path in paths(route, keys=keys)[:5]:
            before = Entry.objects.count()
            for method in (client.post, client.put, client.patch, client.delete):
                answer = method(path)
                assert answer.status_code == 403, (name, path)
                assert "Nothing was saved" in answer.content.decode()
            assert Entry.objects.count() == before, (name, path)
            sent += 1
    assert sent > 20


def test_a_token_of_another_session_is_none(almighty: Client) -> None:
    client = client_of(person("eve", *EVERY_ROLE), csrf=True)
    client.get("/password")
    answer = client.post("/notices", {CSRF: "a" * 64})
    assert answer.status_code == 403
    forms = Page(client.get("/password").content.decode()).forms
    token = next(form.fields[CSRF] for form in forms if CSRF in form.fields)
    assert client.post("/notices", {CSRF: token}).status_code in {302, 200}
    elsewhere = client.post("/notices", {CSRF: token}, headers={"origin": "https://evil.example"})
    assert elsewhere.status_code == 403


def test_looking_alters_nothing_and_other_methods_do_not_either(almighty: Client) -> None:
    keys = numbers()
    for route, name in addresses():
        for path in paths(route, keys=keys)[:6]:
            last = Entry.objects.count()
            for method in (almighty.get, almighty.head, almighty.options):
                method(path)
            almighty.get(path, headers={"x-http-method-override": "POST"})
            almighty.get(path, {"_method": "POST"})
            acts = set(Entry.objects.filter(number__gt=last).values_list("act", flat=True))
            assert not acts & {"alteration", "decision", "erasure", "collection"}, (name, path)
            for method in (almighty.put, almighty.patch, almighty.delete, almighty.trace):
                assert method(path).status_code in {302, 403, 404, 405}, (name, path)


def test_every_answer_bears_the_headers(almighty: Client) -> None:
    keys = numbers()
    for client in (almighty, Client()):
        for route, name in addresses():
            for path in [*paths(route, keys=keys)[:5], "/no-such-page"]:
                answer = client.get(path)
                assert answer.status_code < 500, (name, path)
                csp = answer["Content-Security-Policy"]
                assert "unsafe" not in csp and "*" not in csp  # noqa: PT018
                for rule in (
                    "default-src 'none'",
                    "frame-ancestors 'none'",
                    "base-uri 'none'",
                    "form-action 'self'",
                ):
                    assert rule in csp, (name, path)
                assert answer["X-Frame-Options"] == "DENY"
                assert answer["X-Content-Type-Options"] == "nosniff"
                assert answer["Referrer-Policy"] == "same-origin"
                assert "no-store" in answer["Cache-Control"], (name, path)


def test_no_page_holds_what_could_run_or_call_out(almighty: Client) -> None:
    seen = 0
    for path, text in all_pages(almighty):
        assert not Page(text).faults, path
        seen += 1
    assert seen > 15


def forms_of(client: Client) -> Iterator[tuple[str, Form]]:
    for path, text in list(all_pages(client)):
        for form in Page(text).forms:
            yield path, form


def distinct(forms: Iterable[tuple[str, Form]]) -> list[tuple[str, Form]]:
    """Return each form once, however many pages show it and however many records have it."""
    first: dict[tuple[str, tuple[Any, ...]], tuple[str, Form]] = {}
    for path, form in forms:
        route = resolve(urlsplit(form.action or path).path).route
        first.setdefault((route, tuple(form.kinds)), (path, form))
    return list(first.values())


def send(client: Client, path: str, form: Form, told: dict[str, Any]) -> Any:
    to = form.action or path
    return client.post(to, told) if form.method == "post" else client.get(to, told)


def variants(form: Form, payloads: Iterator[str], *, alone: bool) -> Iterator[dict[str, Any]]:
    """Yield a form with all its fields attacked at once, then, if `alone`, each by itself."""
    names = form.attackable()
    if names:
        yield {**form.fields, **dict.fromkeys(names, next(payloads))}
    for name in names if alone and len(names) > 1 else []:
        fresh = f"{PLAIN}-{next(NUMBER)}"  # names that must be new are
        told = {k: fresh if v == PLAIN else v for k, v in form.fields.items()}
        yield told | {name: next(payloads)}


@pytest.mark.parametrize(
    ("passes", "alone"),
    [
        pytest.param(PASSES, False, id="in turn"),
        pytest.param(PASSES, True, marks=pytest.mark.long, id="each field alone"),
        *(pytest.param([one], True, marks=pytest.mark.long, id=one) for one in PASSES),
    ],
)
def test_a_script_in_any_field_of_any_form_stays_text(
    almighty: Client, passes: Sequence[str], alone: bool
) -> None:
    payloads, sent = cycle(passes), distinct(forms_of(almighty))
    for path, form in sent:
        for told in variants(form, payloads, alone=alone):
            client = client_of(Account.objects.get(name="max"))
            answer = send(client, path, form, told)
            assert answer.status_code < 500, (path, told)
            assert not Page(html(answer)).faults, (path, told)
    assert len(sent) > 40  # sixty and more, of as many routes
    reader = client_of(person("reader", *EVERY_ROLE))
    kept = 0
    for path, text in all_pages(reader):
        assert not Page(text).faults, path
        kept += MARK in text
    assert kept, "nothing was kept: this test would pass whatever the pages did"


def test_a_script_in_a_record_stays_text(almighty: Client) -> None:
    attack = "".join(PAYLOADS)
    told = dict.fromkeys(
        ("narrative", "cause", "premises", "scene", "agency", "category"), attack
    ) | {"entities": f"caller:person:{attack}"}
    Case.objects.update(
        texts={"report": told, "now": told}, agency=attack[:120], seal_reason=attack
    )
    Account.objects.filter(name="keeper").update(full_name=attack)
    Notice.objects.create(to=Account.objects.get(name="max"), words=attack)
    kept = 0
    for path, text in all_pages(almighty):
        assert not Page(text).faults, path
        kept += MARK in text
    assert kept


def test_odd_addresses_are_no_fault_of_the_desk(almighty: Client) -> None:
    odd = (
        "%00",
        "x" * 500,
        "..%2f..%2fetc%2fpasswd",
        "%3Cscript%3E",
        "%F0%9F%92%80",
        "a%0d%0aX: y",
    )
    keys = numbers()
    for route, name in addresses():
        for word in odd:
            for path in paths(route, (word,), keys)[:3]:
                for answer in (almighty.get(path), almighty.post(path, {"x": "\0"})):
                    assert answer.status_code < 500, (name, path)
        big = paths(route.replace("<int:", "<str:"), ("9" * 40,))[:1]
        for path in big:
            assert almighty.get(path).status_code < 500, (name, path)
            odd_query = {"next": "\0", "q": "\0", "page": "9" * 30, "page_size": "-1"}
            assert almighty.get(path, odd_query).status_code < 500, (name, path)


@pytest.mark.parametrize("alone", [False, pytest.param(True, marks=pytest.mark.long)])
def test_nul_and_endless_text_in_any_field_are_no_fault(almighty: Client, alone: bool) -> None:
    for path, form in distinct(forms_of(almighty)):
        for payload in ("\0", "x" * 200_000):
            for told in variants(form, repeat(payload), alone=alone):
                client = client_of(Account.objects.get(name="max"))
                assert send(client, path, form, told).status_code < 500, (path, form.action)


def test_a_file_of_the_wrong_kind_name_or_size_is_refused(almighty: Client, tmp_path: Path) -> None:
    before = sorted(settings.CONFIGURATION.home.parent.glob("*.csv"))
    for path, form in forms_of(almighty):
        for name in form.files():
            for filename, raw in (
                ("../../../evil.csv", b"case_id\n<script>"),
                ("/etc/evil.csv", b"\xff\xfe\x00"),
                ("evil.exe", b"MZ"),
                ("big.csv", b"x" * (12 * 1024 * 1024)),
                ("bomb.xlsx", b"PK\x03\x04" + b"\0" * 100),
            ):
                told = {**form.fields, name: SimpleUploadedFile(filename, raw)}
                answer = send(client_of(Account.objects.get(name="max")), path, form, told)
                assert answer.status_code in {302, 400, 403, 413, 422}, (path, filename)
    assert not Path("/etc/evil.csv").exists()
    assert sorted(settings.CONFIGURATION.home.parent.glob("*.csv")) == before


def test_signing_in_leads_nowhere_else(account: Make) -> None:
    account("ann", "analyst")
    told = {"name": "ann", "password": PASSWORD, "purpose": "p"}
    for wanted in (
        "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
        "javascript:alert(1)", "http:evil.example", "\0/x", "https:///evil.example",
    ):  # fmt: skip
        answer = Client().post("/sign-in", told, query_params={"next": wanted})
        assert (answer.status_code, answer["Location"]) == (302, "/"), wanted
    good = Client().post("/sign-in", told, query_params={"next": "/notices"})
    assert good["Location"] == "/notices"


def test_another_host_is_not_answered(client: Client, db: None) -> None:
    client.raise_request_exception = False
    answer = client.get("/sign-in", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()
    told = client.get("/sign-in", headers={"x-forwarded-host": "evil.example"})
    assert "evil" not in told.content.decode()


def test_another_areas_number_in_the_address_opens_nothing(almighty: Client) -> None:
    """IDOR on accounts; on records it is tested by area in test_who_may."""
    client = client_of(person("kd", "administrator", area="KD"))
    other = Account.objects.get(name="keeper")
    page = client.get(f"/accounts/{other.pk}")
    assert "do not manage" in page.content.decode()
    grant = other.grants.get()
    for path in (f"roles/{grant.pk}/end", "password", "second-factor", "open-or-close", "unbind"):
        assert client.post(f"/accounts/{other.pk}/{path}", {"reason": "x"}).status_code == 422
    mine = person("mine")
    assert client.post(f"/accounts/{mine.pk}/roles/{grant.pk}/end").status_code == 404
    grant.refresh_from_db()
    assert grant.until is None
    assert OWN == "OWN-1"
    assert act_of(lambda: None) is None
