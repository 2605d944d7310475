"""The same person, phone, vehicle or address in both records, and papers that name the other case.

Callers, finders, contacts, companions, occupiers, owners and people present count, in any kind of
record, by how many records they are in: the same stranger who finds two bodies is rare, a care
worker who finds thirty is not. Most people who are in two records are there by work, family or
address. Officers, paramedics and pathologists are a reason to ask them, and never weigh.
"""

from __future__ import annotations

import numpy as np

from clew.comparison.evidence.levels import repeated, to_micro
from clew.compiling import inlined
from clew.model.case import Entity
from clew.model.columns import I32, I64, U64, Array, Columns
from clew.model.weight import WeightTable

PROMPT_ONLY = frozenset({"officer", "paramedic", "pathologist"})


def may_weigh(entity: Entity) -> bool:
    """Return whether an entity is evidence: never one who is there as an official."""
    return entity.role not in PROMPT_ONLY and entity.type not in PROMPT_ONLY


@inlined
def strongest_shared(
    start: I64, codes: I32, bits: U64, weights: I32, i: int, j: int
) -> tuple[int, int]:
    """Return code and weight of the strongest entity that both hold; code -1 where none.

    Several shared entities are one finding: a caller, his phone and his address come together.
    """
    best, weight = -1, 0
    if bits[i] & bits[j] == 0:
        return best, weight
    a, b = start[i], start[j]
    while a < start[i + 1] and b < start[j + 1]:
        x, y = codes[a], codes[b]
        if x == y and (best < 0 or weights[x] > weight):
            best, weight = x, weights[x]
        a += x <= y
        b += y <= x
    return best, weight


@inlined
def names_other(cols: Columns, i: int, j: int) -> bool:
    """Return whether the papers of either case name the other."""
    for k in range(cols.mention_start[i], cols.mention_start[i + 1]):
        if cols.mentions[k] == cols.owner[j]:
            return True
    for k in range(cols.mention_start[j], cols.mention_start[j + 1]):
        if cols.mentions[k] == cols.owner[i]:
            return True
    return False


def weigh_entities(counts: Array, records: int, table: WeightTable) -> I32:
    """Return the weight of each shared entity, by how many records it is in, shape (entities,).

    u is the share of other records that hold it. m halves for one who is in `entity_by_work`
    records: such a person is most likely there by work.
    """
    m = table.bounds["entity"] / (1 + np.maximum(counts - 2, 0) / table.bounds["entity_by_work"])
    share = np.maximum(counts - 0.5, 0.5) / max(records, 1)
    return to_micro(repeated(m, share), table.bounds["most_bans"])
