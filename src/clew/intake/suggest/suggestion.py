"""A proposed mapping: its lines, why each, and the TOML that `--mapping` reads."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SuggestionLine:
    """One line of a proposal.

    `kind` is column, grid, date_format, value, trait, drop, substances_from or plain; `theirs` is
    the header (for a value the header of its column), `extra` a format, a value or an EPSG code.
    """

    kind: str
    theirs: str
    ours: str
    why: str
    extra: str = ""


@dataclass(slots=True)
class Suggestion:
    """A proposal for one file.

    `lacking` is what a person must settle; `tried` the result of a trial on the first rows.
    """

    file: str
    rows: int
    lines: list[SuggestionLine] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    timezone: str | None = None

    @property
    def columns(self) -> dict[str, list[str]]:
        """Return ours -> theirs."""
        columns: dict[str, list[str]] = {}
        for line in self.lines_of("column"):
            columns.setdefault(line.ours, []).append(line.theirs)
        return columns

    def lines_of(self, kind: str) -> list[SuggestionLine]:
        """Return the lines of one kind."""
        return [line for line in self.lines if line.kind == kind]

    def toml(self) -> str:
        """Return the mapping, each line with its reason above it."""
        text = [
            f"# Proposed by clew intake --suggest for {_plain(self.file)}, of {self.rows:,} rows.",
            "# Read every line: a wrong one is believed everywhere after.",
            *[f"# TO SETTLE: {_plain(point)}" for point in self.lacking],
            f"name = {_quoted(self.file.partition('.')[0] or 'mapping')}",
            "# The zone of times without one, such as America/New_York; without it Europe/London.",
            f"timezone = {_quoted(self.timezone)}"
            if self.timezone
            else '# timezone = "Europe/London"',
        ]
        for kind in ("substances_from", "drop"):
            if lines := self.lines_of(kind):
                headers = ", ".join(_quoted(line.theirs) for line in lines)
                text += [*map(_reason, lines), f"{kind} = [{headers}]"]
        text += ["", "[columns]"]
        for ours, theirs in self.columns.items():
            text += [_reason(line) for line in self.lines_of("column") if line.ours == ours]
            listed = ", ".join(map(_quoted, theirs))
            text.append(f"{ours} = {listed if len(theirs) == 1 else f'[{listed}]'}")
        if grid := self.lines_of("grid"):
            text += ["", "[grid]", *map(_reason, grid), f"epsg = {grid[0].extra}"]
            text += [f"{line.ours} = {_quoted(line.theirs)}" for line in grid]
        if formats := self.lines_of("date_format"):
            text += ["", "[date_formats]"]
            for line in formats:
                text += [_reason(line), f"{line.ours} = [{_quoted(line.extra)}]"]
        if traits := self.lines_of("trait"):
            text += ["", "[traits]"]
            for line in traits:
                text += [_reason(line), f"{line.ours} = {_quoted(line.theirs)}"]
        values = self.lines_of("value")
        for ours in dict.fromkeys(line.ours for line in values):
            text += ["", f"[values.{ours}]"]
            for line in (line for line in values if line.ours == ours):
                theirs_value, _, word = line.extra.partition("\x1f")
                entry = f"{_quoted(theirs_value)} = {_quoted(word)}"
                text += [f"# {_plain(line.why)}", entry if word else f"# {entry}"]
        plain = [f"# plain fact: {_reason(line)[2:]}" for line in self.lines_of("plain")]
        return "\n".join([*text, *([""] if plain else []), *plain]) + "\n"


def _reason(line: SuggestionLine) -> str:
    return f"# {_plain(line.theirs)}: {_plain(line.why)}"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _quoted(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(c):04x}" if not c.isprintable() and ord(c) < 0x10000 else c
        for c in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'
