"""The first page: what whoever signed in may open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from clew.desk.pages.sign_in import needs_second_factor
from clew.desk.web.guard import for_everybody
from clew.desk.web.menu import offers


@require_safe
@for_everybody
def home(request: HttpRequest) -> HttpResponse:
    """Show the pages; whoever looks after accounts gives the second factor first."""
    if needs_second_factor(request):
        return redirect("second-factor")
    return render(request, "home.html", {"pages": offers(request)})
