"""The cautions of the design stay where they belong, and every page can be read at twelve."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

import pytest

import clew.desk
import clew.disclosure
from banned_forms import text_of_template
from clew.disclosure.words import REASON_TO_LOOK, SILENCE
from reading_age import reading_age

TEMPLATES = Path(clew.desk.__file__).parent / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
LETTER = "concerns/letter.html"
EXPLAIN = "There may be something that we cannot see."
CAUTIONS = {
    "layout.html": ("Links events, never scores people.", SILENCE),
    "review.html": (SILENCE,),
    "review/queue.html": (SILENCE,),
    "review/morning.html": (SILENCE, "What was not searched"),
    "review/compare.html": (
        "Other explanations to check",
        EXPLAIN,
        "Until an explanation is verified, it does not count against the link.",
        "Missing facts count neither for nor against a link.",
    ),
    "review/parts.html": ("not verified, so it does not count against the link",),
    "records/record.html": (SILENCE, "Missing facts count neither for nor against a link."),
    "records/identity.html": (
        "Most people who appear in two records are there by work, family or address.",
    ),
    "records/scene_card.html": ("It will not count as absent.",),
    "referrals/referral.html": (SILENCE, "Other explanations to check", EXPLAIN),
    "casework/measures.html": ("There are no figures for individual officers.",),
    "concerns/concern.html": ("It does not count for or against a link.",),
    "oversight/traits.html": ("They are never evidence of a link",),
}
"""What each page must say, in these words (mission.md; words.md, rule 8)."""
CAUTION = 'desk-words">{{ words }}'
"""Where a template says the first caution."""
SEARCHES = ("records/near.html", "review/like.html", "review/compare.html")
"""Answers to a search: each says what was not searched, by the macro of `review.html`."""
IN_CODE = {
    "pages/closing.py": "Finding nothing, or how someone lived, is not evidence and not a ground"
    " for closing.",
    "pages/judgement_forms.py": "It does not change any rank, count or alert.",
}


REPORTS = Path(clew.disclosure.__file__).parent / "templates"
VERIFIED = "Until one is verified, it does not count against the link."
IN_REPORTS = {
    "page.html.j2": ("must not be used for", "names no one as having done anything"),
    "parts.html.j2": (
        "That counts neither for nor against.",
        "It does not say how likely it is that two deaths have one cause.",
        "A judgement changes only adopted series. It changes no rank and no count here.",
        VERIFIED,
        "Ethnicity, religion, orientation and health status never are.",
        "being here does not clear them",
        "Only this file was searched.",
    ),
    "pair.html.j2": ("Other explanations to check", EXPLAIN, "not a probability"),
    "report.html.j2": (
        "Most people who appear in two cases are there by work, family or address.",
        "however low the pair ranks",
    ),
    "replay.html.j2": (
        "The alert budget is a decision",
        "That does not clear them.",
        "No one knows what was missed until someone looks.",
        "Most people who appear in two records are there by work, family or address.",
        "This replay used hindsight.",
    ),
    "replay_parts.html.j2": (
        "The absence of alerts says nothing about these deaths.",
        "No decision changed a rank, a chance or an alert.",
    ),
    "survey.html.j2": ("It usually cannot see a series of three or four deaths.",),
    "survey_parts.html.j2": (
        "Other explanations to check",
        "It is not the probability that something is wrong there.",
        "Most signals are innocent.",
    ),
    "excess.html.j2": (
        "A count does not say why, and says nothing about any person.",
        "They are not ranked, and must not be.",
        "with these counts to point at a member of staff.",
        "A unit that is not listed is not cleared",
    ),
    "quality.html.j2": (
        "are not ranked",
        "A person must check and decide.",
        "No one has confirmed",
    ),
    "export_bundle.html.j2": ("Nothing is recorded. That does not mean that nothing was done.",),
}
"""What each report must say, in these words."""
SAID_BY_PAGE = {
    "page.html.j2": ("words.REASON_TO_LOOK", "words.SILENCE", "words.REFUSED_USES"),
    "parts.html.j2": ("words.SILENCE",),
    "survey_parts.html.j2": ("words.SILENCE",),
    "export_parts.html.j2": ("words.SILENCE",),
    "export_bundle.html.j2": ("words.REASON_TO_LOOK",),
    "export_matrix.html.j2": ("words.REASON_TO_LOOK",),
    "export_sheet.html.j2": ("words.REASON_TO_LOOK",),
}
"""Which report says which fixed sentence."""
IN_DOCUMENTS = {
    "README.md": (
        REASON_TO_LOOK,
        "Finding nothing is not evidence that nothing links them.",
        "It does not say who did anything.",
        "is not the probability that two deaths belong together",
        "A judgement changes no weight, rank or chance.",
        "Most such people are there by work, family or address",
        "Not compared: ethnicity, religion, orientation",
        "No accuracy on real series of deaths is claimed.",
    ),
    "docs/tutorial/morning.md": (
        SILENCE,
        "Missing facts count neither for nor against a link.",
        "Your judgement changes no rank, count or alert.",
        "Until one is verified, it does not count against the link.",
    ),
    "docs/how-to/close-a-death.md": (
        SILENCE,
        "is not evidence.",
    ),
}
"""What a document must say, in these words."""


@pytest.mark.parametrize("name", IN_REPORTS)
def test_a_report_keeps_its_cautions(name: str) -> None:
    text = " ".join(text_of_template((REPORTS / name).read_text("utf-8")).split())
    assert [caution for caution in IN_REPORTS[name] if caution not in text] == []


@pytest.mark.parametrize("name", SAID_BY_PAGE)
def test_a_report_says_the_fixed_sentences(name: str) -> None:
    source = (REPORTS / name).read_text("utf-8")
    assert [said for said in SAID_BY_PAGE[name] if said not in source] == []
    assert source.count("words.REASON_TO_LOOK }}</") <= 1, "once on a page"


@pytest.mark.parametrize("name", IN_DOCUMENTS)
def test_a_document_keeps_its_cautions(name: str) -> None:
    text = " ".join((TEMPLATES.parents[3] / name).read_text("utf-8").split())
    low = text.lower()
    assert [caution for caution in IN_DOCUMENTS[name] if caution.lower() not in low] == []


def words_of(name: str) -> str:
    return " ".join(text_of_template((TEMPLATES / name).read_text("utf-8")).split())


@pytest.mark.parametrize("name", CAUTIONS)
def test_a_page_keeps_its_cautions(name: str) -> None:
    text = words_of(name)
    assert [caution for caution in CAUTIONS[name] if caution not in text] == []


@pytest.mark.parametrize("name", SEARCHES)
def test_an_answer_says_what_was_not_searched(name: str) -> None:
    assert "{{ not_searched(" in (TEMPLATES / name).read_text("utf-8")


@pytest.mark.parametrize("name", IN_CODE)
def test_a_form_keeps_its_cautions(name: str) -> None:
    source = (TEMPLATES.parent / name).read_text("utf-8")
    assert IN_CODE[name] in re.sub(r"\"\s*\n\s*\"", "", source)


def test_the_first_caution_is_on_every_page_once_and_on_no_letter() -> None:
    from clew.desk.web.jinja import WORDS  # noqa: PLC0415 - of a desk that is set up

    assert WORDS == REASON_TO_LOOK
    layout = (TEMPLATES / "layout.html").read_text("utf-8")
    assert layout.count(CAUTION) == 1
    assert "{% block caution %}" in layout
    offline = "records/scene_card_offline.html"
    for path in PAGES:
        name, source = path.relative_to(TEMPLATES).as_posix(), path.read_text("utf-8")
        said = source.count(CAUTION) + source.count(REASON_TO_LOOK)
        assert said == (1 if name in ("layout.html", offline) else 0), name
        emptied = "{% block caution %}{% endblock %}" in source
        assert emptied == (name == LETTER), name


def test_pages_are_read_at_twelve_and_letters_at_eleven() -> None:
    ages = {
        path.relative_to(TEMPLATES).as_posix(): age
        for path in PAGES
        if (age := reading_age(text_of_template(path.read_text("utf-8")))) is not None
    }
    assert len(ages) > 40
    worst = sorted(ages, key=ages.__getitem__, reverse=True)[:10]
    assert median(ages.values()) <= 12, worst
    assert ages[LETTER] <= 11


def test_long_words_and_sentences_raise_the_reading_age() -> None:
    easy = "You have no deadlines. We sent it to the team. They must answer by Monday. " * 3
    hard = (
        "Notwithstanding the aforementioned considerations regarding proportionality,"
        " supplementary representations concerning jurisdictional competence necessitate"
        " comprehensive administrative reconsideration by appropriately authorised personnel. "
    ) * 2
    simple, difficult = reading_age(easy), reading_age(hard)
    assert simple is not None
    assert difficult is not None
    assert simple < 9
    assert difficult > 20
