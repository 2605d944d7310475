"""The demonstration fills a home of its own, tells its story, and leaves other data alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from clew.cli.desk import MARK, prepare_home
from clew.desk.commands.demo import between
from clew.errors import UsageRejected
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings

LOOK = """
import json
from clew.desk.setup import set_up
set_up()
from clew.desk.accounts.models import Account
from clew.desk.records.models import Case
from clew.desk.review.models import Pair
pair = Pair.objects.get(first__case_id="BD-2", second__case_id="BD-1")
print(json.dumps({
    "accounts": Account.objects.count(), "cases": Case.objects.count(),
    "sealed": Case.objects.filter(sealed=True).count(), "judged": pair.judgements.count(),
    "state": pair.state, "level": pair.level, "times": pair.times, "matches": pair.matches,
}))
"""


def clew(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from clew.cli.app import main; main()"
    line = [sys.executable, "-c", code, "desk", "demo", "--home", str(home), *words]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CLEW_DESK_")}
    environment["DJANGO_SETTINGS_MODULE"] = "clew.desk.settings"
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("most", [2, pytest.param(4, marks=pytest.mark.long)])
def test_the_demonstration_tells_its_story(most: int, tmp_path: Path) -> None:
    """Of pages that differ in numbers alone, `most` are read by each account."""
    home = tmp_path / "demo"
    done = clew(home, "--no-serve", "--deaths-a-day", "0.06")
    assert done.returncode == 0, done.stderr
    assert "demonstration only" in done.stdout
    assert f"Start it with: clew desk demo --home {home}" in done.stdout
    assert "127.0.0.1" not in done.stdout
    environment = {**os.environ, "CLEW_DESK_HOME": str(home), "CLEW_DESK_DATABASE": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "clew.desk.settings"
    looked = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True
    )
    told = json.loads(looked.stdout)
    assert (told["accounts"], told["cases"], told["sealed"]) == (7, 67, 1)
    assert (told["state"], told["level"], told["times"]) == ("open", 2, 2)
    assert "BD-3" in [record for record, _ in told["matches"]]
    assert told["judged"] == 1
    crawl = Path(__file__).with_name("demo_crawl.py")
    done = subprocess.run(
        [sys.executable, crawl, str(most)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    for name, (read, failed) in json.loads(done.stdout).items():
        assert failed == {}, (name, failed)
        assert read > 3, name
    _records_are_named_and_names_are_kept(environment, most // 2)


def _records_are_named_and_names_are_kept(environment: dict[str, str], most: int) -> None:
    """Every list names a record by who and where; a name is read by those who may see it."""
    script = Path(__file__).with_name("demo_names.py")
    done = subprocess.run(
        [sys.executable, script, str(most)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert len(told["faults"]) == 14
    for name, found in told["faults"].items():
        assert found == {}, (name, found)
    assert told["names"] > 5  # names are shown at all
    assert told["unseen"] == [], "labels of docs/tutorial/morning.md that no page has"
    ages = told["ages"]
    assert len(ages) > 40
    worst = sorted(ages.items(), key=lambda one: -one[1])[:10]
    assert median(ages.values()) <= 12, worst
    assert worst[0][1] <= 16, worst


def test_it_refuses_a_folder_that_holds_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLEW_DESK_DATABASE", raising=False)
    monkeypatch.setenv("CLEW_DESK_HOME", "unchanged")
    (tmp_path / "desk.sqlite3").write_text("somebody's")
    with pytest.raises(UsageRejected, match="other data"):
        prepare_home(tmp_path)
    assert (tmp_path / "desk.sqlite3").read_text() == "somebody's"
    monkeypatch.setenv("CLEW_DESK_DATABASE", "dbname=force")
    with pytest.raises(UsageRejected, match="CLEW_DESK_DATABASE"):
        prepare_home(tmp_path / "new")


def test_a_demonstration_that_was_broken_off_begins_anew_and_a_whole_one_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLEW_DESK_DATABASE", raising=False)
    monkeypatch.setenv("CLEW_DESK_HOME", "unchanged")
    home = tmp_path / "demo"
    assert prepare_home(home)
    (home / "half").write_text("x")
    assert prepare_home(home)
    assert not (home / "half").exists()
    (home / MARK).write_text("whole", encoding="ascii")
    (home / "data").write_text("x")
    assert not prepare_home(home)
    assert (home / "data").exists()


def test_no_stage_of_the_demonstration_knows_what_came_later() -> None:
    made = generate_demo(2014, ForceSettings(deaths_a_day=0.06))
    stage = between(made, "", "2014-08-30")
    assert {row["case_id"] for row in stage.rows} >= {"BD-1", "BD-2"}
    assert all(row["reported_at"][:10] <= "2014-08-30" for row in stage.rows)
    assert all(fact["recorded_at"][:10] <= "2014-08-30" for fact in stage.facts)
    first = next(row for row in stage.rows if row["case_id"] == "BD-1")
    assert "substances" not in first  # they were found in a test, six weeks later
