"""The demonstration file: a force that does not exist, with the Barking record among its papers."""

from __future__ import annotations

import numpy as np

from clew.synthetic.barking import BarkingOptions, barking_rows
from clew.synthetic.force import ForceSettings, coverage_of, generate_force
from clew.synthetic.generated import Generated
from clew.synthetic.times import order_of


def generate_demo(
    seed: int = 2014,
    settings: ForceSettings | None = None,
    barking: BarkingOptions | None = None,
) -> Generated:
    """Return force and Barking rows in order of report; the same for the same arguments.

    The background does not depend on the Barking options: they draw from a stream of their own.
    """
    settings = settings or ForceSettings()
    force_stream, barking_stream = np.random.default_rng(seed).spawn(2)
    force = generate_force(settings, force_stream)
    planted = barking_rows(barking or BarkingOptions(), barking_stream)
    rows = sorted(
        [*force.rows, *planted.rows], key=lambda row: (order_of(row["reported_at"]), row["case_id"])
    )
    facts = sorted([*force.facts, *planted.facts], key=lambda fact: order_of(fact["recorded_at"]))
    return Generated(rows, facts, coverage_of(rows, settings.last_day))
