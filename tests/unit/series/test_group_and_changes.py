"""What a group weighs, what it is called, and what became of series, by hand."""

from __future__ import annotations

from clew.model.finding import Member, Series, SeriesFate
from clew.series.adopted import compare_series
from clew.series.groups import Edge, SeriesFile, first_reported, mean_weight
from clew.series.possible import form_series

WEIGHTS = {"AB": 6, "AC": 1, "BC": 4, "AD": 2, "BD": 3, "CD": 4}


def weigh(a: str, b: str) -> int:
    return WEIGHTS["".join(sorted((a, b)))]


def series(name: str, cases: str) -> Series:
    return Series(name, "engine", tuple(Member(case, None, 0) for case in cases), 0, 0.1)


def test_a_series_weighs_the_means_of_its_joins_and_not_all_its_pairs() -> None:
    edges = [Edge("B", "A", 1e-6, 6), Edge("C", "B", 1e-5, 4), Edge("D", "C", 1e-4, 4)]
    (one,) = form_series(edges, SeriesFile(100, weigh, 0.1))
    joins = 6 + mean_weight([1, 4]) + mean_weight([2, 3, 4])
    assert one.micro_bans == joins == 6 + 2 + 3
    assert joins < sum(WEIGHTS.values())


def test_halves_are_rounded_to_even() -> None:
    assert [mean_weight([a, b]) for a, b in ((1, 4), (3, 4), (-1, 0), (-3, 0))] == [2, 4, 0, -2]


def test_the_first_report_names_and_unknown_ones_come_last() -> None:
    assert first_reported(("B", "A", "C"), {"C": 5, "B": 7}) == "C"
    assert first_reported(("B", "A"), {}) == "A"


def test_a_later_case_with_a_smaller_id_renames_nothing() -> None:
    setting = SeriesFile(10, weigh, 0.1, {"D": 1, "C": 2, "B": 3, "A": 4})
    before = form_series([Edge("C", "D", 1e-5, 4)], setting)
    (after,) = form_series([Edge("A", "D", 1e-4, 2)], setting, before)
    assert [one.series_id for one in before] == [after.series_id] == ["S-D"]
    assert {m.case_id for m in after.members} == {"A", "C", "D"}


def test_what_became_of_each_series() -> None:
    before = (series("S-A", "ABC"), series("S-D", "DE"), series("S-F", "FG"), series("S-H", "HI"))
    after = (series("S-A", "ABCDEX"), series("S-F", "FG"), series("S-H", "HY"), series("S-J", "JK"))
    changes = {one.series.series_id + one.change: one for one in compare_series(before, after)}
    bridged = changes["S-A" + SeriesFate.BRIDGED]
    assert (bridged.of, bridged.came, bridged.left) == (("S-A", "S-D"), ("X",), ())
    assert changes["S-F" + SeriesFate.UNTOUCHED].of == ("S-F",)
    assert "S-J" + SeriesFate.STARTED in changes
    assert "S-H" + SeriesFate.STARTED in changes, "one case alone carries no series on"
    assert changes["S-H" + SeriesFate.ENDED].left == ("H", "I")
    (grown,) = compare_series(before[:1], (series("S-A", "ABCZ"),))
    (lost,) = compare_series(before[:1], (series("S-A", "ABZ"),))
    assert (grown.change, grown.came) == (SeriesFate.JOINED, ("Z",))
    assert (lost.change, lost.came, lost.left) == (SeriesFate.LOST, ("Z",), ("C",))
