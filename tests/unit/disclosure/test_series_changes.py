"""What became of series, in words."""

from __future__ import annotations

from clew.disclosure.series import say_changes
from clew.model.finding import ADOPTED, ENGINE, Member, Series
from clew.series.adopted import compare_series


def series(name: str, cases: str, view: str = ENGINE, chance: float | None = 0.1) -> Series:
    return Series(name, view, tuple(Member(case, None, 0) for case in cases), 0, chance)


def test_every_change_has_a_sentence() -> None:
    before = [
        series("S-A", "AB"), series("S-C", "CD"), series("S-E", "EF"), series("S-G", "GHI"),
        series("S-J", "JK"), series("S-L", "LM"),
    ]  # fmt: skip
    after = [
        series("S-A", "ABX"), series("S-C", "CDEF"), series("S-G", "GH"), series("S-J", "JK"),
        series("S-P", "PQ"),
    ]  # fmt: skip
    changes = say_changes(compare_series(before, after))
    assert changes.sentences == (
        "X joined possible series S-A: A, B, X.",
        "Possible series S-C brings together S-C and S-E.",
        "Possible series S-G: no longer in it: I.",
        "New: possible series S-P, P, Q.",
        "No longer a series: possible series S-L, L, M.",
    )
    assert changes.rest == "Not listed: 1 series with the same records as before."


def test_what_chance_alone_brings_about_is_counted_and_people_are_always_told() -> None:
    changes = say_changes(
        [
            *compare_series([], [series("S-A", "AB", chance=1.5)]),
            *compare_series([], [series("A-A", "AB", ADOPTED, None)]),
        ]
    )
    assert changes.sentences == ("New: adopted series A-A, A, B.",)
    assert changes.rest == (
        "Not listed: 1 change among possible series such as chance alone would bring about."
    )
    assert say_changes([]).rest == ""
