"""More than a hundred kinds of tampering: what is done, and the row that must be named first."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from copies import FIRST, ROWS, SECOND, Copy

from clew.desk.ledger.chain import LedgerRow

E = "UPDATE ledger_entry SET"


@dataclass(frozen=True)
class Kind:
    """One kind of tampering, and the row that is wrong first; `says`: words of the answer."""

    name: str
    do: Callable[[Copy], None]
    row: int
    says: str = ""


def sql(name: str, row: int, *statements: str, says: str = "") -> Kind:
    return Kind(name, lambda copy: copy.run(*statements), row, says)


def edit(name: str, row: int, change: Callable[[LedgerRow], LedgerRow]) -> Kind:
    """Edit one row as text, and leave its digest as it was."""

    def do(copy: Copy) -> None:
        rows = copy.rows()
        told = change(rows[row - 1])
        assert told != rows[row - 1]
        copy.many(
            f"{E} recorded_at=%s, act=%s, actor=%s, purpose=%s, subject=%s, body=%s"
            " WHERE number=%s",
            [(told.recorded_at, told.act, told.actor, told.purpose, told.subject, told.body, row)],
        )

    return Kind(name, do, row, "does not give its digest")


def body(name: str, row: int, change: Callable[[str], str]) -> Kind:
    return edit(f"body {name}", row, lambda told: replace(told, body=change(told.body)))


VALUES = {
    "recorded_at": "'2031-01-01T00:00:00.000000Z'", "act": "'erased'", "actor": "'nobody'",
    "purpose": "''", "subject": "'case:BD-9'", "body": "'{}'",
    "previous": f"'{'0' * 63}1'", "digest": f"'{'f' * 64}'",
}  # fmt: skip
EDITS = [
    sql(f"{column} of row {row}", row, f"{E} {column}={value} WHERE number={row}", says="digest")
    for column, value in VALUES.items()
    for row in (1, 30, ROWS)
]
LOOK_ALIKES = [
    edit("actor with a Cyrillic o", 7, lambda r: replace(r, actor=r.actor.replace("o", "\u043e"))),
    edit("actor in capitals", 8, lambda r: replace(r, actor=r.actor.upper())),
    edit("actor with a zero-width space", 9, lambda r: replace(r, actor=r.actor + "\u200b")),
    edit("purpose with a space behind", 10, lambda r: replace(r, purpose=r.purpose + " ")),
    edit("purpose with a hard space", 11, lambda r: replace(r, purpose="night\u00a0duty")),
    edit("subject with a space before", 12, lambda r: replace(r, subject=" " + r.subject)),
    edit("subject with another hyphen", 13, lambda r: replace(r, subject="case:BD\u20111")),
    edit("act with a line end", 14, lambda r: replace(r, act=r.act + "\n")),
    edit("time without its Z", 15, lambda r: replace(r, recorded_at=r.recorded_at[:-1])),
    edit("time in another zone's words", 16,
         lambda r: replace(r, recorded_at=r.recorded_at[:-1] + "+00:00")),
    edit("a colon moved between columns", 17,
         lambda r: replace(r, purpose=r.purpose + "case:", subject=r.subject[5:])),
    body("with spaces", 18, lambda told: json.dumps(json.loads(told), ensure_ascii=False)),
    body("escaped", 19, lambda told: json.dumps(json.loads(told), separators=(",", ":"))),
    body("in another order", 22, lambda told: json.dumps(
        dict(reversed(json.loads(told).items())), ensure_ascii=False, separators=(",", ":"))),
    body("decomposed", 23, lambda told: told.replace("\u00e9", "e\u0301")),
    body("with a line end", 24, lambda told: told + "\n"),
    body("with 25 as 25.0", 26, lambda told: told.replace('"k":25', '"k":25.0')),
    body("with true as 1", 27, lambda told: told.replace("true", "1")),
    body("with a key twice", 28, lambda told: told[:-1] + ',"k":27}'),
]  # fmt: skip
NUMBERS = [
    sql("last row numbered higher", 60, f"{E} number=61 WHERE number=60", says="row 60 is missing"),
    sql("a row numbered far off", 30, f"{E} number=100 WHERE number=30", says="row 30 is missing"),
    sql("first row numbered 0", 1, f"{E} number=0 WHERE number=1", says="its number is 0"),
    sql("a row numbered below 0", 1, f"{E} number=-5 WHERE number=30", says="its number is -5"),
    sql("all rows numbered from 1001", 1, f"{E} number=number+1000", says="1 to 1000 are missing"),
]
REMOVED = [
    sql(f"row {row} removed", row, f"DELETE FROM ledger_entry WHERE number={row}", says="missing")
    for row in (1, 2, FIRST, FIRST + 1, 30, 59, ROWS)
] + [
    sql("six rows removed", 10, "DELETE FROM ledger_entry WHERE number BETWEEN 10 AND 15",
        says="rows 10 to 15 are missing"),
    sql("every other row removed", 2, "DELETE FROM ledger_entry WHERE number % 2 = 0"),
    sql("all but the last removed", 1, "DELETE FROM ledger_entry WHERE number < 60"),
    sql("all rows removed", 1, "DELETE FROM ledger_entry", says="rows 1 to 40 are missing"),
    sql("all rows and the head removed", 1, "DELETE FROM ledger_entry", "DELETE FROM ledger_head"),
    Kind("a row taken out and the rest moved up", lambda c: _move_up(c, 30), 30, "digest"),
]  # fmt: skip
_AS = "recorded_at, act, actor, purpose, subject, body, previous, digest"
INSERT = f"INSERT INTO ledger_entry (number, {_AS})"


def _append(copy: Copy) -> None:
    rows, last = copy.rows(), copy.ask("SELECT digest FROM ledger_head")[0][0]
    row = replace(rows[-1], number=61, previous=last)
    copy.many(
        f"{INSERT} VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [(61, row.recorded_at, row.act, row.actor, row.purpose, row.subject, row.body, last,
          row.digest())],
    )  # fmt: skip


INSERTED = [
    sql("row 30 again at the end", 61,
        f"{INSERT} SELECT 61, {_AS} FROM ledger_entry WHERE number=30"),
    sql("row 30 again before the first", 1,
        f"{INSERT} SELECT 0, {_AS} FROM ledger_entry WHERE number=30"),
    Kind("a sound row at the end, unknown to the head", _append, 61, "head"),
    Kind("a row put in, the rest moved down", lambda c: _put_in(c, 30, sound=False), 30, "digest"),
    Kind("a sound row put in, the rest moved down", lambda c: _put_in(c, 30, sound=True), 31),
    Kind("a row twice under one number", lambda c: _twice(c, 30), 31, "its number is 30"),
]  # fmt: skip
SWAPPED = [
    Kind(f"{what} of rows {a} and {b} exchanged",
         lambda c, a=a, b=b, columns=columns: _swap(c, a, b, columns), a)  # type: ignore[misc]
    for what, a, b, columns in (
        ("all", 29, 30, tuple(VALUES)), ("all", 1, ROWS, tuple(VALUES)),
        ("all", 59, 60, tuple(VALUES)), ("all", FIRST, SECOND, tuple(VALUES)),
        ("bodies", 5, 45, ("body",)), ("times", 6, 7, ("recorded_at",)),
        ("actors", 31, 32, ("actor",)), ("digests", 33, 34, ("digest",)),
        ("digests and all before them", 35, 36, ("previous", "digest")),
    )
] + [
    sql("all rows in the other order", 1, f"{E} number=-number", f"{E} number=number+61")
]  # fmt: skip
NULLS = [
    Kind(f"{column} without a value",
         lambda c, column=column, row=row: _null(c, column, row), row)  # type: ignore[misc]
    for column, row in (("number", 1), *((column, 30) for column in VALUES))
]  # fmt: skip
HEADS = [
    sql("head ahead", 61, "UPDATE ledger_head SET number=62", says="rows 61 to 62 are missing"),
    sql("head behind", 60, "UPDATE ledger_head SET number=59", says="does not know it"),
    sql("head's digest", 60, f"UPDATE ledger_head SET digest='{'a' * 64}'", says="otherwise"),
    sql("head's time", 60, "UPDATE ledger_head SET recorded_at='2020'", says="otherwise"),
    sql("no head", 60, "DELETE FROM ledger_head", says="0 heads"),
    sql("two heads", 60, "INSERT INTO ledger_head (id, number, digest, recorded_at, clock)"
        " SELECT 2, number, digest, recorded_at, clock FROM ledger_head", says="2 heads"),
]  # fmt: skip
CLOCKS = [
    Kind(f"clock of row {row} set back, chain reckoned anew",
         lambda c, row=row: _rechain(c, row, recorded_at="2019-01-01T00:00:00.000000Z"),  # type: ignore[misc]
         row, "before that of the row before")
    for row in (42, 50, ROWS)
]  # fmt: skip
ANEW = [
    Kind(f"{what} {row}, chain reckoned anew", do, first, f"rows {first} to {last} were rewritten")
    for row, first, last in ((1, 1, FIRST), (10, 1, FIRST), (FIRST, 1, FIRST),
                             (30, FIRST + 1, SECOND), (SECOND, FIRST + 1, SECOND))
    for what, do in (
        ("edit of", lambda c, row=row: _rechain(c, row, actor="nobody")),
        ("removal of", lambda c, row=row: c.rechain(lambda rows: rows[:row-1] + rows[row:], row)),
        ("insertion at",
         lambda c, row=row: c.rechain(
             lambda rows: [*rows[:row-1], replace(rows[row-1], actor="x"), *rows[row-1:]], row)),
    )
]  # fmt: skip
CUT = [
    sql("last five rows cut", 56, "DELETE FROM ledger_entry WHERE number>55", says="56 to 60"),
    Kind("cut below a checkpoint, the head agreeing", lambda c: c.cut(30), 31, "31 to 40"),
    Kind("cut below both checkpoints, the head agreeing", lambda c: c.cut(7), 8, "8 to 40"),
    Kind(
        "cut right behind a checkpoint", lambda c: c.cut(SECOND), SECOND, "in no row of the ledger"
    ),
]


def _move_up(copy: Copy, row: int) -> None:
    copy.run(f"DELETE FROM ledger_entry WHERE number={row}")
    copy.run(f"{E} number=-number WHERE number>{row}", f"{E} number=-number-1 WHERE number<0")


def _put_in(copy: Copy, at: int, *, sound: bool) -> None:
    rows = copy.rows()
    row = replace(rows[at - 1], number=at, actor="nobody", previous=rows[at - 2].digest())
    digest = row.digest() if sound else "0" * 64
    copy.run(f"{E} number=-number WHERE number>={at}", f"{E} number=1-number WHERE number<0")
    copy.many(
        f"{INSERT} VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [(at, row.recorded_at, row.act, row.actor, row.purpose, row.subject, row.body,
          row.previous, digest)],
    )  # fmt: skip


def _twice(copy: Copy, row: int) -> None:
    copy.loosen()
    copy.run(f"{INSERT} SELECT number, {_AS} FROM ledger_entry WHERE number={row}")


def _swap(copy: Copy, one: int, other: int, columns: tuple[str, ...]) -> None:
    names = ", ".join(columns)
    told = {
        number: copy.ask(f"SELECT {names} FROM ledger_entry WHERE number={number}")[0]
        for number in (one, other)
    }
    assert told[one] != told[other]
    sets = ", ".join(f"{column}=%s" for column in columns)
    copy.many(f"{E} {sets} WHERE number=%s", [(*told[other], one), (*told[one], other)])


def _null(copy: Copy, column: str, row: int) -> None:
    copy.loosen()
    copy.run(f"{E} {column}=NULL WHERE number={row}")


def _rechain(copy: Copy, row: int, **columns: str) -> None:
    def change(rows: list[LedgerRow]) -> list[LedgerRow]:
        rows[row - 1] = replace(rows[row - 1], **columns)  # type: ignore[arg-type]
        return rows

    copy.rechain(change, row)


KINDS = [
    *EDITS, *LOOK_ALIKES, *NUMBERS, *REMOVED, *INSERTED, *SWAPPED, *NULLS, *HEADS, *CLOCKS,
    *ANEW, *CUT,
]  # fmt: skip
