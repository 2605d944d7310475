"""Who may do what: the issue's words as a table, against the rules and against every address."""

from __future__ import annotations

from itertools import product

import pytest
from desk_world import (
    EVERY_ROLE,
    OPENED,
    OTHER,
    OWN,
    SEALED,
    SEALED_WORD,
    act_of,
    client_of,
    numbers,
    open_to,
    paths,
    patterns,
    person,
)
from hypothesis import given
from hypothesis import strategies as st

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import (
    POLICE,
    Permission,
    Person,
    Role,
    RoleGrant,
    Target,
    areas_of,
    rule,
)

TABLE = """
                        rep ana sup mur cor ove adm
see_record               x   x   x   x   .   .   .
search                   x   x   x   x   .   .   .
report                   x   x   x   .   .   .   .
see_links                .   x   x   x   .   .   .
judge                    .   x   x   x   .   .   .
read_second              .   .   x   x   .   .   .
decide                   .   .   x   x   .   .   .
assure                   x   x   x   x   .   .   .
refer                    .   x   x   .   .   .   .
answer_referral          .   .   .   x   .   .   .
take_concern             x   x   x   x   x   .   .
answer_concern           .   x   x   x   .   .   .
see_measures             .   .   x   .   .   x   .
seal                     .   .   x   x   .   .   .
export                   .   x   x   x   .   .   .
give_to_coroner          .   .   x   x   .   .   .
see_coroners_workspace   .   .   .   .   x   .   .
see_aggregates           .   .   .   .   .   x   .
see_traits               .   .   .   .   .   x   .
resolve_identity         .   .   x   x   .   .   .
see_ledger               .   .   .   .   .   x   x
erase                    .   .   .   .   .   .   x
run_round                .   x   x   .   .   .   .
state_coverage           .   .   x   .   .   .   .
mend_intake              .   .   .   .   .   .   x
manage_accounts          .   .   .   .   .   .   x
"""
"""From the words of the issue: police never read the coroner's workspace and the coroner's officer
no police record, the overseer sees aggregates, the administrator accounts and no record; judging is
the analyst's work, deciding and the second reading a more senior one's."""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
MAY = {
    (row[0], role): mark == "x"
    for row in ROWS[1:]
    for role, mark in zip(EVERY_ROLE, row[1:], strict=True)
}
SENIOR = {"supervisor", "murder_team"}
PUBLIC = {
    "home", "sign-in", "sign-out", "second-factor", "purpose", "password", "notices",
    "oidc_authentication_init", "oidc_authentication_callback",
}  # fmt: skip
"""Addresses that no act guards: they show somebody his own things, or nothing."""


def should(role: str, held_for: str, act: str, about: Target, who: Person) -> bool:
    """The rule for one role, said once more and otherwise."""
    yes = who.active and MAY[act, role]
    yes &= role != "administrator" or who.second_factor
    yes &= about.area is None or held_for in {"", about.area}
    if about.sealed:
        yes &= role in SENIOR and who.name in about.opened_to
    return yes


ABOUTS = [
    Target(area, sealed, frozenset(opened))
    for area, sealed, opened in product(
        (None, "KD", "LX", ""), (False, True), ((), ("ann",), ("bob",))
    )
]


def test_the_table_is_whole() -> None:
    assert {row[0] for row in ROWS[1:]} == {act.value for act in Permission}
    assert [role[:3] for role in EVERY_ROLE] == ROWS[0]


def test_every_role_act_area_and_seal_by_the_table() -> None:
    asked = product(EVERY_ROLE, ("", "KD", "LX"), Permission, ABOUTS, (True, False), (True, False))
    for role, held_for, act, about, active, second in asked:
        who = Person("ann", (RoleGrant(Role(role), held_for),), "", active, second)
        ruling = rule(who, act, about)
        assert ruling.allowed == should(role, held_for, act.value, about, who), (who, act, about)
        assert ruling.hidden == (about.sealed and not ruling.allowed)
        assert ruling.reason


Holdings = st.lists(
    st.builds(RoleGrant, st.sampled_from(Role), st.sampled_from(["", "KD", "LX", "QA"])), max_size=5
)
People = st.builds(
    Person,
    st.sampled_from(["ann", "bob"]),
    Holdings.map(tuple),
    st.just(""),
    st.booleans(),
    st.booleans(),
)


@given(People, st.sampled_from(Permission), st.sampled_from(ABOUTS))
def test_roles_add_up_and_nothing_else_does(who: Person, act: Permission, about: Target) -> None:
    by_one = any(should(h.role.value, h.area, act.value, about, who) for h in who.holdings)
    # The one exception: whoever holds a police role reads nothing of the coroner's.
    barred = act is Permission.SEE_CORONERS_WORKSPACE and bool(POLICE & who.roles())
    assert rule(who, act, about).allowed == (by_one and not barred)


@given(People, st.sampled_from(Permission), st.sampled_from(["KD", "LX", "QA", "ZZ"]))
def test_the_areas_of_an_act_are_those_where_it_is_allowed(
    who: Person, act: Permission, area: str
) -> None:
    areas = areas_of(who, act)
    assert (areas is None or area in areas) == rule(who, act, Target(area)).allowed


