"""Nothing but content may tell planted records from others: a classifier of format stays at chance.

Compared are planted records and background records of the same class of death or kind of record
and the same premises (or, where those are rare, the same setting), half of the draws against the
other half, with different background records in each. Left out as content: whether anything was
missing, and which substances were looked for and found. Infants are left out: no series has any.
"""

import csv
import gzip
import os
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata

from clew.synthetic.deaths import draw_deaths
from clew.synthetic.force import ForceSettings, build_world
from clew.synthetic.generated import Row
from clew.synthetic.incidents import draw_incidents
from clew.synthetic.rates import Floats, setting_of
from clew.synthetic.records import UNKEYED
from synthetic.background import Background, Donors, background_force, build_background
from synthetic.hidden import draw_series, series_kinds
from synthetic.leaks import FEATURES, format_features
from synthetic.lookalikes import draw_lookalikes
from synthetic.noise import KeyedPeople, OverlaySettings
from synthetic.overlay import overlay_real
from synthetic.planting import Planted, entry_of

DATA = Path(os.environ.get("CLEW_DATA") or "CLEW_DATA is not set")
CONTENT = ("has missing_items", "words missing_items", "words tested_for", "words substances")
EACH, DRAWS, CONTROLS, AT_LEAST, RIDGE = 1000, 24, 5, 30, 5.0
MARGIN = 0.04
SETTINGS = ForceSettings(first_day=date(2013, 1, 1), last_day=date(2014, 12, 31))
OTHER = ("missing_person", "collapse", "overdose_survived", "allegation")


@pytest.fixture(scope="module")
def many_of_each() -> Background:
    """As many records of each class as of any other: the rare ones would be too few to compare."""
    rng = np.random.default_rng(1)
    world = build_world(SETTINGS, KeyedPeople(rng), rng)
    classes = sorted({name for plan in series_kinds().values() for name in plan["classes"]})
    drafts = [
        draft
        for name in (*classes, *OTHER)
        for draft in (draw_incidents if name in OTHER else draw_deaths)(
            entry_of(name), np.sort(rng.integers(730, size=EACH)), world
        )
    ]
    span = (SETTINGS.first_day, SETTINGS.last_day)
    return build_background(drafts, Donors(world, {}, frozenset()), OverlaySettings(), span)


def strata(row: Row, name: str) -> tuple[tuple[object, ...], tuple[object, ...]]:
    place = row.get("premises", "")
    return (name, place), (name, setting_of().get(place), place in UNKEYED)


def compare(background: Background, draws: list[list[Planted]]) -> tuple[Floats, Floats, Floats]:
    """Return features (n, k), 1 for planted rows and 0 for matched others (n,), and draw (n,)."""
    rng = np.random.default_rng(2)
    features = format_features(background.rows, background.facts)
    pools: dict[tuple[object, int], list[int]] = defaultdict(list)
    for number, row in enumerate(background.rows):
        if float(row.get("age_years", "50")) >= 16:
            for stratum in strata(row, background.classes[row["case_id"]]):
                pools[stratum, number % 2].append(number)
    found, planted, number_of = [], [], []
    for number, draw in enumerate(draws):
        for series in draw:
            own = format_features(series.rows, series.facts)
            for row, values in zip(series.rows, own, strict=True):
                groups = [pools[s, number % 2] for s in strata(row, series.classes[row["case_id"]])]
                pool = next((group for group in groups if len(group) >= AT_LEAST), None)
                if pool is not None:
                    found += [values, *features[rng.choice(pool, CONTROLS)]]
                    planted += [1.0] + [0.0] * CONTROLS
                    number_of += [float(number)] * (CONTROLS + 1)
    table = np.asarray(found)
    table[:, [FEATURES.index(name) for name in CONTENT]] = 0.0
    return table, np.asarray(planted), np.asarray(number_of)


def auc(score: Floats, planted: Floats) -> float:
    ones = planted.sum()
    above = rankdata(score)[planted == 1].sum() - ones * (ones + 1) / 2
    return float(above / (ones * (len(planted) - ones)))


def fit(table: Floats, planted: Floats) -> Floats:
    """Return the weights of a ridge logistic regression, by Newton's steps."""
    weights = np.zeros(table.shape[1])
    for _ in range(10):
        chance = 1 / (1 + np.exp(-table @ weights))
        bend = (table * (chance * (1 - chance))[:, None]).T @ table
        slope = table.T @ (planted - chance) - RIDGE * weights
        weights += np.linalg.solve(bend + RIDGE * np.eye(len(weights)), slope)
    return weights


def judge(background: Background, draws: list[list[Planted]]) -> tuple[float, str]:
    """Return the AUC on the second half of the draws, and the features that tell most."""
    table, planted, number = compare(background, draws)
    spread = table.std(axis=0)
    kept = np.flatnonzero(spread > 1e-9)
    table = (table[:, kept] - table[:, kept].mean(axis=0)) / spread[kept]
    table = np.column_stack([np.ones(len(table)), table])
    train = number % 2 == 0
    weights = fit(table[train], planted[train])
    alone = [abs(auc(column, planted) - 0.5) for column in table[:, 1:].T]
    clearest = sorted(zip(alone, (FEATURES[k] for k in kept), strict=True), reverse=True)[:5]
    return auc(table[~train] @ weights, planted[~train]), repr(clearest)


def test_series_cannot_be_told_by_their_format(many_of_each: Background) -> None:
    rng = np.random.default_rng(3)
    draws = [
        [draw_series(kind, many_of_each, rng) for kind in series_kinds()] for _ in range(DRAWS)
    ]
    found, clearest = judge(many_of_each, draws)
    print(f"hidden series: AUC {found:.3f}; tells most alone: {clearest}")  # noqa: T201
    assert abs(found - 0.5) <= MARGIN, clearest


def test_lookalikes_cannot_be_told_by_their_format(many_of_each: Background) -> None:
    rng = np.random.default_rng(4)
    draws = [draw_lookalikes(many_of_each, rng) for _ in range(DRAWS)]
    found, clearest = judge(many_of_each, draws)
    print(f"look-alikes: AUC {found:.3f}; tells most alone: {clearest}")  # noqa: T201
    assert abs(found - 0.5) <= MARGIN, clearest


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here (CLEW_DATA)")
def test_series_among_real_deaths_cannot_be_told_by_their_format() -> None:
    path = DATA / "milwaukee_deaths_2020_2023.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    background = overlay_real(rows, OverlaySettings(), np.random.default_rng(1))
    rng = np.random.default_rng(3)
    draws = [[draw_series(kind, background, rng) for kind in series_kinds()] for _ in range(DRAWS)]
    found, clearest = judge(background, draws)
    print(f"hidden series among real deaths: AUC {found:.3f}; tells most alone: {clearest}")  # noqa: T201
    assert abs(found - 0.5) <= MARGIN, clearest


def test_the_classifier_finds_a_leak_where_there_is_one(many_of_each: Background) -> None:
    rng = np.random.default_rng(5)
    draws = []
    for _ in range(8):
        made = [draw_series(kind, many_of_each, rng) for kind in series_kinds()]
        for series in made:
            for row in series.rows[::2]:
                row["location_precision_m"] = "2000"
        draws.append(made)
    assert judge(many_of_each, draws)[0] > 0.6


def test_features_are_as_many_as_their_names() -> None:
    small = background_force(1, ForceSettings(date(2014, 1, 1), date(2014, 1, 10), 5))
    assert format_features(small.rows, small.facts).shape == (len(small.rows), len(FEATURES))
