"""Faults of disks and of moments: a torn part, a full disk, a torn manifest, a second writer."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from clew.comparison.coding.columns import to_columns
from clew.errors import InputRejected, UsageRejected
from clew.store import durable, manifest
from clew.store.durable import alone_in, write_durably
from clew.store.manifest import MANIFEST, Manifest, left_over, read_manifest, write_manifest
from clew.store.opened import Store, check_store
from clew.store.segments import Addition, Name, write_segment
from clew.workflows.demo import made_cases

ZONE = "Europe/London"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of three cases in one segment."""
    folder = tmp_path / "S"
    folder.mkdir()
    coded = to_columns(made_cases(), ZONE)
    codes = coded.codes
    names = [
        Name("items", int(kind), int(against), value)
        for (_, value), kind, against in zip(
            codes.items, codes.item_type, codes.item_against, strict=True
        )
    ]
    for group in ("place_keys", "areas", "entities", "mechanisms", "case_ids"):
        names += [Name(group, 0, 0, value) for value in getattr(codes, group)]
    versions = [(case.reported_at, case) for case in coded.cases]
    segment = write_segment(folder, 1, Addition(versions, coded.cols, names, (), 3))
    write_manifest(folder, Manifest(ZONE, "", (segment,)))
    return folder


def test_it_is_whole_and_comes_back(store: Path) -> None:
    told = check_store(store)
    assert (told.cases, told.versions, told.segments, told.left_over) == (3, 3, 1, 0)
    cases = [history.versions[0][1] for history in Store(store).histories()]
    assert cases == made_cases()


@pytest.mark.parametrize(
    "name", ["versions-000002.arrow.part", "coded-000002.arrow", "manifest.json.part"]
)
@pytest.mark.parametrize("length", [0, 1, 600])
def test_what_the_manifest_does_not_name_is_not_there(store: Path, name: str, length: int) -> None:
    """Torn parts, whole files that were never acknowledged, a torn copy of the manifest."""
    (store / name).write_bytes((store / MANIFEST).read_bytes()[:length])
    told = check_store(store)
    assert (told.cases, told.left_over) == (3, 1)
    assert [path.name for path in left_over(store, read_manifest(store))] == [name]


@pytest.mark.parametrize("kept", [0, 1, 40, 300, -2])
def test_a_torn_manifest_is_one_clear_refusal(store: Path, kept: int) -> None:
    whole = (store / MANIFEST).read_bytes()
    (store / MANIFEST).write_bytes(whole[:kept])
    with pytest.raises(InputRejected, match="damaged"):
        read_manifest(store)


def test_a_manifest_that_was_changed_by_hand_is_refused(store: Path) -> None:
    raw = json.loads((store / MANIFEST).read_text())
    raw["segments"][0]["rows"] = 2
    (store / MANIFEST).write_text(json.dumps(raw))
    with pytest.raises(InputRejected, match="sum does not fit"):
        read_manifest(store)
    raw["schema"] = 99
    (store / MANIFEST).write_text(json.dumps(raw))
    with pytest.raises(InputRejected, match="schema 99"):
        read_manifest(store)


@pytest.mark.parametrize("table", manifest.TABLES)
def test_a_segment_that_is_shorter_gone_or_changed_is_named(store: Path, table: str) -> None:
    path = store / f"{table}-000001.arrow"
    whole = path.read_bytes()
    at = len(whole) // 2
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(InputRejected) as told:
        check_store(store)
    assert path.name in told.value.line()
    path.write_bytes(whole[:-1])
    with pytest.raises(InputRejected, match="not whole"):
        Store(store)
    path.unlink()
    with pytest.raises(InputRejected, match="not whole"):
        Store(store)
    path.write_bytes(whole)
    assert check_store(store).cases == 3


def test_no_store_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="this is not a store"):
        Store(tmp_path)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_durably(path, lambda file: file.write(b"before"))

    def full(file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_durably(path, full)
    assert [p.name for p in tmp_path.iterdir()] == ["one"]
    assert path.read_bytes() == b"before"


def test_the_disk_is_asked_in_the_right_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is flushed before it gets its name, and the folder after."""
    asked: list[str] = []
    fsync, replace = durable.os.fsync, Path.replace
    monkeypatch.setattr(
        durable.os, "fsync", lambda handle: (asked.append("flush"), fsync(handle))[1]
    )
    monkeypatch.setattr(
        Path, "replace", lambda old, new: (asked.append("name"), replace(old, new))[1]
    )
    write_durably(tmp_path / "one", lambda file: file.write(b"x"))
    assert asked == ["flush", "name", "flush"]


def test_two_cannot_add_at_once(tmp_path: Path) -> None:
    with (
        alone_in(tmp_path),
        pytest.raises(UsageRejected, match="another process"),
        alone_in(tmp_path),
    ):
        pass
    with alone_in(tmp_path):
        pass
