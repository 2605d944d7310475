"""Attacks on what Clew keeps for itself: caches and stores to which somebody else can write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clew import caches
from clew.caches import is_whole, note_sum, own_folder, why_not_own
from clew.errors import InputRejected
from clew.intake.read import CaseSources
from clew.store.opened import Store
from clew.workflows.store import add_to_store

ROW = "case_id,reported_at,kind\nA-1,2014-06-19T08:00,death\n"
SOMEBODY = 65534
"""The number of the user `nobody` on Debian; any other than ours would do."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path / "cache"))
    caches._instead.cache_clear()
    caches._say.cache_clear()
    return tmp_path / "cache"


def test_a_folder_of_the_cache_is_made_for_its_owner_alone(cache: Path) -> None:
    before = os.umask(0)
    try:
        folder = own_folder("kernel", "x")
    finally:
        os.umask(before)
    assert folder == cache / "kernel" / "x"
    assert {path.stat().st_mode & 0o777 for path in (cache, cache / "kernel", folder)} == {0o700}


def test_a_folder_that_others_can_write_to_is_not_used(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    planted = own_folder("kernel", "x") / "code.nbi"
    planted.write_bytes(b"planted")
    planted.parent.chmod(0o777)
    for _ in range(2):
        folder = own_folder("kernel", "x")
        assert not folder.is_relative_to(cache)
        assert not why_not_own(folder.parent if not folder.exists() else folder)
    assert caplog.text.count("other users can write to it") == 1


@pytest.mark.parametrize("attack", ["link", "writable file", "link to a folder", "pipe"])
def test_what_somebody_put_into_the_cache_is_not_used(cache: Path, attack: str) -> None:
    folder = own_folder("kernel", "x")
    if attack == "link":
        (folder / "code.nbi").symlink_to(cache)
    elif attack == "writable file":
        (folder / "code.nbi").write_bytes(b"")
        (folder / "code.nbi").chmod(0o666)
    elif attack == "pipe":
        os.mkfifo(folder / "code.nbi")
    else:
        folder.rename(cache / "elsewhere")
        folder.symlink_to(cache / "elsewhere")
    assert not own_folder("kernel", "x").is_relative_to(cache)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_what_belongs_to_another_user_is_not_used(cache: Path, tmp_path: Path) -> None:
    folder = own_folder("kernel", "x")
    os.chown(folder, SOMEBODY, SOMEBODY)
    assert not own_folder("kernel", "x").is_relative_to(cache)
    store = made_store(tmp_path)
    os.chown(next(store.glob("versions-*")), SOMEBODY, SOMEBODY)
    with pytest.raises(InputRejected, match="belongs to another user"):
        Store(store)


def test_a_cache_of_an_earlier_version_is_tightened_and_used(cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o775)
    assert own_folder("prepared") == cache / "prepared"
    assert cache.stat().st_mode & 0o777 == 0o755


def test_a_prepared_file_is_used_only_whole(cache: Path) -> None:
    path = own_folder("prepared") / "a.arrow"
    path.write_bytes(b"whole")
    assert not is_whole(path)  # nobody has said what it was
    note_sum(path)
    assert is_whole(path)
    before = path.stat()
    path.write_bytes(b"hole!")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not is_whole(path)
    path.write_bytes(b"whole")
    assert is_whole(path)  # touched, and as it was
    path.chmod(0o666)
    assert not is_whole(path)


def made_store(tmp_path: Path) -> Path:
    (tmp_path / "c.csv").write_text(ROW)
    add_to_store(tmp_path / "store", CaseSources(tmp_path / "c.csv"))
    return tmp_path / "store"


@pytest.mark.parametrize("name", ["", "manifest.json", "versions-*", "coded-*"])
def test_a_store_that_others_can_write_to_is_refused(tmp_path: Path, name: str) -> None:
    store = made_store(tmp_path)
    Store(store)
    path = next(store.glob(name)) if name else store
    path.chmod(0o777)
    with pytest.raises(InputRejected, match="other users can write to it"):
        Store(store)
    path.chmod(0o700)
    Store(store)


def test_a_store_whose_file_is_a_link_is_refused(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    path = next(store.glob("versions-*"))
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputRejected, match="a symbolic link"):
        Store(store)


SAY = "from clew.caches import own_folder; own_folder('kernel', 'x')"


def test_it_is_said_in_one_plain_line(cache: Path) -> None:
    own_folder("kernel", "x").chmod(0o777)
    done = subprocess.run([sys.executable, "-c", SAY], capture_output=True, text=True, check=True)
    assert done.stderr.count("\n") == 1
    assert "is not used, because other users can write to it. Remove it" in done.stderr
