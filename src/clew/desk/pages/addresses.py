"""Which page shows what a subject of the ledger, a notice or a deadline is about."""

from __future__ import annotations

from django.urls import reverse

NUMBERED = {"referral": "referral", "concern": "concern", "warn": "warn", "proposal": "proposal"}
"""Pages whose address is the number in a subject, by its kind."""


def address_of(subject: str, record_page: str = "record") -> str:
    """Return the address of the page that shows a subject, "" where there is none.

    `record_page`: the page on which a record is met. A pair is met on the page of its first record.
    Whether the reader may open the page is asked there.
    """
    kind, _, number = subject.partition(":")
    if kind in NUMBERED and number.isdecimal():
        return reverse(NUMBERED[kind], args=[int(number)])
    if kind in ("case", "pair") and number:
        return reverse(record_page, args=[number.split(",")[0] if kind == "pair" else number])
    return ""
