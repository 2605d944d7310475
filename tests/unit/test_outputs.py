"""The one door for what commands write: attacks by links, by readers, and by two writers."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import clew
from clew.disclosure.csv_files import write_table
from clew.errors import UsageRejected
from clew.intake.cases.rows import write_rejects
from clew.outputs import output_file, output_folder, output_text, write_output
from clew.store.durable import alone_in, write_durably

SOURCE = Path(clew.__file__).parent


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def wide() -> object:
    """Let the system give new files to everybody, as some do."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("wide")
def test_what_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    with output_folder(out):
        write_output(out / "a.html", "words")
        write_table(out / "b.csv", ("x",), [("1",)])
        write_rejects(out / "c.csv", ())
        write_durably(out / "d", lambda file: file.write(b"x"))
    (out / "open").write_text("old")
    (out / "open").chmod(0o666)
    write_output(out / "open", "new")
    assert mode(out) == 0o700
    assert {mode(path) for path in out.iterdir()} == {0o600}


def test_no_link_is_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("my keys")
    out = tmp_path / "out"
    out.mkdir()
    for name in ("report.html", "rejects.csv", "lock"):
        (out / name).symlink_to(mine)
    (out / "x.part").symlink_to(mine)
    with pytest.raises(UsageRejected, match="a symbolic link"):
        write_output(out / "report.html", "words")
    with pytest.raises(UsageRejected, match="a symbolic link"):
        write_rejects(out / "rejects.csv", ())
    with pytest.raises(UsageRejected, match="a symbolic link"), alone_in(out):
        pass
    write_durably(out / "x", lambda file: file.write(b"held"))
    assert mine.read_text() == "my keys"
    (tmp_path / "led").symlink_to(out, target_is_directory=True)
    with pytest.raises(UsageRejected, match="a symbolic link"), output_folder(tmp_path / "led"):
        pass
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageRejected, match="a symbolic link"):
        write_output(tmp_path / "dangling", "words")
    assert not (tmp_path / "nowhere").exists()


def test_pipes_and_folders_are_no_outputs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageRejected, match="no ordinary file"):
        write_output(tmp_path / "pipe", "words")
    with pytest.raises(UsageRejected, match="is a folder"):
        write_output(tmp_path, "words")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    write_output(path, "the old file")

    def rows() -> object:
        yield ("1",)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        write_table(path, ("x",), rows())  # type: ignore[arg-type]
    assert path.read_text() == "the old file"
    assert os.listdir(tmp_path) == ["links.csv"]


def test_a_reader_finds_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    write_output(path, "old")
    with output_text(path) as file:
        file.write("new, and not yet whole")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new, and not yet whole"


def test_two_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    with output_file(path) as one, output_file(path) as two:
        for k in range(1000):
            one.write(b"a%04d\n" % k)
            two.write(b"b%04d\n" % k)
    assert set(path.read_bytes()[::6]) == {ord("a")}  # the last to end: whole
    assert len(path.read_bytes()) == 6000


HOLD = "from clew.outputs import output_folder\nwith output_folder({!r}): print('in'); input()"


def test_a_folder_has_one_writer_at_a_time(tmp_path: Path) -> None:
    out = tmp_path / "out"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(str(out))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"in\n"
    try:
        with pytest.raises(UsageRejected, match="another command is writing"), output_folder(out):
            pass
    finally:
        holder.communicate(b"\n")
    with output_folder(out), output_folder(out):
        write_output(out / "a", "b")


WRITES = {"write_text", "write_bytes", "savefig", "to_csv"}
OWN_FILES = {
    "desk/configuration.py", "desk/ledger/clock.py", "desk/ledger/key.py", "desk/rounds/inbox.py",
    "desk/ledger/stand_in.py", "desk/rounds/sync.py", "store/durable.py", "store/manifest.py",
    "intake/bounded.py", "disclosure/exports/tabular.py", "disclosure/exports/i2.py", "outputs.py",
    "cli/desk.py", "replay/learned_history.py", "desk/pages/rounds.py",
}  # fmt: skip
"""Modules that write into the desk's home, a store, the cache or an archive, not for `--out`."""


def test_every_command_writes_through_the_one_door() -> None:
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            kinds = [one.value for one in node.args if isinstance(one, ast.Constant)]
            opens = node.func.attr == "open" and any(
                isinstance(kind, str) and kind[:1] in "wxa" and len(kind) < 4 for kind in kinds
            )
            if opens or node.func.attr in WRITES:
                found.add(path.relative_to(SOURCE).as_posix())
    assert found - OWN_FILES == set()
