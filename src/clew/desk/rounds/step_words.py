"""A step of a round in words."""

from __future__ import annotations

from clew.desk.review.runs import RoundStep


def say_step(step: RoundStep) -> str:
    """Return one line on what a step did."""
    says = step.says
    if step.name == "intake":
        records, facts = _count(says["cases"], "record"), _count(says["facts"], "fact")
        refused = says.get("refused_in_all", 0)
        proposed, aside = says.get("proposed", 0), says.get("quarantined", 0)
        return (
            f"Intake: {records} and {facts} taken in, {says['known']:,} held already,"
            f" {refused:,} refused"
            + (f", {proposed:,} waiting for a second person" if proposed else "")
            + (f"; {_count(aside, 'hand-in')} quarantined" if aside else "")
        )
    if step.name == "store":
        return f"Store: {_count(says['added'], 'record')} brought up to date"
    if step.name == "workload":
        return f"Workload: {_count(says['open'], 'open death')} in {_count(says['units'], 'unit')}"
    if not says.get("run"):
        return "Comparison: fewer than two records are known; nothing to compare"
    budget = f"{says['share']:g} alerts a death, {says['signed']}"
    return (
        f"Comparison: {_count(says['events'], 'report or fact', 'reports and facts')} against"
        f" {_count(says['compared'], 'record')}; {_count(says['alerts'], 'alert')} ({budget}),"
        f" {_count(says.get('updates', 0), 'record')} added to earlier alerts;"
        f" {_count(says['new_pairs'], 'pair')} new in the queue, {says['returned']:,} back"
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
