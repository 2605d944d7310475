"""The page of rounds: what ran, what runs, and a button for one; staff on duty; handing files in.

No record is named on these pages, so that looking at them consults none.
"""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clew.desk.accounts.rules import Permission, Target, areas_of
from clew.desk.ledger.clock import desk_today
from clew.desk.ledger.models import Act
from clew.desk.records.hand_ins import HandIn
from clew.desk.records.models import Workload
from clew.desk.records.sealed_words import words_for
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.inbox import inbox
from clew.desk.rounds.run import ask_for_round
from clew.desk.rounds.step_words import say_step
from clew.desk.rounds.workload import MOST_STAFF, enter_staff
from clew.desk.settings import CONFIGURATION
from clew.desk.web.forms import DayField, DeskForm, done, form_page, posted
from clew.desk.web.guard import check, guarded, person_of, write_for
from clew.disclosure.input_words import say_input
from clew.disclosure.words import long_date
from clew.errors import UsageRejected
from clew.model.input_account import InputAccount, account_from_json

SHOWN = 30
"""Declared: rounds on the page; a month of days."""
AGAIN_S = 5
"""Declared: seconds until the page is asked for again while a round runs."""


class StaffOnDuty(DeskForm):
    """How many were on duty in a unit on a day."""

    unit = forms.CharField(
        label="Unit", max_length=120, help_text="As in the records, for example KD"
    )
    day = DayField(label="Day", help_text="For example 2014-06-19")
    staff = forms.IntegerField(label="Staff on duty", min_value=0, max_value=MOST_STAFF)


@require_safe
@guarded(Permission.RUN_ROUND)
def rounds(request: HttpRequest) -> HttpResponse:
    """Show the latest rounds, each with what its steps did."""
    steps = Prefetch("steps", RoundStep.objects.order_by("id"))
    latest = list(Round.objects.prefetch_related(steps)[:SHOWN])
    person = person_of(request)
    going = [row for row in latest if row.state in (Round.WAITING, Round.RUNNING)]
    context = {
        "shown": [
            {
                "round": row,
                "why": words_for(person, row.failed_because),
                "lines": [say_step(step, person) for step in row.steps.all()],
            }
            for row in latest
        ],
        "going": going[-1] if going else None, "again": AGAIN_S,
        "failed": words_for(person, going[-1].failed_because) if going else "",
        "round_at": CONFIGURATION.round_at, "inbox": "inbox",
    }  # fmt: skip
    return render(request, "rounds.html", context)


@require_POST
@guarded(Permission.RUN_ROUND)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a round now."""
    person = person_of(request)
    try:
        asked = ask_for_round(person.name, purpose=person.purpose)
        messages.success(request, f"Comparison {asked.pk} requested")
    except UsageRejected as refused:
        messages.warning(request, str(refused))
    return redirect("rounds")


@require_http_methods(["GET", "POST"])
@guarded(Permission.RUN_ROUND)
def workload(request: HttpRequest) -> HttpResponse:
    """Show open deaths and staff of the latest days; a post records who was on duty."""
    person = person_of(request)
    form = StaffOnDuty(posted(request), initial={"day": desk_today()})
    if form.is_valid():
        unit, day, staff = (form.cleaned_data[name] for name in ("unit", "day", "staff"))
        check(request, Permission.RUN_ROUND, Target(unit), f"workload:{unit}")
        enter_staff((unit, day, staff), person.name, person.purpose)
        return done(request, f"{staff} on duty in {unit} on {long_date(day)}", "workload")
    days = Workload.objects.order_by("-day", "unit")
    areas = areas_of(person, Permission.RUN_ROUND)
    if areas is not None:
        days = days.filter(unit__in=areas)
    return form_page(request, "workload.html", form, days=days[:SHOWN])


# Handing files in through the browser: they go into the watched folder, for the next round.
#
# No name that somebody sent becomes part of a path or of the ledger. The case file goes in first: a
# round in between imports the facts as late ones, and nothing is lost.


KINDS = ("cases", "facts", "coverage")
"""In the order in which they are put into the folder."""
ENDINGS = (".csv", ".csv.gz", ".xlsx", ".parquet", ".json")
MOST_BYTES = 10 * 1024 * 1024
"""Declared: bytes of one file; some thirty thousand records. Larger ones go by the command."""


class HandInForm(DeskForm):
    """A case file with its facts and coverage, or late facts alone."""

    cases = forms.FileField(label="Case file", required=False, allow_empty_file=False)
    facts = forms.FileField(
        label="Facts",
        help_text="Facts for the case file above. Without a case file: later facts about"
        " existing records",
        required=False,
    )
    coverage = forms.FileField(
        label="Coverage: what was searched, and what was not", required=False
    )
    new_profile = forms.MultipleChoiceField(
        label="How columns are read",
        help_text=(
            "Files with one header are read alike: dates, day numbers, clocks and decimal commas as"
            " the first of them showed"
        ),
        choices=[("new", "Read the columns as this file shows them, from now on")],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what is too large, of another kind, or without what it belongs to."""
        data = super().clean() or {}
        given = {name: data[name] for name in KINDS if data.get(name)}
        for name, file in given.items():
            if ending_of(file.name or "") is None:
                self.add_error(name, f"The file name must end in {', '.join(ENDINGS)}")
            elif (file.size or 0) > MOST_BYTES:
                most = MOST_BYTES // 1024**2
                self.add_error(
                    name,
                    f"The file must be {most} MB or smaller. Use clew desk import for larger files",
                )
        if not self.errors and "cases" not in given and "facts" not in given:
            self.add_error("cases", "Choose a case file or a facts file")
        if not self.errors and "coverage" in given and "cases" not in given:
            self.add_error("coverage", "Choose the case file that the coverage file belongs to")
        return given | {"new_profile": bool(data.get("new_profile"))}


