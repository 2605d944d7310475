"""What was learnt of the past, kept between rounds: a month is learnt once and read again.

Everything here is derived from the store and can be made again; a file that is not there, not
whole, or of another store, version or weight table is learnt again. No pickle: numbers are in npz
files, names in JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from clew.comparison.coding.codes import Codes
from clew.comparison.coding.columns import Coded
from clew.comparison.weights.chance import KeyNull, PlainNull, Tail
from clew.model.columns import I32, Array, Columns, Tables
from clew.model.values import Instant
from clew.replay.monthly import NEVER, REMEMBERED, MonthWindow, PastNull
from clew.replay.store_versions import LazyCases, Versions, as_cases
from clew.store.case_text import case_of
from clew.store.durable import write_durably
from clew.store.opened import Store
from clew.version import VERSION

NAMES = ("place_keys", "areas", "entities", "mechanisms", "case_ids")
NUMBERS = ("item_type", "item_against", "item_counts", "item_known")


@dataclass(frozen=True, slots=True)
class LearnedHistory:
    """The folder of what was learnt; `weights` identifies the weight table."""

    folder: Path
    weights: str

    def read(self, start: Instant, versions: Versions) -> MonthWindow | None:
        """Return what was learnt at `start`, without events; None where it must be learnt again."""
        try:
            with np.load(self._path("past", start)) as file:
                arrays: dict[str, Array] = {name: file[name] for name in file.files}
            plain: dict[str, Any] = json.loads(bytes(arrays.pop("told")))
        except (OSError, ValueError, KeyError, BadZipFile, EOFError):
            return None
        sums = plain["segments"]
        if plain["made"] != self._made() or _sums(versions.store)[: len(sums)] != sums:
            return None
        kept = plain | arrays
        cols = Columns(**{name: kept[f"cols.{name}"] for name in Columns._fields})
        names: dict[str, Any] = {name: tuple(kept[name]) for name in NAMES}
        numbers: dict[str, Any] = {name: kept[f"codes.{name}"] for name in NUMBERS}
        items = tuple((kind, value) for kind, value in kept["items"])
        codes = Codes(items=items, **numbers, **names)
        tables = Tables(**{name: kept[f"tables.{name}"] for name in Tables._fields})
        keys = []
        for kind in ("address", "entity"):
            scales = enumerate(kept[f"{kind}.scales"])
            tails = tuple(Tail(kept[f"{kind}.{k}"], scale) for k, scale in scales)
            keys.append(KeyNull(kept[f"{kind}.rate"], tails))
        null = PlainNull(**{one.name: kept[f"plain.{one.name}"] for one in fields(PlainNull)})
        past = PastNull(null, keys[0], keys[1], kept["pairs"])
        texts = versions.store.words("case")
        cases = as_cases(LazyCases(lambda row: case_of(texts[row].as_py()), kept["rows"], ()))
        n, coded = len(cases), Coded(cases, cols, codes, kept["reference"])
        since, until = np.full(n, -1, np.int32), np.full(n, NEVER, np.int32)
        return MonthWindow(start, coded, tables, past, (), n, since, until)

    def write(self, month: MonthWindow, rows: Array, store: Store) -> None:
        """Keep what was learnt; `rows` of the store contain its cases, in their order."""
        coded, codes, past = month.coded, month.coded.codes, month.past
        kept: dict[str, Any] = {"pairs": past.pairs, "reference": coded.reference}
        kept |= {f"cols.{name}": value for name, value in coded.cols._asdict().items()}
        kept |= {f"codes.{name}": getattr(codes, name) for name in NUMBERS}
        kept |= {name: list(getattr(codes, name)) for name in NAMES}
        kept["items"] = [list(item) for item in codes.items]
        kept |= {f"tables.{name}": value for name, value in month.tables._asdict().items()}
        kept |= {f"plain.{f.name}": getattr(past.plain, f.name) for f in fields(PlainNull)}
        for kind, null in (("address", past.address), ("entity", past.entity)):
            kept |= {f"{kind}.{k}": tail.sample for k, tail in enumerate(null.tails)}
            kept[f"{kind}.rate"] = null.rate
            kept[f"{kind}.scales"] = [tail.scale for tail in null.tails]
        kept |= {"rows": rows, "made": self._made(), "segments": _sums(store)}
        arrays = {name: value for name, value in kept.items() if isinstance(value, np.ndarray)}
        plain = {name: value for name, value in kept.items() if name not in arrays}
        raw = json.dumps(plain, ensure_ascii=False).encode()
        self._save("past", month.begins, arrays | {"told": np.frombuffer(raw, np.uint8)})

    def remember(self, start: Instant, until: Instant, met: tuple[I32, Array]) -> None:
        """Keep the nulls of the events that a round compared in one month."""
        self._save(f"met-{until}", start, {"null": met[0], "compared": met[1]})

    def remembered(self, before: Instant) -> list[tuple[I32, Array]]:
        """Return the nulls of the months before an instant: the latest, as a walk keeps them."""
        found: dict[Instant, list[tuple[I32, Array]]] = {}
        for path in sorted(self.folder.glob(f"met-*-{self.weights}-*.npz"), key=_until):
            start = int(path.stem.rsplit("-", 1)[1])
            if start < before:
                with np.load(path) as file:
                    found.setdefault(start, []).append((file["null"], file["compared"]))
        months = [
            tuple(np.concatenate(part) for part in zip(*found[start], strict=True))
            for start in sorted(found)
        ]
        total = sum(len(null) for null, _ in months)
        while months and total - len(months[0][0]) >= REMEMBERED:
            total -= len(months.pop(0)[0])
        return [(null, compared) for null, compared in months]

    def forget_after(self, done: Instant) -> None:
        """Take away what a round wrote that never came to its end."""
        for path in self.folder.glob("met-*.npz"):
            if _until(path) > done:
                path.unlink()

    def _made(self) -> str:
        return f"{VERSION} {self.weights}"

    def _path(self, what: str, start: Instant) -> Path:
        return self.folder / f"{what}-{self.weights}-{start}.npz"

    def _save(self, what: str, start: Instant, arrays: Mapping[str, Array]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self._path(what, start), lambda file: np.savez(file, **dict(arrays)))  # type: ignore[arg-type]


def _until(path: Path) -> Instant:
    return int(path.stem.split("-")[1])


def _sums(store: Store) -> list[str]:
    return [segment.files["versions"].sha256 for segment in store.manifest.segments]
