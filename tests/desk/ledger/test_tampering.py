"""Each kind of tampering on a copied database is found, and the right row named first."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from copies import FIRST, ROWS, SECOND, Copy
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tampering import KINDS, Kind

from clew.desk.ledger.chain import Frontier
from clew.desk.ledger.key import CheckpointFile, Statement, id_of, key_of
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.verify import Verified, frontier_text, verify
from clew.desk.settings import CONFIGURATION
from clew.errors import LedgerBroken

# The database must be there for the copies' original.
pytestmark = [pytest.mark.django_db, pytest.mark.database]
C = "UPDATE ledger_checkpoint SET"
OTHER = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)


def check(copy: Copy, kept: CheckpointFile | None = None) -> Verified:
    with open_ledger(copy.address) as source:
        return verify(source, key_of(CONFIGURATION.home).public_key(), kept)


def broken(copy: Copy, kept: CheckpointFile | None = None) -> LedgerBroken:
    with pytest.raises(LedgerBroken) as caught:
        check(copy, kept)
    assert "\n" not in caught.value.line()
    return caught.value


def test_there_are_more_than_a_hundred_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) > 100


def test_a_copy_that_nobody_touched_holds(copied: Copy, original: Any) -> None:
    told = check(copied)
    assert (told.rows, told.checkpoints, told.covered) == (ROWS, 2, SECOND)
    for size, kept in original.kept.items():
        assert check(copied, kept).kept == size


def test_a_chain_reckoned_anew_without_a_change_is_the_same(copied: Copy) -> None:
    copied.rechain(lambda rows: rows)
    assert check(copied).rows == ROWS
    copied.loosen()
    assert check(copied).rows == ROWS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_it_is_found(kind: Kind, copied: Copy) -> None:
    kind.do(copied)
    found = broken(copied)
    assert found.row == kind.row
    assert kind.says in found.reason


COLUMNS = {
    "size": "25", "root": f"'{'b' * 64}'", "head": f"'{'c' * 64}'", "key_id": "'0123456789abcdef'",
    "signed_at": "'2020-01-01T00:00:00.000000Z'", "before": f"'{'d' * 64}'",
    "signature": f"'{'A' * 88}'", "frontier": f"'{'e' * 64}'", "stamp": "'AAAA'",
}  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("size", [FIRST, SECOND])
def test_a_checkpoint_altered_is_found(column: str, size: int, copied: Copy) -> None:
    copied.run(f"{C} {column}={COLUMNS[column]} WHERE size={size}")
    found = broken(copied)
    # The first of two takes the second's place in the order, where its size is altered.
    expected = {("size", FIRST): FIRST + 1, ("size", SECOND): 25}.get((column, size), size)
    assert found.row == expected
    assert "checkpoint" in found.reason


MOVES = (
    ("first removed", f"DELETE FROM ledger_checkpoint WHERE size={FIRST}", FIRST + 1),
    ("second removed", f"DELETE FROM ledger_checkpoint WHERE size={SECOND}", SECOND + 1),
    ("both removed", "DELETE FROM ledger_checkpoint", FIRST + 1),
    ("exchanged", f"{C} id=100-id", FIRST),
    ("sizes beyond the rows", f"{C} size=99 WHERE size={SECOND}", SECOND + 1),
    ("over no rows", f"{C} size=0 WHERE size={FIRST}", 1),
    ("over fewer than none", f"{C} size=-1 WHERE size={FIRST}", 1),
)


@pytest.mark.parametrize(("name", "statement", "row"), MOVES, ids=[move[0] for move in MOVES])
def test_checkpoints_moved_are_found(name: str, statement: str, row: int, copied: Copy) -> None:
    copied.run(statement)
    assert broken(copied).row == row


@pytest.mark.parametrize("size", [FIRST, SECOND])
def test_a_checkpoint_replayed_is_found(size: int, copied: Copy) -> None:
    copied.run(
        "INSERT INTO ledger_checkpoint (id, size, root, head, signed_at, before, key_id,"
        " signature, frontier, stamp) SELECT 99, size, root, head, signed_at, before, key_id,"
        f" signature, frontier, stamp FROM ledger_checkpoint WHERE size={size}"
    )
    found = broken(copied)
    assert found.row == size
    assert "does not follow the checkpoint before it" in found.reason


def forge(copy: Copy, key: Ed25519PrivateKey, key_id: str, size: int, where: str) -> None:
    """Sign the rows as they now are with a key."""
    frontier = Frontier()
    for row in copy.rows()[:size]:
        frontier.add(bytes.fromhex(row.digest()))
    at, before = copy.ask(f"SELECT signed_at, before FROM ledger_checkpoint WHERE {where}")[0]
    last = copy.rows()[size - 1].digest()
    made = Statement(size, frontier.root().hex(), last, at, before, key_id)
    signature = b64encode(key.sign(made.text().encode())).decode()
    copy.many(
        f"{C} size=%s, root=%s, head=%s, key_id=%s, signature=%s, frontier=%s WHERE {where}",
        [(size, made.root, made.head, key_id, signature, frontier_text(frontier))],
    )


@pytest.mark.parametrize("named", ["its own", "the desk's"])
def test_a_checkpoint_signed_by_another_key_is_found(named: str, copied: Copy) -> None:
    key_id = id_of((OTHER if named == "its own" else key_of(CONFIGURATION.home)).public_key())
    copied.rechain(lambda rows: [replace(rows[0], actor="nobody"), *rows[1:]])
    forge(copied, OTHER, key_id, FIRST, f"size={FIRST}")
    found = broken(copied)
    assert found.row == FIRST
    assert "signed by key" in found.reason or "forged" in found.reason


def test_who_holds_the_key_is_found_by_the_rows_that_tell(copied: Copy) -> None:
    copied.rechain(lambda rows: [replace(rows[0], actor="nobody"), *rows[1:]])
    forge(copied, key_of(CONFIGURATION.home), id_of(key_of(CONFIGURATION.home).public_key()),
          FIRST, f"size={FIRST}")  # fmt: skip
    assert broken(copied).row == FIRST + 1


def test_what_only_a_file_kept_elsewhere_finds(copied: Copy, original: Any) -> None:
    copied.cut(50)
    assert check(copied).rows == 50
    assert check(copied, original.kept[SECOND]).rows == 50
    found = broken(copied, original.kept[ROWS])
    assert (found.row, "rows 51 to 60 are missing" in found.reason) == (51, True)


def test_rows_newer_than_any_checkpoint_need_a_file(copied: Copy, original: Any) -> None:
    copied.rechain(lambda rows: [*rows[:49], replace(rows[49], actor="nobody"), *rows[50:]], 50)
    assert check(copied).covered == SECOND
    found = broken(copied, original.kept[ROWS])
    assert (found.row, "rows 41 to 60 were rewritten" in found.reason) == (41, True)


def test_cut_with_its_checkpoints_needs_a_file(copied: Copy, original: Any) -> None:
    copied.run(f"DELETE FROM ledger_checkpoint WHERE size={SECOND}")
    copied.cut(30)
    assert check(copied).rows == 30
    assert broken(copied, original.kept[SECOND]).row == 31


def test_a_file_of_another_desk_is_refused(copied: Copy, original: Any) -> None:
    told = replace(original.kept[SECOND].statement, key_id=id_of(OTHER.public_key()))
    kept = CheckpointFile(told, OTHER.sign(told.text().encode()), OTHER.public_key())
    found = broken(copied, kept)
    assert (found.row, "not by this desk's" in found.reason) == (SECOND, True)


@pytest.mark.parametrize("column", ["actor", "body", "digest"])
def test_text_that_is_no_text_is_found(column: str, copied: Copy) -> None:
    if "=" in copied.address:
        pytest.skip("PostgreSQL takes no text that is not UTF-8")
    copied.run(f"UPDATE ledger_entry SET {column} = CAST(x'ff41' AS TEXT) WHERE number=45")
    assert broken(copied).row == 45
    copied.run(f"UPDATE ledger_entry SET {column} = x'4142' WHERE number=44")
    assert broken(copied).row == 44
