"""What was learnt of the past, kept between rounds: a month is learnt once and read again.

Everything here is derived from the store and can be made again; a file that is not there, not
whole, or of another store, version or weight table is learnt anew. No pickle: numbers lie in npz
files, names in JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
from clew.store.durable import write_durably
from clew.store.opened import Store
from clew.version import VERSION

Arrays = dict[str, Array]
NAMES = ("place_keys", "areas", "entities", "mechanisms", "case_ids")
NUMBERS = ("item_type", "item_against", "item_counts", "item_known")


@dataclass(frozen=True, slots=True)
class KeptPast:
    """The folder of what was learnt; `weights` tells tables apart."""

    folder: Path
    weights: str

    def read(self, start: Instant, versions: Versions) -> MonthWindow | None:
        """Return what was learnt at `start`, or None where that must be learnt anew."""
        try:
            with np.load(self._path("past", start)) as held:
                arrays: Arrays = {name: held[name] for name in held.files}
            told = json.loads(bytes(arrays.pop("told")))
        except (OSError, ValueError, KeyError, BadZipFile, EOFError):
            return None
        if told["made"] != self._made() or not _begins_with(versions.store, told["segments"]):
            return None
        return _stretch(start, arrays, told, versions)

    def write(self, stretch: MonthWindow, rows: Array, store: Store) -> None:
        """Keep what was learnt; `rows` of the store hold its cases, in their order."""
        arrays, told = _laid_out(stretch)
        told |= {"made": self._made(), "segments": _sums(store)}
        raw = json.dumps(told, ensure_ascii=False).encode()
        arrays |= {"rows": rows, "told": np.frombuffer(raw, np.uint8)}
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _save(self._path("past", stretch.begins), arrays)

    def remember(self, start: Instant, until: Instant, met: tuple[I32, Array]) -> None:
        """Keep the nulls of the events that a round compared in one stretch."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _save(self._path(f"met-{until}", start), {"null": met[0], "compared": met[1]})

    def remembered(self, before: Instant) -> list[tuple[I32, Array]]:
        """Return the nulls of the stretches before an instant: the latest, as a walk keeps them."""
        found: dict[Instant, list[tuple[I32, Array]]] = {}
        for path in sorted(self.folder.glob(f"met-*-{self.weights}-*.npz"), key=_until):
            start = _start(path)
            if start < before:
                with np.load(path) as held:
                    found.setdefault(start, []).append((held["null"], held["compared"]))
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


def _start(path: Path) -> Instant:
    return int(path.stem.rsplit("-", 1)[1])


def _until(path: Path) -> Instant:
    return int(path.stem.split("-")[1])


def _save(path: Path, arrays: Mapping[str, Array]) -> None:
    write_durably(path, lambda file: np.savez(file, **dict(arrays)))  # type: ignore[arg-type]


def _sums(store: Store) -> list[str]:
    return [segment.files["versions"].sha256 for segment in store.manifest.segments]


def _begins_with(store: Store, sums: Sequence[str]) -> bool:
    return _sums(store)[: len(sums)] == list(sums)


def _laid_out(stretch: MonthWindow) -> tuple[Arrays, dict[str, Any]]:
    """Return a stretch without events as arrays, and the rest as plain JSON."""
    coded, codes, plain = stretch.coded, stretch.coded.codes, stretch.past.plain
    arrays: Arrays = {f"cols.{name}": getattr(coded.cols, name) for name in Columns._fields}
    arrays |= {f"codes.{name}": getattr(codes, name) for name in NUMBERS}
    arrays["reference"] = coded.reference
    told: dict[str, Any] = {name: list(getattr(codes, name)) for name in NAMES}
    told |= {"items": [list(one) for one in codes.items], "pairs": stretch.past.pairs}
    for name, value in stretch.tables._asdict().items():
        if isinstance(value, np.ndarray):
            arrays[f"tables.{name}"] = value
        else:
            told[f"tables.{name}"] = value
    for one in fields(PlainNull):
        value = getattr(plain, one.name)
        if isinstance(value, float):
            told[f"plain.{one.name}"] = value
        else:
            arrays[f"plain.{one.name}"] = value
    for kind in ("address", "entity"):
        null: KeyNull = getattr(stretch.past, kind)
        arrays[f"{kind}.rate"] = null.rate
        told[f"{kind}.scales"] = [tail.scale for tail in null.tails]
        arrays |= {f"{kind}.{k}": tail.sample for k, tail in enumerate(null.tails)}
    return arrays, told


def _stretch(
    start: Instant, arrays: Arrays, told: dict[str, Any], versions: Versions
) -> MonthWindow:
    """Return a stretch that was laid out."""
    cols = Columns(**{name: arrays[f"cols.{name}"] for name in Columns._fields})
    codes = Codes(
        items=tuple((kind, value) for kind, value in told["items"]),
        **_plain(arrays, told),
    )
    tables = Tables(**{name: _either(f"tables.{name}", arrays, told) for name in Tables._fields})
    plain = PlainNull(
        **{one.name: _either(f"plain.{one.name}", arrays, told) for one in fields(PlainNull)}
    )
    keys = {
        kind: KeyNull(
            arrays[f"{kind}.rate"],
            tuple(
                Tail(arrays[f"{kind}.{k}"], scale) for k, scale in enumerate(told[f"{kind}.scales"])
            ),
        )
        for kind in ("address", "entity")
    }
    cases = as_cases(LazyCases(versions.case_at, arrays["rows"], ()))
    coded = Coded(cases, cols, codes, arrays["reference"])
    n = len(cases)
    past = PastNull(plain, keys["address"], keys["entity"], told["pairs"])
    return MonthWindow(
        start, coded, tables, past, (), n, np.full(n, -1, np.int32), np.full(n, NEVER, np.int32)
    )


def _plain(arrays: Arrays, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `Codes` holds beside its items."""
    numbers: dict[str, Any] = {name: arrays[f"codes.{name}"] for name in NUMBERS}
    return numbers | {name: tuple(told[name]) for name in NAMES}


def _either(name: str, arrays: Arrays, told: Mapping[str, Any]) -> Any:
    return arrays[name] if name in arrays else told[name]
