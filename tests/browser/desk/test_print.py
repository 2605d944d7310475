"""The morning sheet printed: a day of thirty deaths stands on one A4 page."""

from __future__ import annotations

from typing import Any

from review_town import Town

from clew.desk.records.models import Case
from clew.desk.review.models import Link, Pair


def a_full_day(town: Town) -> None:
    """Give the day thirty deaths, each with a candidate."""
    held = town.pair().link
    for number in range(29):
        case = Case.objects.create(
            case_id=f"D-2015-{number:05d}", reported_at=f"2015-09-14T{number % 23:02d}:30Z",
            area="KD", texts={"now": {"sex": "female", "age_years": "81", "premises": "care_home"}},
        )  # fmt: skip
        link = Link.objects.create(
            run=held.run, case=case, other=held.other, at=held.at, rank=1, micro_bans=0,
            chance=0.3, priority=0.5, compared=held.compared, tier="similarity",
            relation="lead", trigger="new_case",
        )  # fmt: skip
        Pair.objects.create(first=case, second=held.other, link=link, area="KD", priority=0.5)


def test_the_sheet_of_a_full_day_is_one_page(visit: Any, town: Town, tmp_path: Any) -> None:
    from pypdf import PdfReader  # noqa: PLC0415

    a_full_day(town)
    page = visit("ann", "analyst:KD")
    page.goto("/morning?day=2015-09-14")
    path = tmp_path / "sheet.pdf"
    page.pdf(path=str(path), format="A4", prefer_css_page_size=True)
    read = PdfReader(str(path))
    assert len(read.pages) == 1
    told = read.pages[0].extract_text()
    assert "A reason to look, not a" in told
    assert told.count("D-2015-") == 29
    assert "Police National Computer" in told
    assert "Sign out" not in told
