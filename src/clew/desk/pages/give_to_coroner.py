"""Giving to the coroner: a page to confirm on, the bytes that are kept, the ledger's row."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from clew.desk.accounts.rules import Permission
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import write
from clew.desk.pages.exports import pair_of, pair_pdf
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of
from clew.desk.release.bundle import bundle_of
from clew.desk.release.disclose import ask_again, needs_act
from clew.desk.release.export_rows import new_stamp
from clew.desk.release.models import CoronerDisclosure
from clew.desk.review.models import Pair
from clew.desk.review.shown import subject_of
from clew.desk.web.forms import DeskForm, done, form_page, posted
from clew.desk.web.guard import account_of, check, consulted, guarded, person_of
from clew.disclosure.exports.bundle import bundle_pdf
from clew.errors import UsageRejected


class Give(DeskForm):
    """An explicit act: who gets it, why, and a tick that nobody sets by accident."""

    given_to = forms.CharField(
        label="Which coroner will receive it?",
        error_messages={"required": "Enter which coroner will receive it"},
        help_text="Enter the area, and the name if you know it.",
        max_length=200,
    )
    purpose = forms.CharField(
        label="Purpose",
        error_messages={"required": "Enter the purpose"},
        help_text="For example: the inquest, or the review.",
        max_length=200,
    )
    note = forms.CharField(
        label="Message to the coroner's officer",
        required=False,
        max_length=4_000,
        widget=forms.Textarea,
        help_text="It is shown with the bundle. You cannot change it later.",
    )
    sure = forms.BooleanField(
        label="I give this to the coroner. I understand that I cannot undo this.",
        error_messages={"required": "Tick the box to confirm that you give it"},
    )
    because = forms.CharField(
        label="Why must you give a record that is sealed, or about a living person?",
        error_messages={"required": "Enter why it must be given"},
        max_length=300,
        required=False,
    )

    def __init__(self, *args: Any, kept: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kept:
            self.fields["because"].required = True
        else:
            del self.fields["because"]


@guarded(Permission.GIVE_TO_CORONER)
def give_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Give one record to the coroner: its bundle, as it is now."""
    case, subject = record_of(request, Permission.SEE_RECORD, case_id), case_subject(case_id)
    check(request, Permission.GIVE_TO_CORONER, case.about(), subject)
    return _give(request, subject, case)


@guarded(Permission.GIVE_TO_CORONER)
def give_pair(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the comparison of two records to the coroner, as it is now."""
    acts = (Permission.SEE_RECORD, Permission.SEE_LINKS, Permission.GIVE_TO_CORONER)
    pair = pair_of(request, pk, *acts)
    return _give(request, subject_of(pair), pair.link.case, pair)


def _give(request: HttpRequest, subject: str, case: Case, pair: Pair | None = None) -> HttpResponse:
    """Show the page; or make the file, keep it, and write its row."""
    cases = (pair.first, pair.second) if pair else (case,)
    form = Give(posted(request), kept=any(map(needs_act, cases)))
    given = pair or case
    context = {"about": str(given), "given": given.gifts.defer("content"), "trouble": ""}
    if not form.is_valid():
        consulted(request, subject, "give to the coroner")
        return form_page(request, "give.html", form, **context)
    data = form.cleaned_data
    try:
        if pair:
            stamp = new_stamp(request, f"The comparison of {pair}", data, 2, ())
            raw = pair_pdf(pair, stamp, person_of(request))
            case_ids = [pair.first.case_id, pair.second.case_id]
        else:
            stamp = new_stamp(request, f"One case for the coroner: {case.case_id}", data, 1, ())
            notice = bundle_of(request, case)
            raw, case_ids = bundle_pdf(notice.bundle, stamp), [case.case_id, *notice.others]
    except UsageRejected as cannot:
        return form_page(request, "give.html", form, **{**context, "trouble": str(cannot)})
    digest, account = sha256(raw).hexdigest(), account_of(request)
    with transaction.atomic():
        ask_again(request, case_ids)
        gift = CoronerDisclosure.objects.create(
            reference=stamp.reference, case=case, pair=pair, title=stamp.what, area=case.area,
            given_by=account, given_to=data["given_to"], purpose=data["purpose"],
            note=data["note"], content=raw, size=len(raw), digest=digest,
        )  # fmt: skip
        write(
            Act.DISCLOSURE, subject[:200], account.name, data["purpose"],
            what="given to the coroner", export=gift.reference, digest=digest, bytes=gift.size,
            given_to=data["given_to"], records=sorted(case_ids), because=data.get("because", ""),
        )  # fmt: skip
    return done(request, f"Given to the coroner as {gift.reference}.", "coroner-questions")
