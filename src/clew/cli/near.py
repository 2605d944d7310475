"""`clew near`: what happened near here before. Imports no kernel: it must answer at once."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from clew.caches import cache_folder
from clew.cli import options as opt
from clew.cli.options import Identities, warn_of, with_identities
from clew.identities.merged_reports import merge_reports, say_merged
from clew.model.values import Instant
from clew.workflows.near import (
    NearAnswer,
    Prepared,
    Spot,
    find_near,
    key_of,
    prepare,
    read_prepared,
    write_prepared,
)

SHOWN = 40


def near(
    cases: opt.Cases,
    lat: Annotated[float, typer.Option(help="Latitude in WGS84 degrees, -90 to 90.")],
    lon: Annotated[float, typer.Option(help="Longitude in WGS84 degrees, -180 to 180.")],
    within_km: Annotated[float, typer.Option(help="Radius in kilometres.")] = 2.0,
    facts: opt.Facts = None,
    judgements: opt.Judgements = None,
    identities: Identities = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    as_of: opt.AsOf = None,
    as_json: opt.Json = False,
) -> None:
    """List what happened near a place before, nearest first.

    Prints up to 40 records; --json prints all. Of the judgements only verified double reports
    count here: two reports become one record.

    Writes no file but a prepared copy of the case file in the cache folder.

    Example: clew near deaths.csv --lat 51.535 --lon 0.076 --within-km 1
    """
    spot = Spot(lat, lon, within_km)
    sources = opt.Sources(cases, facts, coverage, mapping, timezone)
    prepared = prepared_file(sources, judgements)
    moment = opt.instant_of(as_of, prepared.timezone)
    answer = find_near(prepared, spot, moment)
    together = () if identities is None else _together(sources, identities, moment)
    if as_json:
        said = {"codes_taken_together": list(together)} if together else {}
        print(json.dumps(_to_json(prepared, answer) | said, indent=1))
    else:
        _print(prepared, answer, within_km)
        for line in together:
            opt.show(line)


def _together(sources: opt.Sources, identities: Path, moment: Instant | None) -> tuple[str, ...]:
    """Say which codes are taken together; what is near a place does not depend on it."""
    case_file, odd = with_identities(sources.read(), identities, moment)
    warn_of(odd)
    return case_file.together


def prepared_file(sources: opt.Sources, judgements: Path | None = None) -> Prepared:
    """Return the preparation of these files, made anew where there is none for these bytes."""
    if judgements is None and (store := sources.store()) is not None:
        return Prepared.from_store(store, sources.covered())
    mapping = opt.named_or_path(sources.mapping)
    given = (sources.cases, sources.facts, sources.coverage, judgements)
    paths = [p for p in given if p is not None]
    paths += [mapping] if isinstance(mapping, Path) else []
    if not all(path.is_file() for path in paths):
        return _prepare(sources, judgements, None)
    settings = [sources.mapping, sources.timezone, bool(sources.facts), bool(judgements)]
    name = key_of(paths, [str(setting) for setting in settings])
    path = cache_folder() / "prepared" / f"{name}.arrow"
    try:
        return read_prepared(path)
    except (OSError, ValueError, KeyError):
        return _prepare(sources, judgements, path)


def _prepare(sources: opt.Sources, judgements: Path | None, path: Path | None) -> Prepared:
    case_file = sources.read()
    judged, _ = opt.judgements_of(judgements, case_file)
    table = prepare(merge_reports(case_file, judged))
    if path is not None:
        try:
            write_prepared(table, path)
        except OSError:
            path = None  # A cache that cannot be written costs time, nothing else.
    return read_prepared(path) if path is not None else Prepared.from_table(table)


def _row(prepared: Prepared, answer: NearAnswer, k: int) -> dict[str, object]:
    row = int(answer.rows[k])
    day = datetime.fromtimestamp(int(prepared.reported_at[row]), ZoneInfo(prepared.timezone))
    told: dict[str, object] = {name: values[row] for name, values in prepared.text.items()}
    told |= {"reported": day.date().isoformat(), "metres": round(float(answer.metres[k]))}
    return told


def _print(prepared: Prepared, answer: NearAnswer, within_km: float) -> None:
    opt.show(opt.WORDS)
    opt.show(f"\n{len(answer.rows):,} records within {within_km:g} km, nearest first:")
    for k in range(min(len(answer.rows), SHOWN)):
        told = _row(prepared, answer, k)
        what = [told["kind"], told["sex"], told["age"], told["premises"], told["manner"]]
        what += [told["mechanism"]]
        words = ", ".join(str(w).replace("_", " ") for w in what if w)
        metres = int(str(told["metres"]))
        opt.show(f"{metres:>7,} m  {told['reported']}  {told['case_id']}  {words}")
    if len(answer.rows) > SHOWN:
        opt.show(f"... and {len(answer.rows) - SHOWN:,} more; --json lists all.")
    opt.show(
        f"\nSearched: {answer.searched:,} records; {answer.without_point:,} of them have no point."
    )
    absent = [system for system, _, records, _ in prepared.coverage if records == 0]
    opt.show(opt.say_not_searched(absent, told=bool(prepared.coverage)))
    for said in say_merged(prepared.merged):
        opt.show(said)
    opt.show(opt.SILENCE)


def _to_json(prepared: Prepared, answer: NearAnswer) -> dict[str, object]:
    absent = [system for system, _, records, _ in prepared.coverage if records == 0]
    return {
        "words": opt.WORDS,
        "silence": opt.SILENCE,
        "searched": answer.searched,
        "without_point": answer.without_point,
        "not_searched": absent,
        "merged_reports": prepared.merged,
        "records": [_row(prepared, answer, k) for k in range(len(answer.rows))],
    }
