"""What people see of a record are its present five: on every page, after every round (decision 36).

Rounds run on a made-up town; between them records and facts come at random.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Q
from made_desk import areas, candidate, person, record, round_found, sealed_by_two
from signed_in import SignedIn
from town_papers import ZONE, hand_in

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Person, Role, RoleGrant
from clew.desk.casework.closing import open_pairs
from clew.desk.casework.concerns import NewConcern, take, tie
from clew.desk.commands.rounds import run_here
from clew.desk.pages.queue import waiting_for
from clew.desk.records.facts import add_facts
from clew.desk.records.models import Case, Fact
from clew.desk.records.take_in import take_in
from clew.desk.review.candidates import has_reason, records_of, renew_lists
from clew.desk.review.models import Candidate, Link, Pair
from clew.desk.review.shown import pairs_of
from clew.desk.rounds import inbox
from clew.desk.rounds.claims import claim
from clew.desk.rounds.compare import rows_to_keep
from clew.desk.settings import CONFIGURATION

FIRST = datetime(2014, 11, 10, 7, 0, tzinfo=ZONE)
SCENES = ("note", "syringe", "bottle", "blanket", "phone_charger")


@pytest.fixture(autouse=True)
def own_home(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a home of its own: folders are not rolled back as the database is."""
    home = tmp_path / "home"
    at = CONFIGURATION.model_copy(update={"home": home})
    monkeypatch.setattr("clew.desk.rounds.sync.CONFIGURATION", at)
    monkeypatch.setattr("clew.desk.rounds.inbox.CONFIGURATION", at)
    monkeypatch.setattr(inbox, "STILL_S", 0.0)
    monkeypatch.setattr("clew.desk.rounds.lease.RENEWED_S", 3600.0)
    yield home
    shutil.rmtree(home, ignore_errors=True)


def present(case: Case, sealed: Collection[int] = ()) -> list[int]:
    """Return the present five but for `sealed` ones, by the engine's rows, in the plainest way."""
    return [other for other in ranked(case) if other not in sealed][:5]


def ranked(case: Case) -> list[int]:
    """Return every other record that is kept as a match of this one, in the engine's order."""
    compared = Link.objects.exclude(trigger="concern")  # that pair alone was weighed
    own = compared.filter(case=case).order_by("-at").first()
    found: dict[int, tuple[int, datetime, str]] = {}
    for link in compared.filter(Q(case=case) | Q(other=case)).order_by("at", "case__case_id"):
        other = link.other if link.case_id == case.pk else link.case
        if link.case_id == case.pk:
            counts = own is not None and link.at == own.at and (link.rank <= 5 or link.spare)
        else:
            after = own is None or (link.at, link.case.case_id) > (own.at, case.case_id)
            counts = after
        if counts:
            found[other.pk] = (-link.micro_bans, other.reported_at, other.case_id)
    best = sorted((place, other) for other, place in found.items() if place[0] < 0)
    return [other for _, other in best]


def check(readers: list[Account]) -> None:
    """Compare every page's source with the present five, for every record and reader."""
    waiting = {
        reader.name: {
            (row.first_id, row.second_id) for row in waiting_for(reader.person(second_factor=True))
        }
        for reader in readers
    }
    sealed = set(Case.objects.filter(sealed=True).values_list("pk", flat=True))
    for case in Case.objects.all():
        five, every = present(case, sealed), ranked(case)
        held = Candidate.objects.filter(case=case).order_by("place")
        last = every.index(five[-1]) + 1 if len(five) == 5 else len(every)
        assert list(held.values_list("other_id", flat=True)) == every[:last], case
        for reader in readers:
            who = reader.person(second_factor=True)
            now, history = pairs_of(who, Permission.SEE_LINKS, case)
            seen = [] if case.pk in sealed else five
            assert [pair.beside(case).pk for pair in now[: len(seen)]] == seen, (case, reader)
            assert not {pair.beside(case).pk for pair in history} & set(five)
            for pair in now[len(seen) :]:  # besides the five, only what has a reason
                assert Pair.objects.filter(has_reason(), pk=pair.pk).exists(), (pair, reader)
            for other in seen:
                pair = Pair.objects.get(Q(first=case, second=other) | Q(first=other, second=case))
                if pair.state == Pair.OPEN and pair.level == 1:
                    assert (pair.first_id, pair.second_id) in waiting[reader.name], (pair, reader)
        if five and case.kind == "death" and case.pk not in sealed:
            pair = Pair.objects.get(Q(first=case, second=five[0]) | Q(first=five[0], second=case))
            if pair.state == Pair.OPEN:
                who = readers[0].person(second_factor=True)
                assert f"the link with {pair.beside(case)}" in open_pairs(case, who)


def go_on(rounds: int, seed: int, readers: list[Account], tmp_path: Path, every: int) -> None:
    """Run rounds, between which cases and facts come, and check after some of them."""
    rng, at = random.Random(seed), FIRST
    for k in range(rounds):
        at += timedelta(hours=rng.randint(6, 60))
        cases = list(Case.objects.filter(sealed=False).order_by("pk"))
        for case in rng.sample(cases, 2):
            stamp = (at - timedelta(minutes=5)).astimezone().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            fact = Fact(case=case, field="scene", op="add", value=rng.choice(SCENES),
                        known_at=stamp, recorded_at=stamp, entered_by="ann")  # fmt: skip
            with transaction.atomic():
                add_facts(case, [fact], "ann")
        like = rng.choice(cases).texts["now"]
        copied = ("premises", "sex", "age_years", "latitude", "longitude", "substances", "scene")
        record(f"NEW-{seed}-{k}", like.get("area", "KD"), at - timedelta(hours=rng.randint(1, 5)),
               **{name: like[name] for name in copied if name in like})  # fmt: skip
        list(run_here(at))
        if k % every == every - 1:
            check(readers)


