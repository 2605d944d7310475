"""The template environment: GOV.UK components, escaped by default, and the words of every page."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from clew.desk.accounts.notify import unread
from clew.desk.ledger.clock import demonstration_now
from clew.desk.settings import CONFIGURATION
from clew.desk.web.ledger_words import ledger_key, ledger_subject, ledger_value, stated
from clew.desk.web.menu import may_search, offers
from clew.disclosure.words import about_count, capital, plain, sentence, time_between
from clew.model.values import HOUR
from clew.version import VERSION

WORDS = "A reason to look, not a finding. It may have to be disclosed."
"""On every screen and export (mission.md)."""


def environment(**options: Any) -> Environment:
    """Return the environment that Django's Jinja2 back end uses."""
    ours = options.pop("loader")
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    loader = ChoiceLoader([ours, govuk])
    options["undefined"] = options.get("undefined") or StrictUndefined
    templates = Environment(loader=loader, autoescape=options.pop("autoescape", True), **options)
    templates.globals.update(
        static=static,
        url=url,
        force=CONFIGURATION.force,
        version=VERSION,
        words=WORDS,
        demonstration_now=demonstration_now,
        get_messages=messages.get_messages,
        offered=offers,
        may_search=may_search,
        unread=unread,
    )
    templates.filters.update(
        moment=moment,
        day=day,
        count=count,
        date=calendar_day,
        hours=hours,
        ledger_key=ledger_key,
        ledger_subject=ledger_subject,
        ledger_value=lambda value: ledger_value(value, moment),
        plain=plain,
        stated=stated,
        stamp=stamp,
        sentence=sentence,
        short=short,
        about_count=about_count,
        capital=capital,
    )
    return templates


@lru_cache(maxsize=4_096)
def url(name: str, *args: Any) -> str:
    """Return the address of a page by its name. Addresses do not change while the desk runs."""
    return reverse(name, args=args)


def _local(at: datetime) -> datetime:
    """Return a time in the desk's zone; one at the calendar's very edge, as it stands."""
    try:
        return timezone.localtime(at)
    except OverflowError:
        return at


@lru_cache(maxsize=4_096)
def moment(at: datetime | None) -> str:
    """Return a time as people here write it: 19 June 2014, 04:05."""
    if at is None:
        return "not recorded"
    local = _local(at)
    if (local.hour, local.minute, local.second, local.microsecond) == (23, 59, 59, 0):
        return day(at)  # a day without an hour counts as known at its end
    return f"{local.day} {local:%B %Y}, {local:%H:%M}"


def short(at: datetime) -> str:
    """Return a time for a narrow column: 19 Jun 2014, 04:05."""
    local = _local(at)
    if (local.hour, local.minute, local.second, local.microsecond) == (23, 59, 59, 0):
        return f"{local.day} {local:%b %Y}"
    return f"{local.day} {local:%b %Y}, {local:%H:%M}"


def day(at: datetime | None) -> str:
    """Return a day: 19 June 2014."""
    if at is None:
        return "not recorded"
    local = _local(at)
    return f"{local.day} {local:%B %Y}"


def stamp(text: str) -> str:
    """Return a time or a date as the ledger and the facts write it, as people here write it."""
    try:
        if len(text) == len("2014-06-19"):
            return calendar_day(date.fromisoformat(text))
        return moment(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text


def calendar_day(on: date) -> str:
    """Return a date of the calendar: 19 June 2014."""
    return f"{on.day} {on:%B %Y}"


def hours(number: float) -> str:
    """Return a number of hours as people say it: '90 minutes', '24 hours', '30 days'."""
    return time_between(round(number * HOUR))


def count(number: float) -> str:
    """Return a whole number with its thousands apart."""
    return f"{number:,.0f}"
