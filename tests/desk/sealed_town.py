"""The small town with two sealed records that everything led to, to attack what their seals keep.

SURV-88 is a survivor's record, sealed when it came. SURV-77 was open while rounds, referrals,
concerns, closings, decisions and notices named it, and was sealed after all of that.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from casework_world import GOOD
from django.db import transaction
from django.test import Client
from django.utils import timezone
from made_desk import candidate, pair_of, person, record, round_found, sealed_by_two
from populated import ZONE, Town, build_town
from pypdf import PdfReader

from clew.desk.accounts.models import Account
from clew.desk.casework.closing import ask_to_close
from clew.desk.casework.concerns import NewConcern, take, tie
from clew.desk.casework.referrals import act_on, refer
from clew.desk.records.facts import add_facts
from clew.desk.records.models import Case, Fact
from clew.desk.review.models import Decision, Judgement, Pair, SecondReading
from clew.desk.rounds.run import ask_for_round

HIDDEN, SURVIVOR, NEVER = "SURV-77", "SURV-88", "NONE-77"
"""Two sealed records; and a number of the same length that no record has."""
WORDS = ("Sealedword", "Sealedname")
SEALED = (HIDDEN, SURVIVOR, *WORDS)
STRANGERS = ("analyst", "analyst_kd", "supervisor", "reporter", "murder_team", "overseer",
             "administrator", "coroners_officer")  # fmt: skip
"""Every role, none of which the seals were opened to; the supervisor keeps only the survivor's."""
AT = datetime(2015, 9, 17, 12, 0, tzinfo=ZONE)
WEIGHTS = [8_500_000, 8_000_000, 7_500_000, 7_000_000, 6_500_000, 6_000_000, 2_000, 1_000]
"""The last two are less than any record's five best, so that their pairs are BD-1's spare alone."""
ASKED = {"purpose": "the meeting", "given_to": "myself"}
"""What every export asks for."""
LIKE = ("BD-2", "BD-3", "BD-4")


def figures(rank: int, weight: int, *, alert: bool = False, chance: float = 1e-4) -> dict[str, Any]:
    """Return what an engine says of one candidate; WORDS are in no finding of an open pair."""
    return {
        "rank": rank, "micro_bans": weight, "chance": chance, "compared": 66, "tier": "similarity",
        "relation": "lead", "alert": alert, "at": AT, "findings": [
            {"evidence": "entities", "aspect": "phone", "stance": "agrees", "micro_bans": weight,
             "says": "the same phone in both", "rarity": "in 3 of 66 records"},
        ], "other_explanations": [],
    }  # fmt: skip


def build(folder: Path) -> Town:
    """Fill the town, let everything lead to SURV-77, then seal it."""
    town = build_town(folder)
    keeper = town.accounts["keeper"] = person("keeper", "supervisor")
    cells = {"narrative": WORDS[0], "known_as": WORDS[1], "kind": "death", "age_years": "23"}
    record(HIDDEN, "KD", AT - timedelta(hours=3), **cells)
    record(SURVIVOR, "KD", AT - timedelta(hours=2), kind="non_fatal",
           allegation="drug_facilitated_rape", narrative=WORDS[0])  # fmt: skip
    _put_aside(town)
    sent = refer(["BD-1", "BD-2"], "Please look.", "analyst", AT)
    act_on(sent.pk, "refused", {"by": "murder_team", "rank": "DI", "reason": "No."}, AT)
    held = refer(["BD-1", "BD-3"], "Please look.", "analyst", AT)
    act_on(held.pk, "accepted", {"by": "murder_team", "rank": "DI", "reason": "Yes."}, AT)
    _rounds()
    _casework(town)
    with transaction.atomic():
        sealed_by_two(Case.objects.get(case_id=HIDDEN), keeper.person(), "she asked for it")
    return town


