"""Time stamps of RFC 3161: another's word for when a checkpoint stood, where one is configured."""

from __future__ import annotations

import urllib.request
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from clew.errors import InputRejected, UsageRejected

WAIT_S = 10.0
"""Declared: how long an authority may take to answer."""
LONGEST_ANSWER = 64 * 1024
"""Declared: bytes of an answer; with its certificates it has a few thousand."""
_HEADS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
"""RFC 3161, section 3.4."""


def stamp_of(text: str, server: str) -> bytes:
    """Return the authority's answer over a text; b"" where no server is configured.

    Raises
    ------
    UsageRejected
        If the address is none of the web.
    InputRejected
        If the answer is no time stamp, refuses, or answers another question.
    """
    if not server:
        return b""
    if not server.startswith(("http://", "https://")):
        raise UsageRejected(
            "the address of the time-stamping server is not set", "Set CLEW_DESK_STAMP_SERVER"
        )
    wanted = TimestampRequestBuilder(text.encode(), HashAlgorithm.SHA256).build()
    asked = urllib.request.Request(server, wanted.as_bytes(), _HEADS)  # noqa: S310 (checked above)
    with urllib.request.urlopen(asked, timeout=WAIT_S) as answer:  # noqa: S310
        raw: bytes = answer.read(LONGEST_ANSWER)
    response = _decoded(raw)
    info = response.tst_info
    if response.status != 0 or info.nonce != wanted.nonce:
        raise InputRejected(
            "the time stamp", "was refused, or is not for this question", "Ask again"
        )
    if info.message_imprint.message != wanted.message_imprint.message:
        raise InputRejected("the time stamp", "is over another text", "Ask another authority")
    return raw


def stamp_is_over(stamp: str, text: str) -> bool:
    """Tell whether a kept stamp (base64, or "" for none) is over a text; not who gave it."""
    if not stamp:
        return True
    try:
        response = _decoded(b64decode(stamp, validate=True))
    except (NotBase64, InputRejected):
        return False
    return response.tst_info.message_imprint.message == sha256(text.encode()).digest()


def _decoded(raw: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(raw)
    except ValueError as fault:
        raise InputRejected("the time stamp", "is missing", "Ask another authority") from fault


def stamped_at(raw: bytes, text: str, roots: Sequence[Certificate]) -> datetime:
    """Return when a text was stamped, after checking the stamp against roots that are trusted.

    Raises
    ------
    InputRejected
        If it is over another text, or by nobody whom a root vouches for.
    """
    response = _decoded(raw)
    builder = VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        builder.build().verify_message(response, text.encode())
    except VerificationError as fault:
        raise InputRejected("the time stamp", f"is not valid: {fault}", "Keep both") from fault
    at: datetime = response.tst_info.gen_time
    return at
