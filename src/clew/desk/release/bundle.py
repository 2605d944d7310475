"""One case as a bundle: everything the desk has about it that the user may export."""

from __future__ import annotations

import json
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest

from clew.desk.accounts.models import Account
from clew.desk.casework.acts import instant
from clew.desk.ledger.models import Entry
from clew.desk.ledger.subjects import case_subject, pair_subject, spellings
from clew.desk.records.models import Case, Fact, Workload
from clew.desk.records.sealed_words import facts_for
from clew.desk.release.disclose import exportable, needs_act
from clew.desk.release.export_rows import (
    NEVER_LEAVES,
    instant_of,
    link_row,
    record_row,
)
from clew.desk.review.models import Decision, Link, Pair
from clew.desk.review.pair_state import RANKED
from clew.desk.review.ranks import compared_for, ranks_for
from clew.desk.settings import CONFIGURATION
from clew.desk.web.guard import person_of
from clew.desk.web.jinja import day, moment
from clew.disclosure.exports.bundle import (
    Bundle,
    ComparisonRecord,
    DecisionRow,
    EffortRow,
    FactRow,
    JudgementRow,
    LookRow,
    SecondRow,
    ShownRow,
)
from clew.disclosure.exports.pdf import show_comparison
from clew.disclosure.exports.text import iso
from clew.disclosure.words import Clock, capital, plain

MOST_LOOKS = 2_000
"""Declared: rows of the ledger in one bundle, the newest; a row says where there were more."""
MOST_UNQUEUED = 5
"""Candidates shown of the last run where none of them came to the queue: at most five a death."""
SHOWN_FIRST = ("kind", "category", "manner", "manner_said_by", "cause", "premises", "age_years")
OUT_OF_REACH = (
    "Comparisons with records that are sealed, about a living person, or in areas that the person"
    " who made this cannot see: they are not included, and this does not say whether any exist."
)
"""Always said: saying it only where there are some would reveal a sealed record."""


@dataclass(frozen=True, slots=True)
class BundleNotice:
    """A bundle, and the ids of the other records that it names."""

    bundle: Bundle
    others: tuple[str, ...]


def bundle_of(request: HttpRequest, case: Case) -> BundleNotice:
    """Gather everything of one case; comparisons with records that may not leave stay out."""
    pairs = list(
        Pair.objects.filter(Q(first=case) | Q(second=case))
        .select_related("link__run", "link__case", "link__other")
        .order_by("-priority", "pk")
    )
    queued: list[tuple[Link, Pair | None]] = [(pair.link, pair) for pair in pairs]
    if not queued:
        own = Link.objects.filter(case=case).select_related("run", "case", "other")
        newest = own.order_by("-at", "rank", "pk")[:RANKED]
        queued = [(link, None) for link in newest]
    ids = {number for link, _ in queued for number in (link.case_id, link.other_id)}
    may = {c.pk for c in exportable(request).filter(pk__in=ids) if not needs_act(c)} | {case.pk}
    shown = [(link, pair) for link, pair in queued if {link.case_id, link.other_id} <= may]
    if not pairs:
        shown = shown[:MOST_UNQUEUED]
    clock, person = Clock(ZoneInfo(CONFIGURATION.timezone)), person_of(request)
    rank_of = ranks_for(person, {link.case_id for link, _ in shown})
    subjects = [case_subject(case.case_id)]
    for link, _ in shown:
        subjects += spellings(pair_subject(link.case.case_id, link.other.case_id))
    facts = [
        _fact(fact)
        for fact in facts_for(person, case.facts.all())
        if not fact.field.startswith("group_")
    ]
    withheld = [OUT_OF_REACH]
    if any(fact.erased for fact in facts):
        withheld.append("Values erased by law or order: their rows are kept without them.")
    now, owner = case.texts.get("now", {}), case.owner
    summary = [
        ("Number", case.case_id),
        ("Reported", moment(case.reported_at)),
        ("Agency and area", " ".join(part for part in (case.agency, case.area) if part)),
        ("Owner", who(owner) if isinstance(owner, Account) else "No one yet"),
        *((capital(plain(name)), plain(str(now.get(name, "")))) for name in SHOWN_FIRST),
        ("Legal hold", case.legal_hold or "None"),
    ]
    bundle = Bundle(
        case_id=case.case_id,
        name=record_row(case).name,
        summary=tuple((label, words or "Not recorded") for label, words in summary),
        facts=tuple(facts),
        compared=tuple(
            _comparison(link, pair, clock, (rank_of(link), compared_for(person, link)))
            for link, pair in shown
        ),
        decisions=tuple(
            DecisionRow(
                row.number, row.title, instant(row.decided_at), instant(row.recorded_at),
                who(row.maker), who(row.recorded_by), row.rationale, row.options_rejected,
            )
            for row in Decision.objects.filter(about__in=[*subjects, case.case_id])
            .select_related("maker", "recorded_by")
            .order_by("number")
        ),
        efforts=tuple(
            EffortRow(
                row.get_kind_display(), instant(row.at), row.note,
                instant(row.recorded_at), row.recorded_by,
            )
            for row in case.efforts.order_by("at", "pk")
        ),
        looks=_looks(subjects, clock),
        withheld=(*withheld, NEVER_LEAVES),
        workload=tuple(
            (
                f"{row.unit} on {day(case.reported_at)}",
                f"{'unknown' if row.staff_on_duty is None else row.staff_on_duty} on duty,"
                f" {row.open_deaths} open deaths",
            )
            for row in Workload.objects.filter(unit=case.area, day=case.reported_at.date())
        ),
    )  # fmt: skip
    others = {c for link, _ in shown for c in (link.case.case_id, link.other.case_id)}
    return BundleNotice(bundle, tuple(sorted(others - {case.case_id})))


