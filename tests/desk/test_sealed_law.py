"""The law of sealed records, attacked: nothing that a stranger to a seal can reach tells of it.

(a) No number and no value of a sealed record stands in any text. (b) Its number is answered, byte
for byte, as one that was never used. (c), lists and counts, is in test_sealed_counts.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from desk_world import act_of, paths, patterns
from django.db import transaction
from django.test import Client
from made_desk import pair_of, person
from populated import Town
from sealed_town import (
    ASKED,
    AT,
    HIDDEN,
    NEVER,
    STRANGERS,
    SURVIVOR,
    client_for,
    key_numbers,
    text_of,
    told,
)  # fmt: skip

from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.notify import notify
from clew.desk.casework.concerns import NewConcern, act_on, take, tie
from clew.desk.casework.models.referrals import ReferralStep
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.records.sealing import close_opening, open_to
from clew.desk.review.models import Pair

VARIES = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|name="card" value="[^"]*"')
FILES = ("xlsx", "csv", "geojson", "kml", "i2")


def addresses(keys: list[str], ids: tuple[str, ...]) -> Iterator[str]:
    for route, one in patterns():
        if act_of(one.callback) is not None or str(one.name) in ("home", "notices"):
            yield from paths(route, ids, keys)


def kept_by(name: str) -> tuple[str, ...]:
    """Return the number that a role may know as the keeper of a rule's seal, on pages of seals."""
    return (SURVIVOR,) if name in ("supervisor", "murder_team") else ()


# (a) No number and no value, in any text.


def reads_all(sealed_town: Town, name: str, keys: list[str], ids: tuple[str, ...]) -> int:
    client, read = client_for(sealed_town.accounts[name]), 0
    for path in addresses(keys, ids):
        answer = client.get(path)
        keeps = kept_by(name) if path.startswith(("/seals", "/notices")) else ()
        assert not told(text_of(answer), keeps), (name, path)
        read += answer.status_code == 200
    return read


@pytest.mark.parametrize("name", ["analyst", "supervisor", "overseer"])
def test_no_page_tells_of_a_sealed_record(sealed_town: Town, name: str) -> None:
    assert reads_all(sealed_town, name, key_numbers(), ("BD-1",)) > (
        2 if name == "overseer" else 30
    )


@pytest.mark.long
@pytest.mark.parametrize("name", STRANGERS)
def test_no_page_tells_of_a_sealed_record_to_any_role(sealed_town: Town, name: str) -> None:
    pairs = Pair.objects.filter(first__case_id="BD-1") | Pair.objects.filter(second__case_id="BD-1")
    keys = sorted({*key_numbers(), *map(str, pairs.values_list("pk", flat=True))}, key=int)
    assert reads_all(sealed_town, name, keys, ("BD-1", "BD-2", "BD-3", HIDDEN, SURVIVOR)) >= 2


@pytest.mark.parametrize(
    "name", ["supervisor", pytest.param("murder_team", marks=pytest.mark.long)]
)
def test_no_export_tells_of_a_sealed_record(sealed_town: Town, name: str) -> None:
    client = client_for(sealed_town.accounts[name])
    for form in FILES:
        answer = client.post("/exports/records", {"format": form, **ASKED})
        assert answer.status_code == 200
        assert not told(text_of(answer)), form
    for path in ("/exports/record/BD-1", f"/exports/pair/{pair_of('BD-1', 'BD-3').pk}"):
        text = text_of(client.post(path, {"format": "pdf", **ASKED}))
        assert "BD-1" in text
        assert not told(text), path
    text = text_of(client.post("/exports/sheet", {"format": "pdf", "day": "2015-09-17", **ASKED}))
    assert not told(text)


