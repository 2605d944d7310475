"""What was known at each moment of a series, from rows that are decided one trigger at a time."""

from clew.model.alert import AlertRow, Trigger
from clew.model.finding import Relation, Tier
from clew.replay.series_stories import _moments


def row(at: int, rank: int, pair: tuple[str, str], **more: object) -> AlertRow:
    return AlertRow(
        at, *pair, rank=rank, priority=1.0, micro_bans=0, chance=0.1, compared=9,
        tier=Tier.SIMILARITY, relation=Relation.LEAD, trigger=Trigger.NEW_CASE,
        **{"alert": False, **more},  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_moment_has_the_row_that_reached_people_though_another_ranked_before_it() -> None:
    rows = {
        "B": [row(5, 1, ("B", "Z"), alert=True), row(5, 2, ("B", "A"))],
        "C": [
            row(7, 1, ("C", "A")),
            row(7, 2, ("C", "B"), update=True),
            row(7, 3, ("C", "Z"), alert=True),
        ],
        "D": [
            row(9, 1, ("D", "C"), update=True),
            row(9, 2, ("D", "B"), alert=True),
        ],
        "A": [row(11, 1, ("A", "Z"))],
    }
    alerts = sorted(one.at for came in rows.values() for one in came if one.notifies)
    told = list(_moments(set("ABCD"), rows, alerts, 0))
    assert [(seen.at, seen.case_id, seen.row) for seen in told] == [
        (5, "B", rows["B"][1]),
        (7, "C", rows["C"][1]),
        (9, "D", rows["D"][0]),
        (11, "A", None),
    ]
    assert [seen.alerts_before for seen in told] == [0, 1, 3, 5]
    assert [seen.alerts_on_series for seen in told] == [0, 0, 1, 3]
