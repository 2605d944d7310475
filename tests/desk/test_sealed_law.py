"""The law of sealed records, attacked: nothing that a stranger to a seal can reach tells of it.

(a) No number and no value of a sealed record stands in any text. (b) Its number is answered, byte
for byte, as one that was never used. (c) Lists, counts and ranks are those without it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from casework_world import assure
from desk_world import EVERY_ROLE, act_of, paths, patterns
from django.db import transaction
from django.test import Client
from django.utils import timezone
from made_desk import pair_of, person, record
from populated import Town
from pypdf import PdfReader
from sealed_town import AT, HIDDEN, NEVER, SEALED, SURVIVOR, build, client_for, key_numbers

from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Permission, rule
from clew.desk.casework.closing import ask_to_close, grounds_seen, open_pairs
from clew.desk.casework.concerns import NewConcern, act_on, take, tie
from clew.desk.casework.models.referrals import Referral, ReferralStep
from clew.desk.casework.models.status import Closing
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.records.sealing import close_opening, lift, open_to, seal
from clew.desk.review.models import Candidate, Link, Pair
from clew.desk.review.shown import pairs_of

pytestmark = pytest.mark.database
STRANGERS = ("analyst", "analyst_kd", "supervisor", "reporter", "murder_team", "overseer",
             "administrator", "coroners_officer")  # fmt: skip
"""Every role, none of which the seals were opened to; the supervisor keeps only the survivor's."""
VARIES = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|name="card" value="[^"]*"')
ASKED = {"purpose": "the meeting", "given_to": "myself"}
FILES = ("xlsx", "csv", "geojson", "kml", "i2")


