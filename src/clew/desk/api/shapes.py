"""What the API is asked and answers: the shapes that its published description is made of."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Field, Schema

LINES = 50
"""Declared: rows a page, where nothing else is asked."""
MOST_LINES, MOST_PAGE = 100, 4_000
"""Declared: rows a page at most, and the last page; beyond it a search is narrowed, not paged."""
LONGEST = 120
"""Characters of a record's number or an area's code, as the columns are long."""


class Asked(Schema):
    """Which page of a list is asked for."""

    page: int = Field(1, ge=1, le=MOST_PAGE)
    lines: int = Field(LINES, ge=1, le=MOST_LINES, description="Rows a page")


class RecordsAsked(Asked):
    """Which records are asked for. Both days are included."""

    area: str = Field("", max_length=LONGEST)
    kind: str = Field("", max_length=LONGEST)
    since: date | None = Field(None, description="First day of the report")
    until: date | None = Field(None, description="Last day of the report")


class LinksAsked(Asked):
    """Which links are asked for: all, or those of one record."""

    record: str = Field("", max_length=LONGEST)


class AlertsAsked(Asked):
    """Which alerts are asked for."""

    since: date | None = Field(None, description="First day of the alert")


class Page(Schema):
    """Where a list goes on: addresses with everything that was asked, null where there is none."""

    next: str | None = Field(None, description="Address of the next page")
    previous: str | None = Field(None, description="Address of the page before")


class RecordLine(Schema):
    """A record by its number and its identity in words."""

    number: str
    name: str = Field(
        description="Who, where and when, with the name that the family uses where it may be read"
    )


class RecordRow(RecordLine):
    """A record as lists give it."""

    kind: str
    area: str
    reported_at: datetime


class Records(Page):
    """A page of records, the latest report first."""

    records: list[RecordRow]


class RecordWhole(RecordRow):
    """A record with what it says now. A column that is not there is not recorded."""

    columns: dict[str, str] = Field(description="The columns of docs/reference/columns.md")


class LinkRow(Schema):
    """Two deaths that may belong together. A reason to look, not a finding."""

    pair: int
    first: RecordLine
    second: RecordLine
    state: str = Field(description="open, second reading or closed; see docs/desk/review.md")
    within_budget: bool
    weight_bans: float = Field(description="Weight of evidence for a link, in bans")
    how_often: str = Field(description="How many unrelated deaths of a year match this well")
    compared_at: datetime


class Links(Page):
    """A page of links, the most urgent first."""

    links: list[LinkRow]


class AlertRow(Schema):
    """An alert within the budget, or a new record of a possible series that alerted."""

    link: int
    kind: str = Field(description="alert or update")
    record: RecordLine
    other: RecordLine
    at: datetime
    weight_bans: float
    how_often: str


class Alerts(Page):
    """A page of alerts and updates, the latest first."""

    alerts: list[AlertRow]


class SeriesRow(Schema):
    """A possible series of the latest comparison; members that may not be seen are left out."""

    series: str
    view: str = Field(description="engine, or adopted: with what people decided")
    members: list[RecordLine]


class SeriesList(Schema):
    """The possible series of the latest comparison."""

    compared_at: datetime | None
    series: list[SeriesRow]


class DeadlineRow(Schema):
    """Something due."""

    kind: str
    subject: str
    what: str
    due: datetime
    overdue: bool
    owner: str
    area: str


class Deadlines(Schema):
    """Deadlines of the token's areas and roles, the next first."""

    deadlines: list[DeadlineRow]


class Fault(Schema):
    """Why there is no answer, in one sentence."""

    detail: str
