"""A death that somebody outside named: compared as every pair is, and put before the readers."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from populated import Town
from signed_in import SignedIn

from clew.comparison.weights.weight_table import declared_table
from clew.desk.casework.concerns import NewConcern, take, tie
from clew.desk.casework.models.concerns import Claim, Concern
from clew.desk.commands.rounds import run_here
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.review.models import Pair
from clew.desk.rounds.claims import BECAUSE, claim
from clew.desk.rounds.sync import file_now
from clew.desk.settings import CONFIGURATION
from clew.errors import ActRefused
from clew.replay.budget import priority_of
from clew.workflows.explain import compare_requested_pair, explain_pair
from clew.workflows.link import LinkOptions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_home(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own: folders are not rolled back as the database is."""
    home = CONFIGURATION.model_copy(update={"home": tmp_path / "home"})
    monkeypatch.setattr("clew.desk.rounds.sync.CONFIGURATION", home)
    monkeypatch.setattr("clew.desk.rounds.inbox.CONFIGURATION", home)
    monkeypatch.setattr("clew.desk.rounds.lease.RENEWED_S", 3600.0)


def concern_about(case_id: str) -> Concern:
    one = take(NewConcern("I read of another.", "A sister", "family"), "analyst", timezone.now())
    tie(one.pk, case_id, "analyst", timezone.now())
    return one


def other_than(town: Town) -> str:
    """Return a record of which the queue holds no pair with BD-1."""
    for case in Case.objects.filter(kind="death").exclude(case_id="BD-1").order_by("reported_at"):
        pairs = Pair.objects.filter(first=case, second__case_id="BD-1")
        if not (pairs | Pair.objects.filter(second=case, first__case_id="BD-1")).exists():
            return case.case_id
    raise AssertionError("every record is paired with BD-1")


def test_the_pair_has_the_engines_own_numbers(town: Town) -> None:
    one, other = concern_about("BD-1"), other_than(town)
    now = timezone.now()
    pair = claim(one.pk, other, "analyst", now, "desk")
    options = LinkOptions(declared_table(), as_of=int(now.timestamp()))
    told = explain_pair(file_now(), options, "BD-1", other)
    link = pair.link
    assert (link.micro_bans, link.chance) == (told.breakdown.micro_bans, told.chance)
    assert link.compared == told.compared
    assert 1 <= link.rank <= link.compared
    assert link.priority == priority_of(told.chance, told.breakdown.micro_bans)
    assert [f["says"] for f in link.findings] == [f.says for f in told.breakdown.findings]
    assert (pair.state, pair.because, link.alert) == (Pair.OPEN, BECAUSE, False)
    assert Entry.objects.filter(act="combination", body__contains='"concern"').count() == 1
    assert claim(one.pk, other, "analyst", now).pk == pair.pk
    assert Claim.objects.count() == 1


def test_the_rank_of_a_candidate_is_the_queues(town: Town) -> None:
    held = town.pair("BD-2", "BD-1")
    rank, bans = held.link.rank, held.link.micro_bans
    assert town.run is not None
    as_of = int(town.run.as_of.timestamp())
    found = compare_requested_pair(file_now(), declared_table(), as_of, ("BD-1", "BD-2"))
    assert (found.link.case_a, found.link.rank, found.link.micro_bans) == ("BD-2", rank, bans)


def test_one_that_was_put_aside_comes_back_before_a_senior_reader(town: Town) -> None:
    held = town.pair("BD-2", "BD-1")
    Pair.objects.filter(pk=held.pk).update(state=Pair.NOT_TAKEN)
    pair = claim(concern_about("BD-2").pk, "BD-1", "analyst", timezone.now())
    pair.refresh_from_db()
    assert (pair.pk, pair.state, pair.level, pair.times) == (held.pk, Pair.OPEN, 2, 2)
    assert BECAUSE in pair.because
    assert pair.link_id == held.link_id


def test_what_cannot_be_compared_is_refused(town: Town) -> None:
    one = take(NewConcern("w", "r", "public"), "analyst", timezone.now())
    with pytest.raises(ActRefused, match="which record"):
        claim(one.pk, "BD-1", "analyst", timezone.now())
    tie(one.pk, "BD-1", "analyst", timezone.now())
    for other in ("BD-1", "none"):
        with pytest.raises(ActRefused, match="no other record"):
            claim(one.pk, other, "analyst", timezone.now())
    assert not Claim.objects.exists()


def test_after_a_round_the_prepared_store_is_read_and_left_alone(town: Town) -> None:
    list(run_here(None))
    before = Pair.objects.count()
    held = file_now()
    assert {h.case_id for h in held.histories} == set(
        Case.objects.values_list("case_id", flat=True)
    )
    assert Pair.objects.count() == before


def test_the_page_brings_the_pair_and_the_pair_says_so(town: Town, signed_in: SignedIn) -> None:
    one, ann = concern_about("BD-1"), signed_in("analyst")
    Concern.objects.filter(pk=one.pk).update(area="KD")
    assert ann.post(f"/concern/{one.pk}/claim", {"other": "none"}).status_code == 422
    assert ann.post(f"/concern/{one.pk}/claim", {"other": other_than(town)}).status_code == 302
    pair = Claim.objects.get().pair
    assert "From a concern" in ann.get(f"/pair/{pair.pk}").content.decode()
    assert f"/pair/{pair.pk}" in ann.get(f"/concern/{one.pk}").content.decode()
