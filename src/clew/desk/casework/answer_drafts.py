"""An answer that there is no link waits for a second reader before it is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clew.desk.casework.concerns import act_on, refuse_early_disclosure
from clew.desk.casework.models.concerns import AnswerDraft, Concern
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.who_to_tell import account_named
from clew.errors import ActRefused


@transaction.atomic
def draft(number: int, said: Mapping[str, str], now: datetime, purpose: str = "") -> AnswerDraft:
    """Keep an answer that there is no link until another person has read it.

    Raises
    ------
    ActRefused
        If the concern waits for no answer of an owner, or it does not say what was searched.
    """
    concern = Concern.objects.select_for_update().get(pk=number)
    needs = ("answer", "searched", "how_to_challenge")
    missing = tuple(name for name in needs if not said.get(name, "").strip())
    if missing:
        raise ActRefused("an answer that there is no link says what was searched", missing)
    if concern.state != "owned":
        raise ActRefused(f"a concern that is {concern.state} cannot be answered")
    refuse_early_disclosure(concern, f"{said['answer']}\n{said['how_to_challenge']}")
    account = account_named(said["by"])
    if account is None:
        raise ActRefused("there is no such account", ("by",))
    row = AnswerDraft.objects.create(
        concern=concern, answer=said["answer"], searched=said["searched"],
        how_to_challenge=said["how_to_challenge"], account=account, at=now,
    )  # fmt: skip
    write(Act.DECISION, f"concern:{concern.pk}", said["by"], purpose, what="answer drafted",
          draft=row.pk, at=instant_text(now))  # fmt: skip
    return row


@transaction.atomic
def read_draft(
    number: int, said: Mapping[str, str], now: datetime, *, agrees: bool, purpose: str = ""
) -> AnswerDraft:
    """Record the second reading of a draft; if the reader agrees, it becomes the answer.

    Raises
    ------
    ActRefused
        If the reader wrote it, gives no note, or it was read already.
    """
    row = AnswerDraft.objects.select_for_update().get(pk=number)
    reader = account_named(said.get("by", ""))
    if row.read_at is not None:
        raise ActRefused("somebody read it already")
    if reader is None or reader.pk == row.account_id:
        raise ActRefused("the second reader is somebody else than whoever wrote it")
    if not said.get("note", "").strip():
        raise ActRefused("say what you looked at", ("note",))
    row.reader, row.agrees, row.note, row.read_at = reader, agrees, said["note"], now
    row.save(update_fields=["reader", "agrees", "note", "read_at"])
    write(Act.DECISION, f"concern:{row.concern_id}", reader.name, purpose,
          what="answer read second", draft=row.pk, agrees=agrees, at=instant_text(now))  # fmt: skip
    if agrees:
        answer = {
            "answer": row.answer, "by": row.account.name, "searched": row.searched,
            "how_to_challenge": row.how_to_challenge, "second_reader": reader.name,
        }  # fmt: skip
        act_on(row.concern_id, "answered", answer, now, purpose)
    return row
