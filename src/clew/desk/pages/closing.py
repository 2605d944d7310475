"""The closing page: every ground at a glance, the questions that words raise, and the signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.assurance.closing import LIFESTYLE, Ground, Prompt, prompts_of
from clew.desk.accounts.rules import Permission, Person
from clew.desk.casework.acts import may_sign
from clew.desk.casework.closing import (
    A_LINK,
    ClosingRequest,
    ask_to_close,
    closing_that_waits,
    grounds_of,
    grounds_seen,
    last_similar,
    sign_closing,
    without_links,
)
from clew.desk.casework.models.status import Closing
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.lines import MOST, about_death, death_of
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of, names_in
from clew.desk.review.comparison import how_often
from clew.desk.review.models import Pair
from clew.desk.review.pair_state import CANDIDATES
from clew.desk.review.shown import pairs_of, show_list
from clew.desk.web.forms import DeskForm, done, refusals_in
from clew.desk.web.guard import account_of, allowed, consulted, guarded, person_of
from clew.errors import ActRefused
from clew.vocabulary.load import word_key

GROUNDS = (
    ("evidence", "Evidence that no third party was involved"),
    ("prompt", "Questions raised by the wording are answered"),
    ("would_change", "What would change the decision"),
    ("line", "Every line of enquiry is done or waived"),
    ("link", "Every link that came up is judged"),
    ("concern", "Every concern is answered"),
    ("lead", "Every recommendation and lead is resolved or signed off"),
    ("referral", "No referral waits for an answer"),
    ("supervisor", "A supervisor who did not request it has read and signed"),
)
"""Each ground, in the order of the page."""


class CloseForm(DeskForm):
    """What a request for a closing says, with a field for each question that its words raise."""

    evidence = forms.CharField(
        label="What shows that no third party was involved?",
        help_text="Give positive evidence. Finding nothing, or how someone lived, is not"
        " evidence and not a ground for closing.",
        max_length=MOST,
        required=False,
    )
    would_change = forms.CharField(
        label="What would change this decision?", max_length=MOST, required=False
    )
    rank = forms.CharField(label="Your rank", max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = self.data if self.is_bound else self.initial
        self.prompts: dict[str, Prompt] = {}
        for prompt in prompts_of(str(typed.get("evidence", ""))[:MOST]):
            name = f"answer_{word_key(prompt.words)}"
            self.prompts[name] = prompt
            self.fields[name] = forms.CharField(
                label=prompt.question,
                help_text=f"Your words: {prompt.words}",
                max_length=MOST,
                required=False,
            )

    def request(self) -> ClosingRequest:
        """Return the request that a valid form makes, with each prompt that was answered."""
        data = self.cleaned_data
        answers = [(prompt.words, data[name]) for name, prompt in self.prompts.items()]
        answered = tuple((words, answer) for words, answer in answers if answer.strip())
        return ClosingRequest(data["evidence"], data["would_change"], data["rank"], answered)


@guarded(Permission.ASSURE)
def closing(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show what is missing for a closing; ask for it; or sign what was asked."""
    case, account = death_of(request, case_id), account_of(request)
    if request.method != "POST":
        consulted(request, case_subject(case.case_id), "closing")
        return _page(request, case, _form_as_last_asked(case))
    form = CloseForm(request.POST)
    signs = request.POST.get("step") == "sign"
    if form.is_valid() or signs:
        with refusals_in(form):
            if signs:
                asked = closing_that_waits(case)
                if asked is None or str(asked.pk) != request.POST.get("closing"):
                    raise ActRefused("this request is no longer waiting for a signature")
                made = sign_closing(asked, account, desk_now())
            else:
                made = ask_to_close(case, form.request(), account, desk_now())
            if made.closed:
                message = "Closed: no third party found, on these grounds."
                return done(request, message, "record", case.case_id)
            if made.waits():
                message = "Request sent. It is closed when a supervisor has read and signed it."
                return done(request, message, "closing", case.case_id)
            return _page(request, case, _form_as_last_asked(case) if signs else form, 422)
    return _page(request, case, form, 422)


def in_names(missing: Sequence[Ground], person: Person) -> list[tuple[str, str]]:
    """Return each missing ground's name and words, with records named by who and where."""
    numbers = [hit["number"] for ground in missing if (hit := A_LINK.search(ground.says))]
    names = names_in(map(case_subject, numbers), person)
    said = []
    for ground in missing:
        hit = A_LINK.search(ground.says)
        number = hit["number"] if hit else ""
        words = ground.says.replace(number, str(names[number])) if number in names else ground.says
        said.append((ground.name, words))
    return said


def _form_as_last_asked(case: Case) -> CloseForm:
    last = Closing.objects.filter(case=case, closed=False).last()
    names = ("evidence", "would_change", "rank")
    return CloseForm(initial={name: getattr(last, name) for name in names} if last else None)


def _page(request: HttpRequest, case: Case, form: CloseForm, status: int = 200) -> HttpResponse:
    account, waits = account_of(request), closing_that_waits(case)
    if waits is not None and not form.errors:
        answers = tuple((words, answer) for words, answer in waits.answers)
        ask = ClosingRequest(waits.evidence, waits.would_change, waits.rank, answers)
    elif form.is_valid():
        ask = form.request()
    else:
        typed = form.initial
        ask = ClosingRequest(typed.get("evidence", ""), typed.get("would_change", ""))
    asker = waits.by if waits else account
    missing: Sequence[Ground] = grounds_of(case, ask, asker, None, desk_now(), person_of(request))
    sees_links = allowed(request, Permission.SEE_LINKS, case.about())
    present: list[Pair] = []
    if sees_links:
        present = pairs_of(person_of(request), Permission.SEE_LINKS, case)[0][:CANDIDATES]
        show_list(request, present, "closing", case_subject(case.case_id))
    else:
        missing = without_links(missing)
    said = in_names(missing, person_of(request))
    grounds = [
        {"words": words, "lacks": [says for ground, says in said if ground == name]}
        for name, words in GROUNDS
    ]
    lifestyle = tuple(f"This names {what}." for _, what in LIFESTYLE)
    prompts = prompts_of(ask.evidence)
    tries = list(Closing.objects.filter(case=case).select_related("by", "signer"))
    seen = grounds_seen(tries, person_of(request))
    context = {
        **about_death(case, person_of(request)),
        "form": form,
        "grounds": grounds,
        "sees_links": sees_links,
        "candidates": [
            (p, identity_of(p.beside(case), person_of(request)), how_often(p.link)) for p in present
        ],
        "lacking": sum(bool(ground["lacks"]) for ground in grounds),
        "tried": request.method == "POST",
        "waits": waits,
        "may_sign": may_sign(account, case) and waits is not None and waits.by != account,
        "similar": last_similar(case),
        "adviser": any(prompt.question.startswith(lifestyle) for prompt in prompts),
        "tries": [(one, seen[one.pk]) for one in tries],
    }
    return render(request, "casework/closing.html", context, status=status)
