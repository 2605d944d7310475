"""A form that is sent twice does its act once, and the second answer says so.

Each page gives its forms a token that no other page has (Django masks the session's afresh each
time). So what is sent twice with one token and the same words is one form: a double click, a page
that is loaded again, a network that sends again. A form that was refused, and one that somebody
fills in anew, has another token or other words.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from clew.desk.accounts.models import SentForm

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 (the name of a field)
FIRST = "clew_first_sent"
"""Attribute of a request that sends its form for the first time: the form's digest."""
KEPT = timedelta(hours=24)
"""Declared: how long a form is remembered; a session lasts half of it at most."""
WAIT_S, STEP_S = 10.0, 0.1
"""Declared: how long the second waits for the first to be done; acts of the desk take less."""
ABANDONED = timedelta(minutes=2)
"""Declared: a form whose act did not end in this time may be sent again: its server has died."""
DONE_ONCE = "You sent this form twice. It was saved once."


class SentOnce:
    """Lets a form act once, however often it is sent."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and remember where the answer to a form led."""
        response = None
        try:
            response = self.answer(request)
        finally:
            if digest := getattr(request, FIRST, ""):
                _settle(digest, response)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Answer a form that was sent before by where its first answer led.

        Django calls this once the token and the origin have been checked, and before the view.
        """
        if request.method != "POST" or not request.user.is_authenticated:
            return None
        if TOKEN not in request.POST:
            return None
        digest = form_digest(request)
        if not _first(digest):
            return _second(request, digest)
        setattr(request, FIRST, digest)
        return None


def form_digest(request: HttpRequest) -> str:
    """Return by what a sent form is known: who, where, its token, every word and every file."""
    digest = sha256()

    def add(*parts: str) -> None:
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(b"%d:%s" % (len(raw), raw))

    add(str(request.user.pk), request.path)
    for name, values in sorted(request.POST.lists()):
        add(name, *map(str, values))
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            add(name, file.name or "")
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()


def _first(digest: str) -> bool:
    """Tell whether this form was not sent before, and remember it."""
    now = timezone.now()
    SentForm.objects.filter(at__lt=now - KEPT).delete()
    SentForm.objects.filter(digest=digest, led_to="", at__lt=now - ABANDONED).delete()
    try:
        with transaction.atomic():
            SentForm.objects.create(digest=digest, at=now)
    except IntegrityError:
        return False
    return True


def _settle(digest: str, response: HttpResponse | None) -> None:
    """Remember where the act led; if nothing was done, the same form may be sent again."""
    sent = SentForm.objects.filter(digest=digest)
    if isinstance(response, HttpResponseRedirect):
        sent.update(led_to=response["Location"][:2_000])
    else:
        sent.delete()


def _second(request: HttpRequest, digest: str) -> HttpResponse:
    """Wait until the first is done, and go where it led; where it did nothing, say so."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        first = SentForm.objects.filter(digest=digest).first()
        if first is None:
            break
        if first.led_to:
            messages.info(request, DONE_ONCE)
            return HttpResponseRedirect(first.led_to)
        time.sleep(STEP_S)
    return render(request, "sent_twice.html", status=409)
