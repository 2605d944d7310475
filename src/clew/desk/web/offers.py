"""What the navigation offers: only pages that whoever asks may open."""

from __future__ import annotations

from django.http import HttpRequest

from clew.desk.accounts.rules import Do
from clew.desk.web.guard import allowed

PAGES = (
    ("morning", "Morning sheet", Do.SEE_LINKS),
    ("queue", "Queue", Do.SEE_LINKS),
    ("near", "Near here", Do.SEARCH),
    ("cases", "Records", Do.SEARCH),
    ("scene-card", "Scene card", Do.REPORT),
    ("rounds", "Rounds", Do.RUN_ROUND),
    ("decisions", "Decisions", Do.SEE_LINKS),
    ("seals", "Seals", Do.SEAL),
    ("export-cases", "Export", Do.SEE_LINKS),
    ("coroner-questions", "Coroner's questions", Do.GIVE_TO_CORONER),
    ("workspace", "Coroner's workspace", Do.SEE_CORONERS_WORKSPACE),
    ("oversight", "Figures", Do.SEE_AGGREGATES),
    ("ledger", "Ledger", Do.SEE_LEDGER),
    ("erasures", "Erasures", Do.ERASE),
    ("accounts", "Accounts", Do.MANAGE_ACCOUNTS),
)
"""Address name, words, and what it needs; in the order of a day's work."""


def offers(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the pages that whoever asks may open: address name and words."""
    from django.urls import NoReverseMatch, reverse  # noqa: PLC0415

    found = []
    for name, words, act in PAGES:
        if allowed(request, act):
            try:
                reverse(name)
            except NoReverseMatch:
                continue
            found.append((name, words))
    return found
