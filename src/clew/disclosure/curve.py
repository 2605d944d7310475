"""What an alert budget buys, for who signs one: work on this file, series found on the benchmark.

Nobody can count the series that a force missed. What a budget finds is therefore read off hidden
series, planted among real deaths by `benchmarks/hidden_budget.py`, which writes the file read here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from scipy.stats import chi2

from clew.disclosure.words import count_of, long_iso
from clew.model.alert import CurvePoint, Replay
from clew.model.values import DAY, YEAR_DAYS

FILE = "budget_benchmark.json"
SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
"""Alerts per new death that are tried."""
MINUTES = 30.0
"""Declared: minutes to read two records and to write a judgement; nobody has measured it yet."""
LEVEL = 0.95
KINDS_AT = (0.01, 0.03, 0.1)
"""Alerts per new death at which each kind of series is shown."""
NO_BUDGET = (
    "No budget finds a death that never reaches these records, two deaths that are recorded as one"
    " event, or deaths that resemble each other no more than unrelated deaths do."
)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of series, in [0, 1], with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BenchmarkPoint:
    """One budget on the benchmark.

    `alerts`, `updates` and `share` are per hundred deaths, `look_alikes` the share of both that was
    on deaths planted because they only look alike. `kinds` counts series by kind: all, alerted by
    the second death, by the third, ever.
    """

    share: float
    alerts: float
    updates: float
    look_alikes: float
    by_2nd: Share
    by_3rd: Share
    kinds: dict[str, tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class BudgetBenchmark:
    """The benchmark of budgets: when it was made, on what, and what each budget found.

    `agreement` of coders on free choices and share of fields `missing` say how good its files are;
    `says` puts each kind of series into words. `caution`: what has changed since, "" for nothing;
    the benchmark writes none, so that it ends when the figures are made again.
    """

    made: str
    version: str
    background: str
    agreement: float
    missing: float
    says: dict[str, str]
    points: tuple[BenchmarkPoint, ...]
    caution: str = ""

    def nearest(self, share: float) -> BenchmarkPoint:
        """Return the largest budget tried that is no larger than `share`, else the smallest."""
        smaller = [point for point in self.points if point.share <= share * (1 + 1e-9)]
        return max(smaller or self.points[:1], key=lambda point: point.share)


def read_benchmark() -> BudgetBenchmark:
    """Read the benchmark that ships with Clew."""
    data = json.loads(files("clew.disclosure").joinpath(FILE).read_text("utf-8"))
    points = tuple(
        BenchmarkPoint(
            share=one["share"],
            alerts=one["alerts"],
            updates=one["updates"],
            look_alikes=one["look_alikes"],
            by_2nd=Share(*one["by_2nd"]),
            by_3rd=Share(*one["by_3rd"]),
            kinds={kind: tuple(counts) for kind, counts in one["kinds"].items()},
        )
        for one in data["points"]
    )
    said = {name: data[name] for name in ("made", "version", "background", "says")}
    return BudgetBenchmark(
        **said, agreement=data["agreement"], missing=data["missing"], points=points,
        caution=data.get("caution", ""),
    )  # fmt: skip


def yearly(count: int, years: float) -> Share:
    """Return a count a year with its exact 95 % interval, as if events came at a steady rate.

    Source: Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28.
    """
    tail = (1 - LEVEL) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    high = float(chi2.ppf(1 - tail, 2 * count + 2)) / 2
    return Share(count / years, low / years, high / years)


def hours_of(alerts: float, updates: float, minutes: float) -> float:
    """Return the hours of reading that so many alerts and additions take."""
    return (alerts + updates) * minutes / 60


# In lines and sentences.


@dataclass(frozen=True, slots=True)
class CurveLine:
    """One budget. `alerts` and `added` are a year; `hours` of reading too."""

    share: float
    alerts: Share
    added: float
    hours: float
    by_2nd: Share
    by_3rd: Share

    @property
    def budget(self) -> str:
        """Return the alerts allowed for each hundred deaths."""
        return f"{self.share * 100:g}"

    @property
    def alerts_words(self) -> str:
        """Return the alerts a year with their interval."""
        return f"{self.alerts.value:,.0f} ({self.alerts.low:,.0f} to {self.alerts.high:,.0f})"

    @property
    def by_2nd_words(self) -> str:
        """Return the share of series alerted by their second death, with its interval."""
        return percent(self.by_2nd)

    @property
    def by_3rd_words(self) -> str:
        """Return the share of series alerted by their third death, with its interval."""
        return percent(self.by_3rd)


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of series: of how many drawn, and by budget how many alerted by the third death."""

    says: str
    count: int
    by_3rd: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CurveView:
    """The curve in lines and sentences.

    `measured`: alerts were counted in a replay of this file; otherwise they are the benchmark's,
    for so many deaths a year.
    """

    lines: tuple[CurveLine, ...]
    kinds: tuple[KindLine, ...]
    kinds_at: tuple[str, ...]
    measured: bool
    rests_on: str
    unfound: tuple[str, ...]
    minutes: float


