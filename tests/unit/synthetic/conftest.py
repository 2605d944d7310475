"""One background of three years for all tests of the generator."""

from datetime import date

import numpy as np
import pytest

from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import Generated


@pytest.fixture(scope="session")
def three_years() -> Generated:
    settings = ForceSettings(first_day=date(2013, 1, 1), last_day=date(2015, 12, 31))
    return generate_force(settings, np.random.default_rng(7))
