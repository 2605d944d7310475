"""Answers where no page of the desk answers: in its own layout, and never with what was asked."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer an address that is none; the same words as for a record that may not be seen."""
    return render(request, "not_found.html", status=404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer what no page of the desk sends; without the layout, for nothing in it is trusted."""
    return HttpResponse("Clew desk could not read this request.", "text/plain", status=400)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Refuse a form that did not come from this desk, or whose session has ended."""
    told = "this form did not come from the desk, or the session has ended since. Go back, load"
    words = {"reason": f"{told} the page again, and send it once more"}
    return render(request, "refused.html", words, status=403)
