"""Sessions end: after a stretch without a word, and after a shift, whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from clew.desk.settings import CONFIGURATION

BEGAN, SEEN = "clew_began", "clew_seen"


class SessionLimits:
    """Signs out whoever was idle too long, or signed in too long ago."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or sign out first."""
        if request.user.is_authenticated:
            now = int(time.time())
            began = request.session.setdefault(BEGAN, now)
            seen = request.session.get(SEEN, now)
            too_long = now - began > CONFIGURATION.session_hours * 3600
            if too_long or now - seen > CONFIGURATION.idle_minutes * 60:
                logout(request)
                messages.info(request, "You were signed out, because the session had ended.")
                return redirect("sign-in")
            if now - seen >= 30:  # a row a request would be written for nothing
                request.session[SEEN] = now
            request.session.setdefault(SEEN, now)
        return self.answer(request)
