"""Near: distances, edges of the radius, what was known then; and the prepared file behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clew.cli import near as near_command
from clew.cli.options import Sources
from clew.errors import UsageRejected
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory, Coverage
from clew.model.distance import great_circle_m
from clew.model.values import EARTH_RADIUS_M, Point
from clew.workflows.near import (
    FOREVER,
    Prepared,
    key_of,
    near,
    prepare,
    read_prepared,
    write_prepared,
)

START = 1_403_145_900
LONDON, PARIS = (51.5074, -0.1278), (48.8566, 2.3522)


@pytest.mark.parametrize(
    ("here", "there", "metres", "within"),
    [
        (LONDON, PARIS, 343_556, 500),
        ((0, 0), (0, 180), np.pi * EARTH_RADIUS_M, 1),
        ((90, 0), (-90, 0), np.pi * EARTH_RADIUS_M, 1),
        ((0, 179.9995), (0, -179.9995), 111.195, 0.01),
        ((60, 0), (60, 0.01), 555.97, 0.1),
        ((51.535, 0.076), (51.535, 0.076), 0, 1e-6),
    ],
)
def test_distances_that_are_known(
    here: tuple[float, float], there: tuple[float, float], metres: float, within: float
) -> None:
    told = great_circle_m(np.array([here]), np.array([there]))
    assert told[0] == pytest.approx(metres, abs=within)


@pytest.mark.parametrize(
    ("lat", "lon", "km"),
    [
        (91, 0, 1),
        (-91, 0, 1),
        (0, 181, 1),
        (0, 0, 0),
        (0, 0, -1),
        (float("nan"), 0, 1),
        (0, float("inf"), 1),
        (0, 0, float("nan")),
    ],
)
def test_no_such_place_or_radius(lat: float, lon: float, km: float) -> None:
    with pytest.raises(UsageRejected):
        near(prepared_of([one("A", None)]), lat, lon, km)


def north(metres: float, precision: float | None = None) -> Point:
    return Point(51.0 + np.degrees(metres / EARTH_RADIUS_M), 0.0, precision)


def prepared_of(histories: list[CaseHistory], coverage: tuple[Coverage, ...] = ()) -> Prepared:
    return Prepared.from_table(prepare(CaseFile("made.csv", tuple(histories), coverage=coverage)))


def one(name: str, point: Point | None, reported: int = START) -> CaseHistory:
    return CaseHistory(name, ((reported, Case(name, reported, point=point)),))


def ids(prepared: Prepared, km: float, as_of: int | None = None) -> list[str]:
    found = near(prepared, 51.0, 0.0, km, as_of=as_of)
    return [prepared.text["case_id"][row] for row in found.rows]


def test_the_radius_includes_its_edge_and_a_points_own_radius() -> None:
    prepared = prepared_of(
        [
            one("out", north(1_000.5)),
            one("edge", north(999.999)),
            one("in", north(10)),
            one("vague", north(1_400, 500.0)),
            one("vague-out", north(1_600, 500.0)),
            one("nowhere", None),
        ]
    )
    assert ids(prepared, 1.0) == ["in", "edge", "vague"]
    answer = near(prepared, 51.0, 0.0, 1.0)
    assert (answer.searched, answer.without_point) == (6, 1)
    assert np.allclose(answer.metres, [10, 999.999, 1_400], atol=0.01)


def test_of_two_as_near_the_earlier_report_stands_first() -> None:
    prepared = prepared_of([one("later", north(10), START + 9), one("sooner", north(10), START)])
    assert ids(prepared, 1.0) == ["sooner", "later"]


def test_a_past_day_shows_what_was_recorded_by_then() -> None:
    moved = CaseHistory(
        "M",
        (
            (START, Case("M", START, point=north(5_000))),
            (START + 100, Case("M", START, point=north(20))),
        ),
    )
    prepared = prepared_of([moved, one("new", north(30), START + 500)])
    assert ids(prepared, 1.0, START - 1) == []
    assert ids(prepared, 10.0, START + 99) == ["M"]
    assert ids(prepared, 1.0, START + 99) == []
    assert ids(prepared, 1.0, START + 100) == ["M"], "an instant counts from itself on"
    assert ids(prepared, 1.0, START + 499) == ["M"]
    assert ids(prepared, 1.0) == ["M", "new"]
    assert prepared.until.max() == FOREVER


def test_a_preparation_comes_back_as_it_was(tmp_path: Path) -> None:
    cover = (Coverage("Transport police", "BTP", 0, ""), Coverage("Force", "MPS", 9, "2014"))
    histories = (one("A", north(10, 25.0)), one("B", None))
    path = tmp_path / "deep" / "made.arrow"
    write_prepared(prepare(CaseFile("made.csv", histories, coverage=cover)), path)
    left = sorted(p.name for p in path.parent.iterdir())
    assert left == ["made.arrow", "made.arrow.sum"], "no part is left behind"
    back = read_prepared(path)
    assert back.coverage == (("Transport police", "BTP", 0, ""), ("Force", "MPS", 9, "2014"))
    assert back.text["case_id"] == ["A", "B"]
    assert back.precision_m[0] == 25.0
    assert np.isnan(back.latitude[1])


def test_the_key_changes_with_any_byte_and_any_setting(tmp_path: Path) -> None:
    path, other = tmp_path / "cases.csv", tmp_path / "facts.csv"
    path.write_text("case_id,reported_at\nA,2014-01-01\n")
    other.write_text("x")
    key = key_of([path], ["None", "None"])
    assert key == key_of([path], ["None", "None"])
    assert key != key_of([path], ["None", "UTC"])
    assert key != key_of([path, other], ["None", "None"])
    assert key_of([path, other], []) != key_of([other, path], [])
    path.write_text("case_id,reported_at\nB,2014-01-01\n")
    assert key != key_of([path], ["None", "None"])


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "cases.csv"
    path.write_text("case_id,reported_at,latitude,longitude\nA,2014-01-01,51.0,0.0\n")
    return path


def sources(path: Path) -> Sources:
    return Sources(path)


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "prepared").glob("*.arrow"))


def test_a_prepared_file_is_read_again_and_never_when_stale(cases: Path, tmp_path: Path) -> None:
    assert near_command.prepared_file(sources(cases)).text["case_id"] == ["A"]
    (first,) = kept(tmp_path)
    stamp = first.stat().st_mtime_ns
    near_command.prepared_file(sources(cases))
    assert kept(tmp_path) == [first]
    assert first.stat().st_mtime_ns == stamp, "read, not made again"
    cases.write_text(cases.read_text().replace("A,2014", "B,2014"))
    assert near_command.prepared_file(sources(cases)).text["case_id"] == ["B"]
    assert len(kept(tmp_path)) == 2


@pytest.mark.parametrize("keep", [0, 7, 600])
def test_a_broken_preparation_is_made_anew(cases: Path, tmp_path: Path, keep: int) -> None:
    near_command.prepared_file(sources(cases))
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    path.unlink()
    path.write_bytes(whole[:keep])
    assert near_command.prepared_file(sources(cases)).text["case_id"] == ["A"]
    assert path.read_bytes() == whole


def test_a_preparation_of_other_columns_is_made_anew(cases: Path, tmp_path: Path) -> None:
    near_command.prepared_file(sources(cases))
    (path,) = kept(tmp_path)
    table = prepare(CaseFile("x", (one("Z", None),))).drop_columns(["sex"])
    path.unlink()
    write_prepared(table, path)
    assert near_command.prepared_file(sources(cases)).text["case_id"] == ["A"]


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    monkeypatch.setenv("CLEW_CACHE", str(blocked))
    assert near_command.prepared_file(sources(cases)).text["case_id"] == ["A"]
