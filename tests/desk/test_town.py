"""The small populated desk that other tests stand on."""

from __future__ import annotations

from populated import Town

from clew.desk.accounts.rules import Role
from clew.desk.records.models import Case, Fact
from clew.desk.review.models import Link, Pair
from clew.model.finding import MICRO


def test_the_town_holds_the_four_among_others(town: Town) -> None:
    assert {f"BD-{n}" for n in range(1, 5)} < {*Case.objects.values_list("case_id", flat=True)}
    assert 50 <= Case.objects.count() <= 90
    assert Fact.objects.filter(from_report=False).exists()
    assert {role.value for role in Role} < town.accounts.keys()


def test_its_pairs_have_links_with_findings_that_add_up(town: Town) -> None:
    link = town.pair("BD-2", "BD-3").link
    assert sum(one["micro_bans"] for one in link.findings) == link.micro_bans > MICRO
    assert Pair.objects.filter(within_budget=True).exists()
    assert Link.objects.filter(alert=True, rank=1).exists()
