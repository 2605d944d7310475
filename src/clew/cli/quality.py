"""`clew quality`: what a file's data are like, before anything is linked."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

from clew.cli import options as opt
from clew.disclosure.input_words import say_input
from clew.disclosure.quality import percent, quality_json, say_profile, say_shares
from clew.disclosure.record_identity import Namer, namer
from clew.disclosure.report import environment, style
from clew.disclosure.words import Clock, count_of
from clew.intake.cases.rows import write_rejects
from clew.model.case_file import CaseFile
from clew.model.quality import Quality
from clew.outputs import output_folder, write_output
from clew.version import VERSION
from clew.workflows.quality import assess

LISTED = 50
"""Rows of a list on the page; quality.json has all."""
LEAST = 5
"""Kinds of impossible value that are printed."""


@opt.writes_csv
@opt.takes_sources("facts", "mapping", "timezone")
def quality(
    sources: opt.Sources,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Report how complete and consistent a case file is, before you link it.

    Shows completeness by field, unit and month, and how each column of dates, clocks and numbers
    was read. Lists impossible or unreadable values, pairs that may be one death reported twice,
    and where prose and columns differ. With a facts file it checks the values after every fact.
    The case file is not changed.

    Writes quality.html, quality.json and rejects.csv.

    Example: clew quality deaths.csv --out monday
    """
    case_file = sources.read()
    with output_folder(out):
        found = write_quality(case_file, out)
        write_rejects(out / "rejects.csv", case_file.rejects)
    if as_json:
        print(json.dumps(quality_json(found), ensure_ascii=False))
        return
    for warning in found.warnings:
        opt.show(f"note: {warning}")
    name = _namer(case_file)
    opt.show_input(found.account)
    opt.show(f"{found.all.records:,} records of {found.file}.")
    shares = sorted((found.all.share(field), field) for field in found.fields)
    opt.show("Recorded in: " + ", ".join(f"{field} {percent(share)}" for share, field in shares))
    if found.profile:
        opt.show("How columns were read:")
    for line in say_profile(found.profile, found.file):
        opt.show(f"  {line}")
    opt.show(
        "Impossible or unreadable values:"
        f" {sum(one.count for one in found.impossible):,}, of"
        f" {count_of(len(found.impossible), 'kind', 'kinds')}."
    )
    for one in found.impossible[:LEAST]:
        opt.show(f"  {one.field}: {one.what}: {one.count:,}, for example {name(one.examples[0])}")
    opt.show(f"Pairs that may be one death reported twice: {len(found.doubles):,}.")
    for field in found.agreement:
        if field.both or field.contrary:
            opt.show(
                f"  {field.field}: in prose and column {field.both:,}, with the same value"
                f" {field.agree:,}; prose denies the column {field.contrary:,}"
            )
    opt.show(f"Written to {out}: quality.html, quality.json, rejects.csv")


def _namer(case_file: CaseFile) -> Namer:
    """Return what gives a record's identity for its number, and other text as it is."""
    by_id = {case.case_id: case for case in case_file.as_of(None)}
    return namer(by_id, Clock(ZoneInfo(case_file.timezone)))


def write_quality(case_file: CaseFile, out: Path) -> Quality:
    """Write quality.html and quality.json into `out`, made where it is not there."""
    found = assess(case_file)
    sheet, style_hash = style("report.css", "quality.css")
    page = environment().get_template("quality.html.j2")
    html = page.render(
        q=found,
        style=sheet,
        style_hash=style_hash,
        listed=LISTED,
        taken=say_input(found.account),
        say_shares=say_shares,
        percent=percent,
        version=VERSION,
        name_of_record=_namer(case_file),
    )
    record = json.dumps(quality_json(found), indent=1, ensure_ascii=False)
    with output_folder(out):
        write_output(out / "quality.html", html)
        write_output(out / "quality.json", record)
    return found
