"""Each role's deadlines are all of theirs; who may not see links is not told of them elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from desk_records import pair, record
from django.utils import timezone
from signed_in import Make, SignedIn

from clew.assurance.classes import NOT_SUSPICIOUS
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Person, Role, RoleGrant
from clew.desk.casework.acts import begin
from clew.desk.casework.concerns import NewConcern, act_on, take, tie
from clew.desk.casework.models.concerns import Concern
from clew.desk.casework.models.referrals import Referral, WarnDecision
from clew.desk.casework.models.status import CaseworkStatus
from clew.desk.casework.own_deadlines import PersonDeadlines, deadlines_for
from clew.desk.casework.referrals import act_on as act_on_referral
from clew.desk.casework.referrals import refer
from clew.desk.casework.warnings import require_warning
from clew.desk.records.models import Case
from clew.desk.rounds.claims import claim

NOW = datetime(2026, 3, 6, 22, tzinfo=UTC)


def fill(make: Make) -> Concern:
    """Two areas: a referral and a warning about both, a referral of each, and a concern."""
    for name, role in (
        ("rob", "reporter:KD"), ("ann", "analyst:KD"), ("sue", "supervisor:KD"),
        ("tom", "murder_team:LX"), ("cora", "coroners_officer"), ("other", "murder_team:ZZ"),
    ):  # fmt: skip
        make(name, role)
    cases = [record("BD-1"), record("BD-2", "LX"), record("BD-3")]
    refer(["BD-1", "BD-2"], "look at both", "ann", NOW)
    refer(["BD-3"], "this one", "ann", NOW)
    require_warning(pair(cases[0], cases[1]), NOW)
    WarnDecision.objects.update(owner=None)
    return take(NewConcern("w", "r", "family", "KD"), "cora", NOW)


def seen_by(name: str, *roles: RoleGrant) -> PersonDeadlines:
    return deadlines_for(Person(name, roles), NOW)


def kinds(deadlines: object) -> list[str]:
    assert isinstance(deadlines, list)
    return sorted(deadline.kind for deadline in deadlines)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "area", "team", "taken", "of_area"),
    [
        (Role.REPORTER, "KD", [], [], []),
        (Role.ANALYST, "KD", [], [], []),
        (Role.SUPERVISOR, "KD", ["concern", "warn"], [], ["referral", "referral"]),
        (Role.MURDER_TEAM, "KD", ["referral", "referral", "warn"], [], ["concern"]),
        (Role.MURDER_TEAM, "LX", ["referral", "warn"], [], []),
        (Role.MURDER_TEAM, "", ["referral", "referral", "warn"], [], ["concern"]),
        (Role.SUPERVISOR, "ZZ", [], [], []),
        (Role.CORONERS_OFFICER, "", [], ["concern"], []),
        (Role.OVERSEER, "", [], [], []),
        (Role.ADMINISTRATOR, "", [], [], []),
    ],
)
def test_each_role_has_what_waits_for_its_answer(
    account: Make, role: Role, area: str, team: list[str], taken: list[str], of_area: list[str]
) -> None:
    fill(account)
    name = "cora" if role is Role.CORONERS_OFFICER else "somebody"
    seen = seen_by(name, RoleGrant(role, area))
    assert kinds(seen.own) == []
    assert kinds(seen.team) == team
    assert kinds(seen.taken) == taken
    assert kinds(seen.area) == of_area


@pytest.mark.django_db
def test_a_team_with_unanswered_referrals_never_reads_nothing(
    account: Make, signed_in: SignedIn
) -> None:
    fill(account)
    for _ in range(10):
        refer(["BD-2"], "again", "ann", NOW)
    page = signed_in("tom").get("/clock").content.decode()
    assert page.count("Answer referral") == 11
    assert "Waiting for your team" in page
    assert "You have no deadlines" not in page
    assert "You have no deadlines" in signed_in("other").get("/clock").content.decode()


@pytest.mark.django_db
def test_what_names_a_person_is_theirs(account: Make) -> None:
    concern = fill(account)
    act_on(concern.pk, "owned", {"owner": "ann", "by": "sue"}, NOW)
    Case.objects.filter(case_id="BD-3").update(owner=account("rita", "reporter:KD"))
    assert kinds(seen_by("ann", RoleGrant(Role.ANALYST, "KD")).own) == ["concern"]
    assert kinds(seen_by("cora", RoleGrant(Role.CORONERS_OFFICER)).taken) == ["concern"]
    asked = refer(["BD-3"], "x", "ann", NOW)
    refused = {"by": "tom", "reason": "no", "rank": "DCI"}
    refused |= {"changes": "a link", "would_change": "a link", "told": "ann"}
    act_on_referral(asked.pk, "refused", refused, NOW)
    act_on_referral(asked.pk, "challenged", {"by": "ann", "reason": "y", "senior": "sue"}, NOW)
    WarnDecision.objects.update(owner=Account.objects.get(name="sue"))
    assert kinds(seen_by("sue", RoleGrant(Role.SUPERVISOR, "KD")).own) == ["referral", "warn"]
    assert kinds(seen_by("sue", RoleGrant(Role.REPORTER, "KD")).own) == []


@pytest.mark.django_db
def test_closed_deaths_to_review_are_deadlines_of_those_who_review(
    account: Make, signed_in: SignedIn
) -> None:
    fill(account)
    case = record("BD-9")
    long_ago = timezone.now() - timedelta(days=70)
    begin(case, long_ago)
    CaseworkStatus.objects.update(category=NOT_SUSPICIOUS, since=long_ago)
    page = signed_in("sue").get("/clock").content.decode()
    assert "Review the closing of BD-9" in page
    assert 'href="/re-audit/BD-9"' in page
    assert "Review the closing" not in signed_in("ann").get("/clock").content.decode()


@pytest.mark.django_db
def test_a_reporter_reads_of_no_link_on_any_page(account: Make, signed_in: SignedIn) -> None:
    concern = fill(account)
    Case.objects.filter(case_id="BD-1").update(owner=account("rita", "reporter:KD"))
    tie(concern.pk, "BD-1", "sue", NOW)
    claim(concern.pk, "BD-2", "sue", NOW)
    rita, ann = signed_in("rita"), signed_in("ann")
    said = {"step": "ask", "evidence": "The bolt was drawn from inside", "would_change": "x"}
    for client in (rita, ann):
        client.post("/closing/BD-1", said)
    addresses = ["/", "/clock", "/record/BD-1", "/closing/BD-1", "/assured/BD-1", "/class/BD-1",
                 "/family/BD-1", "/preserve/BD-1", "/concerns", "/notices",
                 f"/concern/{concern.pk}"]  # fmt: skip
    for address in addresses:
        answer = rita.get(address)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert "BD-2" not in page, address
        assert "Referral " not in page, address
        assert "/referral" not in page, address
        assert "match" not in page, address
    closing = rita.get("/closing/BD-1").content.decode()
    assert closing.count("Some links of this record are not judged") == 1
    assert "A request to another team is waiting for an answer" in closing
    shown = ann.get("/closing/BD-1").content.decode()
    assert "the link with BD-2" in shown
    first = Referral.objects.earliest("pk")
    assert f"Referral {first.pk}" in shown
    assert "BD-2" in ann.get(f"/concern/{concern.pk}").content.decode()
