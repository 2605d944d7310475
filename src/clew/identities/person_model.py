"""What Splink compares of two people, level by level, best first; missing has a level of its own.

Every comparison's levels are named here; `weigh.py` has their words for people. Weights of levels
are learned by expectation maximisation, or those of `declared.toml` where a register is too small.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink.internals.comparison_creator import ComparisonCreator
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from clew.identities.fillers import data

Parameters = Mapping[str, Mapping[str, tuple[float, float]]]
"""Comparison -> level -> (m, u): its share among pairs of one person, and of two."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level: its name, its condition in SQL, and the column whose rarity counts, if any."""

    name: str
    sql: str
    rarity_of: str = ""


MISSING, ELSE = "missing", "else"
_CALL = re.compile(r"\{([^}]+)\}")
SWAPPED_NAMES = "given_l = family_r and family_l = given_r"

PERSON: Mapping[str, tuple[Level, ...]] = {
    "given": (
        Level(MISSING, f"given_l is null or given_r is null or ({SWAPPED_NAMES})"),
        Level("same", "given_l = given_r and length(given_l) > 1", "given"),
        Level("form", "{any:forms}", "given_form"),
        Level("further", "{any:given_all}"),
        Level("initial", "initial_l = initial_r and (length(given_l) = 1 or length(given_r) = 1)"),
        Level("slip", "({jw:given:0.88} or (length(given_l) > 3 and length(given_r) > 3 and "
              "{dl:given:1})) and not (given_known_l and given_known_r)"),
        Level(ELSE, "ELSE"),
    ),
    "middle": (
        Level(MISSING, "middle_l is null or middle_r is null or middle_l = given_r or "
              "middle_r = given_l"),
        Level("same", "middle_l = middle_r and length(middle_l) > 1", "middle"),
        Level("initial", "substr(middle_l, 1, 1) = substr(middle_r, 1, 1)"),
        Level(ELSE, "ELSE"),
    ),
    "family": (
        Level(MISSING, "family_l is null or family_r is null"),
        Level("same", "family_l = family_r", "family"),
        Level("swapped", SWAPPED_NAMES),
        Level("part", "{any:family_parts}"),
        Level("slip", "{jw:family:0.92} or sound_l = sound_r"),
        Level(ELSE, "ELSE"),
    ),
    "birth": (
        Level(MISSING, "year_l is null or year_r is null"),
        Level("same", "day_l = day_r", "day"),
        Level("swapped", "day_l = day_swapped_r"),
        Level("year", "year_l = year_r and (vague_l or vague_r)"),
        Level("slip", "{dl:day:1}"),
        Level(ELSE, "ELSE"),
    ),
    "sex": (
        Level(MISSING, "sex_l is null or sex_r is null"),
        Level("same", "sex_l = sex_r"),
        Level(ELSE, "ELSE"),
    ),
    "phone": (
        Level(MISSING, "phone_l is null or phone_r is null"),
        Level("same", "phone_l = phone_r", "phone"),
        Level("another", "{any:phones}"),
        Level("slip", "{dl:phone:1}"),
        Level(ELSE, "ELSE"),
    ),
    "home": (
        Level(MISSING, "(home_l is null or home_r is null) and (postcode_l is null or postcode_r is"
              " null) and (street_l is null or street_r is null)"),
        Level("same", "home_l = home_r", "home"),
        Level("door", "door_l = door_r and (postcode_l = postcode_r or {jw:street:0.92})"),
        Level("postcode", "postcode_l = postcode_r"),
        Level(ELSE, "ELSE"),
    ),
    "handle": (
        Level(MISSING, "handle_l is null or handle_r is null"),
        Level("same", "handle_l = handle_r", "handle"),
        Level(ELSE, "ELSE"),
    ),
    "vehicle": (
        Level(MISSING, "vehicle_l is null or vehicle_r is null"),
        Level("same", "vehicle_l = vehicle_r", "vehicle"),
        Level("look", "vehicle_look_l = vehicle_look_r"),
        Level(ELSE, "ELSE"),
    ),
}  # fmt: skip
PERSON_BLOCKS = (
    ("given_form", "sound"), ("day",), ("phone",), ("home",), ("handle",), ("vehicle_look",),
    ("given_form", "postcode"), ("given_form", "door", "street"), ("family", "postcode"),
    ("given_form", "year", "month_day_sum"), ("sound", "year", "initial"), ("name_bag",),
)  # fmt: skip
"""Pairs that share all columns of a line are compared; nothing else is."""
PERSON_TRAINING = (("day",), ("given_form", "sound"))
"""Lines within which m is learned, so that every comparison is free in one. None is of what
families share: a home or a phone would teach that one person has many given names."""

