"""The desk for a benchmark: as `clew.desk.wsgi`, and at /queue-rows the queue's rows as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import JsonResponse
from django.urls import path

from clew.desk import wsgi
from clew.desk.accounts.rules import Do
from clew.desk.links.queue_rows import QueueAsked, queue_page
from clew.desk.urls import urlpatterns
from clew.desk.web.guard import guarded, person_of


@guarded(Do.SEE_LINKS)
def rows(request: WSGIRequest) -> JsonResponse:
    """Answer with a page of rows."""
    asked = QueueAsked(page=int(request.GET.get("page", "1")))
    page = queue_page(person_of(request), asked)
    return JsonResponse({"rows": [row.values for row in page.rows], "counted": page.counted})


urlpatterns.append(path("queue-rows", rows))


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the desk does."""
    answer: Iterable[bytes] = wsgi.application(environ, start)
    return answer
