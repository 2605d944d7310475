"""Acts at the same moment, through the desk's own doors, and what may never come of them.

A schedule is two or three acts on one death, each in a thread and a connection of its own, which
wait for each other at the start and pause at random statements. The seed draws the schedule; which
thread comes first is the machine's.
"""

from __future__ import annotations

import csv
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf
from pathlib import Path
from threading import Barrier
from typing import Any

from casework_world import GOOD
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from made_desk import areas, candidate, person, round_found, sealed_by_two, write_rows

from clew.assurance.referral import WAITS
from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.rules import Permission
from clew.desk.casework.acts import begin
from clew.desk.casework.closing import ask_to_close, sign_closing
from clew.desk.casework.concerns import WAITING, NewConcern, take, tie
from clew.desk.casework.leads import recommend
from clew.desk.casework.lines import CLOSE, OPENED_AGAIN, class_of
from clew.desk.casework.models.concerns import Concern, ConcernStep
from clew.desk.casework.models.referrals import Referral, ReferralStep
from clew.desk.casework.models.status import ClassChange, Closing, Lead, LineState
from clew.desk.casework.referrals import refer
from clew.desk.casework.standards import standard_of
from clew.desk.ledger.models import Entry, RowChange
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case, Erasure, Fact
from clew.desk.records.take_in import take_in, take_in_facts
from clew.desk.records.visible import visible_to
from clew.desk.release.erase import Order, erase
from clew.desk.review.models import Judgement, Link, Pair
from clew.desk.review.shown import subject_of
from clew.errors import ActRefused, UsageRejected
from clew.intake.read import CaseSources

PAUSE_S = 0.004
"""Declared: the longest pause before a statement; an act takes some ten times as long."""
PAUSES = 0.25
"""Declared: the share of statements before which a thread pauses."""
OPENS = frozenset({"concern", "alert", "judgement", "hand-in", "card"})
"""Acts that open a closed death again: the four kinds, a fact by two doors."""
LATE = ("substances", "scene", "missing_items", "posture")
SECRET = re.compile(r"Secretname\d+x")
FIGURES: Mapping[str, Any] = {
    "rank": 1, "micro_bans": 1_000_000, "chance": 1.0, "compared": 1, "tier": "similarity",
    "relation": "lead", "alert": False, "findings": [], "other_explanations": [],
}  # fmt: skip
"""A candidate no better than chance; an alert is drawn from it."""


@dataclass
class Schedule:
    """One death, its other half, the acts on it, and what came of each."""

    number: int
    acts: tuple[str, ...]
    state: str
    other_closed: bool
    paired: bool
    case: Case = field(init=False)
    other: Case = field(init=False)
    outcomes: dict[str, str] = field(default_factory=dict)

    @property
    def secret(self) -> str:
        """Return what is erased, where something is."""
        return f"Secretname{self.number}x"

    def pair(self) -> Pair:
        """Return the pair of the two records."""
        return Pair.objects.select_related("first", "second").get(
            first__in=[self.case, self.other], second__in=[self.case, self.other]
        )

    def done(self, act: str) -> bool:
        """Tell whether an act was done."""
        return self.outcomes.get(act) == "done"


def draw(seed: int, number: int) -> Schedule:
    """Return a schedule: two or three different acts, most often with a closing."""
    rng = random.Random(f"{seed} {number}")
    state = rng.choice(("ready", "ready", "ready", "asked", "closed"))
    paired = state != "asked" and rng.random() < 0.4
    names = [name for name in ACTS if name != "close" and (name != "judgement" or paired)]
    acts = rng.sample(names, rng.choice((2, 3)))
    if state != "closed" or rng.random() < 0.3:
        acts[0] = "close"
    return Schedule(number, tuple(acts), state, rng.random() < 0.3, paired)


