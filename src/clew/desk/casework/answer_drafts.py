"""An answer that there is no link waits for a second reader, who reads it before it is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clew.assurance.closing import rests_on_nothing_found
from clew.desk.casework.concerns import act_on, refuse_untold
from clew.desk.casework.models.concerns import AnswerDraft, Concern
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.who_to_tell import account_named
from clew.errors import ActRefused


def needs_second(answer: str) -> bool:
    """Tell whether an answer says that there is no link."""
    return rests_on_nothing_found(answer)


@transaction.atomic
def draft(number: int, said: Mapping[str, str], now: datetime, purpose: str = "") -> AnswerDraft:
    """Keep an answer that there is no link until somebody else has read it.

    Raises
    ------
    ActRefused
        If the concern waits for no answer of an owner, or it does not say what was searched.
    """
    one = Concern.objects.select_for_update().get(pk=number)
    missing = tuple(
        name
        for name in ("answer", "searched", "how_to_challenge")
        if not said.get(name, "").strip()
    )
    if missing:
        raise ActRefused("an answer that there is no link says what was searched", missing)
    if one.state != "owned":
        raise ActRefused(f"a concern that is {one.state} cannot be answered")
    refuse_untold(one, f"{said['answer']}\n{said['how_to_challenge']}")
    account = account_named(said["by"])
    if account is None:
        raise ActRefused("there is no such account", ("by",))
    made = AnswerDraft.objects.create(
        concern=one, answer=said["answer"], searched=said["searched"],
        how_to_challenge=said["how_to_challenge"], account=account, at=now,
    )  # fmt: skip
    write(Act.DECISION, f"concern:{one.pk}", said["by"], purpose, what="answer drafted",
          draft=made.pk, at=instant_text(now))  # fmt: skip
    return made


@transaction.atomic
def read_draft(
    number: int, said: Mapping[str, str], now: datetime, *, agrees: bool, purpose: str = ""
) -> AnswerDraft:
    """Read a draft second; agreed, it is the answer.

    Raises
    ------
    ActRefused
        If the reader wrote it, gives no note, or it was read already.
    """
    one = AnswerDraft.objects.select_for_update().get(pk=number)
    reader = account_named(said.get("by", ""))
    if one.read_at is not None:
        raise ActRefused("somebody read it already")
    if reader is None or reader.pk == one.account_id:
        raise ActRefused("the second reader is somebody else than whoever wrote it")
    if not said.get("note", "").strip():
        raise ActRefused("say what you looked at", ("note",))
    one.reader, one.agrees, one.note, one.read_at = reader, agrees, said["note"], now
    one.save(update_fields=["reader", "agrees", "note", "read_at"])
    write(Act.DECISION, f"concern:{one.concern_id}", reader.name, purpose,
          what="answer read second", draft=one.pk, agrees=agrees, at=instant_text(now))  # fmt: skip
    if agrees:
        answer = {
            "answer": one.answer, "by": one.account.name, "searched": one.searched,
            "how_to_challenge": one.how_to_challenge, "second_reader": reader.name,
        }  # fmt: skip
        act_on(one.concern_id, "answered", answer, now, purpose)
    return one
