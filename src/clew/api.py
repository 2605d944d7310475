"""The functions that compare, count, learn and audit, for programs. The command line calls these.

Nothing here prints. A case file is what `clew.read_cases` returned, or a path to read. Times are
strings such as "2014-08-30" or "2014-08-30T09:00", read in the file's time zone, or datetimes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from clew.comparison.compare import compare
from clew.comparison.ranking.engines import ranking_on
from clew.comparison.weights.weight_table import declared_table, read_weight_table
from clew.errors import InputRejected
from clew.identities.merged_reports import merge_reports
from clew.intake.cases.times import Time, instant_of
from clew.intake.inputs.audit_columns import AuditFiles
from clew.intake.inputs.earlier_run import read_series
from clew.intake.read import Source, case_file_of
from clew.model.alert import Budget
from clew.model.case_file import CaseFile
from clew.model.cluster import DeclaredLink
from clew.model.finding import Series
from clew.model.judgement import Judgement
from clew.model.weight import WeightTable
from clew.oversight.equality.answers import AuditRun
from clew.results import AlikeAnswer, LinkAnswer, PairAnswer, ReplayAnswer, SurveyAnswer, as_kind
from clew.surveillance.excess.excess import survey_excess
from clew.surveillance.request import SurveyRequest
from clew.workflows.audit import audit_file, draft_plan
from clew.workflows.explain import explain_pair
from clew.workflows.learn import LearnOptions, learn_table
from clew.workflows.like import find_alike
from clew.workflows.link import LinkOptions, link_cases
from clew.workflows.replay import ReplayOptions, replay_cases
from clew.workflows.survey import survey_cases

__all__ = ["audit", "compare", "explain", "learn", "like", "link", "replay", "survey"]

Progress = Callable[[int, int], None]
Weights = WeightTable | str | Path | None
"""A weight table, or the path of one; None: the declared one."""


def link(
    cases: Source,
    *,
    as_of: Time = None,
    judgements: Sequence[Judgement] = (),
    weights: Weights = None,
    top: int = 5,
    engine: str = "local",
    before: tuple[Series, ...] | None = None,
    progress: Progress | None = None,
) -> LinkAnswer:
    """Compare all cases with one another and rank the few that deserve a second look.

    Parameters
    ----------
    as_of
        Use only what was recorded by then; None: everything.
    judgements
        What people decided. They shape the adopted series, and change no weight and no rank.
    top
        Number of candidates per case, at least 1.
    engine
        "local" or "spark".
    before
        Series of an earlier run, with which this one's are compared.
    progress
        Called now and then with how many cases are done, and of how many.

    Raises
    ------
    InputRejected
        If the file cannot be read, or holds fewer than two cases by then.
    UsageRejected
        If an argument makes no sense.
    """
    case_file = case_file_of(cases)
    options = _link_options(case_file, as_of, judgements, weights, engine)
    options = replace(options, top=top, before=before)
    return as_kind(LinkAnswer, link_cases(case_file, options, progress))


def explain(
    cases: Source,
    case_a: str,
    case_b: str,
    *,
    as_of: Time = None,
    judgements: Sequence[Judgement] = (),
    weights: Weights = None,
    engine: str = "local",
) -> PairAnswer:
    """Say what agrees, what differs and what is missing between two cases, whatever their rank.

    The parameters are those of `link`.

    Raises
    ------
    UsageRejected
        If a case is not in the file at that time, or the two are one.
    """
    case_file = case_file_of(cases)
    options = _link_options(case_file, as_of, judgements, weights, engine)
    return as_kind(PairAnswer, explain_pair(case_file, options, case_a, case_b))


def like(
    cases: Source,
    series: Sequence[str],
    *,
    as_of: Time = None,
    judgements: Sequence[Judgement] = (),
    weights: Weights = None,
    top: int = 5,
    engine: str = "local",
    progress: Progress | None = None,
) -> AlikeAnswer:
    """Rank all other cases, earlier and later, against the cases of a series.

    `series` are case ids, or the one id of a possible or adopted series. The other parameters are
    those of `link`.

    Raises
    ------
    UsageRejected
        If a case is not in the file at that time.
    """
    case_file = case_file_of(cases)
    options = replace(_link_options(case_file, as_of, judgements, weights, engine), top=top)
    return as_kind(AlikeAnswer, find_alike(case_file, options, series, progress))


def replay(
    cases: Source,
    *,
    budget: float | Budget = 0.01,
    begins: Time = None,
    ends: Time = None,
    judgements: Sequence[Judgement] = (),
    weights: Weights = None,
    allow_hindsight: bool = False,
    curve: Sequence[float] = (),
    progress: Progress | None = None,
) -> ReplayAnswer:
    """Go through time, one report or fact at a time, and alert within a budget.

    Parameters
    ----------
    budget
        Alerts per new death, in (0, 1]; or a `Budget`, which says who signed it.
    begins, ends
        Alert from then on (None: when enough is known), up to then (None: the last fact).
    allow_hindsight
        Accept a weight table that was trained on cases after `begins`.
    curve
        Other budgets, alerts per new death: count what they would have brought.

    Raises
    ------
    InputRejected
        If there are fewer than two cases by then.
    UsageRejected
        If an argument makes no sense.
    """
    case_file = case_file_of(cases)
    options = ReplayOptions(
        _table(weights),
        budget if isinstance(budget, Budget) else Budget(budget),
        instant_of(begins, case_file.timezone, "begins", begins=True),
        instant_of(ends, case_file.timezone, "ends"),
        tuple(judgements),
        allow_hindsight,
        tuple(curve),
    )
    return as_kind(ReplayAnswer, replay_cases(case_file, options, progress))


def survey(
    cases: Source,
    request: SurveyRequest | None = None,
    *,
    declared_links: tuple[DeclaredLink, ...] | None = None,
    progress: Progress | None = None,
    counting: Progress | None = None,
) -> SurveyAnswer:
    """Look for too many deaths in too small a place and time, or around one unit or substance.

    Parameters
    ----------
    request
        What to look for; None: the whole file once, with the declared limits.
    declared_links
        Links that the page shows beside clusters.
    progress, counting
        Called now and then with what is done, and of how much: of the scans, of the counts.

    Raises
    ------
    InputRejected
        If no case is known by then.
    UsageRejected
        If the request makes no sense.
    """
    case_file, asked = case_file_of(cases), request or SurveyRequest()
    scans = survey_cases(case_file, asked, progress)
    merged = merge_reports(case_file, asked.judgements)
    excess = survey_excess(merged, asked, counting)
    counted = {case_id for unit in excess.signals for case_id in unit.case_ids}
    known = merged.as_of(asked.as_of) if counted else ()
    unusual = tuple(case for case in known if case.case_id in counted)
    return SurveyAnswer(scans, excess, declared_links, unusual)


def learn(
    cases: Source,
    series: Mapping[str, Sequence[str]] | str | Path,
    *,
    as_of: Time = None,
    prior: Weights = None,
    seed: int = 1,
) -> WeightTable:
    """Learn a weight table from cases and known series, pulled towards a prior.

    Parameters
    ----------
    series
        Case ids by series, or the path of a file with `series_id, case_id`. A case may be in
        several. Rows of the file that name no case of `cases` are left out.
    prior
        The table to start from; None: the declared one.
    seed
        Of the folds and of the pairs drawn.
    """
    case_file = case_file_of(cases)
    if isinstance(series, str | Path):
        ids = [history.case_id for history in case_file.histories]
        series, _ = read_series(Path(series), ids)
    options = LearnOptions(_table(prior), instant_of(as_of, case_file.timezone, "as_of"), seed)
    return learn_table(case_file, series, options)


def audit(
    cases: str | Path,
    plan: str | Path,
    *,
    mapping: str | Path | None = None,
    facts: str | Path | None = None,
    effort: str | Path | None = None,
    workload: str | Path | None = None,
    look: int = 1,
    earlier_looks: Sequence[str | Path] = (),
    today: date | None = None,
    progress: Progress | None = None,
) -> AuditRun:
    """Compare how deaths of two groups were enquired into, among deaths alike when reported.

    Parameters
    ----------
    cases
        The path of a case file with a column of groups.
    plan
        The path of the plan (TOML); see docs/method/equality.md.
    facts
        The path of what became known when: deaths are alike by what was known 48 hours after the
        report.
    effort, workload
        Paths of what was done, and of staff and open deaths by unit and day; None: not recorded.
    look, earlier_looks
        Which of the planned looks it is, and the files that the looks before it kept.
    today
        The day by which the plan must be dated; None: the machine's.
    progress
        Called now and then with how many outcomes are done, and of how many.

    Raises
    ------
    InputRejected
        If a file cannot be read, or the plan breaks a rule of the method.
    """
    files = AuditFiles(
        Path(cases), Path(plan), mapping, *(_path(one) for one in (facts, effort, workload))
    )
    return audit_file(
        files,
        date.today() if today is None else today,
        look=look,
        earlier=[Path(one) for one in earlier_looks],
        progress=progress,
    )


def suggest_plan(
    cases: str | Path, *, mapping: str | Path | None = None, today: date | None = None
) -> str:
    """Return a draft of an audit's plan, in TOML, from the columns of a case file.

    Raises
    ------
    InputRejected
        If the file cannot be read.
    """
    return draft_plan(Path(cases), mapping, date.today() if today is None else today)


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)


def _link_options(
    case_file: CaseFile,
    as_of: Time,
    judgements: Sequence[Judgement],
    weights: Weights,
    engine: str,
) -> LinkOptions:
    return LinkOptions(
        _table(weights),
        instant_of(as_of, case_file.timezone, "as_of"),
        judgements=tuple(judgements),
        rank=ranking_on(engine),
    )


def _table(weights: Weights) -> WeightTable:
    if weights is None or isinstance(weights, WeightTable):
        return declared_table() if weights is None else weights
    try:
        return read_weight_table(Path(weights).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise InputRejected(
            str(weights), f"the weight table cannot be read ({fault})", "Give a JSON weight table"
        ) from None