def who(account: Account) -> str:
    """Return an account as a bundle names it: full name and the name it signs in with."""
    return f"{account.full_name} ({account.name})"


def _fact(fact: Fact) -> FactRow:
    return FactRow(
        field=fact.field,
        op=fact.op,
        value="" if fact.erased_at else fact.value,
        known_at=instant_of(fact.known_at),
        recorded_at=instant_of(fact.recorded_at),
        entered_at=instant(fact.entered_at),
        known_to=fact.known_to,
        basis=fact.basis,
        source=fact.source,
        entered_by=fact.entered_by,
        erased=fact.erased_at is not None,
    )


def _comparison(
    link: Link, pair: Pair | None, clock: Clock, figures: tuple[int, int]
) -> ComparisonRecord:
    """Return one comparison; `figures` are its rank and count, as the exporter sees them."""
    rank, compared = figures
    run = link.run
    row = link_row(link, pair.state if pair else "", rank)
    shown = pair.shown.select_related("account").order_by("at", "pk") if pair else ()
    judged = pair.judgements.select_related("account", "second__account", "link") if pair else ()
    judgements = []
    for said in judged:
        second = getattr(said, "second", None)
        earlier = pair is not None and said.link_id != pair.link_id
        judgements.append(
            JudgementRow(
                who=who(said.account),
                verdict=said.get_verdict_display(),
                relation=said.get_relation_display() if said.relation else "",
                reason=said.reason,
                explanation=said.explanation,
                verified=said.verified,
                would_change=said.would_change,
                opinion_before=said.opinion_before,
                decided_at=instant(said.decided_at),
                recorded_at=instant(said.recorded_at),
                on=f"An earlier one, of {moment(said.link.at)}" if earlier else "",
                second=second
                and SecondRow(who(second.account), instant(second.at), second.agrees, second.note),
            )
        )
    return ComparisonRecord(
        show_comparison(row, record_row(link.case), record_row(link.other), clock),
        instant(link.at),
        f"Compared with {compared:,} records as of {moment(run.as_of)}, by Clew {run.version}"
        f" with the table {run.weights}; the run began at {iso(instant(run.ran_at))}.",
        tuple(judgements),
        tuple(ShownRow(who(row.account), instant(row.at), row.page, row.digest) for row in shown),
    )


def _looks(subjects: list[str], clock: Clock) -> tuple[LookRow, ...]:
    """Return the rows of the ledger about a case and its pairs, by number."""
    rows = Entry.objects.filter(subject__in=subjects).order_by("-number")
    newest = list(rows[:MOST_LOOKS])
    more = rows.count() - len(newest)
    looks = []
    if more > 0:
        looks.append(LookRow(0, "earlier", f"{more:,} rows not printed here", "", "", ""))
    for row in reversed(newest):
        at, body = instant_of(row.recorded_at), json.loads(row.body)
        page = next(
            (str(body[key]) for key in ("page", "what", "field", "path") if body.get(key)), ""
        )
        words = row.recorded_at if at is None else clock.minute(at)
        act = row.get_act_display().lower()
        looks.append(LookRow(row.number, words, act, row.actor, row.purpose, page))
    return tuple(looks)
