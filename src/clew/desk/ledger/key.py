"""The key that signs checkpoints: made at first need, readable by the desk's own user alone."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from clew.desk.configuration import kept_once
from clew.desk.ledger.chain import BEGINNING
from clew.errors import InputRejected

KEY, PUBLIC = "ledger.key", "ledger.pub"
"""Names of the two files in the desk's home."""
ID_LENGTH = 16
"""Declared: hexadecimal digits of a key's id, the beginning of its SHA-256."""


def key_of(home: Path) -> Ed25519PrivateKey:
    """Return the desk's key; the first time it is made, and its public half written beside it."""

    def made() -> bytes:
        new = Ed25519PrivateKey.generate()
        return new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    key = load_pem_private_key(kept_once(home / KEY, made), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise InputRejected(KEY, "has no Ed25519 key", "Restore the desk's own key")
    public = home / PUBLIC
    if not public.exists():
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        public.write_bytes(pem)
    return key


def public_key_of(path: Path) -> Ed25519PublicKey:
    """Return the public key in a PEM file.

    Raises
    ------
    InputRejected
        If it holds none of the kind Ed25519.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except (ValueError, OSError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InputRejected(
            path.name, "has no Ed25519 public key in PEM", f"Give the desk's {PUBLIC}"
        )
    return key


def raw_of(key: Ed25519PublicKey) -> bytes:
    """Return a public key's 32 bytes."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def id_of(key: Ed25519PublicKey) -> str:
    """Return the id by which a checkpoint names its key."""
    return sha256(raw_of(key)).hexdigest()[:ID_LENGTH]


def signed_by(key: Ed25519PublicKey, signature: bytes, text: str) -> bool:
    """Tell whether the signature is this key's, over this text."""
    try:
        key.verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


# What a checkpoint states, as the text that is signed, and as a file to keep elsewhere. Pure.


TITLE = "Clew ledger checkpoint, version 1"
_FILE = re.compile(
    rf"{TITLE}\nrows: (\d{{1,18}})\nroot: ([0-9a-f]{{64}})\nlast row: ([0-9a-f]{{64}})\n"
    r"signed at: ([0-9TZ:.\-]{27})\ncheckpoint before: ([0-9a-f]{64})\nkey: ([0-9a-f]{16})\n"
    r"signature: ([A-Za-z0-9+/=]{88})\npublic key: ([A-Za-z0-9+/=]{44})\n"
    r"(?:time stamp: ([A-Za-z0-9+/=]+)\n)?"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """How many rows, the root over them, the last row's digest, when, after which, whose key.

    `before` is the digest of the checkpoint before, so that none can be taken out or put in.
    """

    size: int
    root: str
    head: str
    signed_at: str
    before: str
    key_id: str

    def text(self) -> str:
        """Return the text that is signed: one line a value, always in this order."""
        return (
            f"{TITLE}\nrows: {self.size}\nroot: {self.root}\nlast row: {self.head}\n"
            f"signed at: {self.signed_at}\ncheckpoint before: {self.before}\nkey: {self.key_id}\n"
        )

    def digest(self) -> str:
        """Return the SHA-256 of the text, which the next checkpoint names."""
        return sha256(self.text().encode()).hexdigest()


FIRST = BEGINNING
"""What the first checkpoint names as the one before."""


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A checkpoint as a file: the statement, its signature, the key it names, a stamp or none."""

    statement: Statement
    signature: bytes
    key: Ed25519PublicKey
    stamp: bytes = b""

    def text(self) -> str:
        """Return the file."""
        lines = (
            f"{self.statement.text()}signature: {b64encode(self.signature).decode()}\n"
            f"public key: {b64encode(raw_of(self.key)).decode()}\n"
        )
        return lines + (f"time stamp: {b64encode(self.stamp).decode()}\n" if self.stamp else "")


def read_kept(name: str, text: str) -> CheckpointFile:
    """Read a checkpoint's file, which must be signed by the key that stands in it.

    Raises
    ------
    InputRejected
        If it is no such file, or not signed by that key.
    """
    found = _FILE.fullmatch(text)
    if found is None:
        raise InputRejected(
            name, "is not a checkpoint of a ledger", "Give a file as it was written"
        )
    size, root, head, signed_at, before, key_id, signature, public, stamp = found.groups()
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public, validate=True))
        given = b64decode(signature, validate=True)
        stamped = b64decode(stamp or "", validate=True)
    except (NotBase64, ValueError) as fault:
        raise InputRejected(name, "is garbled", "Give a file as it was written") from fault
    statement = Statement(int(size), root, head, signed_at, before, key_id)
    if key_id != id_of(key) or not signed_by(key, given, statement.text()):
        raise InputRejected(name, "its signature does not fit", "Give a file as it was written")
    return CheckpointFile(statement, given, key, stamped)