@pytest.fixture
def readers(tmp_path: Path) -> list[Account]:
    areas(KD="Kingsdown", GR="Greenrise")
    return [person("ann", "analyst"), person("tom", "supervisor"), person("mia", "murder_team")]


def test_every_page_shows_the_present_five_after_every_round(
    tmp_path: Path, readers: list[Account]
) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(FIRST))
    check(readers)
    go_on(4, 7, readers, tmp_path, every=2)


def test_five_are_left_whichever_of_the_five_is_sealed(
    tmp_path: Path, readers: list[Account]
) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(FIRST))
    keeper = Person("keeper", (RoleGrant(Role.SUPERVISOR),))
    who = readers[0].person(second_factor=True)
    go_on(1, 5, readers, tmp_path, every=2)
    full = [case for case in Case.objects.filter(sealed=False) if len(ranked(case)) >= 6][:2]
    assert full, "the new record was compared, and a spare one was kept"
    for case in full:
        five = present(case)
        for other in five:
            with transaction.atomic():
                sealed_by_two(Case.objects.get(pk=other), keeper, "it was asked for")
                now, _ = pairs_of(who, Permission.SEE_LINKS, case)
                wanted = present(case, [other])
                assert len(wanted) == 5, "a spare one was kept"
                assert [pair.beside(case).pk for pair in now[:5]] == wanted
                transaction.set_rollback(True)


def test_rounds_keep_more_where_more_are_sealed(tmp_path: Path, readers: list[Account]) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    keeper = Person("keeper", (RoleGrant(Role.SUPERVISOR),))
    with transaction.atomic():
        for case in Case.objects.filter(case_id__in=("BD-2", "BD-3", "BD-4")):
            sealed_by_two(case, keeper, "it was asked for")
    list(run_here(FIRST))
    go_on(2, 7, readers, tmp_path, every=2)
    marks = ("." * 15, "###" + "." * 12, "#" * 15, "....")  # '#': sealed
    kept = [rows_to_keep([mark == "#" for mark in row]) for row in marks]
    assert kept == [7, 10, 15, 4]


@pytest.mark.long
@pytest.mark.django_db(transaction=True)  # else the database keeps every version of every row
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hundred_rounds(tmp_path: Path, readers: list[Account], seed: int) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(FIRST))
    go_on(100, seed, readers, tmp_path, every=10)


def test_a_death_in_the_churchyard_meets_the_earlier_ones(
    tmp_path: Path, signed_in: SignedIn
) -> None:
    areas(KD="Kingsdown", GR="Greenrise")
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(FIRST))
    like = Case.objects.get(case_id="BD-3").texts["now"]
    cells = {n: v for n, v in like.items() if n not in {"case_id", "reported_at", "entities"}}
    record("NEW-1", cells.pop("area", "KD"), FIRST + timedelta(days=1), **cells)
    list(run_here(FIRST + timedelta(days=1, hours=1)))
    case = Case.objects.get(case_id="NEW-1")
    first = Candidate.objects.filter(case=case).order_by("place")[:3]
    assert {one.other.case_id for one in first} == {"BD-1", "BD-2", "BD-3"}
    # The earlier deaths list the later one too.
    for case_id in ("BD-1", "BD-2", "BD-3"):
        assert Candidate.objects.filter(case__case_id=case_id, other=case).exists()
    analyst = signed_in("una", "analyst:KD")
    page = analyst.get("/record/NEW-1?links=1").content.decode()
    listed = page.index('id="links"')
    at = [page.index(one.other.case_id, listed) for one in first]
    assert at == sorted(at)
    assert "NEW-1" in analyst.get("/queue").content.decode()
    here = {"latitude": like["latitude"], "longitude": like["longitude"]}
    near = analyst.get("/near", {**here, "record": "", "within": "500"})
    assert all(case_id in near.content.decode() for case_id in ("BD-2", "BD-3", "NEW-1"))
    assert analyst.get("/record/BD-2").status_code == 200


def test_a_pair_that_the_public_named_leaves_the_five_as_they_are(
    tmp_path: Path, readers: list[Account]
) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(FIRST))
    case = Case.objects.get(case_id="BD-1")
    five = present(case)
    other = Case.objects.exclude(pk__in=[case.pk, *five]).filter(kind="death").earliest("pk")
    concern = take(NewConcern("They knew one another.", "a friend", "friend"), "tom", FIRST)
    tie(concern.pk, "BD-1", "tom", FIRST)
    named = claim(concern.pk, other.case_id, "tom", FIRST + timedelta(hours=1))
    renew_lists(records_of([named.link]))
    assert present(case) == five
    check(readers)
    now, _ = pairs_of(readers[0].person(second_factor=True), Permission.SEE_LINKS, case)
    assert named in now


def test_a_pair_added_to_an_alert_stays_so_until_it_alerts_itself() -> None:
    areas(KD="Kingsdown")
    first, second = record("A-1"), record("A-2")
    plain = {"rank": 1, "micro_bans": 4_000_000, "chance": 0.01, "compared": 9,
             "tier": "similarity", "relation": "lead", "findings": [], "other_explanations": [],
             "alert": False}  # fmt: skip
    told = []
    for day, (alert, update) in enumerate([(False, True), (False, False), (True, False)]):
        at = FIRST + timedelta(days=day)
        found = candidate(second, first, plain | {"at": at})
        row = replace(found.row, alert=alert, update=update, series_alert="A-1+A-0")
        round_found(at, [replace(found, row=row)])
        pair = Pair.objects.get()
        told.append((pair.within_budget, pair.added))
    assert told == [(True, True), (True, True), (True, False)]
