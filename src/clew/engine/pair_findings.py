"""What every evidence says of given pairs, in bans: the kernel's own findings, by evidence."""

from __future__ import annotations

import numpy as np

from clew.engine import kernel
from clew.engine.columns import Coded
from clew.model.columns import ITEM_TYPES, Array, Tables
from clew.model.finding import MICRO
from clew.weighing.weight_table import EVIDENCES

FINDINGS_OF = {
    "place": (kernel.DISTANCE, kernel.ADDRESS, kernel.AREA),
    "gap": (kernel.GAP,),
    "clock": (kernel.CLOCK,),
    "weekday": (kernel.WEEKDAY,),
    "age": (kernel.AGE,),
    "far": (kernel.FAR,),
    "sex": (kernel.SEX,),
    "entity": (kernel.ENTITY, kernel.MENTION, kernel.COMBINED),
} | {name: (kernel.ITEMS + kind,) for kind, name in enumerate(ITEM_TYPES)}
"""Evidence -> the kernel's findings that it stands for; together all of them, each once."""


def findings_by_evidence(coded: Coded, tables: Tables, pairs: Array) -> Array:
    """Return the weight of every evidence for each pair, bans, (pairs, len(EVIDENCES)).

    Rows add up to the pairs' weights, since every finding stands in one evidence.
    """
    findings, _, _ = kernel.explain_pairs(coded.cols, tables, pairs.astype(np.int64), 1)
    columns = [findings[:, FINDINGS_OF[name]].sum(axis=1) for name in EVIDENCES]
    bans: Array = np.column_stack(columns) / MICRO
    return bans
