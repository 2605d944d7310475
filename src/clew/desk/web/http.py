"""Answers outside any page: what cannot be found or read, a busy database, uploads, caching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer an unknown address, in the same words as for a record that may not be seen."""
    return render(request, "not_found.html", status=404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer a request that no page of the desk sends; without the layout, trusting nothing."""
    return HttpResponse("Clew desk could not read this request.", "text/plain", status=400)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Refuse a form that did not come from this desk, or whose session has ended."""
    response = render(request, "signed_out.html", status=403)
    response["Clew-Signed-Out"] = "yes"  # a script keeps what was typed
    return response


class NoStore:
    """Says `no-store` on every page made here: what a user saw is kept by no browser or proxy.

    Files that never change are served by other middleware.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and mark the answer."""
        response = self.answer(request)
        if request.user.is_authenticated or "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response


class WrongMethod:
    """Answers the address of a form that somebody opens as a page, with a way back.

    So it is after a form was sent back with errors, when the address is entered again.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the view does; the status stays 405."""
        response = self.answer(request)
        if response.status_code != 405 or request.method != "GET" or response.content:
            return response
        page = render(request, "wrong_method.html", {"back": _back_from(request)}, status=405)
        page["Allow"] = response["Allow"]
        return page


def _back_from(request: HttpRequest) -> str:
    """Return the address of the page that a form's address belongs to; "/" where none does."""
    parts = request.path.strip("/").split("/")
    tries = ["/" + "/".join(parts[:k]) for k in range(len(parts) - 1, 0, -1)]
    kind = parts[0].split("-")[0]  # record-opinion/BD-1 belongs to record/BD-1
    tries.append("/" + "/".join([kind, *parts[1:]]))
    for path in tries:
        try:
            resolve(path)
        except Resolver404:
            continue
        if path != request.path:
            return path
    return "/"


BUSY = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL's codes: serialization_failure, deadlock_detected, lock_not_available."""


class Busy:
    """Answers plainly where the database gave up waiting for somebody else's transaction.

    The act was rolled back, so sending it again does it once.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the view does."""
        return self.answer(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer what `is_busy` recognises; anything else goes on."""
        if not is_busy(exception):
            return None
        return render(request, "busy.html", status=503)


def is_busy(fault: BaseException) -> bool:
    """Tell whether the database gave up waiting for another transaction, and did nothing."""
    if not isinstance(fault, OperationalError):
        return False
    code = getattr(fault.__cause__, "sqlstate", None)
    return code in BUSY or "database is locked" in str(fault)


MOST_BYTES = 40 * 1024 * 1024
"""Declared: bytes of all files of one request; above what any form of the desk takes."""


class Capped(FileUploadHandler):
    """Stops a request whose files would fill the disk, before the handlers that keep files."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.read = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 (Django's name)
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Refuse by the length that the request names.

        Raises
        ------
        RequestDataTooBig
            Answered with status 400.
        """
        del input_data, META, boundary, encoding
        self._take(content_length)
        self.read = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count what is read, for a request need not name its length truly."""
        del start
        self._take(len(raw_data))
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers behind."""
        del file_size

    def _take(self, size: int) -> None:
        self.read += size
        if self.read > MOST_BYTES:
            raise RequestDataTooBig("the files of this request are too large")