def _put_aside(town: Town) -> None:
    """Let two readers have put BD-2 and BD-1 aside, so that a new match brings the pair back."""
    pair, analyst = town.pair("BD-1", "BD-2"), town.accounts["analyst"]
    made = Judgement.objects.create(
        pair=pair, link=pair.link, verdict="not_linked", reason="The note explains it.",
        decided_at=AT, account=analyst,
    )  # fmt: skip
    SecondReading.objects.create(
        judgement=made, account=town.accounts["supervisor"], agrees=True, note="Read."
    )
    Pair.objects.filter(pk=pair.pk).update(state=Pair.NOT_TAKEN, because="The note explains it.")


def _rounds() -> None:
    """Let the two sealed records match BD-1, and BD-1 be compared with them before all others."""
    case = {one.case_id: one for one in Case.objects.all()}
    first = case["BD-1"]
    named = (HIDDEN, "BD-1", *LIKE)
    rest = [
        one for one in case.values()
        if one.kind == "death" and one.case_id not in named and one.candidates.count() >= 5
    ]  # fmt: skip
    others = [case[HIDDEN], case["BD-2"], case[SURVIVOR], case["BD-3"], case["BD-4"], *rest[:3]]
    found = [
        candidate(first, other, figures(k, WEIGHTS[k - 1], alert=k == 1))
        for k, other in enumerate(others, 1)
    ]
    found += [
        candidate(case[number], first, figures(1, 9_500_000, alert=number == HIDDEN, chance=1e-6))
        for number in (HIDDEN, SURVIVOR)
    ]
    round_found(AT, found, compared=66)
    ask_for_round("analyst", AT + timedelta(days=1))


def _casework(town: Town) -> None:
    keeper, now = town.accounts["keeper"], timezone.now()
    concern = take(NewConcern("He knew them.", "a friend", "friend", "KD"), "analyst", AT)
    for number in (HIDDEN, "BD-1"):
        tie(concern.pk, number, "keeper", AT)
    ask_to_close(Case.objects.get(case_id="BD-1"), replace(GOOD), keeper, now)
    Decision.objects.create(
        number=1, title=f"Ask for the laptop of {HIDDEN}", about=HIDDEN, decided_at=AT,
        maker=keeper, recorded_by=keeper, rationale="It may hold the note",
    )  # fmt: skip
    stamp = AT.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with transaction.atomic():
        case = Case.objects.get(case_id="BD-1")
        add_facts(case, [Fact(case=case, field="mentions", value=f"{HIDDEN}; BD-2", known_at=stamp,
                              recorded_at=stamp, entered_by="keeper")], "keeper")  # fmt: skip


def client_for(account: Account) -> Client:
    """Return a client signed in as an account of the town, with its second factor."""
    from desk_world import client_of  # noqa: PLC0415 (it looks up every address)

    return client_of(account)


def key_numbers() -> list[str]:
    """Return the numbers that addresses are tried with: few, and each sealed pair among them."""
    pairs = {pair_of("BD-1", number).pk for number in (HIDDEN, SURVIVOR, *LIKE)}
    return [str(number) for number in sorted({1, 2, 3, *pairs})]


def text_of(answer: Any) -> str:
    """Return every text of an answer, files of every kind opened."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{dict(answer.headers)} {opened(raw)}"


def opened(raw: bytes) -> str:
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return "\n".join(opened(archive.read(name)) for name in archive.namelist())
    if raw[:4] == b"%PDF":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages)
    return raw.decode(errors="replace")


def told(text: str, but: tuple[str, ...] = ()) -> list[str]:
    return [word for word in SEALED if word in text and word not in but]


@pytest.fixture(scope="module")
def sealed_built(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Build it once a module; what a test does to it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(tmp_path_factory.mktemp("sealed"))
        transaction.set_rollback(True)


@pytest.fixture
def sealed_town(sealed_built: Town, db: None) -> Town:
    """Return the town with its two sealed records, as every test of a module finds it."""
    return sealed_built
