"""A proposed mapping: its lines, why each, and the TOML that `--mapping` reads."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SuggestionLine:
    """One line of a proposal.

    `kind` is column, date_format, value, trait, drop, substances_from or plain; `theirs` is the
    header (for a value the header it stands under), `extra` a format or a value.
    """

    kind: str
    theirs: str
    ours: str
    why: str
    extra: str = ""


@dataclass(slots=True)
class Suggestion:
    """A proposal for one file.

    `lacking` is what a person must settle; `tried` what came of a trial on the first rows.
    """

    file: str
    rows: int
    lines: list[SuggestionLine] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, list[str]]:
        """Return ours -> theirs."""
        found: dict[str, list[str]] = {}
        for line in self.of("column"):
            found.setdefault(line.ours, []).append(line.theirs)
        return found

    def of(self, kind: str) -> list[SuggestionLine]:
        """Return the lines of one kind."""
        return [line for line in self.lines if line.kind == kind]

    def toml(self) -> str:
        """Return the mapping, each line with its reason above it."""
        text = [
            f"# Proposed by clew intake --suggest for {_plain(self.file)}, of {self.rows:,} rows.",
            "# Read every line: a wrong one is believed everywhere after.",
            *[f"# TO SETTLE: {_plain(one)}" for one in self.lacking],
            f"name = {_quoted(self.file.partition('.')[0] or 'mapping')}",
            "# The zone of times without one, such as America/New_York; without it Europe/London.",
            '# timezone = "Europe/London"',
        ]
        for kind in ("substances_from", "drop"):
            if lines := self.of(kind):
                text += [
                    *_reasons(lines),
                    f"{kind} = [{', '.join(_quoted(x.theirs) for x in lines)}]",
                ]
        text += ["", "[columns]"]
        for ours, theirs in self.columns.items():
            text += _reasons([x for x in self.of("column") if x.ours == ours])
            listed = ", ".join(map(_quoted, theirs))
            text.append(f"{ours} = {listed if len(theirs) == 1 else f'[{listed}]'}")
        if formats := self.of("date_format"):
            text += ["", "[date_formats]"]
            text += [
                part
                for x in formats
                for part in (*_reasons([x]), f"{x.ours} = [{_quoted(x.extra)}]")
            ]
        if traits := self.of("trait"):
            text += ["", "[traits]"]
            text += [
                part for x in traits for part in (*_reasons([x]), f"{x.ours} = {_quoted(x.theirs)}")
            ]
        text += self._values()
        plain = [f"# plain fact: {_plain(x.theirs)}: {_plain(x.why)}" for x in self.of("plain")]
        return "\n".join([*text, *([""] if plain else []), *plain]) + "\n"

    def _values(self) -> list[str]:
        text: list[str] = []
        for ours in dict.fromkeys(line.ours for line in self.of("value")):
            text += ["", f"[values.{ours}]"]
            for line in self.of("value"):
                if line.ours == ours:
                    theirs, _, word = line.extra.partition("\x1f")
                    told = f"{_quoted(theirs)} = {_quoted(word)}"
                    text += [f"# {_plain(line.why)}", told if word else f"# {told}"]
        return text


def _reasons(lines: list[SuggestionLine]) -> list[str]:
    return [f"# {_plain(line.theirs)}: {_plain(line.why)}" for line in lines]


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _quoted(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(c):04x}" if not c.isprintable() and ord(c) < 0x10000 else c
        for c in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'
