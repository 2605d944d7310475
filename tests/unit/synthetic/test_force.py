from collections import Counter
from datetime import date
from itertools import pairwise

import numpy as np

from clew.model.contract import CASE_COLUMNS, FACT_COLUMNS, LIST_COLUMNS
from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import Generated, split_words
from clew.synthetic.rates import read_rates
from clew.synthetic.times import order_of
from clew.vocabulary.load import words

A_MONTH = ForceSettings(first_day=date(2014, 1, 1), last_day=date(2014, 1, 31))


def test_one_seed_gives_one_force() -> None:
    first = generate_force(A_MONTH, np.random.default_rng(5))
    assert first == generate_force(A_MONTH, np.random.default_rng(5))
    assert first != generate_force(A_MONTH, np.random.default_rng(6))


def test_columns_are_those_of_the_contract(three_years: Generated) -> None:
    assert {name for row in three_years.rows for name in row} <= set(CASE_COLUMNS)
    assert all(list(fact) == list(FACT_COLUMNS) for fact in three_years.facts)
    assert all(value for row in three_years.rows for value in row.values())


def test_ids_are_unique_and_rows_stand_in_time_order(three_years: Generated) -> None:
    rows = three_years.rows
    assert len({row["case_id"] for row in rows}) == len(rows)
    whens = [order_of(row["reported_at"]) for row in rows]
    assert all(a <= b for a, b in pairwise(whens))


def test_thirty_deaths_a_day_and_the_declared_homicides(three_years: Generated) -> None:
    deaths = [row for row in three_years.rows if row["kind"] == "death"]
    assert 29 < len(deaths) / 1095 < 31
    homicides = sum(row["category"] == "homicide" for row in deaths)
    assert 0.007 < homicides / len(deaths) < 0.014  # 1.2 % in the end, fewer on the first day
    others = len(three_years.rows) - len(deaths)
    assert 3.7 < others / 1095 < 4.3


def test_ghb_deaths_are_as_rare_as_in_london(three_years: Generated) -> None:
    found = sum("ghb" in split_words(row.get("substances", "")) for row in three_years.rows)
    assert 15 <= found <= 60  # 12 a year expected


def test_every_list_word_is_in_its_vocabulary(three_years: Generated) -> None:
    for name in LIST_COLUMNS - {"substances", "tested_for", "entities", "mentions", "references"}:
        known = set(words(name).ids)
        used = {word for row in three_years.rows for word in split_words(row.get(name, ""))}
        assert used <= known, name


def test_words_of_the_rates_are_in_the_vocabularies() -> None:
    tables = read_rates("words")
    for name in ("posture", "clothing", "injuries", "scene", "missing_items"):
        known = set(words(name).ids)
        for table in (*tables[name].values(), *tables.get(f"{name}_one", {}).values()):
            assert set(table) <= known


def test_late_facts_come_late_and_toxicology_takes_about_six_weeks(three_years: Generated) -> None:
    reported = {row["case_id"]: row["reported_at"] for row in three_years.rows}
    waits = []
    for fact in three_years.facts:
        if fact["field"] == "substances":
            since = date.fromisoformat(reported[fact["case_id"]][:10])
            waits.append((date.fromisoformat(fact["recorded_at"][:10]) - since).days)
    assert min(waits) > 2
    assert 38 <= np.median(waits) <= 46


def test_mentions_name_earlier_cases(three_years: Generated) -> None:
    place = {row["case_id"]: number for number, row in enumerate(three_years.rows)}
    named = [row for row in three_years.rows if "mentions" in row]
    assert len(named) > 30
    assert all(place[row["mentions"]] < place[row["case_id"]] for row in named)


def test_rare_words_follow_their_multiplier() -> None:
    often = ForceSettings(A_MONTH.first_day, A_MONTH.last_day, scene_rate=10, missing_item_rate=10)
    counts = []
    for settings in (A_MONTH, often):
        rows = generate_force(settings, np.random.default_rng(3)).rows
        seen = Counter(w for row in rows for w in split_words(row.get("scene", "")))
        gone = Counter(w for row in rows for w in split_words(row.get("missing_items", "")))
        counts.append((seen["small_bottle"], gone["phone"]))
    assert counts[1][0] > 3 * counts[0][0]
    assert counts[1][1] > 2 * counts[0][1]


def test_missing_share_empties_observations() -> None:
    def filled(share: float) -> float:
        settings = ForceSettings(A_MONTH.first_day, A_MONTH.last_day, missing_share=share)
        rows = generate_force(settings, np.random.default_rng(3)).rows
        return sum("posture" in row for row in rows) / len(rows)

    assert abs(filled(0.25) / filled(0.0) - 0.75) < 0.06


def test_coverage_names_what_was_not_searched(three_years: Generated) -> None:
    counts = {row["agency"]: int(row["records"]) for row in three_years.coverage}
    assert sum(counts.values()) == len(three_years.rows)
    assert counts["BTP"] > 0
    assert counts["hospitals"] == counts["other forces"] == counts["national"] == 0
