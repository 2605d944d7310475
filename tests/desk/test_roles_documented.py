"""The table of roles in the documentation is the one in the rules."""

from __future__ import annotations

from pathlib import Path

from clew.desk.accounts.rules import roles_table

PAGE = Path(__file__).parents[2] / "docs" / "desk" / "accounts.md"
FROM, TO = "<!-- roles -->\n", "<!-- /roles -->"


def test_the_table_of_roles_is_fresh() -> None:
    text = PAGE.read_text("utf-8")
    told = text[text.index(FROM) + len(FROM) : text.index(TO)]
    assert told == roles_table(), f"write into {PAGE.name}:\n{roles_table()}"