class World:
    """A desk with people and deaths that are ready to be closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        areas(KD="Barking")
        self.ann = person("ann", "analyst", "reporter", area="KD")
        self.sue = person("sue", "supervisor", area="KD")
        self.kim = person("kim", "supervisor")
        self.clients = [_signed_in(self.ann) for _ in range(2)]

    def prepare(self, schedules: Iterable[Schedule]) -> None:
        """Hand in two records for each schedule, and bring them to where it begins."""
        every, now = list(schedules), timezone.now()
        reported = (now - timedelta(hours=2)).isoformat(timespec="seconds")
        rows = [
            {
                "case_id": f"{half}-{one.number}", "reported_at": reported, "area": "KD",
                "premises": "park", "known_as": one.secret if half == "A" else "",
            }
            for one in every
            for half in "ABC"
        ]  # fmt: skip
        taken = take_in(CaseSources(write_rows(self.folder / "cases.csv", rows)), "test")
        assert len(taken.new_ids) == len(rows)
        with transaction.atomic():
            Case.objects.filter(owner=None).update(owner=self.sue)
            held = {case.case_id: case for case in Case.objects.all()}
            for one in every:
                one.case, one.other = held[f"A-{one.number}"], held[f"B-{one.number}"]
                for case in (one.case, one.other):
                    begin(case, now)
                    LineState.objects.bulk_create(
                        LineState(
                            case=case, line_id=line.id, state="done", since=now,
                            said={"proof": "exhibit 1", "by": "ann"},
                        )
                        for line in standard_of(case).lines
                    )  # fmt: skip
        for one in every:
            if one.state == "closed":
                assert ask_to_close(one.case, GOOD, self.ann, now, self.sue).closed
            if one.other_closed:
                assert ask_to_close(one.other, GOOD, self.ann, now, self.sue).closed
            if one.state == "asked":
                assert ask_to_close(one.case, GOOD, self.ann, now).waits()
        pairs = [candidate(one.case, one.other, {**FIGURES}) for one in every if one.paired]
        if pairs:
            round_found(timezone.now(), pairs)


def _signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


# The acts, each through the door by which a page, the worker or a command does it. What was read
# before the act, as a page reads it, is read before its transaction.


def close(world: World, one: Schedule) -> None:
    case, now = Case.objects.get(pk=one.case.pk), timezone.now()
    if one.state == "asked":
        asked = Closing.objects.select_related("case").filter(case=case).last()
        assert asked is not None
        made = sign_closing(asked, world.sue, now)
    else:
        made = ask_to_close(case, GOOD, world.ann, now, world.sue)
    if not made.closed:
        raise ActRefused("not closed: kept with its grounds")


def concern(_: World, one: Schedule) -> None:
    made = take(NewConcern("He had a phone.", "A sister", "family", "KD"), "ann", timezone.now())
    tie(made.pk, one.case.case_id, "ann", timezone.now())


def alert(_: World, one: Schedule) -> None:
    figures = {**FIGURES, "micro_bans": 9_000_000, "chance": 1e-4, "alert": True}
    round_found(timezone.now(), [candidate(one.case, one.other, figures)])


def plain_candidate(_: World, one: Schedule) -> None:
    third = Case.objects.get(case_id=f"C-{one.number}")
    round_found(timezone.now(), [candidate(third, one.case, {**FIGURES})])


def referral(_: World, one: Schedule) -> None:
    refer([one.case.case_id], "Please look at it", "ann", timezone.now())


def judgement(world: World, one: Schedule) -> None:
    pair = one.pair()
    form = {
        "verdict": "linked", "relation": "same_source", "reason": "The same bottle.",
        "explanation": "", "verified": "no", "would_change": "", "shown": pair.link_id,
        "decided_at": timezone.localtime(timezone.now()).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    _sent(world.clients[0].post(f"/pair/{pair.pk}/judge", form))


def erasure(_: World, one: Schedule) -> None:
    fact = Fact.objects.filter(case=one.case, field="known_as", erased_at=None).first()
    erase(one.case.case_id, fact.pk if fact else 0, Order("sue", "asked by the family"))


def hand_in(world: World, one: Schedule) -> None:
    path = world.folder / f"facts-{one.number}.csv"
    at = timezone.now().isoformat(timespec="seconds")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("case_id", "field", "op", "value", "known_at"))
        writer.writerow((one.case.case_id, "substances", "set", "heroin", at))
        writer.writerow((one.case.case_id, "known_as", "set", one.secret, at))
    taken = take_in_facts(path, "command line")
    path.unlink()
    assert taken.facts + taken.known == 2, taken


def card(world: World, one: Schedule) -> None:
    from uuid import uuid4  # noqa: PLC0415

    seen = timezone.localtime(timezone.now()).strftime("%Y-%m-%dT%H:%M")
    form = {
        "card": str(uuid4()), "seen_at": seen, "record": one.case.case_id, "bottle": "seen",
        "own_words": "A bottle under the bench.",
    }  # fmt: skip
    _sent(world.clients[1].post("/scene-card", form))


def sealing(world: World, one: Schedule) -> None:
    """Seal the other half, as its pages do: her keeper proposed it, a second person agrees."""
    keeper = world.kim.person("t", second_factor=True)
    with transaction.atomic():
        case = visible_to(keeper, Permission.SEAL).get(pk=one.other.pk)
        sealed_by_two(case, keeper, "A living person")


def lead(world: World, one: Schedule) -> None:
    case = Case.objects.get(pk=one.case.pk)
    said = {"kind": "recommendation", "role": "pathologist", "words": "Test the sheet"}
    recommend(case, said, world.ann, timezone.now())


def _sent(answer: Any) -> None:
    if answer.status_code == 503:
        raise AssertionError("the desk was busy: two acts waited for each other")
    if answer.status_code != 302:
        raise ActRefused(f"status {answer.status_code}")


ACTS: dict[str, Callable[[World, Schedule], None]] = {
    "close": close, "concern": concern, "alert": alert, "candidate": plain_candidate,
    "referral": referral, "judgement": judgement, "erasure": erasure, "hand-in": hand_in,
    "card": card, "seal": sealing, "lead": lead,
}  # fmt: skip


# Running schedules.


class Interleaving:
    """Threads, each with a connection of its own, that act at the same moment."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed
        self.pool = ThreadPoolExecutor(3)

    def run(self, one: Schedule) -> None:
        """Do the acts of a schedule at once, and keep what came of each."""
        start = Barrier(len(one.acts))
        jobs = [self.pool.submit(self._act, one, name, start) for name in one.acts]
        for name, job in zip(one.acts, jobs, strict=True):
            one.outcomes[name] = job.result()

    def _act(self, one: Schedule, name: str, start: Barrier) -> str:
        rng = random.Random(f"{self.seed} {one.number} {name}")

        def pausing(execute: Any, *statement: Any) -> Any:
            if rng.random() < PAUSES:
                time.sleep(rng.random() * PAUSE_S)
            return execute(*statement)

        with connection.execute_wrapper(pausing):
            start.wait()
            try:
                ACTS[name](self.world, one)
            except (ActRefused, UsageRejected):
                return "refused"
            except Exception as fault:  # whatever it is, the schedule reports it
                return f"failed: {type(fault).__name__}: {fault}"[:300]
        return "done"

    def leave(self) -> None:
        """Close the threads' connections."""
        together = Barrier(3)

        def close_own() -> None:
            together.wait()
            connection.close()

        for job in [self.pool.submit(close_own) for _ in range(3)]:
            job.result()
        self.pool.shutdown()


