"""`clew near`: what happened near here before. Imports no kernel: it must answer at once."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from clew.caches import is_whole, own_folder
from clew.cli import options as opt
from clew.disclosure.input_words import input_json
from clew.disclosure.record_identity import identify
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock, count_of, plain
from clew.identities.merged_reports import merge_reports, say_merged
from clew.intake.cases.times import instant_of
from clew.intake.read import named_or_path, with_rejects
from clew.model.case import Case, Kind
from clew.model.values import Instant
from clew.workflows.near import (
    NearAnswer,
    Prepared,
    key_of,
    prepare,
    read_prepared,
    write_prepared,
)
from clew.workflows.near import near as find

SHOWN = 40


@opt.takes_sources("facts", "judgements", "identities", "coverage", "mapping", "timezone", "as_of")
def near(
    lat: Annotated[float, typer.Option(help="Latitude in WGS84 degrees, -90 to 90.")],
    lon: Annotated[float, typer.Option(help="Longitude in WGS84 degrees, -180 to 180.")],
    within_km: Annotated[float, typer.Option(help="Radius in kilometres.")] = 2.0,
    *,
    sources: opt.Sources,
    as_json: opt.Json = False,
) -> None:
    """List what happened near a place before, nearest first.

    Prints up to 40 records; --json prints all. Judgements count only where they verify that two
    reports are of one death: they become one record.

    Writes only a prepared copy of the case file, into the cache folder.

    Example: clew near deaths.csv --lat 51.535 --lon 0.076 --within-km 1
    """
    prepared = prepared_file(sources)
    as_of = instant_of(sources.as_of, prepared.timezone, "--as-of")
    answer = find(prepared, lat, lon, within_km, as_of=as_of)
    together: tuple[str, ...] = ()
    if sources.identities is not None:
        # What is near a place does not depend on which codes are taken together.
        case_file, rejects = sources.with_identities(sources.read(), as_of)
        account = prepared.account.with_rejects(rejects)
        prepared = replace(prepared, account=account)
        answer = replace(answer, prepared=prepared)
        together = case_file.together
    if as_json:
        record = {
            "words": REASON_TO_LOOK,
            "silence": SILENCE,
            "searched": answer.searched,
            "without_point": answer.without_point,
            "input": input_json(prepared.account),
            "not_searched": answer.not_searched,
            "merged_reports": prepared.merged,
            "records": list(answer.records()),
        }
        if together:
            record["codes_taken_together"] = list(together)
        print(json.dumps(record, indent=1))
    else:
        _print(answer, within_km)
        for line in together:
            opt.show(line)


def prepared_file(sources: opt.Sources) -> Prepared:
    """Return the preparation of these files, made again where there is none for these bytes."""
    judgements = sources.judgements
    if judgements is None and (store := sources.store()) is not None:
        covered, refused = sources.covered()
        prepared = Prepared.from_store(store, covered)
        return replace(prepared, account=prepared.account.with_rejects(refused))
    mapping = named_or_path(sources.mapping)
    given = (sources.cases, sources.facts, sources.coverage, judgements)
    paths = [p for p in given if p is not None]
    paths += [mapping] if isinstance(mapping, Path) else []
    kept = None
    if all(path.is_file() for path in paths):
        settings = [sources.mapping, sources.timezone, bool(sources.facts), bool(judgements)]
        name = key_of(paths, [str(setting) for setting in settings])
        with suppress(OSError):
            kept = own_folder("prepared") / f"{name}.arrow"
        if kept is not None and is_whole(kept):
            with suppress(OSError, ValueError, KeyError):
                return read_prepared(kept)
    case_file = sources.read()
    judged, refused = sources.read_judgements(case_file)
    case_file = with_rejects(case_file, refused)
    table = prepare(merge_reports(case_file, judged))
    if kept is not None:
        try:
            write_prepared(table, kept)
        except OSError:
            kept = None  # A cache that cannot be written costs time, nothing else.
    return read_prepared(kept) if kept is not None else Prepared.from_table(table)


def _record(row: dict[str, Any], reported_at: Instant) -> Case:
    """Return as much of a record as its identity needs."""
    return Case(
        case_id=row["case_id"],
        reported_at=reported_at,
        kind=Kind(row["kind"]),
        premises=row["premises"] or None,
        age_years=float(row["age"]) if row["age"] else None,
        sex=row["sex"] or None,
        mechanism=row["mechanism"] or None,
    )


def _print(answer: NearAnswer, within_km: float) -> None:
    opt.show(REASON_TO_LOOK)
    found = count_of(len(answer.rows), "record", "records")
    opt.show(f"\n{found} within {within_km:g} km, nearest first:")
    clock = Clock(ZoneInfo(answer.prepared.timezone))
    for row, place in zip(islice(answer.records(), SHOWN), answer.rows.tolist(), strict=False):
        case = _record(row, int(answer.prepared.reported_at[place]))
        manner = f", {plain(row['manner'])}" if row["manner"] else ""
        opt.show(f"{row['metres']:>7,} m  {identify(case, clock)}{manner}")
    if len(answer.rows) > SHOWN:
        opt.show(f"... and {len(answer.rows) - SHOWN:,} more; --json lists all.")
    opt.show("")
    opt.show_input(answer.prepared.account, listed=False)
    opt.show(
        f"Searched: {answer.searched:,} records; {answer.without_point:,} of them have no place."
    )
    opt.show(opt.say_not_searched(answer.not_searched, covered=bool(answer.prepared.coverage)))
    for line in say_merged(answer.prepared.merged):
        opt.show(line)
    opt.show(SILENCE)
