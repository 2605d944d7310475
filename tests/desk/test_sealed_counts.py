"""The law of sealed records, attacked by counting: lists, counts and ranks are those without them.

What a stranger to the seal may not know blocks nothing of theirs: it goes to the seal's keepers.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from casework_world import assure
from desk_world import EVERY_ROLE
from django.db import transaction
from django.utils import timezone
from made_desk import pair_of, record, sealed_by_two
from populated import Town
from sealed_town import ASKED, AT, HIDDEN, STRANGERS, SURVIVOR, client_for, text_of, told

from clew.desk.accounts.models import Notice
from clew.desk.accounts.rules import Permission, rule
from clew.desk.casework import closing
from clew.desk.casework.closing import ask_to_close, grounds_seen, open_pairs, open_referrals
from clew.desk.casework.models.referrals import Referral
from clew.desk.casework.models.status import Closing
from clew.desk.casework.referrals import refer
from clew.desk.records.models import Case
from clew.desk.records.sealing import lift, open_to
from clew.desk.review.models import Candidate, Link, Pair
from clew.desk.review.runs import Round, RoundStep
from clew.desk.review.shown import pairs_of
from clew.desk.rounds.step_words import say_step

pytestmark = pytest.mark.database


def test_ranks_and_counts_are_without_the_sealed(sealed_town: Town) -> None:
    pair = sealed_town.pair("BD-1", "BD-2")
    shut = Case.objects.filter(sealed=True).count()
    assert (pair.link.rank, pair.link.compared, shut >= 2) == (2, 66, True)
    page = client_for(sealed_town.accounts["analyst"]).get(f"/pair/{pair.pk}").content.decode()
    assert f"Best match of BD-1, among {66 - shut} compared" in page
    assert "66 records" not in page
    assert "in fewer than 10 of about 70 records" in page
    with transaction.atomic():
        keeper = sealed_town.accounts["keeper"].person()
        open_to(Case.objects.get(case_id=HIDDEN), sealed_town.accounts["supervisor"], keeper, "r")
    page = client_for(sealed_town.accounts["supervisor"]).get(f"/pair/{pair.pk}").content.decode()
    assert f"2nd best match of BD-1, among {67 - shut} compared" in page


def test_ranks_in_exports_are_without_the_sealed(sealed_town: Town) -> None:
    client = client_for(sealed_town.accounts["supervisor"])
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


def test_a_stranger_sees_five_where_two_of_the_first_are_sealed(sealed_town: Town) -> None:
    case = Case.objects.get(case_id="BD-1")
    stranger, keeper = sealed_town.accounts["supervisor"], sealed_town.accounts["keeper"]
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


def test_what_is_spare_comes_and_goes_with_the_seal(sealed_town: Town) -> None:
    case, hidden = Case.objects.get(case_id="BD-1"), Case.objects.get(case_id=HIDDEN)
    before = Candidate.objects.filter(case=case).count()
    with transaction.atomic():
        lift(hidden, sealed_town.accounts["keeper"].person(), "over")
    assert Candidate.objects.filter(case=case).count() == before - 1
    third = Case.objects.get(case_id="BD-3")
    with transaction.atomic():
        sealed_by_two(third, sealed_town.accounts["keeper"].person(), "he asked")
    seen, _ = pairs_of(sealed_town.accounts["analyst"].person(), Permission.SEE_LINKS, case)
    assert len([pair for pair in seen if pair.beside(case).sealed]) == 0
    assert Candidate.objects.filter(case=case, other__sealed=False).count() == 5


def test_a_link_with_a_sealed_record_blocks_no_closing_of_a_stranger(sealed_town: Town) -> None:
    case, stranger = Case.objects.get(case_id="BD-1"), sealed_town.accounts["supervisor"]
    keeper = sealed_town.accounts["keeper"]
    assert f"the link with {HIDDEN}" in open_pairs(case, keeper.person())
    for pair in Pair.objects.exclude(pk=pair_of("BD-1", HIDDEN).pk):
        Pair.objects.filter(pk=pair.pk).update(state=Pair.LINKED)
    assert open_pairs(case, stranger.person()) == []
    page = client_for(stranger).get("/closing/BD-1").content.decode()
    row = page.split("Every link that came up is judged")[1].split("</tr>")[0]
    assert ">Met<" in row
    assert "a record that is sealed" not in page
    # The keeper's own attempt had one ground more than the stranger is told of.
    attempt = Closing.objects.filter(case=case, by=keeper).last()
    assert attempt is not None
    seen, own = (grounds_seen([attempt], one.person())[attempt.pk] for one in (stranger, keeper))
    others = {name for name, says in attempt.missing if HIDDEN not in says}
    assert (seen, own) == (len(others), len({name for name, _ in attempt.missing}))


def test_what_cannot_be_judged_goes_to_the_keeper(
    sealed_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "missing_grounds", lambda _: ())
    case, analyst = Case.objects.get(case_id="BD-1"), sealed_town.accounts["analyst"]
    ask, signer = closing.ClosingRequest("e", "w"), sealed_town.accounts["supervisor"]
    asked = ask_to_close(case, ask, analyst, timezone.now(), signer)
    assert asked.closed
    notice = Notice.objects.filter(to__name="keeper").order_by("-pk")[0]
    assert f"its link with {HIDDEN}" in notice.words
    assert not told(json.dumps(asked.missing))


def test_a_referral_with_a_sealed_record_blocks_no_closing_of_a_stranger(sealed_town: Town) -> None:
    case = Case.objects.get(case_id="BD-4")
    made = refer(["BD-4", HIDDEN], "Look.", "keeper", AT)
    assert open_referrals(case, sealed_town.accounts["supervisor"].person()) == []
    assert open_referrals(case, sealed_town.accounts["keeper"].person()) != []
    assert Referral.objects.get(pk=made.pk).waits()


def test_figures_of_measures_and_rounds_tell_of_no_single_record(sealed_town: Town) -> None:
    assure(
        record("M-1", "KD", timezone.now() - timedelta(days=2)), sealed_town.accounts["keeper"], "x"
    )
    page = client_for(sealed_town.accounts["supervisor"]).get("/measures").content.decode()
    assert "fewer than 10" in page
    cells = re.findall(r'data-label="[^"]*">([^<]*)<', page)
    numbers = [int(n.replace(",", "")) for cell in cells for n in re.findall(r"[\d,]+", cell)]
    assert cells
    assert all(number % 5 == 0 for number in numbers), cells
    run = Link.objects.filter(at=AT).latest("pk").run
    says = {"run": run.pk, "events": 3, "compared": 1_916, "alerts": 2, "updates": 0,
            "new_pairs": 7, "returned": 1, "share": 0.01, "signed": "decision 1"}  # fmt: skip
    step = RoundStep(round=Round.objects.latest("pk"), name="link", says=says)
    own = say_step(step, sealed_town.accounts["supervisor"].person())
    assert "against about 1,900 records" in own
    assert "0 alerts" in own, "both alerts are of pairs with the sealed record"
    assert "2 alerts" in say_step(step), "who runs the desk reads what was done"


def test_the_desk_of_the_law_is_one_where_it_could_fail(sealed_town: Town) -> None:
    hidden = Case.objects.get(case_id=HIDDEN)
    assert Candidate.objects.get(case__case_id="BD-1", other=hidden).place == 1
    for name in STRANGERS:
        who = sealed_town.accounts[name].person(second_factor=True)
        assert not rule(who, Permission.SEE_RECORD, hidden.about()).allowed
    assert set(EVERY_ROLE) <= set(sealed_town.accounts)