# What may never be.


def faults_of(one: Schedule) -> Iterator[str]:
    """Yield every forbidden thing that came of a schedule."""
    yield from (
        f"{name} {came}" for name, came in one.outcomes.items() if came.startswith("failed")
    )
    for case in (one.case, one.other):
        case.refresh_from_db()
        yield from (f"{case}: {fault}" for fault in _closed_in_spite(case))
        yield from (f"{case}: {fault}" for fault in _opened_for_nothing(one, case))
        yield from (f"{case}: {fault}" for fault in _acts_and_rows(case))
    if one.done("erasure"):
        held = [one.case.texts, list(Fact.objects.filter(case=one.case).values_list("value"))]
        held.append(list(Link.objects.filter(case=one.case).values_list("findings")))
        if one.secret in json.dumps(held):
            yield "erased content is left"


def _rows(subject: str) -> list[tuple[int, dict[str, Any]]]:
    found = Entry.objects.filter(subject=subject).order_by("number")
    return [(number, json.loads(body)) for number, body in found.values_list("number", "body")]


def _closed_in_spite(case: Case) -> Iterator[str]:
    if class_of(case) != "unexpected_not_suspicious":
        return
    rows = _rows(case_subject(case.case_id))
    closed = max(number for number, body in rows if body.get("what") == f"class: {CLOSE}")
    if Concern.objects.filter(case=case, state__in=WAITING).exists():
        yield "closed with a concern that waits"
    for one in case.referrals.filter(state__in=WAITS):
        # A referral with a record that was sealed before is no ground of who acts.
        hidden = min(_sealed_at(other) for other in one.cases.all()) < closed
        if _rows(f"referral:{one.pk}")[0][0] < closed and not hidden:
            yield "closed with a referral that waits"
    if any(n < closed for n, body in rows if "lead" in body):
        yield "closed with a lead that is open"
    late = [n for n, body in rows if n > closed and body.get("field") in LATE]
    if late:
        yield "closed with a late fact"
    pairs = Pair.objects.filter(first=case) | Pair.objects.filter(second=case)
    for pair in pairs.select_related("first", "second"):
        sealed_at = _sealed_at(pair.beside(case))
        if sealed_at < closed:
            continue  # nothing of it was a ground, and nothing of it opens the death
        if pair.state in (Pair.OPEN, Pair.SECOND) and pair.within_budget:
            compared = _rows(case_subject(pair.first.case_id))
            if max(n for n, body in compared if "shown" in body) < sealed_at:
                yield "closed with an alert that nobody judged"
        judged = [n for n, body in _rows(subject_of(pair)) if body.get("what") == "judgement"]
        if any(closed < n < sealed_at for n in judged):
            yield "closed with a link that was judged later"


