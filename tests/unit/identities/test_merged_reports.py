"""Two reports of one death become one record, by verified judgements and from their moment on."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from clew.comparison.weights.weight_table import declared_table
from clew.errors import UsageRejected
from clew.identities.merged_reports import judged_by, merge_reports, merged_by, say_merged
from clew.model.alert import AlertRow, Budget, Trigger
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.finding import Relation, Tier
from clew.model.judgement import Judgement, Verdict
from clew.model.values import DAY, Point
from clew.replay.budget import Decisions
from clew.replay.events import Event, events_of
from clew.workflows.explain import explain_pair
from clew.workflows.link import LinkOptions, link_cases
from clew.workflows.near import Prepared, near, prepare
from clew.workflows.replay import ReplayOptions, replay_cases

FIRST = Case("A", 100, sex="male", scene=("note",), cause="Unknown", references=("CAD:1",))
SECOND = Case(
    "B", 200, sex="female", age_years=22.0, scene=("bottle",), cause="Hanging",
    mechanism="hanging", mentions=("A", "C"), references=("CAD:2",), extra={"colour": "red"},
)  # fmt: skip


def same(a: str, b: str, at: int | None = None, **told: object) -> Judgement:
    given = {"relation": "duplicate_report", "verified": True, "decided_at": at, **told}
    return Judgement(a, b, Verdict.UNDETERMINED, **given)


def history(*versions: Case | tuple[int, Case]) -> CaseHistory:
    told = tuple(v if isinstance(v, tuple) else (v.reported_at, v) for v in versions)
    return CaseHistory(told[0][1].case_id, told)


def file_of(*histories: CaseHistory | Case) -> CaseFile:
    told = [history(h) if isinstance(h, Case) else h for h in histories]
    told.sort(key=lambda h: (h.versions[0][0], h.case_id))
    return CaseFile("made.csv", tuple(told))


def at(case_file: CaseFile, instant: int | None) -> dict[str, Case]:
    return {case.case_id: case for case in case_file.as_of(instant)}


def test_the_earlier_report_goes_on_and_is_filled_from_the_later_one() -> None:
    merged = merge_reports(file_of(FIRST, SECOND), [same("B", "A", 500)])
    assert at(merged, 499) == {"A": FIRST, "B": SECOND}
    assert set(at(merged, 500)) == set(at(merged, None)) == {"A"}
    one = at(merged, 500)["A"]
    assert (one.case_id, one.reported_at, one.sex, one.age_years) == ("A", 100, "male", 22.0)
    assert one.scene == ("bottle", "note")
    assert one.references == ("CAD:1", "CAD:2", "report:B")
    assert one.mentions == ("C",), "a record does not name itself"
    assert (one.cause, one.mechanism) == ("Unknown", None), "read out of one text, not of two"
    assert one.extra == {"colour": "red"}
    assert merged_by(merged, 499) == {}
    assert merged_by(merged, 500) == {"B": "A"}


@pytest.mark.parametrize("decided", [None, 0, 150, 200])
def test_it_holds_from_the_moment_at_which_both_are_known(decided: int | None) -> None:
    merged = merge_reports(file_of(FIRST, SECOND), [same("A", "B", decided)])
    assert at(merged, 199) == {"A": FIRST}
    assert set(at(merged, 200)) == {"A"}
    assert at(merged, 200)["A"].age_years == 22.0
    assert [(e.at, e.case_id, e.gone) for e in events_of(merged.histories)] == [
        (100, "A", ()), (200, "A", ("B",)),
    ]  # fmt: skip


def test_later_facts_about_either_belong_to_the_one() -> None:
    first = history(FIRST, (700, replace(FIRST, age_years=30.0)))
    second = history(
        SECOND,
        (300, replace(SECOND, sex="other")),
        (600, replace(SECOND, sex="female", substances=("ghb",))),
        (800, replace(SECOND, sex=None, substances=("ghb",), scene=("bottle", "blanket"))),
    )
    merged = merge_reports(file_of(first, second), [same("A", "B", 500)])
    told = dict(merged.histories[0].versions)
    assert list(told) == [100, 500, 600, 700, 800]
    assert told[500].sex == "male", "before they were one, the earlier report's word counts"
    assert (told[600].sex, told[600].substances) == ("female", ("ghb",))
    assert (told[600].age_years, told[700].age_years) == (22.0, 30.0)
    assert told[800].sex == "male", "what one takes back, the other still says"
    assert told[800].scene == ("blanket", "bottle", "note")


@pytest.mark.parametrize(
    "judgement",
    [
        same("A", "B", verified=False),
        same("A", "B", relation="same_event"),
        same("A", "B", relation=""),
        same("A", "NOBODY"),
        same("A", "A"),
    ],
)
def test_no_other_judgement_changes_anything(judgement: Judgement) -> None:
    case_file = file_of(FIRST, SECOND)
    assert merge_reports(case_file, [judgement]) is case_file
    assert merge_reports(case_file, []) is case_file


@pytest.mark.parametrize(("first", "second"), [(300, 400), (400, 300), (300, 300), (None, None)])
def test_three_reports_become_one_in_any_order(first: int | None, second: int | None) -> None:
    third = Case("C", 250, area="KD", scene=("phone",))
    other = Case("D", 260, mentions=("C", "X"))
    merged = merge_reports(
        file_of(FIRST, SECOND, third, other), [same("C", "B", first), same("B", "A", second)]
    )
    ends = 250 if first is None else 400
    assert set(at(merged, ends)) == {"A"} | ({"D"} if ends >= 260 else set())
    one = at(merged, None)["A"]
    assert one.scene == ("bottle", "note", "phone")
    assert one.area == "KD"
    assert {"report:B", "report:C"} <= set(one.references or ())
    assert merged_by(merged, None) == {"B": "A", "C": "A"}
    assert at(merged, None)["D"].mentions == ("A", "X"), "who names a report names the record"
    events = events_of(merged.histories)
    assert {gone for event in events for gone in event.gone} == {"B", "C"}
    assert merge_reports(merged, [same("C", "B", first), same("B", "A", second)]) == merged


def test_papers_name_the_record_from_then_on_and_not_before() -> None:
    other = Case("D", 50, mentions=("B",))
    merged = merge_reports(file_of(FIRST, SECOND, other), [same("A", "B", 500)])
    (told,) = [h for h in merged.histories if h.case_id == "D"]
    assert [(since, case.mentions) for since, case in told.versions] == [
        (50, ("B",)),
        (500, ("A",)),
    ]


def test_what_was_decided_later_is_not_known_before() -> None:
    linked = Judgement("B", "C", Verdict.LINKED, decided_at=600)
    case_file = merge_reports(file_of(FIRST, SECOND, Case("C", 300)), [same("A", "B", 500)])
    assert judged_by([linked], case_file, 599) == ()
    assert judged_by([linked], case_file, 600) == (replace(linked, case_b="C", case_a="A"),)
    both = replace(linked, case_b="A")
    assert judged_by([both], case_file, None) == ()


def test_it_is_said_and_counted() -> None:
    assert say_merged(0) == ()
    assert say_merged(1)[0].startswith("1 report is merged")
    assert say_merged(1_200)[0].startswith("1,200 reports are merged")


# Through link, explain, near and replay


def many(count: int = 40) -> list[Case]:
    rng = random.Random(3)
    return [
        Case(
            f"C{k:02d}", k * DAY, sex=rng.choice(("male", "female")),
            point=Point(51.5 + rng.random(), 0.1, 20.0), age_years=float(rng.randrange(20, 80)),
            scene=tuple(sorted(rng.sample(("note", "bottle", "phone", "blanket"), 2))),
        )
        for k in range(count)
    ]  # fmt: skip


MADE = file_of(*many())
JUDGED = (same("C10", "C11", 20 * DAY), same("C30", "C05", 35 * DAY))


def test_link_compares_one_record_and_says_so() -> None:
    told = link_cases(MADE, LinkOptions(declared_table(), judgements=JUDGED))
    assert (told.compared, told.merged) == (38, 2)
    ids = {link.case_a for link in told.links} | {link.case_b for link in told.links}
    assert not ids & {"C11", "C30"}
    early = LinkOptions(declared_table(), 20 * DAY - 1, judgements=JUDGED)
    assert link_cases(MADE, early) == link_cases(MADE, replace(early, judgements=()))


def test_explain_names_the_record_that_a_report_is_part_of() -> None:
    options = LinkOptions(declared_table(), judgements=JUDGED)
    with pytest.raises(UsageRejected, match="C11 was merged into C10: two reports of one death"):
        explain_pair(MADE, options, "C20", "C11")
    before = replace(options, as_of=20 * DAY - 1)
    plain = LinkOptions(declared_table(), 20 * DAY - 1)
    assert explain_pair(MADE, before, "C18", "C11") == explain_pair(MADE, plain, "C18", "C11")


def test_near_lists_one_record() -> None:
    prepared = Prepared.from_table(prepare(merge_reports(MADE, JUDGED)))
    ids = prepared.text["case_id"]

    def listed(instant: int | None) -> set[str]:
        return {ids[row] for row in near(prepared, 51.5, 0.1, 200, as_of=instant).rows}

    assert {"C10", "C11"} <= listed(20 * DAY - 1)
    assert "C11" not in listed(20 * DAY)
    assert len(listed(None)) == 38
    assert prepared.merged == 2


def replayed(*judgements: Judgement) -> object:
    options = ReplayOptions(declared_table(), Budget(0.5), 5 * DAY, judgements=judgements)
    return replay_cases(MADE, options)


def test_replay_changes_nothing_before_and_never_meets_the_report_again() -> None:
    plain, told = replayed(), replayed(*JUDGED)
    decided = JUDGED[0].decided_at
    assert [r for r in told.rows if r.at < decided] == [r for r in plain.rows if r.at < decided]
    after = [r for r in told.rows if r.at >= decided]
    assert not {"C11"} & {name for r in after for name in (r.case_id, r.linked_case_id)}
    assert any({r.case_id, r.linked_case_id} >= {"C11"} for r in told.rows if r.at < decided)
    (filled,) = {(r.at, r.trigger) for r in after if r.case_id == "C10"}
    assert filled == (decided, Trigger.NEW_FACT)
    assert "references" in next(r.changed for r in after if r.case_id == "C10")
    assert say_merged(2)[0] in told.warnings
    for one in (*told.alerts, *told.updates):
        account = told.breakdowns[one.at, one.case_id, one.linked_case_id]
        assert account.micro_bans == one.micro_bans
    assert all("C11" not in {m.case_id for m in s.series.members} for s in told.stories)


def test_unverified_double_reports_change_no_alert() -> None:
    plain = replayed()
    told = replayed(*(replace(one, verified=False) for one in JUDGED))
    assert (told.rows, told.warnings) == (plain.rows, plain.warnings)


def test_a_pair_that_has_alerted_does_not_alert_again_under_the_record_s_name() -> None:
    def row(instant: int, case_id: str, priority: float) -> AlertRow:
        return AlertRow(
            instant, case_id, "X", 1, priority, 0, 0.001, 9, Tier.SIMILARITY, Relation.LEAD,
            Trigger.NEW_FACT, False,
        )  # fmt: skip

    def decided(gone: tuple[str, ...]) -> AlertRow:
        """What becomes of A and X, after B and X alerted and B was or was not merged into A."""
        decisions = Decisions(1.0, 0)
        for k in range(5):
            decisions.take(Event(k, Case("N", k), Trigger.NEW_CASE), [], weigh)
        known = Event(5, SECOND, Trigger.NEW_FACT, ("scene",))
        (first,) = decisions.take(known, [row(5, "B", 3.0)], weigh)
        assert (first.alert, first.series_alert) == (True, "B+X")
        merged = Event(6, FIRST, Trigger.NEW_FACT, ("scene",), gone)
        (then,) = decisions.take(merged, [row(6, "A", 4.0)], weigh)
        return then

    def weigh(names: Sequence[str]) -> list[int]:
        return [1 for _ in names]

    assert not decided(("B",)).notifies
    assert decided(()).update