ADDRESS: Mapping[str, tuple[Level, ...]] = {
    "door": (
        Level(MISSING, "number_l is null or number_r is null"),
        Level("same", "number_l = number_r"),
        Level(ELSE, "ELSE"),
    ),
    "flat": (
        Level(MISSING, "flat_l is null or flat_r is null"),
        Level("same", "flat_l = flat_r"),
        Level(ELSE, "ELSE"),
    ),
    "street": (
        Level(MISSING, "street_l is null or street_r is null"),
        Level("same", "street_l = street_r", "street"),
        Level("slip", "{jw:street:0.92}"),
        Level(ELSE, "ELSE"),
    ),
    "postcode": (
        Level(MISSING, "postcode_l is null or postcode_r is null"),
        Level("same", "postcode_l = postcode_r", "postcode"),
        Level("slip", "{dl:postcode:1}"),
        Level(ELSE, "ELSE"),
    ),
}
ADDRESS_BLOCKS = (("postcode",), ("street", "number"), ("number", "area"))
ADDRESS_TRAINING = (("postcode",), ("street", "number"))


@dataclass(frozen=True, slots=True)
class Model:
    """What is compared, within which blocks, and where m is learned; `parameters` are declared."""

    levels: Mapping[str, tuple[Level, ...]]
    blocks: Sequence[tuple[str, ...]]
    training: Sequence[tuple[str, ...]]
    parameters: Parameters

    @classmethod
    def from_declared(cls, kind: str) -> Model:
        """Return the model of a `person` or an `address`."""
        parameters = {
            name: {level: (float(m), float(u)) for level, (m, u) in levels.items()}
            for name, levels in data("declared")[kind].items()
        }
        if kind == "person":
            return cls(PERSON, PERSON_BLOCKS, PERSON_TRAINING, parameters)
        return cls(ADDRESS, ADDRESS_BLOCKS, ADDRESS_TRAINING, parameters)

    def comparisons(self) -> Iterator[ComparisonCreator]:
        """Yield Splink's comparisons, with the declared parameters."""
        for name, steps in self.levels.items():
            known = self.parameters.get(name, {})
            levels: list[Any] = []
            for step in steps:
                options: dict[str, Any] = {"label_for_charts": step.name}
                if step.name == MISSING:
                    options["is_null_level"] = True
                elif step.name in known:
                    m, u = known[step.name]
                    options |= {"m_probability": m, "u_probability": u}
                if step.rarity_of:
                    options |= {"tf_adjustment_column": step.rarity_of, "tf_adjustment_weight": 1.0}
                    options |= {"disable_tf_exact_match_detection": True}
                level: Any = cll.ElseLevel() if step.name == ELSE else Condition(step.sql)
                levels.append(level.configure(**options))
            yield cl.CustomComparison(output_column_name=name, comparison_levels=levels)


class Condition(ComparisonLevelCreator):
    """A condition in which `{jw:column:0.9}` and the like are functions that each engine spells."""

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def create_sql(self, sql_dialect: Any) -> str:
        """Return the condition as an engine spells it."""

        def spelled(call: re.Match[str]) -> str:
            kind, column, *limit = call[1].split(":")
            if kind == "any":
                return str(cll.ArrayIntersectLevel(column, 1).create_sql(sql_dialect))
            if kind == "jw":
                return str(cll.JaroWinklerLevel(column, float(limit[0])).create_sql(sql_dialect))
            return str(cll.DamerauLevenshteinLevel(column, int(limit[0])).create_sql(sql_dialect))

        return _CALL.sub(spelled, self.sql)

    def create_label_for_charts(self) -> str:
        """Return the condition as it is written here."""
        return self.sql


@dataclass(frozen=True, slots=True)
class Steady:
    """What is known before a register speaks: the share of a value, as if seen in `records`."""

    share: float
    records: float


STEADY: Mapping[str, Steady] = {
    "given": Steady(0.002, 2_000),
    "given_form": Steady(0.003, 2_000),
    "middle": Steady(0.002, 2_000),
    "family": Steady(0.0005, 2_000),
    # Days of about 70 years; days of birth are nearly even, so the register adds little.
    "day": Steady(1 / 25_000, 1_000_000),
    "phone": Steady(1e-5, 10_000),
    "home": Steady(3e-5, 10_000),
    "handle": Steady(1e-5, 10_000),
    "vehicle": Steady(1e-5, 10_000),
    "street": Steady(0.001, 2_000),
    "postcode": Steady(2e-4, 10_000),
}
"""Declared by judgement. The commonest names have shares of their own (`common_names.toml`)."""


def shares(column: str, values: Sequence[str | None]) -> dict[str, float]:
    """Return the share of others who have each value, steadied where a register is small.

    The two records of a pair are not counted: it is asked how many others could have been met.
    """
    steady = STEADY[column]
    known: Mapping[str, float] = {}
    if column in {"given", "given_form", "middle", "family"}:
        known = data("common_names")["family" if column == "family" else "given"]
    counts = Counter(value for value in values if value is not None)
    total = sum(counts.values()) + steady.records
    return {
        value: (max(count - 2, 0) + known.get(value, steady.share) * steady.records) / total
        for value, count in sorted(counts.items())
    }