def _sealed_at(case: Case) -> float:
    """Return the number of the row by which a record was sealed; infinite if it was not."""
    rows = _rows(case_subject(case.case_id))
    return min((n for n, body in rows if body.get("what") == "sealed"), default=inf)


def _opened_for_nothing(one: Schedule, case: Case) -> Iterator[str]:
    opened = ClassChange.objects.filter(case=case, act=OPENED_AGAIN).count()
    opens = OPENS if case == one.case else {"alert", "judgement"}
    causes = sum(one.done(name) for name in opens)
    if opened > causes:
        yield f"opened again {opened} times, by {causes} acts"
    told = Notice.objects.filter(words__startswith=f"Reopened: {case.case_id}.", to__name="sue")
    # Once it is sealed, its owner is not notified: the seal keeps it from her.
    if told.count() > opened or (told.count() < opened and not case.sealed):
        yield f"opened again {opened} times, and its owner was notified {told.count()} times"


def _acts_and_rows(case: Case) -> Iterator[str]:
    rows = [body for _, body in _rows(case_subject(case.case_id))]
    says = Counter(str(body.get("what", "")) for body in rows)
    changes = ClassChange.objects.filter(case=case)
    facts = Fact.objects.filter(case=case, from_report=False)
    counted = {
        "closings": (
            Closing.objects.filter(case=case).count(), says["closed"] + says["asked to close"]
        ),
        "closed": (Closing.objects.filter(case=case, closed=True).count(), says["closed"]),
        "changes of class": (
            changes.count(), sum(n for what, n in says.items() if what.startswith("class: "))
        ),
        "leads": (Lead.objects.filter(case=case).count(), says["recommendation"]),
        "erasures": (
            Erasure.objects.filter(case=case).count(), sum("commitment" in body for body in rows)
        ),
        "facts": (facts.count(), sum("op" in body for body in rows)),
        "seals": (int(case.sealed), says["sealed"]),
    }  # fmt: skip
    for concern_ in Concern.objects.filter(case=case):
        steps = ConcernStep.objects.filter(concern=concern_).count()
        counted[f"concern {concern_.pk}"] = (steps, len(_rows(f"concern:{concern_.pk}")))
    for one in Referral.objects.filter(cases=case):
        steps = ReferralStep.objects.filter(referral=one).count()
        counted[f"referral {one.pk}"] = (steps, len(_rows(f"referral:{one.pk}")))
    for pair in Pair.objects.filter(first=case).select_related("first", "second"):
        judged = [b for _, b in _rows(subject_of(pair)) if b.get("what") == "judgement"]
        counted[f"pair {pair.pk}"] = (Judgement.objects.filter(pair=pair).count(), len(judged))
    yield from (
        f"{name}: {acts} acts and {written} rows"
        for name, (acts, written) in counted.items()
        if acts != written
    )


def erased_in_notes(schedules: Iterable[Schedule]) -> set[str]:
    """Return erased content that the notes of earlier states hold."""
    erased = {one.secret for one in schedules if one.done("erasure")}
    left: set[str] = set()
    notes = RowChange.objects.filter(was__contains="Secretname").values_list("was", flat=True)
    for was in notes.iterator():
        left |= erased & set(SECRET.findall(was))
    return left
