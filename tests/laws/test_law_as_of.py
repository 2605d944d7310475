"""Nothing recorded later changes what Clew says, or would have said, of an earlier moment."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import declared
from made_histories import Made, cut, made_history, read

from clew.disclosure.csv_files import write_alerts, write_links, write_series
from clew.errors import ClewError
from clew.identities.merged_reports import merge_reports, merged_by
from clew.model.alert import Budget, Replay, Trigger
from clew.model.case_file import CaseFile
from clew.model.finding import Answer
from clew.model.input_account import InputAccount
from clew.model.judgement import Judgement, Verdict
from clew.model.values import Instant
from clew.replay.events import events_of
from clew.workflows.explain import Explained, explain_pair
from clew.workflows.link import LinkOptions, link_cases
from clew.workflows.near import Prepared, prepare
from clew.workflows.near import near as find_near
from clew.workflows.replay import ReplayOptions, replay_cases

SEEDS = st.integers(0, 2**32 - 1)
BUDGET = Budget(0.3)
"""Wide, so that small files alert."""
QUICK = settings(max_examples=30, deadline=None)
LONG = settings(max_examples=2_000, deadline=None)


def link_bytes(case_file: CaseFile, until: Instant) -> tuple[bytes, bytes, Answer]:
    answer = link_cases(case_file, LinkOptions(declared(), until))
    with TemporaryDirectory() as folder:
        links, series = Path(folder, "links.csv"), Path(folder, "series.csv")
        write_links(links, answer)
        write_series(series, answer)
        unread = replace(answer, rejects=0, account=InputAccount())
        return links.read_bytes(), series.read_bytes(), unread


def alert_bytes(told: Replay) -> tuple[bytes, bytes]:
    with TemporaryDirectory() as folder:
        alerts, beyond = Path(folder, "alerts.csv"), Path(folder, "shared.csv")
        write_alerts(alerts, told.rows, told)
        write_alerts(beyond, told.beyond, told)
        return alerts.read_bytes(), beyond.read_bytes()


def replayed(case_file: CaseFile, begins: Instant, ends: Instant | None = None) -> Replay:
    return replay_cases(case_file, ReplayOptions(declared(), BUDGET, begins, ends))


def explained(case_file: CaseFile, until: Instant, a: str, b: str) -> Explained | str:
    try:
        return explain_pair(case_file, LinkOptions(declared(), until), a, b)
    except ClewError as refused:
        return str(refused)


def near(case_file: CaseFile, until: Instant) -> list[tuple[object, ...]]:
    prepared = Prepared.from_table(prepare(case_file))
    found = find_near(prepared, 51.535, 0.076, 3, as_of=until)
    told = [
        (*(values[row] for values in prepared.text.values()), metres)
        for row, metres in zip(found.rows.tolist(), found.metres.tolist(), strict=True)
    ]
    return [*told, (found.searched, found.without_point)]


def read_both(made: Made, until: Instant) -> tuple[CaseFile, CaseFile]:
    """Read the whole file, and the file as it was at `until`."""
    with TemporaryDirectory() as folder:
        return read(made, Path(folder, "all")), read(cut(made, until), Path(folder, "cut"))


def moment(made: Made, share: float) -> Instant:
    """Return a moment at which something came, never before the second report."""
    second = sorted(at for at, _ in made.rows)[1]
    possible = [at for at in made.instants if at >= second]
    return possible[min(int(share * len(possible)), len(possible) - 1)]


def check_link(seed: int, cases: int, share: float) -> None:
    made = made_history(seed, cases)
    until = moment(made, share)
    whole, known = read_both(made, until)
    assert link_bytes(whole, until) == link_bytes(known, until)
    assert link_bytes(known, until)[:2] == link_bytes(known, made.instants[-1])[:2]
    ids = [row["case_id"] for _, row in made.rows[:3]]
    for a, b in ((ids[0], ids[1]), (ids[1], ids[2])):
        assert explained(whole, until, a, b) == explained(known, until, a, b)
    assert near(whole, until) == near(known, until)


def check_replay(seed: int, cases: int, share: float) -> None:
    made = made_history(seed, cases)
    until = moment(made, share)
    whole, known = read_both(made, until)
    begins = sorted(at for at, _ in made.rows)[1]
    if begins + 1 > until:
        return
    ended, told, all_told = (
        replayed(whole, begins, until), replayed(known, begins, until), replayed(whole, begins),
    )  # fmt: skip
    assert alert_bytes(ended) == alert_bytes(told)
    if any(at > begins for history in known.histories for at, _ in history.versions):
        assert alert_bytes(told) == alert_bytes(replayed(known, begins))
    assert tuple(row for row in all_told.rows if row.at <= until) == told.rows
    assert tuple(row for row in all_told.beyond if row.at <= until) == told.beyond
    accounts = {key: one for key, one in all_told.breakdowns.items() if key[0] <= until}
    assert accounts == told.breakdowns
    assert ended.stories == told.stories


@given(SEEDS, st.integers(4, 30), st.floats(0, 1))
@QUICK
def test_link_explain_near_as_of_a_moment_know_nothing_later(
    seed: int, cases: int, share: float
) -> None:
    check_link(seed, cases, share)


@given(SEEDS, st.integers(4, 40), st.floats(0, 1))
@QUICK
def test_replay_up_to_a_moment_knows_nothing_later(seed: int, cases: int, share: float) -> None:
    check_replay(seed, cases, share)


@pytest.mark.long
@given(SEEDS, st.integers(4, 60), st.floats(0, 1))
@LONG
def test_at_length_as_of_knows_nothing_later(seed: int, cases: int, share: float) -> None:
    check_link(seed, cases, share)


@pytest.mark.long
@pytest.mark.parametrize("half", [1, 2])  # so that two workers share it
@given(seed=SEEDS, cases=st.integers(4, 80), share=st.floats(0, 1))
@settings(LONG, max_examples=1_000)
def test_at_length_replay_knows_nothing_later(
    half: int, seed: int, cases: int, share: float
) -> None:
    check_replay(seed, cases, share)


def judged(made: Made, seed: int) -> tuple[Judgement, ...]:
    """Draw judgements; some merge two reports, some at a time that nobody wrote down."""
    rng = random.Random(seed)
    ids = [row["case_id"] for _, row in made.rows]
    return tuple(
        Judgement(
            *rng.sample(ids, 2),
            rng.choice(list(Verdict)),
            relation=rng.choice(("duplicate_report", "duplicate_report", "same_event")),
            verified=rng.random() < 0.8,
            decided_at=None if rng.random() < 0.1 else rng.choice(made.instants),
        )
        for _ in range(rng.randrange(5))
    )


def check_judged(seed: int, cases: int, share: float) -> None:
    made = made_history(seed, cases)
    until = moment(made, share)
    judgements = judged(made, seed)
    whole, known = read_both(made, until)
    ids = {history.case_id for history in known.histories}
    by_then = tuple(
        j
        for j in judgements
        if {j.case_a, j.case_b} <= ids and (j.decided_at is None or j.decided_at <= until)
    )
    if len(merge_reports(known, by_then).as_of(until)) < 2:
        return
    options = LinkOptions(declared(), until, judgements=judgements)
    told = list(link_cases(whole, options).links)
    assert told == list(link_cases(known, replace(options, judgements=by_then)).links)
    begins = sorted(at for at, _ in made.rows)[1]
    stand = events_of(merge_reports(known, by_then).histories, until)
    arrived = [event.at for event in stand if event.trigger is Trigger.NEW_CASE]
    if len(arrived) < 2 or max(begins, arrived[1] + 1) > until:
        return  # merged reports never arrive: there is nothing to begin with
    walked = replay_cases(whole, ReplayOptions(declared(), BUDGET, begins, None, judgements))
    then = replay_cases(known, ReplayOptions(declared(), BUDGET, begins, until, by_then))
    assert tuple(row for row in walked.rows if row.at <= until) == then.rows
    for row in walked.rows:
        gone = merged_by(merge_reports(whole, judgements), row.at - 1)
        assert gone.keys().isdisjoint({row.case_id, row.linked_case_id})


@given(SEEDS, st.integers(4, 30), st.floats(0, 1))
@QUICK
def test_a_merge_of_two_reports_holds_from_its_moment_on_and_not_before(
    seed: int, cases: int, share: float
) -> None:
    check_judged(seed, cases, share)


def test_the_made_files_hold_what_the_law_is_about() -> None:
    """Rows, alerts, late facts, months: a law about empty files would say nothing."""
    rows = alerts = updates = late = shared = changed = months = 0
    for seed in range(8):
        made = made_history(seed, 40)
        with TemporaryDirectory() as folder:
            case_file = read(made, Path(folder))
        told = replayed(case_file, sorted(at for at, _ in made.rows)[1])
        rows += len(told.rows)
        alerts += len(told.alerts)
        updates += len(told.updates)
        late += sum(row.trigger == "new_fact" for row in told.rows)
        shared += sum(row.tier == "shared_entity" for row in told.rows)
        changed += sum("entities" in row.changed for row in told.rows)
        months = max(months, len({row.at // (30 * 86_400) for row in told.rows}))
    assert rows > 1_000
    assert alerts > 20
    assert updates > 5
    assert min(late, shared) > 200
    assert changed > 20
    assert months >= 5
