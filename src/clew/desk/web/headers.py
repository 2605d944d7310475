"""Headers of every page: what somebody saw signed in is kept by no browser and no proxy."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NoStore:
    """Says `no-store` on every page made here; files that never change come from elsewhere."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and mark the answer."""
        response = self.answer(request)
        if request.user.is_authenticated or "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response
