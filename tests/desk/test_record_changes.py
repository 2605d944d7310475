"""What people add to a record: opinion, owner, effort; and the three facts to ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from review_town import Town, build, told
from signed_in import Make, SignedIn

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Person, Role, RoleGrant, rule
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case, Effort, SealAccess
from clew.desk.records.visible import visible_to
from clew.desk.review.comparison import findings_of, spreads_of, three_facts
from clew.model.finding import Finding, Stance


@pytest.fixture
def town(tmp_path: Path, db: None) -> Town:
    return build(tmp_path)


@pytest.fixture
def analyst(town: Town, signed_in: SignedIn) -> Client:
    return signed_in("ann", "analyst:KD")


def text(page: Any) -> str:
    return str(page.content.decode())


def test_an_opinion_is_asked_for_before_links_are_shown(analyst: Client) -> None:
    assert "(BD-1)</a>" not in text(analyst.get("/record/BD-4"))
    empty = analyst.post("/record-opinion/BD-4", {"says": " "})
    assert empty.status_code == 422
    page = analyst.post("/record-opinion/BD-4", {"says": "A <b>fall</b>"}, follow=True)
    assert "(BD-1)</a>" in text(page)
    assert "A &lt;b&gt;fall&lt;/b&gt;" in text(page)


def test_a_record_is_handed_over_with_a_reason_to_who_may_see_it(
    analyst: Client, account: Make
) -> None:
    other, far = account("bob", "supervisor:KD"), account("far", "analyst:TH")
    page = analyst.post("/record-owner/BD-4", {"to": far.pk, "reason": "off duty"})
    assert page.status_code == 422
    assert "cannot see the record" in text(page)
    assert 'value="off duty"' in text(page)
    analyst.post("/record-owner/BD-4", {"to": other.pk, "reason": "off duty"})
    assert Case.objects.get(case_id="BD-4").owner == other
    assert '"off duty"' in Entry.objects.order_by("-number")[0].body


def test_effort_is_kept_with_both_times(town: Town, signed_in: SignedIn) -> None:
    sergeant = signed_in("sam", "reporter:KD")
    told_ = {"kind": "first_detective", "at": "2015-09-14T10:00", "note": "DS Example"}
    page = sergeant.post("/record-effort/BD-4", told_, follow=True)
    assert "First detective" in text(page)
    wrong = sergeant.post("/record-effort/BD-4", {**told_, "at": "2099-01-01T00:00"})
    assert wrong.status_code == 422
    assert "DS Example" in text(wrong)
    made = Effort.objects.get()
    assert made.recorded_at > made.at
    assert sergeant.post("/record-effort/BTP-1", told_).status_code == 403


HOLDINGS = st.lists(
    st.builds(RoleGrant, st.sampled_from(list(Role)), st.sampled_from(["", "KD", "TH"])), max_size=3
)


class TestVisible(TestCase):
    """The query of what is visible says what the rules say, record by record."""

    def setUp(self) -> None:
        ann = Account.objects.make("ann", "Ann", None)
        for area in ("KD", "TH", ""):
            for sealed in (False, True):
                for opened in (False, True):
                    case = Case.objects.create(
                        case_id=f"{area}-{sealed}-{opened}", area=area, sealed=sealed,
                        reported_at="2015-01-01T00:00Z",
                    )  # fmt: skip
                    if opened:
                        SealAccess.objects.create(case=case, account=ann, reason="r", given_by="x")

    @given(HOLDINGS, st.sampled_from(list(Permission)), st.booleans())
    def test_the_same(self, holdings: list[RoleGrant], act: Permission, second: bool) -> None:
        person = Person("ann", tuple(holdings), second_factor=second)
        found = {case.case_id for case in visible_to(person, act)}
        wanted = {c.case_id for c in Case.objects.all() if rule(person, act, c.about()).allowed}
        assert found == wanted


def missing(aspect: str, value_a: str = "", value_b: str = "") -> Finding:
    return Finding("e", aspect, Stance.MISSING, 0, "", value_a, value_b)


def test_the_three_facts_are_those_that_move_most() -> None:
    agree, differ = Stance.AGREES, Stance.DIFFERS
    pairs = [
        (Finding("e", "posture", agree, 500, ""), Finding("e", "age", agree, 90, "")),
        (Finding("e", "posture", differ, -100, ""), Finding("e", "age", differ, -20, "")),
        (Finding("e", "clothing", agree, 300, ""), missing("injuries")),
    ]
    spreads = spreads_of(pairs)
    assert spreads == {"posture": 600, "age": 110, "clothing": 300}
    held = [missing(a) for a in ("injuries", "age", "posture")]
    held += [missing("clothing", "torn"), Finding("e", "sex", agree, 9, "")]
    asks = three_facts(held, spreads, ("A", "B"))
    assert [ask.aspect for ask in asks] == ["posture", "clothing", "age"]
    assert asks[1].lacking == ("B",)
    assert asks[0].lacking == ("A", "B")


def test_what_both_tell_is_never_asked_for() -> None:
    for row in told()["links"]:
        findings = findings_of(row["findings"])
        asks = three_facts(findings, spreads_of([findings]), ("A", "B"))
        answered = {f.aspect for f in findings if f.stance is not Stance.MISSING}
        assert len(asks) <= 3
        assert not answered & {ask.aspect for ask in asks}
        assert all(ask.question.endswith("?") and ask.lacking for ask in asks)


def test_sums_of_the_findings_are_the_weight_of_the_link() -> None:
    for row in told()["links"]:
        assert sum(f["micro_bans"] for f in row["findings"]) == row["micro_bans"]
