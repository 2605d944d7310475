from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from clew.errors import InputRejected
from clew.model.case import Case, Entity, Kind
from clew.model.case_file import CaseFile
from clew.model.values import MissingCause, Point

ReadOne = Callable[..., Case]
ReadRows = Callable[..., CaseFile]


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


def test_a_full_row_becomes_a_case(read_one: ReadOne) -> None:
    case = read_one(
        earliest="2014-06-18T23:00",
        latest="2014-06-19T04:00",
        latitude="51.535",
        longitude="0.081",
        location_precision_m="100",
        home_latitude="51.4",
        home_longitude="0.1",
        premises="Street",
        agency="MPS",
        area="KD",
        age_years="22.5",
        sex="M",
        posture="sitting; against_wall",
        moved_after_death="yes",
        identity_status="unknown",
        last_seen_alive="2014-06-17",
        category="unexplained",
        manner="Pending",
        cause="Hanging",
        substances="ghb; Mystery Powder",
        tested_for="none",
        missing_items="phone; phone; keys",
        entities="finder:person:W1; caller:phone:07700:900123",
        mentions="BD-2; BD-1",
        narrative="Found sitting.",
        officer_notes="none",
    )
    assert case.window is not None
    assert (case.window.earliest, case.window.latest) == (
        utc(2014, 6, 18, 22),
        utc(2014, 6, 19, 3),
    )
    assert case.point == Point(51.535, 0.081, 100)
    assert case.home == Point(51.4, 0.1)
    assert (case.premises, case.sex, case.age_years) == ("street", "male", 22.5)
    assert case.posture == ("against_wall", "sitting")
    assert case.moved_after_death is True
    assert case.identity_status == "unknown"
    assert case.last_seen_alive == utc(2014, 6, 16, 23)
    assert case.category == "unexpected_under_investigation"
    assert case.manner == "pending"
    assert case.substances == ("ghb", "mystery_powder")
    assert case.tested_for == ()
    assert case.missing_items is not None
    assert len(case.missing_items) == 2
    assert case.entities == (
        Entity("caller", "phone", "07700:900123"),
        Entity("finder", "person", "W1"),
    )
    assert case.mentions == ("BD-1", "BD-2")
    assert case.extra == {"officer_notes": "none"}
    assert case.missing == {}
    assert case.report_known_to_the_minute


def test_a_date_alone_is_known_at_the_end_of_that_day(read_one: ReadOne) -> None:
    case = read_one(reported_at="2014-06-19")
    assert case.reported_at == utc(2014, 6, 19, 22, 59, 59)
    assert not case.report_known_to_the_minute


@pytest.mark.parametrize(
    ("column", "text", "attribute", "cause"),
    [
        ("age_years", "999", "age_years", MissingCause.PLACEHOLDER),
        ("age_years", "unknown", "age_years", MissingCause.PLACEHOLDER),
        ("cause", "PENDING", "cause", MissingCause.PENDING),
        ("cause", "withheld", "cause", MissingCause.WITHHELD),
        ("premises", "none", "premises", MissingCause.NOT_RECORDED),
        ("place_key", "n/a", "place_key", MissingCause.NOT_APPLICABLE),
        ("moved_after_death", "unknown", "moved_after_death", MissingCause.PLACEHOLDER),
        ("scene", "not known", "scene", MissingCause.PLACEHOLDER),
        ("earliest", "unknown", "window", MissingCause.PLACEHOLDER),
        ("latitude", "unknown", "point", MissingCause.PLACEHOLDER),
    ],
)
def test_placeholders_are_missing_with_their_cause(
    read_rows: ReadRows, column: str, text: str, attribute: str, cause: MissingCause
) -> None:
    file = read_rows([{column: text}])
    case = file.histories[0].versions[0][1]
    assert getattr(case, attribute) is None
    assert case.missing == {attribute: cause}
    reasons = [reject.reason for reject in file.rejects]
    assert all("needs both" in reason for reason in reasons)


def test_the_point_zero_zero_is_a_placeholder(read_one: ReadOne) -> None:
    case = read_one(latitude="0", longitude="0.0")
    assert case.point is None
    assert case.missing == {"point": MissingCause.PLACEHOLDER}


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"age_years": "131"}, "age_years"),
        ({"age_years": "-1"}, "age_years"),
        ({"age_years": "young"}, "age_years"),
        ({"latitude": "910", "longitude": "0.1"}, "latitude"),
        ({"latitude": "51", "longitude": "181"}, "longitude"),
        ({"latitude": "51"}, "latitude"),
        ({"latitude": "51,5", "longitude": "0.1"}, "latitude"),
        (
            {"latitude": "51", "longitude": "1", "location_precision_m": "-5"},
            "location_precision_m",
        ),
        ({"earliest": "1066-10-14"}, "earliest"),
        ({"earliest": "03/04/2014"}, "earliest"),
        ({"latest": "2999-01-01"}, "latest"),
        ({"earliest": "2014-06-19", "latest": "2014-06-01"}, "latest"),
        ({"earliest": "2014-07-19"}, "earliest"),
        ({"last_seen_alive": "teatime"}, "last_seen_alive"),
        ({"moved_after_death": "perhaps"}, "moved_after_death"),
        ({"sex": "banana"}, "sex"),
        ({"kind": "banana"}, "kind"),
        ({"entities": "caller:P1; finder:person:W1"}, "entities"),
    ],
)
def test_a_bad_field_is_rejected_and_the_row_kept(
    read_rows: ReadRows, columns: dict[str, str], field: str
) -> None:
    file = read_rows([columns])
    (reject,) = file.rejects
    assert (reject.file, reject.row, reject.field, reject.kept) == ("cases.csv", 2, field, True)
    assert reject.value
    assert reject.value in columns[field]
    assert len(file.histories) == 1


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"case_id": ""}, "case_id"),
        ({"case_id": "unknown"}, "case_id"),
        ({"case_id": "C1"}, "case_id"),
        ({"reported_at": ""}, "reported_at"),
        ({"reported_at": "pending"}, "reported_at"),
        ({"reported_at": "03/04/2014"}, "reported_at"),
        ({"reported_at": "2999-01-01"}, "reported_at"),
    ],
)
def test_a_bad_id_or_report_time_rejects_the_row(
    read_rows: ReadRows, columns: dict[str, str], field: str
) -> None:
    file = read_rows([{}, columns, {}])
    (reject,) = file.rejects
    assert (reject.row, reject.field, reject.kept) == (3, field, False)
    assert [history.case_id for history in file.histories] == ["C1", "C3"]


