"""A step of a round in words: whole for who runs the desk, and for one reader of its pages.

Counts of a round include sealed records, since these are compared as all are. A reader sees the
alerts that they may see, and every other count rounded.
"""

from __future__ import annotations

from clew.desk.accounts.rules import Permission, Person
from clew.desk.records.visible import unsealed_to
from clew.desk.review.models import Link
from clew.desk.review.runs import RoundStep
from clew.disclosure.words import about_count


def say_step(step: RoundStep, reader: Person | None = None) -> str:
    """Return one line on what a step did; to `reader`, without telling of sealed records."""
    says = step.says
    if step.name == "intake":
        records, facts = (
            _count(says["cases"], "record", reader),
            _count(says["facts"], "fact", reader),
        )
        proposed, aside = says.get("proposed", 0), says.get("quarantined", 0)
        return (
            f"Intake: {records} and {facts} imported,"
            f" {_number(says['known'], reader)} already known,"
            f" {_number(says.get('refused_in_all', 0), reader)} refused"
            + (f", {_number(proposed, reader)} waiting for a second person" if proposed else "")
            + (f"; {_count(aside, 'hand-in', reader)} quarantined" if aside else "")
        )
    if step.name == "store":
        return f"Store: {_count(says['added'], 'record', reader)} updated"
    if step.name == "workload":
        deaths, units = says["open"], says["units"]
        return f"Workload: {_count(deaths, 'open death', reader)} in {_count(units, 'unit')}"
    if step.name == "follow":
        return (
            f"Afterwards: {_count(says['owned'], 'death', reader)} assigned to an owner,"
            f" {_number(says['opened_again'], reader)} reopened;"
            f" {_count(says['referred'], 'alert', reader)} referred,"
            f" {_count(says['brought_up'], 'refused referral', reader)} reopened"
        )
    if not says.get("run"):
        return "Comparison: fewer than two records, so there is nothing to compare"
    alerts, updates = says["alerts"], says.get("updates", 0)
    if reader is not None:
        alerts, updates = _seen_by(reader, says["run"])
    budget = f"{says['share']:g} alerts per death, {says['signed']}"
    return (
        f"Comparison: {_count(says['events'], 'report or fact', reader, 'reports and facts')}"
        f" against {_count(says['compared'], 'record', reader)};"
        f" {_count(alerts, 'alert')} ({budget}),"
        f" {_count(updates, 'record')} added to earlier alerts;"
        f" {_count(says['new_pairs'], 'pair', reader)} new in the queue,"
        f" {_number(says['returned'], reader)} back"
    )


def _seen_by(reader: Person, run: int) -> tuple[int, int]:
    """Return the alerts of a run, and what it added to earlier ones, that a reader may see."""
    seen = unsealed_to(reader, Permission.SEE_LINKS, "case__")
    seen &= unsealed_to(reader, Permission.SEE_LINKS, "other__")
    links = Link.objects.filter(seen, run=run)
    return links.filter(alert=True).count(), links.filter(update=True).count()


def _number(number: int, reader: Person | None) -> str:
    return f"{number:,}" if reader is None else about_count(number)


def _count(number: int, one: str, reader: Person | None = None, many: str = "") -> str:
    single = reader is None and number == 1
    return f"{_number(number, reader)} {one if single else many or one + 's'}"
