"""Options of `clew survey`, and the files beside the case file, read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clew.cli import options as opt
from clew.intake.baseline import read_baseline, read_centres
from clew.intake.expected import read_expected
from clew.intake.read import DEFAULT_TIMEZONE
from clew.intake.tables import open_table
from clew.intake.told_links import read_told_links
from clew.model.baseline import BaselineArea
from clew.model.case_file import CaseFile, Reject
from clew.model.cluster import ToldLink
from clew.model.excess import Expected
from clew.model.judgement import Judgement
from clew.model.place import Point

Cases = Annotated[
    Path,
    typer.Argument(
        help="Case file: a table, messages or a prepared store. Only deaths are counted."
    ),
]
Judgements = Annotated[
    Path | None,
    typer.Option(help="Judgement file. Of it only verified double reports count: one record each."),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        help="Time zone of days, and of times without one [default: the mapping's, else"
        f" {DEFAULT_TIMEZONE}]."
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        help=(
            "Count cases reported from then on. With --prospective: the day of the first daily"
            " scan."
        ),
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        help=(
            "Count up to then. With --prospective: the day of the last scan [default: the last"
            " report]."
        ),
    ),
]
Prospective = Annotated[
    bool,
    typer.Option(
        "--prospective",
        help=(
            "Only spans that reach the day of the scan, with what was recorded by then. One scan,"
            " or one a day with --from."
        ),
    ),
]
MaxRadius = Annotated[float, typer.Option(help="Largest radius in kilometres; 0: single places.")]
MaxShare = Annotated[float, typer.Option(help="Largest share of all cases in a circle.")]
MinDays = Annotated[int, typer.Option(help="Shortest span in days.")]
MaxDays = Annotated[int, typer.Option(help="Longest span in days.")]
StepDays = Annotated[
    int, typer.Option(min=1, help="Days counted together; 7 counts weeks back from the last day.")
]
MinCases = Annotated[int, typer.Option(min=1, help="Fewest cases in a cluster.")]
HistoryDays = Annotated[int, typer.Option(min=2, help="Days a prospective scan looks back.")]
Strata = Annotated[
    str,
    typer.Option(
        help="Strata to scan beside all cases, with commas: young, non_natural, outdoors,"
        " substance:NAME. p is multiplied by their number."
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="Model: space_time_permutation, space_time_poisson or poisson"
        " [default: the first, and the second with a baseline]."
    ),
]
Baseline = Annotated[
    list[Path] | None,
    typer.Option(
        help="Baseline by area (area, latitude, longitude, expected) or of units (unit_kind, unit,"
        " period, expected). May be given twice."
    ),
]
FalseSignals = Annotated[
    float,
    typer.Option(
        help=(
            "False signals allowed a year among all units together, and among all substances and"
            " mechanisms."
        )
    ),
]
Centres = Annotated[
    Path | None,
    typer.Option(
        help="Points to centre circles on: latitude, longitude [default: the places with a case]."
    ),
]
Replications = Annotated[
    int | None,
    typer.Option(
        min=19,
        help=(
            "Random files to compare with [default: 999, or as many as a signal needs:"
            " --signal-days times strata]."
        ),
    ),
]
StopAfter = Annotated[
    int,
    typer.Option(
        min=0,
        help=(
            "Stop drawing once so many random files reach the observed count; 0: never. 10 makes"
            " daily scans quick."
        ),
    ),
]
SignalDays = Annotated[
    float,
    typer.Option(
        min=1.0, help="Signal when the expected false-alarm interval exceeds this many days."
    ),
]
Top = Annotated[
    int,
    typer.Option(
        min=1,
        max=100,
        help=(
            "Clusters to list per scan. Of many daily scans, the most likely of each and all that"
            " signal are kept."
        ),
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the random files.")]
Links = Annotated[
    Path | None,
    typer.Option(help="The links.csv of clew link. Links within a cluster are shown with it."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the scans, as typed.

    `tried`: radius and share, then shortest, longest and step of spans, fewest cases. `drawn`:
    replications, when to stop, and the days of a signal. `days`: from, to, as of.
    """

    prospective: bool
    tried: tuple[float, float, int, int, int, int]
    drawn: tuple[int | None, int, float]
    days: tuple[str | None, str | None, str | None]
    history_days: int
    strata: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands in the files beside the case file; `rejects`: what could not be taken of them.

    `centres` and `links` are None where no such file was given.
    """

    judged: tuple[Judgement, ...]
    areas: tuple[BaselineArea, ...]
    expected: tuple[Expected, ...]
    centres: tuple[Point, ...] | None
    links: tuple[ToldLink, ...] | None
    rejects: tuple[Reject, ...]


def read_beside(
    case_file: CaseFile,
    judgements: Path | None,
    baseline: list[Path] | None,
    centres: Path | None,
    links: Path | None,
) -> Beside:
    """Read the files beside the case file."""
    judged, refused = opt.judgements_of(judgements, case_file)
    areas, expected, off_areas = read_baselines(baseline or [])
    points, off_points = read_centres(centres) if centres else (None, ())
    told, off_links = read_told_links(links) if links else (None, ())
    rejects = (*refused, *off_areas, *off_points, *off_links)
    return Beside(judged, areas, expected, points, told, rejects)


def read_baselines(
    paths: list[Path],
) -> tuple[tuple[BaselineArea, ...], tuple[Expected, ...], tuple[Reject, ...]]:
    """Return expected numbers by area and of units, and the rows not taken; told by their columns.

    Raises
    ------
    InputRejected
        If a file cannot be read, or has the columns of neither.
    """
    areas: tuple[BaselineArea, ...] = ()
    units: tuple[Expected, ...] = ()
    rejects: tuple[Reject, ...] = ()
    for path in paths:
        if "unit_kind" in open_table(path).header:
            more, off = read_expected(path)
            units += more
        else:
            areas, off = read_baseline(path)
        rejects += off
    return areas, units, rejects


def strata_of(text: str) -> tuple[str, ...]:
    """Return the strata that are named, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
