"""The rules of the register: states, terms, powers, tests by version, names, small counts."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "laws"))

from made_register import (
    START,
    claim,
    force_and_inspectors,
    look,
    measure,
    promise,
    said,
)

from clew.oversight.register.axes import VALID_DAYS, Move, Verified, move
from clew.oversight.register.checks import check_register
from clew.oversight.register.nouns import (
    Answer,
    Axis,
    Body,
    Call,
    Candidate,
    CivilClaim,
    Direction,
    Obligation,
    OutcomeCount,
    Power,
    Proceeding,
    Promise,
    Recommendation,
    ReopenTest,
    Row,
    Verdict,
)
from clew.oversight.register.officers import id_names, names_officer, withhold_names
from clew.oversight.register.public import hidden_counts, release, release_report
from clew.oversight.register.reopening import Touch, Trigger, raise_candidates
from clew.oversight.register.rows import Register, View, count
from clew.oversight.register.tracker import Copies, Report

DONE, LOOKED = START + timedelta(days=30), START + timedelta(days=60)


def view(*rows: Row, day: date = LOOKED) -> View:
    return Register([*force_and_inspectors(), promise(), *rows]).as_of(day)


def practice(*rows: Row, day: date = LOOKED):
    _, axes = view(*rows, day=day).promise_states()[0]
    return next(axis for axis in axes if axis.axis is Axis.PRACTICE)


# The three axes


def test_a_claim_is_not_verified():
    state = practice(claim("done", DONE))
    assert (state.claimed, state.claimed_by, state.verified) == (
        "done", "force", Verified.NOT_CHECKED,
    )  # fmt: skip


def test_supported_needs_another_body_and_a_change_beyond_the_smallest():
    rows = (claim("done", DONE), measure(), look(Verdict.SUPPORTED, LOOKED))
    assert practice(*rows).verified is Verified.SUPPORTED
    assert practice(*rows).ends == LOOKED + timedelta(days=VALID_DAYS)


@pytest.mark.parametrize(
    ("more", "then", "why"),
    [
        ({"by": "force"}, Verified.NOT_CHECKED, "independent"),
        ({"by": "the Force"}, Verified.NOT_CHECKED, "independent"),
        ({"by": "branch"}, Verified.NOT_CHECKED, "independent"),
        ({"by": "somebody"}, Verified.NOT_CHECKED, "independent"),
        ({"value": 0.5}, Verified.NOT_CHECKED, "cannot be detected"),
        ({"value": 0.1}, Verified.NOT_CHECKED, "cannot be detected"),
        ({"value": None}, Verified.NOT_CHECKED, "no value"),
        ({"measure": ""}, Verified.NOT_MEASURABLE, "no measure"),
        ({"measure": "another"}, Verified.NOT_MEASURABLE, "no measure"),
    ],
)
def test_what_does_not_count_as_supported(more, then, why):
    state = practice(claim("done", DONE), measure(), look(Verdict.SUPPORTED, LOOKED, **more))
    assert state.verified is then
    assert why in state.why


def test_a_measure_that_was_frozen_after_the_look_does_not_count():
    late = measure(LOOKED + timedelta(days=1))
    state = practice(
        claim("done", DONE), late, look(Verdict.SUPPORTED, LOOKED), day=LOOKED + timedelta(days=2)
    )
    assert state.verified is Verified.NOT_CHECKED
    assert "not frozen" in state.why


def test_a_measure_may_go_down():
    falls = measure(direction=Direction.DOWN)
    checked = look(Verdict.SUPPORTED, LOOKED, 0.2)
    assert practice(claim("done", DONE), falls, checked).verified is Verified.SUPPORTED
    assert practice(claim("done", DONE), measure(), checked).verified is Verified.NOT_CHECKED


def test_nothing_measurable_is_said_to_be_so():
    checked = look(Verdict.NOT_MEASURABLE, LOOKED, None, measure="")
    assert practice(claim("done", DONE), checked).verified is Verified.NOT_MEASURABLE


def test_a_verified_state_ends_after_twelve_months():
    rows = (claim("done", DONE), measure(), look(Verdict.SUPPORTED, LOOKED))
    last = LOOKED + timedelta(days=VALID_DAYS - 1)
    assert practice(*rows, day=last).verified is Verified.SUPPORTED
    after = practice(*rows, day=last + timedelta(days=1))
    assert after.verified is Verified.NOT_CHECKED
    assert "twelve months" in after.why


def test_a_new_claim_needs_a_new_check_and_may_go_back():
    later = LOOKED + timedelta(days=1)
    rows = (claim("done", DONE), measure(), look(Verdict.SUPPORTED, LOOKED), claim("none", later))
    state = practice(*rows, day=later)
    assert (state.claimed, state.back_from) == ("none", "done")
    assert state.verified is Verified.NOT_CHECKED


def test_to_sustain_is_to_have_done():
    assert move(Axis.PRACTICE, "written", "sustained") is Move.SKIPS
    assert move(Axis.PRACTICE, "done", "sustained") is Move.FORWARD
    assert move(Axis.POSITION, "accepted", "rejected") is Move.BACK
    assert move(Axis.POSITION, None, "accepted") is Move.FIRST


# Obligations


def asked(day: date = START) -> list[Row]:
    return [
        Proceeding(id="p", title="Made-up report", kind="report_to_prevent_deaths", **said(day)),  # type: ignore[arg-type]
        Recommendation(id="r", proceeding="p", by="coroner", words="Act.", **said(day)),
        *(
            Obligation(id=f"o-{who}", recommendation="r", addressee=who, basis="regulation_28",
                       **said(day))
            for who in ("force", "branch", "inspectors")
        ),
    ]  # fmt: skip


def test_each_addressee_has_56_days_and_one_letter_may_answer_three():
    sent = date(2022, 1, 21)
    letter = Answer(
        id="a", obligations=("o-force", "o-branch", "o-inspectors"), by="force",
        **said(date(2022, 3, 1)),
    )  # fmt: skip
    register = Register([*force_and_inspectors(), *asked(sent), letter])
    before = register.as_of(date(2022, 2, 28)).obligation_states()
    assert {one.due for one in before} == {date(2022, 3, 18)}
    assert {one.state for one in before} == {"due"}
    after = register.as_of(date(2022, 3, 1)).obligation_states()
    assert {(one.state, one.answers) for one in after} == {("answered", ("a",))}


def test_overdue_begins_the_day_after_and_part_is_not_the_whole():
    sent = date(2022, 1, 21)
    part = Answer(id="a", obligations=("o-force",), by="force", part=True, **said(sent))
    register = Register([*asked(sent), part])
    last = {o.obligation.id: o for o in register.as_of(date(2022, 3, 18)).obligation_states()}
    assert (last["o-branch"].state, last["o-branch"].overdue) == ("due", 0)
    late = {o.obligation.id: o for o in register.as_of(date(2022, 3, 19)).obligation_states()}
    assert (late["o-branch"].state, late["o-branch"].overdue) == ("overdue", 1)
    assert (late["o-force"].state, late["o-force"].overdue) == ("partial", 1)


def test_totals_are_counted_from_rows():
    sent = date(2022, 1, 21)
    found = count(Register(asked(sent)).as_of(date(2023, 1, 1)))
    assert dict(found.by_noun)["obligation"] == 3
    assert dict(found.obligations) == {"due": 0, "overdue": 3, "partial": 0, "answered": 0}


# Time


def test_a_later_row_leaves_the_earlier_day_as_it_was():
    register = Register([promise(), promise(DONE, measure="one")])
    assert register.as_of(START).of(Promise)[0].measure == ""
    assert register.as_of(DONE).of(Promise)[0].measure == "one"


def test_a_withdrawn_row_is_kept():
    gone = promise(DONE, withdrawn="entered twice")
    found = Register([promise(), gone]).as_of(DONE)
    assert found.of(Promise) == ()
    assert found.withdrawn == (gone,)


# Powers, reopening


def test_a_call_to_a_body_without_the_power_is_said():
    rows = [
        *force_and_inspectors(),
        Power(id="w", body="inspectors", power="set up an inquiry", **said()),
        Call(id="c", by="families", words="An inquiry.", asked_of="force",
             power="set up an inquiry", power_of="inspectors", **said()),
    ]  # fmt: skip
    found = [one for one in check_register(Register(rows), Copies(), START) if one.kind == "power"]
    assert [one.id for one in found] == ["c"]
    assert "Made-up Inspectorate can" in found[0].words


def closed_with_tests() -> list[Row]:
    return [
        Proceeding(id="p", title="Made-up inquest", kind="inquest", closed=DONE, **said(DONE)),  # type: ignore[arg-type]
        ReopenTest(id="old", about="p", test="reopening", section="section 1", decides="court",
                   in_force=START, until=DONE, watch="new facts", words="the old words", **said()),
        ReopenTest(id="new", about="p", test="reopening", section="section 2", decides="court",
                   in_force=DONE + timedelta(days=1), watch="new facts", **said()),
    ]  # fmt: skip


def test_the_version_of_the_day_is_the_one_that_counts():
    seen = Register(closed_with_tests()).as_of(LOOKED)
    assert seen.test_in_force("p", DONE).id == "old"
    assert seen.test_in_force("p", LOOKED).id == "new"
    assert seen.test_in_force("p", START - timedelta(days=1)) is None


def test_a_touch_raises_one_candidate_once_with_the_words_of_the_day():
    register = Register(closed_with_tests())
    touch = Touch("p", Trigger.NEW_LINK, "two of its deaths were judged linked")
    found = raise_candidates(register.as_of(LOOKED), [touch, touch], LOOKED)
    assert [one.words for one in found] == ["section 2: wording not held"]
    again = register.add(found).as_of(LOOKED)
    assert raise_candidates(again, [touch], LOOKED) == []
    other = Touch("p", Trigger.LATE_FACT, "toxicology")
    assert len(raise_candidates(again, [other, touch], LOOKED)) == 1
    next_day = LOOKED + timedelta(days=1)
    decided = replace(
        found[0], decision="not reopened", decided_by="court", reason="no", recorded_at=next_day
    )
    after = register.add([*found, decided]).as_of(LOOKED + timedelta(days=1))
    assert raise_candidates(after, [touch], LOOKED) == []
    assert after.of(Candidate) == (decided,)


def test_an_open_proceeding_raises_nothing():
    touch = Touch("p", Trigger.CONCERN, "a family asks")
    before = Register(closed_with_tests()).as_of(DONE - timedelta(days=1))
    assert raise_candidates(before, [touch], DONE) == []
    assert raise_candidates(before, [Touch("other", Trigger.CONCERN, "x")], DONE) == []


# Checks


def test_contradictions_are_found():
    rows = [
        *force_and_inspectors(), promise(),
        claim("sustained", DONE),
        look(Verdict.SUPPORTED, LOOKED, by="force"),
        OutcomeCount(id="whole", proceeding="p", what="looked at", number=3, **said()),
        OutcomeCount(id="more", proceeding="p", what="found", number=4, of_set="whole", **said()),
        OutcomeCount(id="x", proceeding="p", what="one", number=2, part_of="whole", **said()),
        OutcomeCount(id="y", proceeding="p", what="two", number=2, part_of="whole", **said()),
        Recommendation(id="r", proceeding="absent", by="coroner", words="DS Otherby",
                       **said()),
    ]  # fmt: skip
    found = {
        (one.kind, one.id): one.words for one in check_register(Register(rows), Copies(), LOOKED)
    }
    assert "done was never claimed" in found["contradiction", f"claim-practice-{DONE}"]
    assert found["sum", "more"] == "4 of 3: more than the set has"
    assert found["sum", "whole"] == "its parts are 4 together, and it is 3"
    assert ("no document", "promise") in found
    assert "absent" in found["missing row", "r"]
    assert ("check", f"check-{LOOKED}") in found
    assert ("name", "r") in found
    assert "Otherby" not in " ".join(found.values())


def test_two_rows_of_one_day_that_differ_are_found():
    rows = [promise(), promise(measure="one")]
    found = check_register(Register(rows), Copies(), START)
    assert [one.kind for one in found if one.id == "promise" and "differ" in one.words]


# The public


@pytest.mark.parametrize(
    "text",
    [
        "PC Otherby wrote", "DS A. Otherby wrote", "Detective Sergeant Alex Otherby wrote",
        "Acting Detective Chief Inspector Otherby", "PC 4471 Otherby", "DC OTHERBY",
        "police constable Otherby-Müller", "Sgt. Otherby", "Chief Supt Otherby",
    ],
)  # fmt: skip
def test_a_name_after_a_rank_is_withheld(text):
    assert names_officer(text)
    assert "therby" not in withhold_names(text).lower().replace("[name withheld]", "")


@pytest.mark.parametrize(
    "text",
    [
        "The Commissioner was asked", "an inspector of constabulary", "the Metropolitan Police",
        "Independent Office for Police Conduct", "17 officers were investigated",
        "the detective said so", "Commissioner of Police of the Metropolis",
    ],
)  # fmt: skip
def test_an_office_is_no_name(text):
    assert withhold_names(text) == text


def test_a_listed_name_is_withheld_in_any_case():
    found = withhold_names("Then alex\n OTHERBY left.", ["Alex Otherby"])
    assert found == "Then [name withheld] left."


def test_only_released_rows_are_public_and_small_counts_are_hidden():
    body = Body(id="force", name="Made-up Force", public=True, **said())
    told = {"proceeding": "p", "public": True, **said()}
    rows = [
        body, promise(),
        OutcomeCount(id="whole", what="looked at", number=40, **told),
        OutcomeCount(id="small", what="found", number=3, of_set="whole", part_of="whole", **told),
        OutcomeCount(id="large", what="not found", number=37, of_set="whole", part_of="whole",
                     **told),
        OutcomeCount(id="old", what="published", number=2, published=True, **told),
    ]  # fmt: skip
    seen = Register(rows).as_of(START)
    hidden = hidden_counts(seen)
    assert "small" in hidden
    assert "old" not in hidden
    assert len(hidden & {"whole", "large"}) >= 1, "the small one could be worked out"
    found = release(seen)
    assert found.not_released == 1
    assert found.view.of(Promise) == ()
    assert {row.number for row in found.view.of(OutcomeCount) if row.id in hidden} == {0}


def test_an_id_that_names_somebody_keeps_its_row_back():
    assert id_names("ds-otherby")
    assert id_names("statement_of_PC_4471")
    assert id_names("reply.zephyrine_listed", ["Zephyrine Listed"])
    assert not id_names("resign_commissioner")
    assert not id_names("mps_letter", ["Zephyrine Listed"])


def test_a_public_row_of_a_tracker_names_no_officer():
    row = Report(
        START, "2022-0017", START, "Made-up area", ("Force", "Chief Inspector Otherby"), 1, None,
        "Police", 2, 0, "overdue",
    )  # fmt: skip
    assert release_report(row).sent_to == ("Force", "Chief Inspector [name withheld]")


def test_a_claim_and_a_count_may_share_an_id():
    told = {"public": True, **said()}
    rows = [
        CivilClaim(id="n", against="force", by="families", state="lodged", number=3, **told),
        OutcomeCount(id="n", proceeding="p", what="looked at", number=40, **told),
    ]  # fmt: skip
    found = release(Register(rows).as_of(START))
    assert "n" in found.hidden, "the small one is hidden, and what shares its id with it"
    assert [row.number for row in found.view.of(CivilClaim)] == [None]