STATES = {
    HandIn.WAITING: "Waiting for the next daily comparison",
    HandIn.TAKEN: "Imported",
    HandIn.QUARANTINED: "Set aside",
    HandIn.WITHDRAWN: "Withdrawn",
}


def _said_of(one: HandIn) -> dict[str, Any]:
    """Return what became of a hand-in, for the person who handed it in."""
    account = account_from_json(one.account) if one.account else InputAccount()
    lines = list(say_input(account))
    if not lines and one.state == HandIn.QUARANTINED:
        lines = [one.reason]
    return {"at": one.handed_in_at, "state": STATES[one.state], "lines": lines, "files": one.files}


def ending_of(name: str) -> str | None:
    """Return the ending of a file's name, or None where it is of no kind that is read."""
    return max((e for e in ENDINGS if name.lower().endswith(e)), key=len, default=None)


@require_http_methods(["GET", "POST"])
@guarded(Permission.RUN_ROUND)
def hand_in(request: HttpRequest) -> HttpResponse:
    """Show the form; put what is handed in into the watched folder."""
    form = HandInForm(posted(request), request.FILES or None)
    if not form.is_valid():
        latest = [
            _said_of(one) for one in HandIn.objects.filter(by=person_of(request).name)[:SHOWN]
        ]
        return form_page(request, "hand_in.html", form, inbox="inbox", latest=latest)
    # Under names of our own, each file with its row, or none.
    files, now = form.cleaned_data, timezone.localtime()
    mark = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    ready: list[tuple[Path, Path]] = []
    described: dict[str, dict[str, Any]] = {}
    try:
        with transaction.atomic():
            for kind in (kind for kind in KINDS if kind in files):
                name = f"{kind}-{mark}{ending_of(files[kind].name or '')}"
                aside = inbox() / f".{name}.part"
                ready.append((aside, inbox() / name))
                digest, size = sha256(), 0
                with aside.open("xb") as out:
                    aside.chmod(0o600)
                    for chunk in files[kind].chunks():
                        digest.update(chunk)
                        size += out.write(chunk)
                    out.flush()
                    os.fsync(out.fileno())
                described[kind] = {"name": name, "sha256": digest.hexdigest(), "bytes": size}
            person = person_of(request)
            HandIn.objects.create(
                key=f"-{mark}".lower(), files=described,
                by=person.name, purpose=person.purpose[:200], via=HandIn.PAGE,
                new_profile=files["new_profile"],
            )  # fmt: skip
            for file in described.values():
                write_for(
                    request, Act.COLLECTION, f"inbox:{file['name']}",
                    what="handed in", sha256=file["sha256"], bytes=file["bytes"],
                )  # fmt: skip
            at = now.timestamp()
            for aside, path in ready:
                os.utime(aside, (at, at))  # one time for all, so that a round takes all or none
                aside.replace(path)
    except BaseException:
        for aside, path in ready:
            aside.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        raise
    return done(
        request, "Imported. The next daily comparison reads it and reports what it found.", "rounds"
    )
