"""What every form of the desk shares: fields, how a refusal is shown, and where to go when done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.desk.ledger.clock import desk_now
from clew.errors import ActRefused
from clew.model.values import EARLIEST_YEAR, LATEST_YEAR

LONGEST = 8_000
"""Declared: characters of a reason, some three printed pages."""
TIMES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
"""Ways to write a time: as the browser's own field does, and by hand."""


def now_text() -> str:
    """Return the present minute as a time field shows it."""
    return timezone.localtime(desk_now()).strftime(TIMES[0])


class TimeField(forms.DateTimeField):
    """A time, as the browser's own field writes it or by hand."""

    def __init__(self, **options: Any) -> None:
        errors = {"required": "Give the time", "invalid": "Write it like 2015-09-14 08:30"}
        super().__init__(**{"input_formats": TIMES, "error_messages": errors, **options})

    def clean(self, value: Any) -> Any:
        """Return the time; refuse a year that the calendar of Clew does not have."""
        return _within_calendar(super().clean(value))

    def to_python(self, value: Any) -> datetime | None:
        """Return the time; say what is wrong with one that comes twice, or never."""
        try:
            at: datetime | None = super().to_python(value)
        except forms.ValidationError as fault:
            naive = (fault.params or {}).get("datetime")
            if fault.code == "ambiguous_timezone" and isinstance(naive, datetime):
                raise forms.ValidationError(_not_once(naive)) from None
            raise
        return at


def _not_once(naive: datetime) -> str:
    """Say of a local time that the change of the clocks makes it two moments, or none."""
    if not EARLIEST_YEAR <= naive.year <= LATEST_YEAR:
        return f"The year must be between {EARLIEST_YEAR} and {LATEST_YEAR}"
    first, second = (timezone.make_aware(naive.replace(fold=fold)) for fold in (0, 1))
    if (first.utcoffset() or timedelta()) < (second.utcoffset() or timedelta()):
        return "The clocks went forward over this time: it did not exist that day"
    return (
        "The clocks went back in this hour, so this time came twice. Write the first as"
        f" {first.isoformat(timespec='minutes')}, the second as"
        f" {second.isoformat(timespec='minutes')}"
    )


class PastTime(TimeField):
    """A time that is not in the future."""

    def clean(self, value: Any) -> Any:
        """Return the time; refuse one that is still to come."""
        at = super().clean(value)
        if at is not None and at > desk_now():
            raise forms.ValidationError("This time is in the future")
        return at


class DayField(forms.DateField):
    """A day, within the calendar of Clew."""

    def clean(self, value: Any) -> Any:
        """Return the day; refuse a year that the calendar does not have."""
        return _within_calendar(super().clean(value))


def _within_calendar(at: Any) -> Any:
    if at is not None and not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise forms.ValidationError(f"The year must be between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return at


class PrefixedForm(forms.Form):
    """A form whose fields have ids of their own, so that several can be on one page."""

    ID: ClassVar[str] = ""
    """What its ids begin with; "" for the class's name."""
    FIELD_OF: ClassVar[Mapping[str, str]] = {}
    """The field of each thing that an act may find missing, where it has another name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{self.ID or type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)


def set_choices(form: forms.Form, field: str, choices: Sequence[tuple[Any, str]]) -> None:
    """Give a field its choices, where they are known only when the form is made."""
    form.fields[field].choices = choices  # type: ignore[attr-defined]


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, to bind a form; None where the page is only looked at."""
    return request.POST if request.method == "POST" else None


@contextmanager
def refusals_in(form: forms.Form) -> Iterator[None]:
    """Show what the rules refuse beside the first field that it is about, or above the form.

    The act and the answer to it belong inside; what follows shows the form again.
    """
    try:
        yield
    except ActRefused as refused:
        field_of = getattr(form, "FIELD_OF", {})
        missing = [field_of.get(name, name) for name in refused.missing]
        field = next((name for name in missing if name in form.fields), None)
        reason = str(refused)
        form.add_error(field, reason[:1].upper() + reason[1:])


def done(request: HttpRequest, message: str, page: str, *args: Any) -> HttpResponse:
    """Say what was done, and go to a page by its name."""
    messages.success(request, message)
    return redirect(page, *args)


def form_page(
    request: HttpRequest, template: str, form: forms.Form, **context: Any
) -> HttpResponse:
    """Show a page around a form; the status is 422 where what was sent could not be done."""
    status = 422 if form.errors or request.method == "POST" else 200
    return render(request, template, {"form": form, **context}, status=status)
