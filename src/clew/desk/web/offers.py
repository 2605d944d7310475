"""What pages offer to whoever asks: only what the rules would let them open."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from clew.desk.accounts.rules import NOTHING, About, Do
from clew.desk.web.guard import allowed

PAGES = (
    ("clock", "Clock", Do.TAKE_CONCERN),
    ("morning", "Morning sheet", Do.SEE_LINKS),
    ("queue", "Queue", Do.SEE_LINKS),
    ("near", "Near here", Do.SEARCH),
    ("cases", "Records", Do.SEARCH),
    ("scene-card", "Scene card", Do.REPORT),
    ("rounds", "Rounds", Do.RUN_ROUND),
    ("decisions", "Decisions", Do.SEE_LINKS),
    ("referrals", "Referrals", Do.SEE_LINKS),
    ("concerns", "Concerns", Do.TAKE_CONCERN),
    ("seals", "Seals", Do.SEAL),
    ("export-cases", "Export", Do.SEE_LINKS),
    ("coroner-questions", "Coroner's questions", Do.GIVE_TO_CORONER),
    ("workspace", "Coroner's workspace", Do.SEE_CORONERS_WORKSPACE),
    ("re-audits", "Read again", Do.DECIDE),
    ("measures", "Measures", Do.SEE_MEASURES),
    ("oversight", "Figures", Do.SEE_AGGREGATES),
    ("ledger", "Ledger", Do.SEE_LEDGER),
    ("erasures", "Erasures", Do.ERASE),
    ("accounts", "Accounts", Do.MANAGE_ACCOUNTS),
)
"""Address name, words, and what it needs; in the order of a day's work."""

ON_RECORD = (
    ("assured", "What must be done", Do.ASSURE),
    ("preserve", "What will be lost, and the requests that keep it", Do.ASSURE),
    ("class", "Its class, and how it changed", Do.ASSURE),
    ("expected", "Expected death, with a doctor's word", Do.ASSURE),
    ("closing", "Close it as not suspicious: what lacks", Do.ASSURE),
    ("family", "Family: contact and promises", Do.ASSURE),
    ("export-case", "Export it", Do.EXPORT),
    ("give-case", "Give it to the coroner", Do.GIVE_TO_CORONER),
    ("seal", "Seal it, or open its seal", Do.SEAL),
    ("legal-hold", "Put it under a legal hold", Do.DECIDE),
    ("identity", "See who stands behind a code", Do.RESOLVE_IDENTITY),
)
ON_PAIR = (
    ("export-pair", "Export this comparison", Do.EXPORT),
    ("give-pair", "Give it to the coroner", Do.GIVE_TO_CORONER),
)
ON_SHEET = (("export-sheet", "Export this sheet", Do.EXPORT),)
"""Acts on one record, pair or sheet: address name, words, and what it needs."""


def offers(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the pages that whoever asks may open: address name and words."""
    return [(name, words) for name, words, act in PAGES if allowed(request, act)]


def acts_on(
    request: HttpRequest, acts: Iterable[tuple[str, str, Do]], abouts: Iterable[About] = (NOTHING,)
) -> list[tuple[str, str]]:
    """Return the acts that whoever asks may do on all that they are about: address, words."""
    abouts = tuple(abouts)
    return [
        (name, words)
        for name, words, do in acts
        if all(allowed(request, do, one) for one in abouts)
    ]
