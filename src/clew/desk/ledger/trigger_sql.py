"""Triggers as SQL: guards, notes, and how to find those that a database has. Pure text.

Guards refuse to alter or remove rows of the ledger, and of KEPT. They stop a mistake and a careless
hand. Notes say what each row was before a change, in every table that the ledger covers: from them
a restore goes back to any moment, and the ledger accounts for what a transaction changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from clew.desk.ledger.contents import Coverage, CoveredTable

LEDGER = ("ledger_entry", "ledger_checkpoint")
CONTENTS = ("ledger_contentdigest", "ledger_coverage")
"""Of the ledger too, made later. Of a digest only the salt may be blanked, for an erasure."""
KEPT = (
    "casework_dissent", "casework_classchange", "casework_lineact", "casework_leadact",
    "casework_closing", "casework_approvalrequest", "casework_approvaldecision",
    "casework_referralstep", "casework_concernwords", "casework_concernstep",
)  # fmt: skip
"""Beside the ledger: what was decided, refused or disagreed with, and the words of a family. Each
is guarded from the migration of its own app on."""
GUARDED = (*LEDGER, *CONTENTS, *KEPT)
SAYS = "rows of the ledger are never altered or removed"
SAYS_KEPT = "words and acts that are kept are never altered or removed"
DIGESTS = "ledger_contentdigest"
KEYS = {"ledger_entry": "number", "ledger_coverage": "digest"}
"""Primary keys that are not `id`."""
_REFUSE = "RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation';"
GUARD_FUNCTIONS = {
    "ledger_refuse": f" BEGIN {_REFUSE.format(says=SAYS)} END ",
    "kept_refuse": f" BEGIN {_REFUSE.format(says=SAYS_KEPT)} END ",
    "digest_refuse": (
        " BEGIN IF TG_OP = 'UPDATE' THEN IF NEW.salt = ''"
        " AND to_jsonb(NEW) - 'salt' = to_jsonb(OLD) - 'salt' THEN RETURN NEW; END IF; END IF;"
        f" {_REFUSE.format(says=SAYS)} END "
    ),
}
"""Bodies of PostgreSQL's functions."""


class Trigger(NamedTuple):
    """One trigger: its table, and the statement that makes it, as the database gives it back."""

    table: str
    sql: str


class Found(NamedTuple):
    """What a database has: triggers and, on PostgreSQL, functions, each by name."""

    triggers: Mapping[str, Trigger]
    functions: Mapping[str, str]


def guard_triggers(vendor: str, tables: tuple[str, ...]) -> dict[str, Trigger]:
    """Return the guards of tables, by name."""
    found = {}
    for table in tables:
        if vendor == "postgresql":
            refuse = "kept_refuse" if table in KEPT else "ledger_refuse"
            refuse = "digest_refuse" if table == DIGESTS else refuse
            found[f"{table}_rows"] = Trigger(
                table,
                f"CREATE TRIGGER {table}_rows BEFORE DELETE OR UPDATE ON public.{table}"
                f" FOR EACH ROW EXECUTE FUNCTION {refuse}()",
            )
            found[f"{table}_truncate"] = Trigger(
                table,
                f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON public.{table}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()",
            )
            continue
        stop = f"BEGIN SELECT RAISE(ABORT, '{SAYS_KEPT if table in KEPT else SAYS}'); END"
        key = KEYS.get(table, "id")
        only_salt = (
            " WHEN NEW.salt <> '' OR NEW.id <> OLD.id OR NEW.entry <> OLD.entry"
            " OR NEW.of <> OLD.of OR NEW.key <> OLD.key OR NEW.digest <> OLD.digest"
        )
        when = only_salt if table == DIGESTS else ""
        for name, sql in (
            ("update", f"BEFORE UPDATE ON {table}{when} {stop}"),
            ("delete", f"BEFORE DELETE ON {table} {stop}"),
            # INSERT OR REPLACE would remove a row without asking the trigger above.
            ("insert", f"BEFORE INSERT ON {table} WHEN EXISTS"
             f" (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) {stop}"),
        ):  # fmt: skip
            found[f"{table}_{name}"] = Trigger(table, f"CREATE TRIGGER {table}_{name} {sql}")
    return found


PREFIX = "clew_note_"
_NOTED = "INSERT INTO ledger_rowchange (tx, at, of, did, key, was)"
_NOW = """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
NOTE_FUNCTIONS = {
    "clew_note": (
        " DECLARE done text := left(TG_OP, 1); BEGIN"
        " IF TG_OP = 'UPDATE' THEN IF (to_jsonb(OLD) - TG_ARGV[1]::text[])::text"
        " = (to_jsonb(NEW) - TG_ARGV[1]::text[])::text THEN done := 'V'; END IF; END IF;"
        f" {_NOTED} VALUES (txid_current(), {_NOW}, TG_TABLE_NAME, done,"
        " to_jsonb(OLD) ->> TG_ARGV[0], to_jsonb(OLD)::text); RETURN NULL; END "
    ),
    "clew_note_made": (
        f" BEGIN {_NOTED} SELECT txid_current(), {_NOW}, TG_TABLE_NAME, 'I',"
        " to_jsonb(made) ->> TG_ARGV[0], '' FROM made; RETURN NULL; END "
    ),
}
"""Bodies of PostgreSQL's functions. Arguments: the key, and the columns that are not covered."""


