"""The source as syntax trees, read once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import clew

SOURCE = Path(clew.__file__).parent


@cache
def trees() -> dict[str, ast.Module]:
    """Every module's tree by its path within the package, such as `comparison/kernel.py`."""
    return {
        path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }


def room_of(name: str) -> str:
    """The room a module stands in; "" for those at the root."""
    return name.split("/", maxsplit=1)[0] if "/" in name else ""


def imports(tree: ast.Module) -> set[str]:
    """Every module a tree imports, and every name it takes from one, with dots."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an expression made of names and attributes; "" for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""
