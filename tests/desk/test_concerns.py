"""Concerns through their doors: words kept, answers owed, read second, nothing told too early."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from desk_records import judged, pair, record
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from signed_in import Make, SignedIn

from clew.assurance.concern import CONCERN, act_on_concern
from clew.desk.accounts.models import Account, Grant
from clew.desk.accounts.rules import Person
from clew.desk.casework.concern_matching import days_in, match
from clew.desk.casework.concerns import (
    WAITING,
    NewConcern,
    act_on,
    adopted,
    draft,
    open_concerns_of,
    read_draft,
    take,
    tie,
    withdraw_disclosure,
)
from clew.desk.casework.escalate import escalate_overdue
from clew.desk.casework.family import contact, keep_promise, promise
from clew.desk.casework.models.concerns import Concern, ConcernStep, ConcernWords
from clew.desk.casework.referral_snapshot import take_snapshot
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.records.sealing import seal
from clew.desk.review.models import Pair
from clew.errors import ActRefused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAID = "  My brother never took drugs.\nI read about another death near there.  "
ANSWER = {"by": "sue", "answer": "We look at it again.", "how_to_challenge": "Write to us."}


@pytest.fixture
def people(account: Make) -> None:
    account("ann", "analyst:KD")
    account("sue", "supervisor:KD")
    account("sam", "reporter:KD")
    account("cora", "coroners_officer")


@pytest.fixture
def one(people: None) -> Concern:
    made = take(NewConcern(SAID, "A sister", "family", "KD"), "sam", NOW, "desk")
    act_on(made.pk, "owned", {"owner": "sue", "by": "sue"}, NOW)
    return made


def test_it_gets_a_reference_a_day_and_an_owner(one: Concern) -> None:
    assert one.reference.startswith("C-")
    assert len(one.reference) == 11
    assert one.due == NOW + 7 * DAY
    assert ConcernWords.objects.get(concern=one).says == SAID
    row = Entry.objects.filter(subject=f"concern:{one.pk}").first()
    assert row is not None
    assert (row.act, row.actor) == ("collection", "sam")
    assert "brother" not in row.body


@pytest.mark.parametrize("harm", [{"words": " "}, {"raised_by": ""}, {"who": "enemy"}])
def test_what_lacks_is_refused(people: None, harm: dict[str, str]) -> None:
    told = {"words": "w", "raised_by": "r", "who": "family", **harm}
    with pytest.raises(ActRefused):
        take(NewConcern(**told), "sam", NOW)
    assert not Concern.objects.exists()


def test_references_are_not_guessed_from_one_another(people: None) -> None:
    told = {take(NewConcern("w", "r", "press"), "sam", NOW).reference for _ in range(30)}
    assert len(told) == 30
    assert all(len(set(reference[2:])) > 2 for reference in told)


@pytest.mark.database
def test_words_cannot_be_edited_by_the_database_either(one: Concern) -> None:
    told = ConcernWords.objects.filter(concern=one)
    steps = ConcernStep.objects.filter(concern=one)
    harms = (
        lambda: told.update(says="He took drugs."), told.delete,
        lambda: steps.update(said={}), steps.delete,
    )  # fmt: skip
    for harm in harms:
        with pytest.raises(DatabaseError, match="never altered"), transaction.atomic():
            harm()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM casework_concernwords")
    assert told.get().says == SAID


def test_no_address_takes_new_words_for_a_concern(one: Concern, signed_in: SignedIn) -> None:
    """Whoever sends words to any address of a concern, as any role, alters nothing."""
    roles = ("analyst", "supervisor", "murder_team", "reporter", "coroners_officer")
    client = signed_in("max", *roles)
    told = {"words": "Other words", "says": "Other words", "said": "Other words"}
    tried = 0
    for pattern in get_resolver().url_patterns:
        route = str(pattern.pattern)
        if route.startswith(("concern/", "concern-draft/")):
            client.post("/" + route.replace("<int:number>", str(one.pk)), told)
            tried += 1
    assert tried > 8
    assert ConcernWords.objects.get(concern=one).says == SAID


def test_none_is_closed_without_an_answer(one: Concern) -> None:
    with pytest.raises(ActRefused):
        act_on(one.pk, "closed", {"by": "sue"}, NOW)
    with pytest.raises(ActRefused, match="how to challenge"):
        act_on(one.pk, "answered", {**ANSWER, "how_to_challenge": ""}, NOW)
    act_on(one.pk, "answered", ANSWER, NOW)
    act_on(one.pk, "closed", {"by": "sue"}, NOW)
    told = act_on(one.pk, "challenged", {"by": "sam", "words": "No."}, NOW + DAY)
    assert told.due == NOW + 8 * DAY
    assert told.waits()
    act_on(one.pk, "owned", {"owner": "sue", "by": "sue"}, NOW)
    acts = list(ConcernStep.objects.filter(concern=one).values_list("act", flat=True))
    assert acts == ["taken", "owned", "answered", "closed", "challenged", "owned"]
    assert Entry.objects.filter(subject=f"concern:{one.pk}").count() == len(acts)


def test_no_link_needs_somebody_elses_reading(one: Concern) -> None:
    nothing = {**ANSWER, "answer": "There is no link between them."}
    with pytest.raises(ActRefused, match="second reader"):
        act_on(one.pk, "answered", nothing, NOW)
    with pytest.raises(ActRefused, match="searched"):
        draft(one.pk, nothing, NOW)
    written = draft(one.pk, {**nothing, "searched": "All records of KD."}, NOW)
    with pytest.raises(ActRefused, match="someone other than the writer"):
        read_draft(written.pk, {"by": "sue", "note": "n"}, NOW, agrees=True)
    with pytest.raises(ActRefused, match="what you checked"):
        read_draft(written.pk, {"by": "ann", "note": " "}, NOW, agrees=True)
    read_draft(written.pk, {"by": "ann", "note": "I searched too."}, NOW, agrees=True)
    with pytest.raises(ActRefused, match="already"):
        read_draft(written.pk, {"by": "ann", "note": "n"}, NOW, agrees=True)
    (answer,) = Concern.objects.get(pk=one.pk).answers()
    assert answer.said["second_reader"] == "ann"
    assert answer.said["searched"] == "All records of KD."


def test_a_second_reader_who_does_not_agree_leaves_it_unanswered(one: Concern) -> None:
    told = {**ANSWER, "answer": "No links.", "searched": "KD"}
    written = draft(one.pk, told, NOW)
    read_draft(written.pk, {"by": "ann", "note": "LX was not searched."}, NOW, agrees=False)
    assert Concern.objects.get(pk=one.pk).state == "owned"


def test_nobody_is_told_of_a_similarity_before_two_people_adopt_it(one: Concern) -> None:
    two = pair(record("BD-2"), record("BD-1"))
    tie(one.pk, "BD-2", "sam", NOW)
    tells = {**ANSWER, "answer": "It is alike to that of bd-1."}
    act = lambda: act_on(one.pk, "answered", tells, NOW)  # noqa: E731
    with pytest.raises(ActRefused, match="two people"):
        act()
    judged(two, Account.objects.get(name="ann"), NOW)
    Pair.objects.update(state=Pair.LINKED)
    two.refresh_from_db()
    assert not adopted(two)
    with pytest.raises(ActRefused, match="two people"):
        act()
    judged(two, Account.objects.get(name="sue"), NOW)
    assert adopted(two)
    judged(two, Account.objects.get(name="sue"), NOW + DAY, "undetermined")
    assert not adopted(two)
    judged(two, Account.objects.get(name="sue"), NOW + 2 * DAY)
    act()
    made = withdraw_disclosure(
        one.pk, "That they are alike.", "Another cause was found.", "sue", NOW + DAY
    )
    assert (made.at, made.reason) == (NOW + DAY, "Another cause was found.")
    assert ConcernStep.objects.filter(act="untold").count() == 1


SPELLINGS = (
    "bd-1", "BD 1", "BD1", "bd\u20131", "BD \u2011 1", "B D 1", "BD/1", "BD_1", "BD.1",
    "\uff22\uff24\uff0d\uff11", "BD-\uff11", "BD-\u00b9", "BD\u200b-1", "B\u00adD-1", "BD #1",
    "BD\u00a01", "(BD-1)", "bd\n1",
)  # fmt: skip
"""Another case, spaces, dashes, full-width and raised digits, characters that nobody sees."""


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_death_is_found_in_whatever_spelling(one: Concern, spelling: str) -> None:
    pair(record("BD-2"), record("BD-1"))
    tie(one.pk, "BD-2", "sam", NOW)
    for text in (f"It is like {spelling}, we think.", spelling, f"x {spelling}."):
        with pytest.raises(ActRefused, match="two people"):
            act_on(one.pk, "answered", {**ANSWER, "answer": text}, NOW)


@pytest.mark.parametrize("text", ["On BD, 1 day later.", "Room 1. BD is a town.", "ABD-1", "BD-12"])
def test_what_is_no_number_of_a_record_is_none(one: Concern, text: str) -> None:
    pair(record("BD-2"), record("BD-1"))
    tie(one.pk, "BD-2", "sam", NOW)
    act_on(one.pk, "answered", {**ANSWER, "answer": text}, NOW)


def test_a_claimed_deaths_name_is_told_no_sooner(one: Concern) -> None:
    from clew.desk.casework.models.concerns import Claim  # noqa: PLC0415

    other = record("BD-1", texts={"now": {"name_used_by_family": "Nobody Real"}})
    two = pair(record("BD-2"), other)
    tie(one.pk, "BD-2", "sam", NOW)
    Claim.objects.create(concern=one, pair=two, account=Account.objects.get(name="sam"), at=NOW)
    with pytest.raises(ActRefused, match="two people"):
        act_on(one.pk, "answered", {**ANSWER, "answer": "Like nobody real."}, NOW)


def test_an_answer_may_name_ones_own_record_and_no_other(one: Concern) -> None:
    record("BD-1")
    with pytest.raises(ActRefused, match="two people"):
        act_on(one.pk, "answered", {**ANSWER, "answer": "BD-1 is looked at."}, NOW)
    tie(one.pk, "BD-1", "sam", NOW)
    act_on(one.pk, "answered", {**ANSWER, "answer": "BD-1 is looked at."}, NOW)


def test_open_concerns_and_what_they_said_stand_on_a_record(one: Concern) -> None:
    case = record("BD-1")
    tie(one.pk, "BD-1", "sam", NOW)
    assert open_concerns_of(case) == [f"Concern {one.reference}: waiting for an answer"]
    assert take_snapshot([case])["family"] == [f"Family: {SAID}"]
    act_on(one.pk, "answered", ANSWER, NOW)
    assert open_concerns_of(case) == []


def test_overdue_ones_rise_once_a_step(one: Concern) -> None:
    assert escalate_overdue(NOW + 7 * DAY) == []
    assert [up.to for up in escalate_overdue(NOW + 7 * DAY + HOUR)] == ["supervisor"]
    assert escalate_overdue(NOW + 7 * DAY + HOUR) == []
    assert [up.to for up in escalate_overdue(NOW + 20 * DAY)] == ["head of unit", "chief officer"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on 28 August 2014", [(2014, 8, 28)]), ("2014-08-28", [(2014, 8, 28)]),
        ("28/08/2014 and 28.8.2014", [(2014, 8, 28)]), ("in August 2014", [(2014, 8, 1)]),
        ("the 3rd of July", [(2025, 7, 3)]), ("it may march on", []), ("31 February 2014", []),
        ("9999-12-31", []), ("99/99/2014", []), ("December 9999", []),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text: str, days: list[Any]) -> None:
    assert [d.first for d in days_in(text, date(2026, 3, 2))] == [date(*day) for day in days]


def test_words_are_matched_to_records_by_number_name_day_and_place(people: None) -> None:
    at = datetime(2014, 8, 28, 9, tzinfo=UTC)
    near = {"narrative": "Found in the churchyard", "name_used_by_family": "Example Young"}
    record("BD-2", at=at, texts={"now": near})
    record("BD-9", at=at - 90 * DAY)
    record("XX-1", at=at - 400 * DAY)
    text = "Example Young was found in the churchyard on 28 August 2014, and there was bd-9."
    found = match(text, "", Case.objects.all(), date(2026, 3, 2))
    told = {one.case.case_id: one.why for one in found}
    assert list(told) == ["BD-9", "BD-2"], "a number says most"
    assert told["BD-2"] == (
        "the name Example Young", "the kind of place: churchyard or cemetery",
        "reported about 28 August 2014",
    )  # fmt: skip
    assert told["BD-9"] == ("its number is mentioned",)
    assert match(text, "", Case.objects.none(), date(2026, 3, 2)) == []


@pytest.mark.django_db
def test_every_match_by_place_comes_before_those_that_share_only_a_week() -> None:
    at = datetime(2014, 9, 20, 9, tzinfo=UTC)
    for k in range(20):  # the same week, elsewhere
        record(f"WK-{k:02d}", at=at + k * timedelta(hours=3), texts={"now": {"premises": "home"}})
    record("CH-1", at=at - 400 * DAY, texts={"now": {"premises": "Cemetery"}})
    record("CH-2", at=at - 23 * DAY, texts={"now": {"premises": "burial_ground"}})
    record("CH-3", at=at + DAY, texts={"now": {"narrative": "Found in the churchyard"}})
    text = "There was another death in the same churchyard, about 20 September 2014."
    found = match(text, "", Case.objects.all(), date(2014, 10, 2))
    ids = [one.case.case_id for one in found]
    assert ids[0] == "CH-3", "the place and the week"
    assert ids[1:3] == ["CH-2", "CH-1"]
    assert all(one.startswith("WK-") for one in ids[3:])
    assert len(ids) == 12
    assert found[1].why == ("the kind of place: churchyard or cemetery",)


@pytest.mark.django_db
def test_a_likeness_is_of_the_place_of_the_record_that_the_concern_is_about() -> None:
    place = {"latitude": "51.5387", "longitude": "0.0802", "premises": "burial_ground"}
    at = datetime(2014, 9, 20, 9, tzinfo=UTC)
    about = record("BD-2", at=at, texts={"now": place})
    near_by = place | {"latitude": "51.5399", "premises": "street"}
    record("BD-4", at=at - 90 * DAY, texts={"now": near_by})
    record("BD-3", at=at - 23 * DAY, texts={"now": {"premises": "graveyard"}})
    record("WK-1", at=at + DAY)
    others = Case.objects.exclude(pk=about.pk)
    text = "My friend is the third one found there, just like him. It was 20 September 2014."
    found = match(text, "", others, date(2014, 10, 2), about)
    assert [one.case.case_id for one in found] == ["BD-3", "BD-4", "WK-1"]
    assert found[1].why == ("about 130 m from BD-2",)
    plain = "My friend was unwell. It was 20 September 2014."
    told = match(plain, "", others, date(2014, 10, 2), about)
    assert [one.case.case_id for one in told] == ["WK-1"], "no likeness is said"


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_coroners_officer_sees_what_he_entered_and_nothing_else(
    one: Concern, signed_in: SignedIn
) -> None:
    record("BD-1", texts={"now": {"narrative": "Churchyard"}})
    cora = signed_in("cora")
    assert cora.get(f"/concern/{one.pk}").status_code == 404
    assert one.reference not in page(cora, "/concerns")
    told = {"words": "The churchyard, BD-1.", "raised_by": "A sister", "who": "coroner"}
    assert cora.post("/concerns/take", told).status_code == 302
    own = Concern.objects.exclude(pk=one.pk).get()
    tie(own.pk, "BD-1", "sam", NOW)
    text = page(cora, f"/concern/{own.pk}")
    assert own.reference in text
    assert "/record/BD-1" not in text
    assert "What it is about" not in text
    assert own.reference in page(cora, f"/concern/{own.pk}/letter")
    assert cora.post(f"/concern/{own.pk}/tie", {"record": "BD-1"}).status_code == 403
    assert cora.post(f"/concern/{own.pk}/own", {"owner": "cora"}).status_code == 403
    assert page(cora, "/clock").count("/concern/") == 1 == page(cora, "/clock").count(own.reference)
    other = signed_in("con", "coroners_officer")
    assert other.get(f"/concern/{own.pk}").status_code == 404
    assert signed_in("far", "analyst:LX").get(f"/concern/{one.pk}").status_code == 404


def test_a_concern_about_a_sealed_record_is_not_there(one: Concern, signed_in: SignedIn) -> None:
    record("S-1", sealed=True, sealed_by="tom")
    ann = signed_in("ann")
    said = ann.post(f"/concern/{one.pk}/tie", {"record": "S-1"})
    assert "there is no record S-1" in said.content.decode().lower().replace("s-1", "S-1")
    with pytest.raises(ActRefused, match="no record S-1"):  # the function asks too, at its moment
        tie(one.pk, "S-1", "sam", NOW)
    case = record("S-2")
    tie(one.pk, "S-2", "sam", NOW)
    with transaction.atomic():
        seal(case, Person("tom"), "r", proposed_by="tim", review=NOW.date())
    assert ann.get(f"/concern/{one.pk}").status_code == 404
    assert one.reference not in page(ann, "/concerns")


def test_the_pages_lead_from_taking_to_the_answer(people: None, signed_in: SignedIn) -> None:
    sam, sue, ann = signed_in("sam"), signed_in("sue"), signed_in("ann")
    told = {"words": "He had no phone.", "raised_by": "A friend", "who": "friend"}
    assert sam.post("/concerns/take", {**told, "words": "  "}).status_code == 422
    sam.post("/concerns/take", told)
    one = Concern.objects.get()
    Concern.objects.update(area="KD")
    assert (
        "we will tell you who is dealing with this"
        in page(sam, f"/concern/{one.pk}/letter").lower()
    )
    assert sue.post(f"/concern/{one.pk}/own", {"owner": "sam"}).status_code == 422
    sue.post(f"/concern/{one.pk}/own", {"owner": "sue"})
    wrong = sue.post(f"/concern/{one.pk}/answer", {**ANSWER, "answer": "No match."})
    assert wrong.status_code == 422
    sue.post(f"/concern/{one.pk}/answer", {**ANSWER, "answer": "No match.", "searched": "KD"})
    written = one.drafts.get()
    assert "a second person must check it" in page(sue, f"/concern/{one.pk}").lower()
    reading = {"agrees": "yes", "note": "Searched again."}
    assert sue.post(f"/concern-draft/{written.pk}", reading).status_code == 422
    ann.post(f"/concern-draft/{written.pk}", reading)
    letter = page(sam, f"/concern/{one.pk}/letter")
    for text in (one.reference, "No match.", "He had no phone.", "Write to us.", "KD"):
        assert text in letter
    sam.post(f"/concern/{one.pk}/challenge", {"words": "It was in his pocket."})
    assert "It was in his pocket." in page(sue, f"/concern/{one.pk}")
    sue.post(f"/concern/{one.pk}/untell", {"what": "No match", "reason": "A match was found."})
    assert "A match was found." in page(sam, f"/concern/{one.pk}/letter")


def test_promises_are_owed_and_kept_once(people: None) -> None:
    record("BD-1")
    told = {"to": "A sister", "what": "Call her", "due": NOW + DAY}
    for harm in ({"to": ""}, {"what": " "}, {"due": None}, {"due": NOW}):
        with pytest.raises(ActRefused):
            promise("BD-1", {**told, **harm}, "sam", NOW)
    made = promise("BD-1", told, "sam", NOW)
    assert [up.deadline.owner for up in escalate_overdue(NOW + 2 * DAY + HOUR)] == ["sam"] * 2
    with pytest.raises(ActRefused):
        keep_promise(made.pk, " ", "sam", NOW)
    keep_promise(made.pk, "Called.", "sam", NOW)
    with pytest.raises(ActRefused, match="already"):
        keep_promise(made.pk, "Again.", "sam", NOW)
    assert escalate_overdue(NOW + 9 * DAY) == []


def test_next_of_kin_are_called_again_or_the_reason_is_told(people: None) -> None:
    record("BD-1")
    told = {"to": "Mother", "said": "That he died.", "at": NOW, "again_at": NOW + DAY}
    for harm in ({"again_at": None}, {"again_at": NOW}, {"at": NOW + HOUR}, {"said": ""}):
        with pytest.raises(ActRefused):
            contact("BD-1", {**told, **harm}, "sam", NOW)
    contact("BD-1", told, "sam", NOW)
    assert escalate_overdue(NOW + DAY) == []
    assert [up.deadline.kind for up in escalate_overdue(NOW + DAY + HOUR)] == ["contact"]
    late = NOW + DAY + 2 * HOUR
    contact("BD-1", {**told, "at": late, "again_at": None, "because": "They asked."}, "sam", late)
    assert escalate_overdue(NOW + 9 * DAY) == []


def test_the_family_page_takes_contact_and_promise(people: None, signed_in: SignedIn) -> None:
    record("BD-1")
    sam = signed_in("sam")
    told = {"to": "Mother", "said": "That he died.", "at": "2026-01-01T10:00"}
    assert sam.post("/family-contact/BD-1", told).status_code == 422
    sam.post("/family-contact/BD-1", {**told, "because": "They asked."})
    past = {"to": "Mother", "what": "Call", "due": "2020-01-01T10:00"}
    assert sam.post("/family-promise/BD-1", past).status_code == 422
    sam.post("/family-promise/BD-1", {**past, "due": "2099-01-01T10:00"})
    case = Case.objects.get(case_id="BD-1")
    sam.post(f"/promise/{case.promises.get().pk}/kept", {"how": "Called her."})
    text = page(sam, "/family/BD-1")
    for said in ("That he died.", "They asked.", "Called her."):
        assert said in text
    assert signed_in("far", "analyst:LX").get("/family/BD-1").status_code == 403


NUMBER = count(1)


class Machine(RuleBasedStateMachine):
    """Any order of acts: words stay, none is closed unanswered, acts and rows agree."""

    @initialize()
    def begin(self) -> None:
        for name, role in (("ann", "analyst"), ("sue", "supervisor")):
            account, _ = Account.objects.get_or_create(name=name, defaults={"full_name": name})
            Grant.objects.get_or_create(account=account, role=role, granted_by="t")
        self.now = NOW
        self.case = record(f"M-{next(NUMBER)}")
        self.pk = take(NewConcern(SAID, "x", "public", "KD"), "ann", self.now).pk
        tie(self.pk, self.case.case_id, "ann", self.now)

    @rule(
        act=st.sampled_from([move.act for move in CONCERN.moves]),
        by=st.sampled_from(["ann", "sue", "nobody", ""]),
        text=st.sampled_from(["We look at it.", "No link was found.", " "]),
        second=st.sampled_from(["", "ann", "sue"]),
        hours=st.integers(0, 300),
    )
    def act(self, act: str, by: str, text: str, second: str, hours: int) -> None:
        self.now += timedelta(hours=hours)
        said = {"by": by, "owner": by, "answer": text, "how_to_challenge": "Write.",
                "words": text, "second_reader": second, "searched": second}  # fmt: skip
        noun = Concern.objects.get(pk=self.pk).noun()
        try:
            act_on(self.pk, act, said, self.now)
        except ActRefused:
            assert Concern.objects.get(pk=self.pk).noun() == noun
            return
        wanted = act_on_concern(noun, act, said, int(self.now.timestamp()))
        assert Concern.objects.get(pk=self.pk).noun() == wanted

    @rule(hours=st.integers(1, 400))
    def clock(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        escalate_overdue(self.now)
        assert escalate_overdue(self.now) == []

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "pk"):
            return
        one = Concern.objects.get(pk=self.pk)
        assert one.words.says == SAID
        steps = list(one.steps.all())
        rows = Entry.objects.filter(subject=f"concern:{self.pk}").exclude(actor="the clock")
        assert rows.count() == len(steps)
        assert (one.state in WAITING) == bool(open_concerns_of(self.case))
        if one.state == "closed":
            acts = [step.act for step in steps]
            assert "answered" in acts[len(acts) - acts[::-1].index("owned") :]


class TestMachine(TestCase, Machine.TestCase):  # type: ignore[misc]
    """Examples share one transaction, and each has a concern of its own."""

    settings = settings(
        max_examples=15, stateful_step_count=15, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
