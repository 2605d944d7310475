"""`clew sample-below`: a blind sample of what fell below the budget, and what it says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from clew.cli import options as opt
from clew.disclosure.csv_files import sample_files
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, long_date
from clew.errors import UsageRejected
from clew.intake.cases.times import zone_named
from clew.intake.inputs.alerts import read_alerts, read_key, read_sheet
from clew.intake.read import DEFAULT_TIMEZONE
from clew.outputs import output_folder, write_output
from clew.replay.blind_sample import Missed, draw_sample, judge_sample, week_of

WHAT_IT_DOES_NOT_SAY = (
    "Worth a second look is what a reader thought, not the truth.",
    "It speaks of this week's best matches alone: a lower candidate, or a death that is in no"
    " record, was not sampled.",
    "Blank lines are left out. If they were left blank for a reason, the estimate leans.",
)


Size = Annotated[
    int,
    typer.Option(
        min=1,
        max=10_000,
        help="Number of pairs to draw from below the budget, or all where there are fewer.",
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
    Path | None, typer.Option(help="The sheet with yes, no or blank in worth_a_second_look.")
]
KeyFile = Annotated[Path | None, typer.Option(help="The key that was written with that sheet.")]


@opt.writes_csv
def sample_below(
    alerts: Annotated[Path, typer.Argument(help="The alerts.csv that clew replay wrote.")],
    week: Annotated[str, typer.Option(help="Any day of the week, for example 2014-08-25.")],
    size: Size = 20,
    seed: Seed = None,
    read: Sheet = None,
    key: KeyFile = None,
    timezone: opt.Timezone = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Draw a blind sample of what fell below the budget; with --read, say what it found.

    The sample has one week's best matches below the budget, mixed with a few that alerted, so that
    a reader does not know which is which. Weeks begin on Monday in --timezone.

    Writes sample.csv for the reader and sample-key.csv, which the reader must not see. A file of
    these names with other content is not replaced. With --read and --key it writes no file.

    Example: clew sample-below alerts.csv --week 2014-08-25 --size 20 --seed 7 --out week35

    Example: clew sample-below alerts.csv --week 2014-08-25 --read week35/sample.csv --key
    week35/sample-key.csv
    """
    if (read is None) != (key is None):
        raise UsageRejected("--read and --key go together", "Give both, or neither to draw")
    zone = timezone or DEFAULT_TIMEZONE
    try:
        day = date.fromisoformat(week)
    except ValueError:
        raise UsageRejected(f"--week {week} is no day", "Write it like 2014-08-25") from None
    asked = week_of(day, zone_named(zone))
    rows = read_alerts(alerts, zone)
    if read is not None and key is not None:
        missed = judge_sample(rows, asked, read_sheet(read), read_key(key))
        _print_missed(missed, as_json=as_json)
        return
    seed = int(f"{asked.monday:%Y%m%d}") if seed is None else seed
    drawn = draw_sample(rows, asked, size, seed, np.random.default_rng(seed))
    files = {out / name: text.encode() for name, text in sample_files(drawn).items()}
    with output_folder(out):
        for path, content in files.items():
            if path.exists() and path.read_bytes() != content:
                raise UsageRejected(
                    f"{path} already exists with other contents",
                    "It may be a reader's answers; give another --out",
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
        opt.show(f"Mixed in: {controls:,} that alerted, so that the reader cannot know which.")
    else:
        opt.show("No alert came up to then, so none is mixed in, and the reader can know that.")
    opt.show(
        f"\nGive {out / 'sample.csv'} to a reader who did not handle these alerts: yes or no under"
        " worth_a_second_look, blank if not read."
    )
    opt.show(f"Keep {out / 'sample-key.csv'} away from the reader.")


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
        opt.show("Nothing was read, so nothing can be estimated.")
    else:
        opt.show(
            f"For all {missed.below_in_week:,} that fell below: about {missed.estimate:,.0f};"
            f" 95 % interval {missed.low:,} to {missed.high:,}."
        )
    if controls.read:
        few = " A reader who says no to alerts too says little about those below."
        opt.show(
            f"Of the alerts mixed in: {controls.worth:,} of {controls.read:,} read were found"
            f" worth it.{few if 2 * controls.worth < controls.read else ''}"
        )
    else:
        opt.show(
            "Of the alerts mixed in none was read: the answers cannot be checked against them."
        )
    opt.show(f"Read by: {', '.join(missed.readers) or 'not said'}.")
    opt.show("\nWhat this does not say:")
    for line in WHAT_IT_DOES_NOT_SAY:
        opt.show(f"- {line}")
    opt.show(SILENCE)
