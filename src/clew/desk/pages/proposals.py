"""Pages of proposals: what others handed in and may not do alone, for a keeper to decide."""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from clew.desk.accounts.rules import Permission
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.proposals import decide, lines_of, waiting_for
from clew.desk.web.forms import DeskForm, done, form_page, posted, refusals_in
from clew.desk.web.guard import consulted, guarded, person_of
from clew.desk.web.paging import page_of


class DecideProposal(DeskForm):
    """Accept or decline, and why."""

    decision = forms.ChoiceField(
        label="What do you decide?",
        choices=[("accept", "Accept: make the change"), ("decline", "Decline: change nothing")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose accept or decline"},
    )
    reason = forms.CharField(
        label="Why?", max_length=400, error_messages={"required": "Enter the reason"}
    )


@require_safe
@guarded(Permission.SEAL)
def proposals(request: HttpRequest) -> HttpResponse:
    """List what waits for this person, oldest first: number and reason, nothing of its content."""
    consulted(request, "proposals", "proposals")
    page = page_of(request, waiting_for(person_of(request)))
    return render(request, "records/proposals.html", {"page": page})


@require_http_methods(["GET", "POST"])
@guarded(Permission.SEAL)
def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """Show one proposal to somebody who may decide it, and take the decision."""
    person = person_of(request)
    one = waiting_for(person).select_related("case").filter(pk=number).first()
    if one is None:
        raise Http404
    form = DecideProposal(posted(request))
    if form.is_valid():
        accepts = form.cleaned_data["decision"] == "accept"
        with refusals_in(form):
            with transaction.atomic():
                decided = decide(number, person, form.cleaned_data["reason"], accepts=accepts)
            return done(request, f"Proposal {number} was {decided.state}.", "proposals")
    subject = case_subject(one.case.case_id) if one.case else f"proposal:{number}"
    consulted(request, subject, "proposal", proposal=number)
    lines = lines_of(one)
    return form_page(request, "records/proposal.html", form, one=one, lines=lines)