def test_duplicates_say_whether_the_rows_are_identical(read_rows: ReadRows) -> None:
    file = read_rows([{"case_id": "A", "sex": s} for s in ("f", "f", "m")])
    assert [reject.reason for reject in file.rejects] == [
        "row 2 has the same case_id; this row is identical",
        "row 2 has the same case_id; this row differs",
    ]
    assert file.histories[0].versions[0][1].sex == "female"


def test_a_window_from_one_end(read_one: ReadOne) -> None:
    from_then_on = read_one(earliest="2014-06-18")
    assert from_then_on.window is not None
    assert from_then_on.window.latest == from_then_on.reported_at
    up_to_then = read_one(latest="2014-06-18")
    assert up_to_then.window is None
    assert up_to_then.extra == {"latest": "2014-06-18"}


def test_substances_are_filled_from_the_cause(read_one: ReadOne) -> None:
    cause = "Mixed drug toxicity (fentanyl, cocaine)"
    assert read_one(cause=cause).substances == ("cocaine", "fentanyl")
    assert read_one(cause=cause, substances="ghb").substances == ("ghb",)
    assert read_one(cause=cause, substances="none").substances == ()
    pending = read_one(cause=cause, substances="pending")
    assert pending.substances == ("cocaine", "fentanyl")
    assert pending.missing == {}


def test_lifestyle_words_are_no_scene_features(read_rows: ReadRows) -> None:
    file = read_rows([{"scene": "note; sex work"}, {"scene": "homeless"}])
    both, only = (history.versions[0][1] for history in file.histories)
    assert both.scene == ("note",)
    assert both.extra == {"lifestyle_words": "sex_work"}
    assert only.scene is None
    assert any("lifestyle" in warning for warning in file.warnings)


def test_unknown_words_are_kept_and_counted(read_rows: ReadRows) -> None:
    rows = [{"premises": "Tree House", "entities": "uncle:robot:R2"}, {"premises": "tree-house"}]
    file = read_rows(rows)
    assert {h.versions[0][1].premises for h in file.histories} == {"tree_house"}
    assert file.histories[0].versions[0][1].entities == (Entity("uncle", "robot", "R2"),)
    assert any("premises" in w and "tree_house (2)" in w for w in file.warnings)
    assert any("role" in w and "uncle" in w for w in file.warnings)


def test_traits_never_reach_a_case(read_rows: ReadRows) -> None:
    file = read_rows(
        [{"group_ethnicity": "A", "Religion": "B", "Gender identity": "C", "hue": "D"}]
    )
    case = file.histories[0].versions[0][1]
    assert case.extra == {"hue": "D"}
    assert file.traits == {
        "C1": {"group_ethnicity": "A", "group_religion": "B", "group_gender_identity": "C"}
    }
    assert len(file.warnings) == 2


def test_kinds_and_default(read_rows: ReadRows) -> None:
    file = read_rows([{"kind": ""}, {"kind": "Non-fatal"}, {"kind": "missing_person"}])
    assert [h.versions[0][1].kind for h in file.histories] == list(Kind)


def test_histories_stand_by_first_instant_then_id(read_rows: ReadRows) -> None:
    rows = [{"case_id": "B"}, {"case_id": "A"}, {"case_id": "Z", "reported_at": "2013-01-01"}]
    assert [h.case_id for h in read_rows(rows).histories] == ["Z", "A", "B"]


def test_a_file_of_which_nothing_can_be_taken(read_rows: ReadRows) -> None:
    with pytest.raises(InputRejected) as caught:
        read_rows([{"reported_at": "03/04/2014"}, {"reported_at": "bad"}])
    assert caught.value.row == 2
    assert caught.value.field == "reported_at"
    assert "\n" not in caught.value.line()


def test_progress_ends_at_the_whole(read_rows: ReadRows) -> None:
    calls: list[tuple[int, int]] = []
    read_rows([{} for _ in range(2500)], progress=lambda done, whole: calls.append((done, whole)))
    assert len(calls) == 3
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]
