"""What pages offer: only what the rules would let the person signed in open."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from clew.desk.accounts.rules import NOTHING, Permission, Target
from clew.desk.web.guard import allowed

PAGES = (
    ("clock", "Deadlines", Permission.TAKE_CONCERN),
    ("morning", "Morning summary", Permission.SEE_LINKS),
    ("queue", "Queue", Permission.SEE_LINKS),
    ("near", "Near here", Permission.SEARCH),
    ("cases", "Records", Permission.SEARCH),
    ("scene-card", "Scene card", Permission.REPORT),
    ("rounds", "Daily comparison", Permission.RUN_ROUND),
    ("decisions", "Decisions", Permission.SEE_LINKS),
    ("referrals", "Referrals", Permission.SEE_LINKS),
    ("concerns", "Concerns", Permission.TAKE_CONCERN),
    ("seals", "Seals", Permission.SEAL),
    ("proposals", "Proposed changes", Permission.SEAL),
    ("export-cases", "Export", Permission.SEE_LINKS),
    ("coroner-questions", "Coroner's questions", Permission.GIVE_TO_CORONER),
    ("workspace", "Coroner's workspace", Permission.SEE_CORONERS_WORKSPACE),
    ("re-audits", "Closed deaths to review", Permission.DECIDE),
    ("measures", "Measures", Permission.SEE_MEASURES),
    ("budgets", "Alert budget", Permission.SEE_MEASURES),
    ("oversight", "Figures", Permission.SEE_AGGREGATES),
    ("ledger", "Ledger", Permission.SEE_LEDGER),
    ("erasures", "Erasures", Permission.ERASE),
    ("quarantine", "Quarantine", Permission.MEND_INTAKE),
    ("accounts", "Accounts", Permission.MANAGE_ACCOUNTS),
)
"""Address name, words, and what it needs; in the order of a day's work."""

ON_RECORD = (
    ("assured", "What must be done", Permission.ASSURE),
    ("preserve", "Evidence that will be lost, and requests to keep it", Permission.ASSURE),
    ("class", "The class and its changes", Permission.ASSURE),
    ("expected", "Record as an expected death", Permission.ASSURE),
    ("closing", "Close as not suspicious", Permission.ASSURE),
    ("family", "Family: contact and promises", Permission.ASSURE),
    ("export-case", "Export this record", Permission.EXPORT),
    ("give-case", "Give to the coroner", Permission.GIVE_TO_CORONER),
    ("seal", "Seal, or give access to a sealed record", Permission.SEAL),
    ("legal-hold", "Set or lift a legal hold", Permission.DECIDE),
    ("identity", "Find out who a code means", Permission.RESOLVE_IDENTITY),
)
ON_PAIR = (
    ("export-pair", "Export this comparison", Permission.EXPORT),
    ("give-pair", "Give to the coroner", Permission.GIVE_TO_CORONER),
)
ON_SHEET = (("export-sheet", "Export this summary", Permission.EXPORT),)
"""Acts on one record, pair or sheet: address name, words, and what it needs."""


def offers(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the pages that the person signed in may open: address name and words."""
    return [(name, words) for name, words, act in PAGES if allowed(request, act)]


def may_search(request: HttpRequest) -> bool:
    """Tell whether a page has the search box."""
    return allowed(request, Permission.SEARCH)


def acts_on(
    request: HttpRequest,
    acts: Iterable[tuple[str, str, Permission]],
    abouts: Iterable[Target] = (NOTHING,),
) -> list[tuple[str, str]]:
    """Return the acts allowed on all the targets: address name and words."""
    targets = tuple(abouts)
    return [
        (name, words)
        for name, words, act in acts
        if all(allowed(request, act, about) for about in targets)
    ]
