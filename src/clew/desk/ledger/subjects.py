"""How a row of the ledger names what was acted on: `case:BD-1`, `pair:BD-2,BD-1`, `account:3`."""

from __future__ import annotations


def case_subject(case_id: str) -> str:
    """Return the subject of a row about one record."""
    return f"case:{case_id}"


def pair_subject(first: str, second: str) -> str:
    """Return the subject of a row about a pair; `review.shown.subject_of` says who is first."""
    return f"pair:{first},{second}"


def missing_pair_subject(number: int) -> str:
    """Return the subject of a row about the number of a page where there is no pair."""
    return f"missing pair:{number}"


def records_in(subject: str) -> list[str]:
    """Return the ids of the records that a subject names."""
    kind, _, ids = subject.partition(":")
    return {"case": [ids], "pair": ids.split(",")}.get(kind, [])


def spellings(subject: str) -> list[str]:
    """Return every subject that means the same, to search rows by.

    Exports once named a pair in the order of its last comparison, so a ledger may hold it both
    ways round; pages print it with a space after the comma.
    """
    ids = [case_id.strip() for case_id in records_in(subject)]
    if not subject.startswith("pair:") or len(ids) != 2:
        return [subject]
    return [pair_subject(*ids), pair_subject(*reversed(ids))]
