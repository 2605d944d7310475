"""`clew sample-below`: a blind sample of what fell below the budget, and what it says."""

from __future__ import annotations

import json
from collections.abc import Set
from datetime import date
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from clew.cli import options as opt
from clew.disclosure.csv_files import sample_files
from clew.disclosure.record_identity import undated
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, long_date
from clew.errors import UsageRejected
from clew.intake.cases.times import zone_named
from clew.intake.inputs.alerts import read_alerts, read_key, read_sheet
from clew.intake.read import DEFAULT_TIMEZONE, read_cases
from clew.model.values import Instant
from clew.outputs import output_folder, write_output
from clew.replay.blind_sample import Missed, draw_sample, judge_sample, week_of

WHAT_IT_DOES_NOT_SAY = (
    "It says what a reader thought worth a second look, not what is true.",
    "It covers only this week's best matches. Lower candidates, and deaths without a record, were"
    " not sampled.",
    "Blank answers are left out. If there was a reason to leave them blank, the estimate is"
    " biased.",
)


SampledCases = Annotated[
    Path | None,
    typer.Option(
        help="Case file. The sheet then says who and where each record is, as known that week."
    ),
]
Size = Annotated[
    int,
    typer.Option(
        min=1,
        max=10_000,
        help="Number of pairs to draw from below the budget. If there are fewer, all are drawn.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=10**18,
        help="The same seed draws the same sample [default: the week's Monday, as a number].",
    ),
]
Sheet = Annotated[
    Path | None,
    typer.Option(help="The filled-in sheet, with yes, no or blank in worth_a_second_look."),
]
KeyFile = Annotated[Path | None, typer.Option(help="The key that was written with that sheet.")]


@opt.writes_csv
def sample_below(
    alerts: Annotated[Path, typer.Argument(help="The alerts.csv that clew replay wrote.")],
    week: Annotated[str, typer.Option(help="Any day of the week, like 2014-08-25.")],
    cases: SampledCases = None,
    facts: opt.Facts = None,
    size: Size = 20,
    seed: Seed = None,
    read: Sheet = None,
    key: KeyFile = None,
    timezone: opt.Timezone = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Draw a blind sample of what fell below the budget; with --read, say what it found.

    The sample has one week's best matches below the budget, mixed with a few that alerted. The
    reader cannot tell which is which. Weeks begin on Monday in --timezone.

    Writes sample.csv for the reader and sample-key.csv, which the reader must not see. It does not
    replace files of these names with other content. With --read and --key it writes no file.

    Example: clew sample-below alerts.csv --week 2014-08-25 --cases deaths.csv --out week35

    Example: clew sample-below alerts.csv --week 2014-08-25 --read week35/sample.csv --key
    week35/sample-key.csv
    """
    if (read is None) != (key is None):
        raise UsageRejected(
            "--read and --key go together", "Give both, or neither to draw a sample"
        )
    zone = timezone or DEFAULT_TIMEZONE
    try:
        day = date.fromisoformat(week)
    except ValueError:
        raise UsageRejected(f"--week {week} is not a date", "Write it like 2014-08-25") from None
    asked = week_of(day, zone_named(zone))
    rows = read_alerts(alerts, zone)
    if read is not None and key is not None:
        missed = judge_sample(rows, asked, read_sheet(read), read_key(key))
        _print_missed(missed, as_json=as_json)
        return
    seed = int(f"{asked.monday:%Y%m%d}") if seed is None else seed
    drawn = draw_sample(rows, asked, size, seed, np.random.default_rng(seed))
    ids = {one for pair in drawn.drawn for one in (pair.case_a, pair.case_b)}
    names = None if cases is None else _names(cases, facts, asked.ends - 1, ids)
    files = {out / name: text.encode() for name, text in sample_files(drawn, names).items()}
    with output_folder(out):
        for path, content in files.items():
            if path.exists() and path.read_bytes() != content:
                raise UsageRejected(
                    f"{path} already exists with other contents",
                    "It may have a reader's answers. Give another --out",
                )
        for path, content in files.items():
            write_output(path, content)
    below = sum(d.below for d in drawn.drawn)
    controls = len(drawn.drawn) - below
    if as_json:
        record = {
            "words": REASON_TO_LOOK,
            "week": asked.name,
            "monday": asked.monday.isoformat(),
            "below_in_week": drawn.below_in_week,
            "drawn": below,
            "controls": controls,
            "seed": drawn.seed,
        }
        print(json.dumps(record, indent=1))
        return
    opt.show(REASON_TO_LOOK)
    opt.show(
        f"\nWeek of {long_date(asked.monday)} ({asked.name}): {drawn.below_in_week:,} best matches"
        f" fell below the budget. Drawn at random: {below:,} (seed {drawn.seed})."
    )
    if controls:
        opt.show(f"Mixed in: {controls:,} that alerted. The reader cannot tell which they are.")
    else:
        opt.show("There was no alert by then, so none is mixed in. The reader can know that.")
    opt.show(
        f"\nGive {out / 'sample.csv'} to a reader who did not handle these alerts. They write yes"
        " or no under worth_a_second_look, and leave it blank if they did not read the pair."
    )
    opt.show(f"Do not give {out / 'sample-key.csv'} to the reader.")


def _names(cases: Path, facts: Path | None, at: Instant, ids: Set[str]) -> dict[str, str]:
    """Return the records in words, as known by `at`, without the day of their report."""
    histories = (one for one in read_cases(cases, facts=facts).histories if one.case_id in ids)
    known = (history.as_of(at) for history in histories)
    return {case.case_id: undated(case) for case in known if case is not None}


def _print_missed(missed: Missed, *, as_json: bool) -> None:
    below, controls = missed.below, missed.controls
    if as_json:
        record = {
            "words": REASON_TO_LOOK,
            "silence": SILENCE,
            "week": missed.week.name,
            "monday": missed.week.monday.isoformat(),
            "below_in_week": missed.below_in_week,
            "drawn": below.drawn,
            "read": below.read,
            "worth_a_second_look": below.worth,
            "estimate": missed.estimate,
            "interval_95": [missed.low, missed.high],
            "controls_drawn": controls.drawn,
            "controls_read": controls.read,
            "controls_worth_a_second_look": controls.worth,
            "readers": list(missed.readers),
            "does_not_say": list(WHAT_IT_DOES_NOT_SAY),
        }
        print(json.dumps(record, indent=1))
        return
    opt.show(REASON_TO_LOOK)
    opt.show(f"\nWeek of {long_date(missed.week.monday)} ({missed.week.name})")
    opt.show(f"Read: {below.read:,} of {below.drawn:,} drawn from below the budget.")
    opt.show(f"Worth a second look: {below.worth:,} of those {below.read:,}.")
    if missed.estimate is None:
        opt.show("No pair was read, so there is no estimate.")
    else:
        opt.show(
            f"For all {missed.below_in_week:,} below the budget: about {missed.estimate:,.0f}"
            f" (95 % interval {missed.low:,} to {missed.high:,})."
        )
    if controls.read:
        few = " If a reader rejects alerts too, the answers say little about those below."
        opt.show(
            f"Alerts mixed in: {controls.worth:,} of the {controls.read:,} read were worth a second"
            f" look.{few if 2 * controls.worth < controls.read else ''}"
        )
    else:
        opt.show("No alert that was mixed in was read, so the answers cannot be checked.")
    opt.show(f"Read by: {', '.join(missed.readers) or 'not recorded'}.")
    opt.show("\nWhat this does not say:")
    for line in WHAT_IT_DOES_NOT_SAY:
        opt.show(f"- {line}")
    opt.show(SILENCE)
