"""Small tables worked out by hand, and what small files must not do to them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from clew.comparison.breakdown import break_down
from clew.comparison.coding.columns import to_columns
from clew.comparison.evidence import entities, levels, place, timing
from clew.comparison.tables import tabulate
from clew.comparison.weights.weight_table import declared_table
from clew.model.case import Case, Entity
from clew.model.values import DAY

ZONE = "Europe/London"
START = 1_400_000_000


def test_levels_are_closed_above() -> None:
    edges = np.array([1.0, 5.0, 20.0])
    result = [levels.level_of(x, edges) for x in (0.0, 1.0, 1.0001, 5.0, 20.0, 20.1, 1e9)]
    assert result == [0, 0, 1, 1, 2, 3, 3]


def test_micro_bans_round_and_are_bounded() -> None:
    assert levels.to_micro(np.array([0.1234567, -9.0, 9.0]), 3.0).tolist() == [
        123_457,
        -3_000_000,
        3_000_000,
    ]
    assert levels.halve(np.array([1.0]), 3.0).tolist() == [500_000]
    assert levels.never_rising(np.array([[2.0, 3.0, 1.0, 2.0]])).tolist() == [[2.0, 2.0, 1.0, 1.0]]


def test_shares_are_drawn_to_the_prior_and_never_nothing() -> None:
    result = levels.shares(np.array([0.0, 10.0]), 10.0, np.array([0.5, 0.5]))
    assert result.tolist() == [0.25, 0.75]


def test_an_entity_weighs_the_less_the_more_records_hold_it() -> None:
    table = declared_table()
    counts = np.array([2, 3, 5, 10, 30, 200])
    weights = entities.weigh_entities(counts, 10_000, table)
    assert (np.diff(weights) < 0).all()
    m = table.bounds["entity"]
    share = 1.5 / 10_000
    by_hand = np.log10((m + (1 - m) * share) / share)
    assert weights[0] == round(min(by_hand, table.bounds["most_bans"]) * 1e6)


def test_the_same_address_weighs_by_how_many_lie_there() -> None:
    weights = place.weigh_same_value(np.array([2, 700]), 16_000, 0.04, 3.0)
    by_hand = [np.log10((0.04 + 0.96 * s) / s) for s in (1.5 / 16_000, 699.5 / 16_000)]
    assert weights.tolist() == [round(w * 1e6) for w in by_hand]
    assert weights[1] < 300_000, "a hospital with 700 says hardly anything"


def test_earth_centred_metres_agree_with_the_ground() -> None:
    xyz = place.to_xyz(np.array([51.535, 51.536, 51.535]), np.array([0.076, 0.076, 0.086]))
    north = place.metres_between(xyz[0], xyz[1])
    east = place.metres_between(xyz[0], xyz[2])
    assert north == pytest.approx(111.2, abs=1.5)
    assert east == pytest.approx(111_195 * 0.01 * np.cos(np.radians(51.535)), abs=1.5)


def test_the_second_antiderivative_is_one() -> None:
    edges, ratios = np.array([1.0, 4.0, 9.0]), np.array([5.0, 2.0, 0.5, 0.1])
    knots = timing.knots_of(edges, ratios)

    def ratio(x: float) -> float:
        return float(ratios[np.searchsorted(edges, x)])

    for at in (0.5, 1.0, 3.3, 8.0, 20.0):
        by_hand = integrate.quad(lambda x, at=at: (at - x) * ratio(x), 0, at, points=edges)[0]
        assert timing.integral(at, knots) == pytest.approx(by_hand, rel=1e-6)
        assert timing.integral(-at, knots) == timing.integral(at, knots)


def test_a_clock_class_tells_its_hours() -> None:
    assert timing.clock_class(23.5, 0.2) == 23 * 5
    assert timing.clock_class(4, 8) == 4 * 5 + 3
    assert timing.clock_class(4, 12.5) == -1
    assert timing.hours_of_classes()[timing.clock_class(23, 2)].nonzero()[0].tolist() == [0, 23]


def pair_of(cases: list[Case], rows: tuple[int, int]) -> dict[str, int]:
    coded = to_columns(cases, ZONE)
    result = break_down(coded, tabulate(coded, declared_table()), np.array([rows]))[0]
    found: dict[str, int] = {}
    for finding in result.findings:
        found[finding.aspect] = found.get(finding.aspect, 0) + finding.micro_bans
    return found


@pytest.mark.parametrize("days", [(0, 70), (0, 70, 93, 452), tuple(range(0, 400, 20))])
def test_a_gap_that_a_small_file_lacks_says_nothing_of_longer_ones(days: tuple[int, ...]) -> None:
    cases = [Case(f"C{k:02d}", START + day * DAY) for k, day in enumerate(days)]
    assert pair_of(cases, (1, 0))["gap"] > -1_000_000


def test_a_very_long_list_never_speaks_for_by_what_is_not_shared() -> None:
    many = tuple(sorted(f"word{k:03d}" for k in range(256)))
    held = [many, many] + [("note",)] * 10
    cases = [Case(f"C{k:02d}", START + k * DAY, scene=scene) for k, scene in enumerate(held)]
    coded = to_columns(cases, ZONE)
    result = break_down(coded, tabulate(coded, declared_table()), np.array([[1, 0]]))[0]
    shared = [f for f in result.findings if f.says.endswith(" at both scenes")]
    rest = [f for f in result.findings if " only in " in f.says]
    assert shared
    assert all(finding.micro_bans <= 0 for finding in rest)


def test_dependent_values_count_less_than_their_sum() -> None:
    """What nearly always comes with the first adds little."""
    both = ("stairs", "walking_aid")
    scenes = [both] * 10 + [("note",)] * 60 + [("pets",)] * 30
    cases = [Case(f"C{k:03d}", START + k * DAY, scene=s) for k, s in enumerate(scenes)]
    coded = to_columns(cases, ZONE)
    tables = tabulate(coded, declared_table())
    codes = [coded.codes.items.index(("scene", word)) for word in both]
    alone = int(sum(tables.item[codes]))
    result = pair_of(cases, (1, 0))["things at the scene"]
    assert int(tables.item[codes[0]]) <= result < 0.75 * alone


def test_needles_add_little_to_the_drug_death_that_they_show() -> None:
    both = ("drug_paraphernalia", "syringe")
    cases = [Case(f"C{k:03d}", START + k * DAY, scene=both) for k in range(10)]
    cases += [Case(f"D{k:03d}", START + (k + 10) * DAY, mechanism="cardiac") for k in range(90)]
    found = pair_of(cases, (1, 0))
    assert found["mechanism"] > 500_000, "seen, though no cause is told"
    assert found["things at the scene"] < 300_000


def test_the_breakdown_says_which_mechanism_was_seen_and_not_told() -> None:
    cases = [
        Case("C0", START, mechanism="firearm"),
        Case("C1", START + DAY, injuries=("gunshot_head",)),
        Case("C2", START + 2 * DAY, mechanism="unascertained", posture=("hanging_full",)),
    ]
    coded = to_columns(cases, ZONE)
    pairs = np.array([[1, 0], [2, 0]])
    both, other = break_down(coded, tabulate(coded, declared_table()), pairs)
    said = [f.says for result in (both, other) for f in result.findings if f.aspect == "mechanism"]
    assert said == [
        "Firearm in both (in C1 inferred from the scene)",
        "cause: Hanging in C2, Firearm in C0 (in C2 inferred from the scene)",
    ]


def test_near_words_meet_in_their_group_and_the_same_word_says_more() -> None:
    scenes = [("posed",), ("dragged",), ("posed",), *[("pets",)] * 97]
    cases = [Case(f"C{k:03d}", START + k * DAY, scene=s) for k, s in enumerate(scenes)]
    aspect = "things at the scene"
    near, same = pair_of(cases, (1, 0))[aspect], pair_of(cases, (2, 0))[aspect]
    assert same > near > 0 > pair_of(cases, (3, 0))[aspect]


def test_a_rare_value_weighs_more_than_a_common_one() -> None:
    scenes = [("rare",), ("rare",), *[("common",)] * 60]
    cases = [Case(f"C{k:03d}", START + k * DAY, scene=s) for k, s in enumerate(scenes)]
    aspect = "things at the scene"
    assert pair_of(cases, (1, 0))[aspect] > pair_of(cases, (3, 2))[aspect] > 0
    assert pair_of(cases, (2, 0))[aspect] < 0


def test_one_stranger_in_two_records_beats_a_care_worker_in_thirty() -> None:
    def held(k: int) -> tuple[Entity, ...]:
        if k < 2:
            return (Entity("finder", "person", "STRANGER"),)
        return (Entity("finder", "person", "CARER"),) if k < 32 else ()

    cases = [Case(f"C{k:03d}", START + k * DAY, entities=held(k)) for k in range(200)]
    aspect = "same person, phone or place"
    assert pair_of(cases, (1, 0))[aspect] > pair_of(cases, (3, 2))[aspect] + 500_000