@pytest.mark.parametrize("name", ["overseer", "administrator"])
def test_no_row_of_the_ledger_tells_of_a_sealed_record(sealed_town: Town, name: str) -> None:
    client, path, pages = client_for(sealed_town.accounts[name]), "/ledger", 0
    listed: list[int] = []
    named = Entry.objects.filter(body__contains=HIDDEN).exclude(subject__contains=HIDDEN)
    assert named.count() > 3, "rows about others name it: that is what is attacked"
    while path:
        page = client.get(path).content.decode()
        assert not told(page), path
        pages += 1
        older = re.search(r'href="(/ledger\?[^"]*before=\d+)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""
        listed += [int(number) for number in re.findall(r'href="/ledger/(\d+)"', page)]
    assert pages > 3
    subjects = dict(Entry.objects.filter(number__in=listed).values_list("number", "subject"))
    assert not [subject for subject in subjects.values() if told(subject)]
    about = Entry.objects.filter(subject="case:BD-2", number__lt=max(listed))
    assert set(about.values_list("number", flat=True)) <= set(listed), "no other row is left out"
    # How many rows there are of each act says nothing of sealed records either.
    page = client.get("/ledger?act=collection&actor=test").content.decode()
    assert "ealed record, or" not in page.split('id="rows"')[1]
    for number in named.values_list("number", flat=True):
        assert not told(client.get(f"/ledger/{number}").content.decode()), number


def test_a_pair_that_a_sealed_record_brought_back_says_no_number(sealed_town: Town) -> None:
    pair = Pair.objects.get(pk=sealed_town.pair("BD-1", "BD-2").pk)
    assert (pair.state, pair.level) == (Pair.OPEN, 2)
    assert [HIDDEN, "BD-1"] in [list(match) for match in pair.matches]
    assert not told(pair.because), "what is kept in words names the pair's own records alone"
    stranger = client_for(sealed_town.accounts["supervisor"])
    with transaction.atomic():
        person_ = sealed_town.accounts["keeper"].person()
        open_to(
            Case.objects.get(case_id=HIDDEN), sealed_town.accounts["murder_team"], person_, "his"
        )
    opened_ = client_for(sealed_town.accounts["murder_team"])
    for path in (f"/pair/{pair.pk}", "/queue", "/morning?day=2015-09-17"):
        assert f"Another record, {HIDDEN}" not in stranger.get(path).content.decode()
    says = opened_.get(f"/pair/{pair.pk}").content.decode()
    assert f"Another record, {HIDDEN}, matches BD-1" in says
    assert "It was not taken forward before" in says
    assert SURVIVOR not in says  # this seal was not opened


@pytest.mark.parametrize(
    "because",
    [
        f"Another record, {HIDDEN}, matches BD-1. It was not taken forward before.",
        f"{HIDDEN} matches BD-1",
        f"New facts about BD-1: the cause. Another record, {HIDDEN[:5]} ...",
    ],
)
def test_words_of_earlier_versions_say_no_sealed_number(sealed_town: Town, because: str) -> None:
    pair = sealed_town.pair("BD-1", "BD-2")
    Pair.objects.filter(pk=pair.pk).update(because=because, matches=[], level=2)
    client = client_for(sealed_town.accounts["supervisor"])
    for path in (f"/pair/{pair.pk}", "/queue", "/not-taken-forward"):
        assert HIDDEN[:5] not in client.get(path).content.decode(), path
    old = f"Another record, {NEVER}, matches BD-1"
    Pair.objects.filter(pk=pair.pk).update(because=old)
    assert NEVER not in client.get(f"/pair/{pair.pk}").content.decode()  # as one never used


def test_the_kept_steps_of_a_referral_say_no_sealed_number(sealed_town: Town) -> None:
    step = ReferralStep.objects.get(act="brought up again")
    assert HIDDEN in json.dumps(step.said), "it is kept, as a reference"
    client = client_for(sealed_town.accounts["supervisor"])
    page = client.get(f"/referral/{step.referral_id}").content.decode()
    assert "New facts about BD-1" in page
    assert not told(page)
    old = ReferralStep.objects.create(
        referral=step.referral, act="brought up again", said={"because": f"{HIDDEN} matches BD-1"},
        after="in_review", due=AT, at=AT,
    )  # fmt: skip
    assert old.pk
    assert not told(client.get(f"/referral/{step.referral_id}").content.decode())


def test_notices_that_name_a_record_end_with_its_seal(sealed_town: Town) -> None:
    team, analyst = sealed_town.accounts["murder_team"], sealed_town.accounts["analyst"]
    named = Notice.objects.filter(words__contains=HIDDEN).exclude(to__name="keeper")
    assert named.filter(to=team).exists(), "it was told of while the record was open"
    for account in (team, analyst):
        notify([account], f"Something about {HIDDEN} and BD-1", "referral:1")
        client = client_for(account)
        assert not told(client.get("/notices").content.decode(), kept_by(account.name))
        shown = len(re.findall("<li>", client.get("/notices").content.decode()))
        unread = re.search(r"Notices \((\d+) new\)", client.get("/").content.decode())
        assert int(unread[1] if unread else 0) <= shown or shown == 0
    case = Case.objects.get(case_id=HIDDEN)
    with transaction.atomic():
        opening = open_to(case, team, sealed_town.accounts["keeper"].person(), "his enquiry")
    assert HIDDEN in client_for(team).get("/notices").content.decode()
    with transaction.atomic():
        close_opening(opening, sealed_town.accounts["keeper"].person(), "done")
    assert HIDDEN not in client_for(team).get("/notices").content.decode()


def test_only_who_may_know_of_it_is_told_that_somebody_asked(sealed_town: Town) -> None:
    analyst = sealed_town.accounts["analyst"]
    Case.objects.filter(case_id=HIDDEN).update(owner=sealed_town.accounts["reporter"])
    before = Notice.objects.count()
    client_for(analyst).get(f"/record/{HIDDEN}")
    new = Notice.objects.order_by("pk")[before:]
    assert {notice.to.name for notice in new} == {"keeper"}, "its owner is a stranger to the seal"


# (b) Its number is answered as one that was never used.


def asked_with(number: str, keys: list[str]) -> Iterator[tuple[str, dict[str, str] | None]]:
    for route, one in patterns():
        if act_of(one.callback) is not None and "case_id>" in route:
            for path in paths(route, (number,), keys):
                yield path, None
                yield path, {"format": "csv", "reason": "because", "step": "ask", **ASKED}
    card = {"card": str(UUID(int=7)), "seen_at": "2015-09-14T08:20", "own_words": "cold"}
    yield "/scene-card", {**card, "record": number}
    yield f"/records?words={number}", None
    yield f"/near?record={number}&within=500", None
    yield "/refer", {"records": number, "told": "Please look."}
    yield "/refer", {"records": f"BD-1, {number}", "told": "Please look."}
    yield f"/ledger?subject=case:{number}", None
    yield f"/ledger?subject=pair:BD-1,{number}", None
    for key in ("1", "2"):
        yield f"/concern/{key}/tie", {"record": number}
        yield f"/concern/{key}/claim", {"other": number}


def answers(client: Client, number: str) -> list[tuple[str, int, str]]:
    found = []
    for path, data in asked_with(number, ["1"]):
        answer = client.get(path) if data is None else client.post(path, data)
        text = VARIES.sub("", text_of(answer)).replace(number, "NUMBER")
        found.append((path.replace(number, "NUMBER"), answer.status_code, text))
    return found


@pytest.mark.parametrize("name", ["analyst", "murder_team", "overseer"])
def test_its_number_is_answered_as_one_never_used(sealed_town: Town, name: str) -> None:
    client = client_for(sealed_town.accounts[name])
    for sealed, never in zip(answers(client, HIDDEN), answers(client, NEVER), strict=True):
        assert sealed == never


@pytest.mark.long
@pytest.mark.parametrize("name", STRANGERS)
def test_its_number_is_answered_as_one_never_used_to_any_role(sealed_town: Town, name: str) -> None:
    client = client_for(sealed_town.accounts[name])
    for sealed, never in zip(answers(client, HIDDEN), answers(client, NEVER), strict=True):
        assert sealed == never


def test_who_reads_the_ledger_cannot_tell_it_from_one_never_used(sealed_town: Town) -> None:
    """Ask for both, then read the rows that this left: by an account that may do both."""
    both = client_for(person("both", "analyst", "overseer"))
    pages = []
    for number in (HIDDEN, NEVER):
        first = Entry.objects.order_by("-number").values_list("number", flat=True)[0]
        both.get(f"/record/{number}")
        both.get(f"/records?words={number}")
        both.post("/refer", {"records": number, "told": "x"})
        rows = [both.get(f"/ledger/{n}").content.decode() for n in range(first + 1, first + 4)]
        shown = [re.sub(r"[0-9a-f]{64}|\b[\d,]+\b", "#", VARIES.sub("", row)) for row in rows]
        pages.append([row.replace(number, "NUMBER") for row in shown])
        assert number not in "".join(rows)
        assert "No rows found" in both.get(f"/ledger?subject=case:{number}").content.decode()
    assert pages[0] == pages[1]


def test_a_sealed_pair_is_answered_as_a_number_never_used(sealed_town: Town) -> None:
    """A refusal by area would tell that the pair is there: analysts of the other area ask too."""
    sealed, never = pair_of("BD-1", HIDDEN).pk, 99_999
    person("senior_gr", "supervisor", area="GR")
    for name in ("analyst", "analyst_gr", "senior_gr"):
        client = client_for(Account.objects.get(name=name))
        for path in ("/pair/{}", "/exports/pair/{}", "/give/pair/{}"):
            got = [client.get(path.format(number)) for number in (sealed, never)]
            assert got[0].status_code == got[1].status_code, (name, path)
            if got[0].status_code == 404:
                first, second = (VARIES.sub("", one.content.decode()) for one in got)
                assert first == second


def test_an_answer_to_the_public_says_not_which_numbers_there_are(sealed_town: Town) -> None:
    def answered(number: str) -> str:
        concern = take(NewConcern("Is there another?", "a friend", "friend", "KD"), "analyst", AT)
        tie(concern.pk, "BD-1", "analyst", AT)
        act_on(concern.pk, "owned", {"by": "analyst", "owner": "analyst"}, AT)
        said = {"answer": f"We looked at {number}.", "searched": "", "how_to_challenge": "Write."}
        client = client_for(sealed_town.accounts["analyst"])
        page = client.post(f"/concern/{concern.pk}/answer", said, follow=True)
        text = VARIES.sub("", page.content.decode()).replace(concern.reference, "REFERENCE")
        text = re.sub(rf"/concern(-draft)?/{concern.pk}\b", "/concern/#", text)
        return re.sub(r"\d+ minutes?|\d\d:\d\d", "#", text).replace(number, "NUMBER")

    assert answered(HIDDEN) == answered(NEVER)
    assert "two people must judge the records linked" in answered("BD-2").lower()
    notices = Notice.objects.filter(words__contains=f"names {HIDDEN}")
    assert [one.to.name for one in notices] == ["keeper"], "who keeps the seal is told instead"
