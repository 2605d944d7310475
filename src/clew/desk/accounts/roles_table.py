"""The table of roles for the documentation, made from the rules themselves."""

from __future__ import annotations

from clew.desk.accounts.rules import MAY, PASSES_SEALS, SECOND_FACTOR, Do, Role


def roles_table() -> str:
    """Return who may do what as a table in Markdown: an act a line, a role a column."""
    heads = [_words(role.value) for role in Role]
    lines = [f"| | {' | '.join(heads)} |", f"|---{'|---' * len(heads)}|"]
    for act in Do:
        cells = ["yes" if act in MAY[role] else "" for role in Role]
        lines.append(f"| {_words(act.value)} | {' | '.join(cells)} |")
    for words, roles in (
        ("*may be given a sealed record by name*", PASSES_SEALS),
        ("*signs in with a second factor*", SECOND_FACTOR),
    ):
        cells = ["yes" if role in roles else "" for role in Role]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(" ".join(line.split()) for line in lines) + "\n"


def _words(name: str) -> str:
    return name.replace("_", " ").replace("coroners", "coroner's")
