"""Giving to the coroner: a page to confirm on, the bytes that are kept, the ledger's row."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clew.desk.accounts.rules import Permission
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import write
from clew.desk.pages.coroner import Give
from clew.desk.pages.pair_exports import pair_of, pair_pdf
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of
from clew.desk.release.bundle import bundle_of
from clew.desk.release.disclose import ask_again, needs_act
from clew.desk.release.export_rows import new_stamp
from clew.desk.release.models import CoronerDisclosure
from clew.desk.review.models import Pair
from clew.desk.review.shown import subject_of
from clew.desk.web.guard import check, consulted, guarded, person_of
from clew.disclosure.exports.bundle import bundle_pdf
from clew.disclosure.exports.text import Stamp
from clew.errors import UsageRejected


@dataclass(frozen=True, slots=True)
class PreparedBundle:
    """A bundle that is about to be given."""

    stamp: Stamp
    raw: bytes
    case: Case
    pair: Pair | None
    case_ids: tuple[str, ...]
    subject: str


@guarded(Permission.GIVE_TO_CORONER)
def give_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Give one record to the coroner: its bundle, as it is now."""
    case = record_of(request, Permission.SEE_RECORD, case_id)
    check(request, Permission.GIVE_TO_CORONER, case.about(), case_subject(case_id))
    form = Give(request.POST or None, kept=needs_act(case))
    told = {"form": form, "about": str(case), "given": case.gifts.defer("content")}
    if request.method != "POST" or not form.is_valid():
        consulted(request, case_subject(case_id), "give to the coroner")
        return _page(request, told)
    asked = form.cleaned_data
    stamp = new_stamp(request, f"One case for the coroner: {case_id}", asked, 1, ())
    bundle = bundle_of(request, case)
    try:
        raw = bundle_pdf(bundle.bundle, stamp)
    except UsageRejected as cannot:
        return _page(request, {**told, "trouble": str(cannot)})
    ids = (case_id, *bundle.others)
    return _give(request, PreparedBundle(stamp, raw, case, None, ids, case_subject(case_id)), asked)


@guarded(Permission.GIVE_TO_CORONER)
def give_pair(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the comparison of two records to the coroner, as it is now."""
    pair = pair_of(
        request, pk, Permission.SEE_RECORD, Permission.SEE_LINKS, Permission.GIVE_TO_CORONER
    )
    kept = needs_act(pair.first) or needs_act(pair.second)
    form = Give(request.POST or None, kept=kept)
    told = {"form": form, "about": str(pair), "given": pair.gifts.defer("content")}
    if request.method != "POST" or not form.is_valid():
        consulted(request, subject_of(pair), "give to the coroner")
        return _page(request, told)
    asked = form.cleaned_data
    stamp = new_stamp(request, f"The comparison of {pair}", asked, 2, ())
    try:
        raw = pair_pdf(pair, stamp)
    except UsageRejected as cannot:
        return _page(request, {**told, "trouble": str(cannot)})
    ids = (pair.first.case_id, pair.second.case_id)
    return _give(
        request, PreparedBundle(stamp, raw, pair.link.case, pair, ids, subject_of(pair)), asked
    )


def _page(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "give.html", {"trouble": "", **told}, status=status)


def _give(request: HttpRequest, made: PreparedBundle, asked: dict[str, Any]) -> HttpResponse:
    digest = sha256(made.raw).hexdigest()
    account: Any = request.user
    with transaction.atomic():
        ask_again(request, made.case_ids)
        gift = CoronerDisclosure.objects.create(
            reference=made.stamp.reference,
            case=made.case,
            pair=made.pair,
            title=made.stamp.what,
            area=made.case.area,
            given_by=account,
            given_to=asked["given_to"],
            purpose=asked["purpose"],
            note=asked["note"],
            content=made.raw,
            size=len(made.raw),
            digest=digest,
        )
        write(
            Act.DISCLOSURE,
            made.subject[:200],
            person_of(request).name,
            asked["purpose"],
            what="given to the coroner",
            export=gift.reference,
            digest=digest,
            bytes=gift.size,
            given_to=asked["given_to"],
            records=sorted(made.case_ids),
            because=asked.get("because", ""),
        )
    messages.success(request, f"Given to the coroner as {gift.reference}.")
    return redirect("coroner-questions")
