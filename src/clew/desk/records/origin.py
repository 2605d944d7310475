"""Who hands a file in, and what the rules say of each record that the file touches.

A file asks for what a page asks for: the person who hands it in must be allowed to report in the
area of each record, and a sealed record answers as one that is not there. Somebody who runs
commands on the desk's own machine is asked nothing, for that person reads the database too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.desk.accounts.rules import AccessDecision, Permission, Person, Target, areas_of, rule
from clew.desk.records.hand_ins import HandIn
from clew.desk.records.models import Case

DEATH = "death"
SEALED_DEATH = "a second person must agree before a sealed record becomes a death"
SECOND_PERSON = "a second person must agree before a death becomes another kind of record"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who answers for a hand-in, and the SHA-256 of each of its files by kind.

    `person` None: somebody who runs commands on this machine.
    """

    by: str
    person: Person | None = None
    hand_in: HandIn | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def purpose(self) -> str:
        """Return why, in that person's words."""
        return "" if self.person is None else self.person.purpose

    def says(self, kind: str, file: str) -> dict[str, Any]:
        """Return what every ledger row of this hand-in states: the file, its digest, the way."""
        via = "command line" if self.hand_in is None else self.hand_in.via
        return {"file": file, "sha256": self.digests.get(kind, ""), "via": via}

    def may_add(self, area: str) -> AccessDecision:
        """Tell whether a new record of this area may be added."""
        return self._asked(Target(area))

    def may_change(self, case: Case) -> AccessDecision:
        """Tell whether facts may be added to a record; `hidden`: answer as if there were none.

        What this very hand-in brought it may also complete, though the rule sealed it at once.
        """
        if self.brought(case):
            return AccessDecision(True, "it came in the same import")
        return self._asked(case.about())

    def brought(self, case: Case) -> bool:
        """Tell whether a record came in this hand-in."""
        return self.hand_in is not None and case.hand_in_id == self.hand_in.pk

    def why_not_alone(self, case: Case, name: str, value: str) -> str:
        """Return why a fact of a record that may be changed waits for a keeper, "" if it does not.

        A death that becomes another kind of record leaves every list of deaths, and may be sealed
        by rule. A sealed record that becomes a death would be a death that one person sealed. A
        record that moves to an area in which this person may not report is lost to it.
        """
        if name == "kind" and case.sealed and case.kind != DEATH and value.strip() == DEATH:
            return SEALED_DEATH
        if name == "kind" and case.kind == DEATH and value.strip() not in ("", DEATH):
            return "" if self.brought(case) else SECOND_PERSON
        if name == "area" and value.strip() != case.area:
            ruling = self._asked(Target(value.strip()))
            return "" if ruling.allowed else ruling.reason
        return ""

    def may_state_coverage(self) -> bool:
        """Tell whether this person may say what the desk has searched: a role for all areas."""
        if self.person is None:
            return True
        return areas_of(self.person, Permission.STATE_COVERAGE) is None

    def _asked(self, about: Target) -> AccessDecision:
        if self.person is None:
            return AccessDecision(True, "on the desk's own machine")
        return rule(self.person, Permission.REPORT, about)
