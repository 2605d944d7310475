"""Run the notebooks of the tutorial and keep what their cells show. `--check` only compares.

Each code cell runs as a notebook runs it: the value of its last line is shown. The README's case
file is beside it as deaths.csv.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
import tempfile
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "docs" / "tutorial").glob("*.ipynb"))
CASES = re.compile(r"^```csv\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run_cell(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Run one cell and return what it shows, as a notebook keeps it."""
    tree, printed = ast.parse(source), io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    value = None
    with redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)  # noqa: S102 - the project's own notebook
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307
    outputs: list[dict[str, Any]] = []
    if text := printed.getvalue():
        outputs.append(
            {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}
        )
    if value is not None:
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        if hasattr(value, "_repr_html_"):
            data = {"text/html": value._repr_html_().splitlines(keepends=True)}
        outputs.append({
            "data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result",
        })  # fmt: skip
    return outputs


def run_notebook(path: Path) -> str:
    """Return the text of a notebook with every code cell run anew, in a folder of its own."""
    notebook = json.loads(path.read_text("utf-8"))
    cases = CASES.search((ROOT / "README.md").read_text("utf-8"))
    names: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("deaths.csv").write_text(cases[1] if cases else "", encoding="utf-8")
        codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for count, cell in enumerate(codes, 1):
            cell["execution_count"] = count
            cell["outputs"] = run_cell("".join(cell["source"]), names, count)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Run all notebooks; end with 1 if `--check` finds one that shows something else."""
    stale = []
    for path in NOTEBOOKS:
        text = run_notebook(path)
        if text != path.read_text("utf-8"):
            stale.append(path)
            if "--check" not in sys.argv[1:]:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv[1:]:
        sys.exit(f"run scripts/run-notebook.py: {', '.join(os.path.basename(p) for p in stale)}")


if __name__ == "__main__":
    main()
