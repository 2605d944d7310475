"""Which tables and columns the ledger covers: all that the desk's apps declare, but what is named.

A model says itself which of its columns change without an act that anybody must account for:
`LEDGER_LEAVES_OUT = frozenset({"held_until"})`, or `EVERY_COLUMN` for the whole table. So a new
table or column is covered from its migration on, unless its model says otherwise.
"""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db.models import Model

from clew.desk.ledger.contents import CoveredTable, coverage_digest, coverage_text

EVERY_COLUMN = frozenset({"*"})
"""Declared by a model whose table the ledger leaves out, and no restore brings back."""
LEFT_OUT = {
    "django_session", "django_migrations", "django_content_type", "auth_permission", "auth_group",
    "auth_group_permissions", "ledger_entry", "ledger_head", "ledger_rowchange",
    "ledger_checkpoint", "ledger_contentdigest", "ledger_coverage",
}  # fmt: skip
"""Sessions, Django's own lists (the desk's rules read no Django permission), and the ledger."""
OF_OTHERS = {
    "otp_totp_totpdevice": frozenset({
        "drift", "last_t", "last_used_at", "throttling_failure_count",
        "throttling_failure_timestamp",
    }),
}  # fmt: skip
"""What tables of other libraries change at each use: counters of the second factor."""


@cache
def own_coverage() -> dict[str, CoveredTable]:
    """Return the tables that this version of the desk covers, in a fixed order."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        left_out = _left_out(model)
        if not meta.managed or meta.db_table in LEFT_OUT or left_out == EVERY_COLUMN:
            continue
        columns = [str(field.column) for field in meta.local_concrete_fields]
        found[meta.db_table] = CoveredTable(
            str(meta.pk.column),
            tuple(name for name in columns if name not in left_out),
            tuple(name for name in columns if name in left_out),
        )
    return dict(sorted(found.items()))


def _left_out(model: type[Model]) -> frozenset[str]:
    declared: frozenset[str] = getattr(model, "LEDGER_LEAVES_OUT", frozenset())
    return declared | OF_OTHERS.get(model._meta.db_table, frozenset())


@cache
def own_coverage_text() -> str:
    """Return this version's coverage as the database keeps it."""
    return coverage_text(own_coverage())


@cache
def own_coverage_digest() -> str:
    """Return the digest by which rows name this version's coverage."""
    return coverage_digest(own_coverage_text())
