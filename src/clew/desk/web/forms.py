"""What every form of the desk shares: fields, how a refusal is shown, and where to go when done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.contrib import messages
from django.core.validators import (
    BaseValidator,
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
)
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.desk.ledger.clock import desk_now
from clew.errors import ActRefused
from clew.intake.cases.quantities import read_age
from clew.model.values import EARLIEST_YEAR, LATEST_YEAR

LONGEST = 8_000
"""Declared: characters of a reason, some three printed pages."""
OLDEST = 130
"""Declared: the oldest age that a form takes; the oldest person known died at 122."""
TIMES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
"""Ways to write a time: as the browser's own field does, and by hand."""


def now_text() -> str:
    """Return the present minute as a time field shows it."""
    return timezone.localtime(desk_now()).strftime(TIMES[0])


class TimeField(forms.DateTimeField):
    """A time, as the browser's own field writes it or by hand."""

    def __init__(self, **options: Any) -> None:
        errors = {
            "required": "Enter the date and time",
            "invalid": "Enter a date and time, like 2015-09-14 08:30",
        }
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
        return "The clocks went forward at this time, so it did not exist on that day"
    return (
        "The clocks went back, so this time came twice. Enter the first as"
        f" {first.isoformat(timespec='minutes')}, the second as"
        f" {second.isoformat(timespec='minutes')}"
    )


class PastTime(TimeField):
    """A time that is not in the future."""

    def clean(self, value: Any) -> Any:
        """Return the time; refuse one that is still to come."""
        at = super().clean(value)
        if at is not None and at > desk_now():
            raise forms.ValidationError("The date and time must be in the past")
        return at


ABOUT = re.compile(r"^\s*(?:about|around|approximately|approx\.?|circa|c\.?|~)\s*", re.IGNORECASE)


class AgeField(forms.CharField):
    """An age in years, with its unit where it is not years; "about 23" is an age too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 40, "required": False, **options})

    def clean(self, value: Any) -> Any:
        """Return the years and whether they are a guess; None where nothing was entered."""
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        plain = ABOUT.sub("", text)
        try:
            years = read_age(plain)
        except ValueError:
            years = -1.0
        if not 0 <= years <= OLDEST:
            raise forms.ValidationError("Age must be a number, like 23, about 23 or 3 months")
        return Age(years, plain != text)


class Age(NamedTuple):
    """An age in years, and whether it was guessed."""

    years: float
    about: bool


class DayField(forms.DateField):
    """A day, within the calendar of Clew."""

    def clean(self, value: Any) -> Any:
        """Return the day; refuse a year that the calendar does not have."""
        return _within_calendar(super().clean(value))


def _within_calendar(at: Any) -> Any:
    if at is not None and not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise forms.ValidationError(f"The year must be between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return at


class DeskForm(forms.Form):
    """A form whose errors name the field and say what to enter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            _name_errors(field)


def _name_errors(field: forms.Field) -> None:
    """Give a field errors that name it, where it has none of its own."""
    label = str(field.label or "")
    name = label if label.isupper() else label[:1].lower() + label[1:]
    question, is_choice = label.endswith("?"), isinstance(field, forms.ChoiceField)
    verb = "Choose" if is_choice else "Enter"
    asked = f'Answer "{label}"' if question else f"{verb} the {name}"
    quoted = f'The answer to "{label}"' if question else label
    own = {
        "required": asked,
        "invalid": f"{quoted} is not valid",
        "invalid_choice": f'Choose an answer to "{label}" from the list'
        if question
        else f"Choose the {name} from the list",
    }
    if isinstance(field, forms.IntegerField):  # and its kind with fractions
        example = 23 if isinstance(field, forms.FloatField) is False else "51.5"
        own["invalid"] = f"{quoted} must be a number, like {example}"
    elif isinstance(field, forms.DateField):
        own["invalid"] = f"{quoted} must be a date, like 2015-09-14"
    for key, words in own.items():
        if field.error_messages.get(key) == _of_django(field, key):
            field.error_messages[key] = words
    field.validators = [_named_limit(one, field, quoted) for one in field.validators]


def _of_django(field: forms.Field, key: str) -> Any:
    """Return the message that Django gives a kind of field."""
    kinds = type(field).__mro__
    messages_of = (getattr(kind, "default_error_messages", {}) for kind in kinds)
    return next((found[key] for found in messages_of if key in found), None)


def _named_limit(validator: Any, field: forms.Field, name: str) -> Any:
    """Return a validator of a least, a most or a length whose message names the field."""
    low, high = getattr(field, "min_value", None), getattr(field, "max_value", None)
    limit = validator.limit_value if isinstance(validator, BaseValidator) else None
    if isinstance(validator, MinValueValidator | MaxValueValidator):
        if low is not None and high is not None:
            words = f"{name} must be between {low:,} and {high:,}"
        elif low is not None:
            words = f"{name} must be {low:,} or more"
        else:
            words = f"{name} must be {high:,} or less"
    elif isinstance(validator, MaxLengthValidator):
        words = f"{name} must be {limit:,} characters or fewer"
    else:
        return validator
    return type(validator)(limit, message=words)


class PrefixedForm(DeskForm):
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