def test_every_address_asks_the_rules() -> None:
    unguarded = {one.name or route for route, one in patterns() if act_of(one.callback) is None}
    assert unguarded <= PUBLIC, "guard these views, or say here why nobody need"
    assert unguarded == PUBLIC, "this list names what is not there"
    assert len({route for route, _ in patterns()}) > 20


GUARDED = [
    (route, one.name, act_of(one.callback)) for route, one in patterns() if act_of(one.callback)
]


@pytest.mark.usefixtures("world_built", "db")
@pytest.mark.parametrize("role", EVERY_ROLE)
def test_every_address_refuses_whom_the_table_refuses(role: str) -> None:
    client = client_of(person("ann", role, area="KD"))
    keys = numbers()
    for route, name, act in GUARDED:
        for path in paths(route, keys=keys)[:3]:
            answers = [client.get(path), client.post(path, {})]
            statuses = [answer.status_code for answer in answers]
            if MAY[act.value, role]:
                said = [
                    answer.content.decode(errors="replace")
                    for answer in answers
                    if answer.status_code == 403
                ]
                assert not [text for text in said if "your roles do not allow" in text], (
                    name,
                    path,
                )
                assert max(statuses) < 500, (name, path)
            else:
                assert set(statuses) <= {403, 405}, (name, path, statuses)
                assert 403 in statuses, (name, path, statuses)


@pytest.mark.usefixtures("world_built", "db")
@pytest.mark.parametrize(
    "how", ["signed out", "closed", "no role", "ended role", "no second factor"]
)
def test_every_address_is_shut_without(how: str) -> None:
    from datetime import timedelta  # noqa: PLC0415

    from django.test import Client  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    given = {"no role": (), "no second factor": ("administrator",)}.get(how, EVERY_ROLE)
    account = person("ann", *given)
    client = (
        Client()
        if how == "signed out"
        else client_of(account, second_factor=how != "no second factor")
    )
    if how == "closed":
        Account.objects.filter(pk=account.pk).update(is_active=False)
    if how == "ended role":
        account.grants.update(until=timezone.localdate() - timedelta(days=1))
    keys = numbers()
    for route, name, _ in GUARDED:
        path = paths(route, keys=keys)[0]
        for answer in (client.get(path), client.post(path, {})):
            if answer.status_code == 302:
                assert how in {"signed out", "closed"}, (name, path)
                assert answer["Location"].startswith("/sign-in?"), (name, path)
            else:
                assert answer.status_code in {403, 405}, (name, path)


RECORDS = [row for row in GUARDED if "case_id>" in row[0]]


@pytest.mark.usefixtures("world_built", "db")
@pytest.mark.parametrize("role", ["reporter", "analyst", "supervisor", "murder_team"])
@pytest.mark.parametrize("area", ["KD", "LX", ""])
def test_every_records_address_by_area_and_seal(role: str, area: str) -> None:
    account = person("ann", role, area=area)
    open_to("ann")
    client = client_of(account)
    senior = role in SENIOR
    wanted = {
        OWN: area in {"KD", ""}, OTHER: area in {"LX", ""},
        OPENED: senior and area in {"KD", ""}, SEALED: False,
    }  # fmt: skip
    assert RECORDS
    keys = numbers()
    for route, name, act in RECORDS:
        if not MAY[act.value, role]:
            continue
        for case_id, yes in wanted.items():
            answer = client.get(paths(route, (case_id,), keys)[0])
            text = answer.content.decode(errors="replace")
            if yes:
                kept_by_another = case_id == OPENED and "nly the person who sealed" in text
                assert answer.status_code in {200, 302, 405} or kept_by_another, (name, case_id)
            else:
                assert answer.status_code in (
                    {404, 405} if case_id in {OPENED, SEALED} else {403, 405}
                ), (name, case_id)
                assert SEALED_WORD not in text


@pytest.mark.usefixtures("world_built", "db")
@pytest.mark.parametrize("role", EVERY_ROLE)
@pytest.mark.parametrize("area", ["", pytest.param("KD", marks=pytest.mark.long)])
def test_no_page_shows_a_sealed_record_to_whom_it_was_not_opened(role: str, area: str) -> None:
    client = client_of(person("ann", role, area=area))
    keys = numbers()
    for route, name, _ in GUARDED:
        for path in paths(route, (OWN, OTHER, SEALED), keys):
            answer = client.get(path)
            if answer.status_code == 405:  # its method is refused, whichever numbers it names
                break
            text = answer.content.decode(errors="replace") if not answer.streaming else ""
            assert SEALED_WORD not in text, (name, path)
            if answer.status_code == 200 and act_of_ledger(name):
                assert SEALED not in text, (name, path)
                assert OPENED not in text, (name, path)


def act_of_ledger(name: str | None) -> bool:
    """The ledger names what was acted on, for those who check it; every other page must not."""
    return not (name or "").startswith("ledger")
