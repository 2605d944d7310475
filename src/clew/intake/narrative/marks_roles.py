"""The words near a mark that tell in which role it is named."""

from __future__ import annotations

import re

_FINDER = (
    r"(?:found|discovered)\b[^.;]{0,30}\bby\b|\bfinder\b|dog[ -]?walk\w*|(?:refuse|bin)\b"
    r"|walking (?:a|his|her|the) dog|flags? down|found (?:him|her|the|them|\w+ body)"
)
ROLES = (
    ("finder", re.compile(_FINDER, re.I)),
    (
        "caller",
        re.compile(
            r"\bcall(?:er|ed| came| from)\b|\brang\b|\b999\b|\b911\b|phoned|telephoned", re.I
        ),
    ),
    ("owner", re.compile(r"landlord|registered keeper|\bowner\b", re.I)),
    ("occupier", re.compile(r"\blive[sd]?\b|resid\w+|home address|occupier|tenant|\bhome\b", re.I)),
    ("informant", re.compile(r"informant|reports?\b|reported", re.I)),
    ("companion", re.compile(r"\bwith\b|companion|friend", re.I)),
)
"""Roles of docs/reference/columns.md and the words before a mark that name them. The last wins."""
FINDS = re.compile(
    r"[,)]?\s*\(?(?:who|a|the)?\s*(?:was |is )?"
    r"(?:walk|dog|refuse|bin|sanitation|found|from the bins|calls|flags)",
    re.I,
)
"""Words behind a code of a person that make him or her the finder."""
