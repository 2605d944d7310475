"""`clew bundle`: one numbered, linked PDF for an inquest, with nothing that is withheld."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from clew import api
from clew.cli import options as opt
from clew.digests import file_digest
from clew.disclosure.bundle.content import BundleContent
from clew.disclosure.bundle.files import read_exhibits, read_withheld
from clew.disclosure.bundle.gather import LEFT_OUT, records_of, replayed
from clew.disclosure.words import REASON_TO_LOOK
from clew.errors import UsageRejected
from clew.intake.cases.draft import Warnings
from clew.intake.cases.facts import read_facts
from clew.intake.cases.times import FAR_FUTURE, TimeReader, instant_of
from clew.model.case_file import Fact
from clew.outputs import output_folder, write_output
from clew.version import VERSION


@opt.takes_sources("facts", "coverage", "mapping", "timezone", "as_of")
def bundle(
    sources: opt.Sources,
    ids: Annotated[list[str], typer.Argument(help="Ids of the deaths that the bundle is about.")],
    recipient: Annotated[str, typer.Option("--for", help="Who it is for, as the bundle names it.")],
    exhibits: Annotated[
        Path | None,
        typer.Option(help="List of documents (CSV): number, title, file, known_at and more."),
    ] = None,
    withhold: Annotated[
        Path | None, typer.Option(help="List of texts to withhold (CSV): text, ground.")
    ] = None,
    direction: Annotated[str, typer.Option(help="The direction that the bundle answers.")] = "",
    key_date: Annotated[
        list[str] | None,
        typer.Option(help="Also say what the records would have shown on this day. Repeatable."),
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(help="An earlier bundle: write what changed since.")
    ] = None,
    weights: opt.Weights = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Make the inquest bundle of some deaths, as known at one time, for one recipient.

    Nothing recorded after --as-of is in it. Texts to withhold are replaced by their ground; then
    the finished file is searched for each of them, and one that is found stops the release.

    Writes bundle.pdf and manifest.json; with --previous also differences.pdf.

    Example: clew bundle deaths.csv BD-1 BD-2 --facts facts.csv --as-of 2014-08-31 --for "The
    senior coroner" --exhibits exhibits.csv --withhold withhold.csv --out bundle
    """
    try:
        from clew.disclosure.bundle.differences import differences_pdf
        from clew.disclosure.bundle.make import make_bundle
    except ImportError as absent:
        raise UsageRejected(
            f"a bundle needs {absent.name}, which is not installed",
            f"Install it: {opt.install_command('documents')}",
        ) from absent
    opened = sources.open()
    case_file = opened.case_file
    if opened.as_of is None:
        raise UsageRejected("a bundle needs a moment", "Add --as-of, like --as-of 2014-08-31")
    as_of, zone = opened.as_of, case_file.timezone
    facts: list[Fact] = []
    files = [(sources.cases.name, file_digest(sources.cases))] if sources.cases.is_file() else []
    if sources.facts:
        read = read_facts(sources.facts, TimeReader(zone, FAR_FUTURE), Warnings())
        facts = [fact for own in read.by_case.values() for fact in own]
        files.append((sources.facts.name, file_digest(sources.facts)))
    if sources.coverage:
        files.append((sources.coverage.name, file_digest(sources.coverage)))
    records = records_of(case_file, ids, as_of, facts)
    moments = [instant_of(text, zone, "--key-date") for text in key_date or []]
    if any(at is None or at > as_of for at in moments):
        raise UsageRejected("a key date is after --as-of", "Give key dates up to --as-of")
    replays = []
    for at in sorted({*(at for at in moments if at is not None), as_of}):
        answer = api.link(case_file, as_of=at, weights=weights)
        replays.append(replayed(answer, case_file, ids, at, "five candidates for each record"))
    documents, later = read_exhibits(exhibits, zone, as_of) if exhibits else ([], 0)
    made = make_bundle(
        BundleContent(
            title=f"Bundle for {recipient}", recipient=recipient, direction=direction, as_of=as_of,
            timezone=zone, version=VERSION, records=records, replays=tuple(replays),
            coverage=case_file.coverage, exhibits=tuple(documents), files=tuple(files),
            withheld=tuple(read_withheld(withhold)) if withhold else (), left_out=LEFT_OUT,
        )
    )  # fmt: skip
    with output_folder(out):
        changes = None
        if previous:
            earlier = previous.read_bytes()
            document, changes = differences_pdf(earlier, made.pdf, f"Bundle for {recipient}")
            write_output(out / "differences.pdf", document)
        write_output(out / "bundle.pdf", made.pdf)
        write_output(out / "manifest.json", made.manifest)
    if as_json:
        print(json.dumps(json.loads(made.manifest), ensure_ascii=False))
        return
    opt.show(REASON_TO_LOOK)
    opt.show_input(case_file.account)
    pages = json.loads(made.manifest)["bundle"]["pages"]
    opt.show(f"{out / 'bundle.pdf'}: {pages:,} pages, for {recipient}.")
    if later:
        opt.show(f"Documents that became known after --as-of, not included: {later:,}.")
    for note in made.notes:
        opt.show(note)
    opt.show(made.proof.say())
    if changes is not None:
        opt.show(f"Changes since the earlier bundle: {changes:,}. See {out / 'differences.pdf'}.")
