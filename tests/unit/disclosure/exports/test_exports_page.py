"""The page on exports names every column and form, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from clew.disclosure.exports.i2 import ENTITY_COLUMNS, I2_LINK_COLUMNS, KINDS, STRENGTH, TYPES
from clew.disclosure.exports.pdf_process import DEBIAN_PACKAGES
from clew.disclosure.exports.tabular import MACHINE_LINK_COLUMNS
from clew.disclosure.exports.text import EXPORT_COLUMNS

PAGE = (Path(__file__).parents[4] / "docs/desk/exports.md").read_text("utf-8")


def named(section: str) -> set[str]:
    text = PAGE.split(f"### {section}")[1].split("\n##")[0]
    return set(re.findall(r"`([^`]+)`", text))


def test_every_column_is_on_the_page_and_no_other() -> None:
    assert named("Records (") == {"case_id", *EXPORT_COLUMNS, "non_fatal"} - {"non_fatal"}
    columns = named("Links (")
    assert set(MACHINE_LINK_COLUMNS) <= columns
    others = {"open", "second_reader", "not_taken_forward", "linked", "notice", "export"}
    assert columns - set(MACHINE_LINK_COLUMNS) == others | {"about.csv", "label", "words"}


def test_every_column_and_type_for_i2_is_on_the_page() -> None:
    shown = named("i2 Analyst")
    assert {
        *ENTITY_COLUMNS,
        *I2_LINK_COLUMNS,
        *KINDS.values(),
        *TYPES.values(),
        STRENGTH,
    } <= shown


def test_the_packages_that_a_pdf_needs_are_named_where_they_are_installed() -> None:
    makefile = (Path(__file__).parents[4] / "Makefile").read_text("utf-8")
    for package in DEBIAN_PACKAGES:
        assert package in PAGE
        assert package in makefile
