"""What may be told outside: no other death before two people adopted that both belong together."""

from __future__ import annotations

import re

from django.db.models import Q
from django.db.models.functions import Upper

from clew.desk.cases.models import Case
from clew.desk.concerns.models import Concern
from clew.desk.concerns.standing import adopted
from clew.desk.links.models import Pair
from clew.errors import ActRefused

TOKEN = re.compile(r"[\w][\w./-]*[\w]|\w")
"""What may be a record's number within a text."""
MOST_TOKENS = 4_000
"""Declared: words of a text that are looked up; an answer is shorter."""
AT_ONCE = 300
"""Declared: words asked for in one query."""


def ids_in(text: str) -> list[str]:
    """Return the records whose number stands in a text, whatever the case of its letters."""
    words = sorted({word.upper() for word in TOKEN.findall(text)})[:MOST_TOKENS]
    found: list[str] = []
    for k in range(0, len(words), AT_ONCE):
        asked = Case.objects.annotate(upper=Upper("case_id"))
        some = asked.filter(upper__in=words[k : k + AT_ONCE])
        found += some.values_list("case_id", flat=True)
    return sorted(set(found))


def refuse_untold(concern: Concern, text: str) -> None:
    """Refuse a text for somebody outside that tells of a similarity nobody may tell of yet.

    Raises
    ------
    ActRefused
        If it names another record, by number or (where the concern claims it) by name, and that
        pair was not adopted by two people.
    """
    own = concern.case.case_id if concern.case else ""
    named = {case_id for case_id in ids_in(text) if case_id != own} | _named_claims(concern, text)
    for case_id in sorted(named):
        if not own or not _adopted(own, case_id):
            raise ActRefused(
                "nobody outside is told of a similarity before two people have judged the pair"
                " linked; take the other death out of the answer",
                ("answer",),
            )


def _named_claims(concern: Concern, text: str) -> set[str]:
    """Return the claimed records whose name stands in a text."""
    low, found = text.lower(), set()
    for claim in concern.claims.select_related("pair__first", "pair__second"):
        for case in (claim.pair.first, claim.pair.second):
            if concern.case_id != case.pk and any(name in low for name in names_of(case)):
                found.add(case.case_id)
    return found


def names_of(case: Case) -> list[str]:
    """Return the names of the person who died, in small letters."""
    told = case.told.get("now", {})
    names = (told.get("name_used_by_family"), told.get("known_as"))
    return [name.lower() for name in names if name]


def _adopted(a: str, b: str) -> bool:
    both = Q(first__case_id=a, second__case_id=b) | Q(first__case_id=b, second__case_id=a)
    pair = Pair.objects.filter(both).first()
    return pair is not None and adopted(pair)
