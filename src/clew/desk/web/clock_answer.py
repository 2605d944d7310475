"""The answer where the machine's clock cannot be right: nothing was done, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clew.desk.ledger.clock_jumps import REMEDY, ClockJumped

LOG = logging.getLogger(__name__)


class ClockAnswer:
    """Answers with status 503 where an act was refused because of the machine's clock."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the page does."""
        return self.answer(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:  # noqa: ARG002
        """Say what is wrong, in plain text: a page of the desk would look at the database again."""
        if not isinstance(fault, ClockJumped):
            return None
        LOG.critical("the clock: %s", fault.line())
        words = f"Clew desk saved nothing: {fault.reason}.\n\nTell your administrator. {REMEDY}.\n"
        return HttpResponse(words, "text/plain; charset=utf-8", status=503)