def note_triggers(vendor: str, coverage: Coverage) -> dict[str, Trigger]:
    """Return the triggers that note changes: of all covered tables, by name."""
    make = _on_postgres if vendor == "postgresql" else _on_sqlite
    return {
        name: Trigger(table, f"CREATE TRIGGER {name} {sql}")
        for table, covered in coverage.items()
        for name, sql in make(table, covered)
    }


def _on_postgres(table: str, covered: CoveredTable) -> Iterator[tuple[str, str]]:
    beside = "{" + ",".join(covered.beside) + "}"
    yield (
        f"{PREFIX}{table}",
        (
            f"AFTER DELETE OR UPDATE ON public.{table} FOR EACH ROW"
            f" EXECUTE FUNCTION clew_note('{covered.key}', '{beside}')"
        ),
    )
    yield (
        f"{PREFIX}{table}_made",
        (
            f"AFTER INSERT ON public.{table} REFERENCING NEW TABLE AS made FOR EACH STATEMENT"
            f" EXECUTE FUNCTION clew_note_made('{covered.key}')"
        ),
    )


def _on_sqlite(table: str, covered: CoveredTable) -> Iterator[tuple[str, str]]:
    now = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
    # As SQL literals: `quote` gives every float back exactly, which json_object would not.
    parts = ", ".join(f"'{column}', quote(OLD.\"{column}\")" for column in covered.names())
    was = f"json_object({parts})"
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in covered.columns)
    for what, row, did, old in (
        ("INSERT", "NEW", "'I'", "''"),
        ("UPDATE", "OLD", f"CASE WHEN {differs} THEN 'U' ELSE 'V' END", was),
        ("DELETE", "OLD", "'D'", was),
    ):
        yield (
            f"{PREFIX}{table}_{what.lower()}",
            (
                f"AFTER {what} ON \"{table}\" BEGIN {_NOTED} VALUES (clew_tx(), {now}, '{table}',"
                f' {did}, {row}."{covered.key}", {old}); END'
            ),
        )


SEARCHED = "search_searchdocument"
_INDEX = "INSERT INTO search_text(rowid, terms) VALUES (NEW.id, NEW.terms);"
_FORGET = "INSERT INTO search_text(search_text, rowid, terms) VALUES ('delete', OLD.id, OLD.terms);"
INDEX_TRIGGERS = {
    f"clew_search_{what}": Trigger(
        SEARCHED,
        f'CREATE TRIGGER clew_search_{what} AFTER {when} ON "{SEARCHED}" BEGIN {does} END',
    )
    for what, when, does in (
        ("insert", "INSERT", _INDEX),
        ("delete", "DELETE", _FORGET),
        ("update", "UPDATE OF terms", f"{_FORGET} {_INDEX}"),
    )
}
"""By which SQLite's full-text table follows the documents of search (its manual, 4.4.3)."""
SAVED_SEARCHES = "search_savedsearch"
"""A database that covers this table has the index too."""


def wanted_triggers(vendor: str, coverage: Coverage) -> Found:
    """Return every trigger and function that a database of this coverage must have."""
    functions = {**GUARD_FUNCTIONS, **NOTE_FUNCTIONS} if vendor == "postgresql" else {}
    triggers = {**guard_triggers(vendor, GUARDED), **note_triggers(vendor, coverage)}
    if vendor != "postgresql" and SAVED_SEARCHES in coverage:
        triggers |= INDEX_TRIGGERS
    return Found(triggers, functions)


def trigger_faults(wanted: Found, found: Found) -> Iterator[str]:
    """Yield what is wrong with the triggers of a database, each in plain words."""
    for name, trigger in wanted.triggers.items():
        if name not in found.triggers:
            yield f"the trigger {name} on {trigger.table} is missing or switched off"
        elif found.triggers[name] != trigger:
            yield f"the trigger {name} on {trigger.table} was altered"
    for name, trigger in found.triggers.items():
        if name not in wanted.triggers:
            yield f"the trigger {name} on {trigger.table} is not one of the desk's"
    for name, body in wanted.functions.items():
        if found.functions.get(name) != body:
            yield f"the function {name} is missing or was altered"


FIND_SQLITE = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
FIND_POSTGRES = (
    "SELECT tgname, relname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger"
    " JOIN pg_class ON tgrelid = pg_class.oid"
    " WHERE NOT tgisinternal AND tgenabled = 'O' AND relnamespace = 'public'::regnamespace"
)
FIND_FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


def as_found(triggers: list[tuple[Any, ...]], functions: list[tuple[Any, ...]]) -> Found:
    """Return what the queries above brought."""
    return Found({name: Trigger(table, sql) for name, table, sql in triggers}, dict(functions))
