"""The key that signs checkpoints: made at first need, readable by the desk's own user alone."""

from __future__ import annotations

import os
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

from clew.errors import InputRejected

KEY, PUBLIC = "ledger.key", "ledger.pub"
"""Names of the two files in the desk's home."""
ID_LENGTH = 16
"""Declared: hexadecimal digits of a key's id, the beginning of its SHA-256."""


def key_of(home: Path) -> Ed25519PrivateKey:
    """Return the desk's key; the first time it is made, and its public half written beside it."""
    path = home / KEY
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Ed25519PrivateKey.generate()
        raw = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        beside = home / f"{KEY}.{os.getpid()}"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(raw)
        try:
            os.link(beside, path)  # Whole or not at all, and never over one that another made.
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise InputRejected(path.name, "holds no Ed25519 key", "Put the desk's own key back")
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
            path.name, "holds no Ed25519 public key in PEM", f"Give the desk's {PUBLIC}"
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