@pytest.fixture(scope="module")
def built(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(tmp_path_factory.mktemp("sealed"))
        transaction.set_rollback(True)


@pytest.fixture
def town(built: Town, db: None) -> Town:
    return built


def text_of(answer: Any) -> str:
    """Return every text of an answer, files of every kind opened."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{dict(answer.headers)} {opened(raw)}"


def opened(raw: bytes) -> str:
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return "\n".join(opened(archive.read(name)) for name in archive.namelist())
    if raw[:4] == b"%PDF":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages)
    return raw.decode(errors="replace")


def told(text: str, but: tuple[str, ...] = ()) -> list[str]:
    return [word for word in SEALED if word in text and word not in but]


def addresses(keys: list[str], ids: tuple[str, ...]) -> Iterator[str]:
    for route, one in patterns():
        if act_of(one.callback) is not None or str(one.name) in ("home", "notices"):
            yield from paths(route, ids, keys)


def kept_by(name: str) -> tuple[str, ...]:
    """Return the number that a role may know as the keeper of a rule's seal, on pages of seals."""
    return (SURVIVOR,) if name in ("supervisor", "murder_team") else ()


# (a) No number and no value, in any text.


def reads_all(town: Town, name: str, keys: list[str], ids: tuple[str, ...]) -> int:
    client, read = client_for(town.accounts[name]), 0
    for path in addresses(keys, ids):
        answer = client.get(path)
        keeps = kept_by(name) if path.startswith(("/seals", "/notices")) else ()
        own = () if not any(number in path for number in (HIDDEN, SURVIVOR)) else SEALED[:2]
        if own and answer.status_code in (403, 404, 405):
            own = ()
        assert not told(text_of(answer), keeps + own), (name, path)
        read += answer.status_code == 200
    return read


@pytest.mark.parametrize("name", ["analyst", "supervisor", "overseer"])
def test_no_page_tells_of_a_sealed_record(town: Town, name: str) -> None:
    assert reads_all(town, name, key_numbers(), ("BD-1",)) > (2 if name == "overseer" else 30)


@pytest.mark.long
@pytest.mark.parametrize("name", STRANGERS)
def test_no_page_tells_of_a_sealed_record_to_any_role(town: Town, name: str) -> None:
    pairs = Pair.objects.filter(first__case_id="BD-1") | Pair.objects.filter(second__case_id="BD-1")
    keys = sorted({*key_numbers(), *map(str, pairs.values_list("pk", flat=True))}, key=int)
    assert reads_all(town, name, keys, ("BD-1", "BD-2", "BD-3", HIDDEN, SURVIVOR)) >= 2


@pytest.mark.parametrize("name", ["supervisor", "murder_team"])
def test_no_export_tells_of_a_sealed_record(town: Town, name: str) -> None:
    client = client_for(town.accounts[name])
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
def test_no_row_of_the_ledger_tells_of_a_sealed_record(town: Town, name: str) -> None:
    client, path, pages = client_for(town.accounts[name]), "/ledger", 0
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


def test_a_pair_that_a_sealed_record_brought_back_says_no_number(town: Town) -> None:
    pair = Pair.objects.get(pk=town.pair("BD-1", "BD-2").pk)
    assert (pair.state, pair.level) == (Pair.OPEN, 2)
    assert [HIDDEN, "BD-1"] in [list(match) for match in pair.matches]
    assert not told(pair.because), "what is kept in words names the pair's own records alone"
    stranger = client_for(town.accounts["supervisor"])
    with transaction.atomic():
        person_ = town.accounts["keeper"].person()
        open_to(Case.objects.get(case_id=HIDDEN), town.accounts["murder_team"], person_, "his")
    opened_ = client_for(town.accounts["murder_team"])
    for path in (f"/pair/{pair.pk}", "/queue", "/morning?day=2015-09-17"):
        assert f"Another record, {HIDDEN}" not in stranger.get(path).content.decode()
    says = opened_.get(f"/pair/{pair.pk}").content.decode()
    assert f"Another record, {HIDDEN}, matches BD-1" in says
    assert "It was looked at before and not taken forward" in says
    assert SURVIVOR not in says  # this seal was not opened


@pytest.mark.parametrize(
    "because",
    [
        f"Another record, {HIDDEN}, matches BD-1. It was looked at before and not taken forward.",
        f"{HIDDEN} matches BD-1",
        f"Something new is known of BD-1: the cause. Another record, {HIDDEN[:5]} ...",
    ],
)
def test_words_of_earlier_versions_say_no_sealed_number(town: Town, because: str) -> None:
    pair = town.pair("BD-1", "BD-2")
    Pair.objects.filter(pk=pair.pk).update(because=because, matches=[], level=2)
    client = client_for(town.accounts["supervisor"])
    for path in (f"/pair/{pair.pk}", "/queue", "/not-taken-forward"):
        assert HIDDEN[:5] not in client.get(path).content.decode(), path
    old = f"Another record, {NEVER}, matches BD-1"
    Pair.objects.filter(pk=pair.pk).update(because=old)
    assert NEVER not in client.get(f"/pair/{pair.pk}").content.decode()  # as one never used


def test_the_kept_steps_of_a_referral_say_no_sealed_number(town: Town) -> None:
    step = ReferralStep.objects.get(act="brought up again")
    assert HIDDEN in json.dumps(step.said), "it is kept, as a reference"
    client = client_for(town.accounts["supervisor"])
    page = client.get(f"/referral/{step.referral_id}").content.decode()
    assert "Something new came up about BD-1" in page
    assert not told(page)
    old = ReferralStep.objects.create(
        referral=step.referral, act="brought up again", said={"because": f"{HIDDEN} matches BD-1"},
        after="in_review", due=AT, at=AT,
    )  # fmt: skip
    assert old.pk
    assert not told(client.get(f"/referral/{step.referral_id}").content.decode())


def test_notices_that_name_a_record_end_with_its_seal(town: Town) -> None:
    team, analyst = town.accounts["murder_team"], town.accounts["analyst"]
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
        opening = open_to(case, team, town.accounts["keeper"].person(), "his enquiry")
    assert HIDDEN in client_for(team).get("/notices").content.decode()
    with transaction.atomic():
        close_opening(opening, town.accounts["keeper"].person(), "done")
    assert HIDDEN not in client_for(team).get("/notices").content.decode()


def test_only_who_may_know_of_it_is_told_that_somebody_asked(town: Town) -> None:
    analyst = town.accounts["analyst"]
    Case.objects.filter(case_id=HIDDEN).update(owner=town.accounts["reporter"])
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
def test_its_number_is_answered_as_one_never_used(town: Town, name: str) -> None:
    client = client_for(town.accounts[name])
    for sealed, never in zip(answers(client, HIDDEN), answers(client, NEVER), strict=True):
        assert sealed == never


@pytest.mark.long
@pytest.mark.parametrize("name", STRANGERS)
def test_its_number_is_answered_as_one_never_used_to_any_role(town: Town, name: str) -> None:
    client = client_for(town.accounts[name])
    for sealed, never in zip(answers(client, HIDDEN), answers(client, NEVER), strict=True):
        assert sealed == never


def test_who_reads_the_ledger_cannot_tell_it_from_one_never_used(town: Town) -> None:
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
        assert "No row matches" in both.get(f"/ledger?subject=case:{number}").content.decode()
    assert pages[0] == pages[1]


def test_a_sealed_pair_is_answered_as_a_number_never_used(town: Town) -> None:
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


def test_an_answer_to_the_public_says_not_which_numbers_there_are(town: Town) -> None:
    def answered(number: str) -> str:
        concern = take(NewConcern("Is there another?", "a friend", "friend", "KD"), "analyst", AT)
        tie(concern.pk, "BD-1", "analyst", AT)
        act_on(concern.pk, "owned", {"by": "analyst", "owner": "analyst"}, AT)
        said = {"answer": f"We looked at {number}.", "searched": "", "how_to_challenge": "Write."}
        client = client_for(town.accounts["analyst"])
        page = client.post(f"/concern/{concern.pk}/answer", said, follow=True)
        text = VARIES.sub("", page.content.decode()).replace(concern.reference, "REFERENCE")
        text = re.sub(rf"/concern(-draft)?/{concern.pk}\b", "/concern/#", text)
        return re.sub(r"\d+ minutes?|\d\d:\d\d", "#", text).replace(number, "NUMBER")

    assert answered(HIDDEN) == answered(NEVER)
    assert "nobody outside is told" in answered("BD-2").lower()
    notices = Notice.objects.filter(words__contains=f"names {HIDDEN}")
    assert [one.to.name for one in notices] == ["keeper"], "who keeps the seal is told instead"


# (c) Lists, counts and ranks are those without it.


def test_ranks_and_counts_are_without_the_sealed(town: Town) -> None:
    pair = town.pair("BD-1", "BD-2")
    shut = Case.objects.filter(sealed=True).count()
    assert (pair.link.rank, pair.link.compared, shut >= 2) == (2, 66, True)
    page = client_for(town.accounts["analyst"]).get(f"/pair/{pair.pk}").content.decode()
    assert f"Best match of BD-1, among {66 - shut} compared" in page
    assert f"{66 - shut} records with BD-1" in page
    assert "of 66 records" not in page
    assert "in fewer than 10 of about 70 records" in page
    with transaction.atomic():
        keeper = town.accounts["keeper"].person()
        open_to(Case.objects.get(case_id=HIDDEN), town.accounts["supervisor"], keeper, "r")
    page = client_for(town.accounts["supervisor"]).get(f"/pair/{pair.pk}").content.decode()
    assert f"2nd best match of BD-1, among {67 - shut} compared" in page


def test_ranks_in_exports_are_without_the_sealed(town: Town) -> None:
    client = client_for(town.accounts["supervisor"])
    answer = client.post("/exports/records", {"format": "csv", **ASKED})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        name = next(one for one in archive.namelist() if "link" in one)
        rows = [line.split(",") for line in archive.read(name).decode().splitlines()]
    at = rows[0].index("rank")
    ranks = {row[1]: row[at] for row in rows if row[0] == "BD-1"}
    assert [ranks[one] for one in ("BD-2", "BD-3", "BD-4")] == ["1", "2", "3"]
    pair = pair_of("BD-1", "BD-3").pk
    text = text_of(client.post(f"/exports/pair/{pair}", {"format": "pdf", **ASKED}))
    assert "2nd best match of BD-1" in text


def test_a_stranger_sees_five_where_two_of_the_first_are_sealed(town: Town) -> None:
    case = Case.objects.get(case_id="BD-1")
    stranger, keeper = town.accounts["supervisor"], town.accounts["keeper"]
    wanted = [
        link.other_id
        for link in Link.objects.filter(case=case, at=AT).order_by("rank")
        if link.other.case_id not in (HIDDEN, SURVIVOR)
    ][:5]
    assert len(wanted) == 5
    seen, _ = pairs_of(stranger.person(), Permission.SEE_LINKS, case)
    assert [pair.beside(case).pk for pair in seen[:5]] == wanted
    queue = client_for(stranger).get("/queue").content.decode()
    for number in wanted:
        other = Case.objects.get(pk=number)
        pair = pair_of("BD-1", other.case_id)
        assert f'"/pair/{pair.pk}"' in queue, other
    # Whoever sealed the one sees it among five, and so one less of the next.
    own, _ = pairs_of(keeper.person(), Permission.SEE_LINKS, case)
    numbers = [Case.objects.get(case_id=HIDDEN).pk, *wanted[:4]]
    assert [pair.beside(case).pk for pair in own[:5]] == numbers
    fifth = pair_of("BD-1", Case.objects.get(pk=wanted[4]).case_id)
    assert Pair.objects.get(pk=fifth.pk).spare
    assert f'"/pair/{fifth.pk}"' not in client_for(keeper).get("/queue").content.decode()


def test_what_is_spare_comes_and_goes_with_the_seal(town: Town) -> None:
    case, hidden = Case.objects.get(case_id="BD-1"), Case.objects.get(case_id=HIDDEN)
    before = Candidate.objects.filter(case=case).count()
    with transaction.atomic():
        lift(hidden, town.accounts["keeper"].person(), "over")
    assert Candidate.objects.filter(case=case).count() == before - 1
    third = Case.objects.get(case_id="BD-3")
    with transaction.atomic():
        seal(third, town.accounts["keeper"].person(), "he asked")
    seen, _ = pairs_of(town.accounts["analyst"].person(), Permission.SEE_LINKS, case)
    assert len([pair for pair in seen if pair.beside(case).sealed]) == 0
    assert Candidate.objects.filter(case=case, other__sealed=False).count() == 5


def test_a_link_with_a_sealed_record_blocks_no_closing_of_a_stranger(town: Town) -> None:
    case, stranger = Case.objects.get(case_id="BD-1"), town.accounts["supervisor"]
    keeper = town.accounts["keeper"]
    assert f"the link with {HIDDEN}" in open_pairs(case, keeper.person())
    for pair in Pair.objects.exclude(pk=pair_of("BD-1", HIDDEN).pk):
        Pair.objects.filter(pk=pair.pk).update(state=Pair.LINKED)
    assert open_pairs(case, stranger.person()) == []
    page = client_for(stranger).get("/closing/BD-1").content.decode()
    row = page.split("Every link that came up is judged")[1].split("</tr>")[0]
    assert "Stands" in row
    assert "a record that is sealed" not in page
    # The keeper's own attempt had one ground more than the stranger is told of.
    attempt = Closing.objects.filter(case=case, by=keeper).last()
    assert attempt is not None
    seen, own = (grounds_seen([attempt], one.person())[attempt.pk] for one in (stranger, keeper))
    others = {name for name, says in attempt.missing if HIDDEN not in says}
    assert (seen, own) == (len(others), len({name for name, _ in attempt.missing}))


def test_what_cannot_be_judged_goes_to_the_keeper(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clew.desk.casework import closing  # noqa: PLC0415

    monkeypatch.setattr(closing, "missing_grounds", lambda _: ())
    case, analyst = Case.objects.get(case_id="BD-1"), town.accounts["analyst"]
    ask, signer = closing.ClosingRequest("e", "w"), town.accounts["supervisor"]
    asked = ask_to_close(case, ask, analyst, timezone.now(), signer)
    assert asked.closed
    notice = Notice.objects.filter(to__name="keeper").order_by("-pk")[0]
    assert f"its link with {HIDDEN}" in notice.words
    assert not told(json.dumps(asked.missing))


def test_a_referral_with_a_sealed_record_blocks_no_closing_of_a_stranger(town: Town) -> None:
    from clew.desk.casework.referrals import open_referrals_of, refer  # noqa: PLC0415

    case = Case.objects.get(case_id="BD-4")
    made = refer(["BD-4", HIDDEN], "Look.", "keeper", AT)
    assert open_referrals_of(case, town.accounts["supervisor"].person()) == []
    assert open_referrals_of(case, town.accounts["keeper"].person()) != []
    assert Referral.objects.get(pk=made.pk).waits()


def test_figures_of_measures_and_rounds_tell_of_no_single_record(town: Town) -> None:
    assure(record("M-1", "KD", timezone.now() - timedelta(days=2)), town.accounts["keeper"], "x")
    page = client_for(town.accounts["supervisor"]).get("/measures").content.decode()
    assert "fewer than 10" in page
    cells = re.findall(r'data-label="[^"]*">([^<]*)<', page)
    numbers = [int(n.replace(",", "")) for cell in cells for n in re.findall(r"[\d,]+", cell)]
    assert cells
    assert all(number % 5 == 0 for number in numbers), cells
    from clew.desk.review.runs import Round, RoundStep  # noqa: PLC0415
    from clew.desk.rounds.step_words import say_step  # noqa: PLC0415

    run = Link.objects.filter(at=AT).latest("pk").run
    says = {"run": run.pk, "events": 3, "compared": 1_916, "alerts": 2, "updates": 0,
            "new_pairs": 7, "returned": 1, "share": 0.01, "signed": "decision 1"}  # fmt: skip
    step = RoundStep(round=Round.objects.latest("pk"), name="link", says=says)
    own = say_step(step, town.accounts["supervisor"].person())
    assert "against about 1,900 records" in own
    assert "0 alerts" in own, "both alerts are of pairs with the sealed record"
    assert "2 alerts" in say_step(step), "who runs the desk reads what was done"


def test_the_desk_of_the_law_is_one_where_it_could_fail(town: Town) -> None:
    hidden = Case.objects.get(case_id=HIDDEN)
    assert Candidate.objects.get(case__case_id="BD-1", other=hidden).place == 1
    for name in STRANGERS:
        who = town.accounts[name].person(second_factor=True)
        assert not rule(who, Permission.SEE_RECORD, hidden.about()).allowed
    assert set(EVERY_ROLE) <= set(town.accounts)