def percent(share: Share) -> str:
    """Return a share with its interval in words."""
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"


def show_curve(
    benchmark: BudgetBenchmark,
    deaths_a_year: float,
    *,
    points: Sequence[CurvePoint] = (),
    years: float = 0.0,
    minutes: float = MINUTES,
) -> CurveView:
    """Return what each budget of the benchmark buys.

    Parameters
    ----------
    deaths_a_year
        New deaths a year of this file, above 0.
    points
        What a replay of this file counted, one for each budget of the benchmark; none: the
        benchmark's alerts per hundred deaths are taken, and the budget itself as the most.
    years
        Length of that replay, above 0 where there are points.
    minutes
        Of reading for each alert and each record added to one.
    """
    counted = {point.share: point for point in points}
    lines = []
    for one in benchmark.points:
        point = counted.get(one.share)
        if point is not None:
            alerts, added = yearly(point.alerts, years), point.updates / years
        else:
            expected = one.alerts / 100 * deaths_a_year
            most = max(one.share * deaths_a_year, expected)
            alerts, added = Share(expected, 0.0, most), one.updates / 100 * deaths_a_year
        hours = hours_of(alerts.value, added, minutes)
        lines.append(CurveLine(one.share, alerts, added, hours, one.by_2nd, one.by_3rd))
    shown = [one for one in benchmark.points if one.share in KINDS_AT]
    kinds = [
        KindLine(says, shown[0].kinds[kind][0], tuple(one.kinds[kind][2] for one in shown))
        for kind, says in benchmark.says.items()
    ]
    kinds.sort(key=lambda kind: (-kind.by_3rd[0], -kind.by_3rd[-1], kind.says))
    draws = sum(kind.count for kind in kinds)
    rests_on = (
        f"{count_of(draws, 'series', 'series')} of {len(kinds)} kinds, each modelled on one in the"
        f" public record. A program hid them among the deaths of"
        f" {benchmark.background.split(',')[0]}. {benchmark.missing:.0%} of the fields are missing,"
        f" and two people who choose a word freely agree {benchmark.agreement:.0%} of the time."
        f" Made on {long_iso(benchmark.made)} with version {benchmark.version}. No one has measured"
        " it on real series: too few are known."
    ).replace("%", " %")
    rests_on += f" {benchmark.caution}" if benchmark.caution else ""
    return CurveView(
        tuple(lines),
        tuple(kinds),
        tuple(f"{one.share * 100:g}" for one in shown),
        bool(points),
        rests_on,
        _unfound(benchmark),
        minutes,
    )


def _unfound(benchmark: BudgetBenchmark) -> tuple[str, ...]:
    """Say what even the largest budget does not alert by the third death."""
    last = benchmark.points[-1]
    late = {kind: third / count for kind, (count, _, third, _) in last.kinds.items()}
    rare = sorted((kind for kind in late if late[kind] < 0.5), key=lambda kind: late[kind])
    said = [
        f"Even {last.share * 100:g} alerts for each hundred deaths leave"
        f" {1 - last.by_3rd.value:.0%} of these series without an alert when their third death is"
        " reported.".replace("%", " %")
    ]
    if rare:
        kinds = "; ".join(benchmark.says[kind] for kind in rare)
        said.append(
            f"Of these kinds less than half are found by then at any budget shown: {kinds}."
        )
    return (*said, NO_BUDGET)


def curve_of(replay: Replay, minutes: float = MINUTES) -> CurveView:
    """Return what each budget buys in a replay that counted them all; it must have begun."""
    years = max(replay.ends - replay.begins, DAY) / DAY / YEAR_DAYS
    return show_curve(
        read_benchmark(),
        replay.deaths_a_year,
        points=replay.curve,
        years=years,
        minutes=minutes,
    )


def cited(share: float) -> dict[str, str]:
    """Return what a decision on a budget of `share` rests on, in words, ready for JSON."""
    benchmark = read_benchmark()
    point = benchmark.nearest(share)
    return {
        "made": benchmark.made,
        "version": benchmark.version,
        "budget": f"{point.share * 100:g}",
        "by_2nd": percent(point.by_2nd),
        "by_3rd": percent(point.by_3rd),
    }


def curve_rows(view: CurveView) -> list[list[str]]:
    """Return the rows of curve.csv."""
    return [
        [
            line.budget,
            *(f"{value:.2f}" for value in (line.alerts.value, line.alerts.low, line.alerts.high)),
            f"{line.added:.2f}",
            f"{line.hours:.1f}",
            *(
                f"{value:.3f}"
                for one in (line.by_2nd, line.by_3rd)
                for value in (one.value, one.low, one.high)
            ),
        ]
        for line in view.lines
    ]
