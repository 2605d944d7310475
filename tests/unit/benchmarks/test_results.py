"""The page of results is what the log says; the log is what the scripts wrote."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "benchmarks"))

import results  # noqa: E402

LOG = results.LOG.read_text("utf-8")
RUN = (ROOT / "benchmarks" / "run.py").read_text("utf-8")
RESULTS = [one for group in results.GROUPS for one in group.results]


def test_the_committed_page_is_what_the_log_says():
    assert results.PAGE.read_text("utf-8") == results.results_page(LOG), "run benchmarks/results.py"


def test_the_page_is_one_page():
    assert len(results.PAGE.read_text("utf-8").splitlines()) < 100


def test_the_log_begins_and_goes_on_as_its_script_writes_it():
    head = re.search(r'HEAD = """(.*?)"""', RUN, re.DOTALL)
    assert head is not None
    assert LOG.startswith(head[1])
    titles = re.findall(r'^    \("([^"]+)", [\w.]+\),$', RUN, re.MULTILINE)
    written = list(results.sections_of(LOG))
    assert written == [title for title in titles if title in written]


@pytest.mark.parametrize("one", RESULTS, ids=lambda one: one.claim)
def test_a_result_has_a_script_and_numbers_of_the_log_alone(one):
    assert (ROOT / "benchmarks" / one.script).is_file()
    for number in re.findall(r"\d[\d,.]*\d", f"{one.claim} {one.background}"):
        assert number in LOG, number


def test_a_section_of_another_shape_stops_the_page():
    changed = LOG.replace("`clew near`, prepared (median of 3)", "`clew near`, ready")
    with pytest.raises(LookupError, match="clew near"):
        results.results_page(changed)
    with pytest.raises(KeyError, match="Replay of three years"):
        results.results_page(LOG.replace("## Replay of three years", "## Another"))


def test_no_figure_is_typed_by_hand():
    for one in RESULTS:
        assert not re.search(r"\d", re.sub(r"\{\d\}", "", one.figure)), one
