"""Handing files in through the browser: they go into the watched folder, for the next round.

No name that somebody sent becomes part of a path, and none stands in the ledger. The case file is
put there first: a round in between takes the facts as late ones, and nothing is lost.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clew.desk.accounts.rules import Do, Person
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.rounds.inbox import inbox
from clew.desk.web.guard import guarded, person_of

WHATS = ("cases", "facts", "coverage")
"""In the order in which they are put into the folder."""
ENDINGS = (".csv", ".csv.gz", ".xlsx", ".parquet", ".json")
MOST_BYTES = 10 * 1024 * 1024
"""Declared: bytes of one file; some thirty thousand records. Larger ones go by the command."""


class HandInForm(forms.Form):
    """A case file with its facts and coverage, or late facts alone."""

    cases = forms.FileField(label="Case file", required=False, allow_empty_file=False)
    facts = forms.FileField(
        label="Facts",
        help_text="Of the case file above; or, without one, late facts about records that are held",
        required=False,
    )
    coverage = forms.FileField(
        label="Coverage: what was searched, and what was not", required=False
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what is too large, of another kind, or stands without what it belongs to."""
        told = super().clean() or {}
        given = {name: told[name] for name in WHATS if told.get(name)}
        for name, file in given.items():
            if ending_of(file.name or "") is None:
                self.add_error(name, f"The name must end in one of {', '.join(ENDINGS)}")
            elif (file.size or 0) > MOST_BYTES:
                most = MOST_BYTES // 1024**2
                self.add_error(name, f"Over {most} MB: take it in with clew desk import")
        if not self.errors and "cases" not in given and "facts" not in given:
            self.add_error("cases", "Choose a case file, or facts")
        if not self.errors and "coverage" in given and "cases" not in given:
            self.add_error("coverage", "A coverage file comes together with its case file")
        return given


def ending_of(name: str) -> str | None:
    """Return the ending of a file's name, or None where it is of no kind that is read."""
    found = [ending for ending in ENDINGS if name.lower().endswith(ending)]
    return max(found, key=len, default=None)


@require_http_methods(["GET", "POST"])
@guarded(Do.RUN_ROUND)
def hand_in(request: HttpRequest) -> HttpResponse:
    """Show the form; put what is handed in into the watched folder."""
    form = HandInForm(request.POST, request.FILES) if request.method == "POST" else HandInForm()
    if form.is_bound and form.is_valid():
        put_in(form.cleaned_data, person_of(request), timezone.localtime())
        messages.success(request, "Handed in. The next round takes it in and says what it read.")
        return redirect("rounds")
    status = 422 if form.errors else 200
    return render(request, "hand_in.html", {"form": form, "inbox": "inbox"}, status=status)


def put_in(files: Mapping[str, Any], person: Person, now: datetime) -> list[Path]:
    """Put files into the watched folder under names of our own, each with its row, or none."""
    mark = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    ready: list[tuple[Path, Path]] = []
    try:
        with transaction.atomic():
            for what in (one for one in WHATS if one in files):
                name = f"{what}-{mark}{ending_of(files[what].name or '')}"
                aside = inbox() / f".{name}.part"
                ready.append((aside, inbox() / name))
                digest, size = _copy(files[what], aside)
                write(
                    Act.COLLECTION, f"inbox:{name}", person.name, person.purpose,
                    what="handed in", sha256=digest, bytes=size,
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
    return [path for _, path in ready]


def _copy(file: Any, to: Path) -> tuple[str, int]:
    digest, size = sha256(), 0
    with to.open("xb") as out:
        to.chmod(0o600)
        for chunk in file.chunks():
            digest.update(chunk)
            size += out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), size
