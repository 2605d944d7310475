"""How rows of the ledger are chained: pure sums, no database.

Each row's digest covers every column of the row and the digest of the row before it, each preceded
by its length, so that no two different rows give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

BEGINNING = "0" * 64
"""What stands before the first row."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the ledger, all but its digest; `number` counts from 1 without gaps.

    `body` is canonical JSON; `previous` the digest of the row before; `content` says what the
    row's transaction changed in other tables (`contents.content_text`), "" for nothing. A row
    without content has the digest that it had before there was any.
    """

    number: int
    recorded_at: str
    act: str
    actor: str
    purpose: str
    subject: str
    body: str
    previous: str
    content: str = ""

    def digest(self) -> str:
        """Return the SHA-256 of the row, in hexadecimal."""
        parts = (
            str(self.number), self.recorded_at, self.act, self.actor, self.purpose, self.subject,
            self.body, self.previous,
        )  # fmt: skip
        return digest_of((*parts, self.content) if self.content else parts)


def digest_of(parts: Iterable[str]) -> str:
    """Return the SHA-256 of texts, each preceded by its length in bytes."""
    digest = sha256()
    for part in parts:
        raw = part.encode()
        digest.update(b"%d:" % len(raw))
        digest.update(raw)
    return digest.hexdigest()


def canonical(body: Mapping[str, Any]) -> str:
    """Return JSON that reads the same however the mapping was put together."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# The Merkle tree of RFC 6962 over the rows' digests: roots, proofs, and a frontier that grows.
#
# A root says in 32 bytes what all rows were. A leaf is hashed behind 0x00 and a node behind
# 0x01, so
# that no node can be shown as a leaf. Pure sums.


LEAF, NODE = b"\x00", b"\x01"
"""What is hashed before a leaf and before a node (RFC 6962, section 2.1)."""
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962, section 2.1)."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(NODE + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The roots of the perfect trees that `size` leaves make, the largest first.

    All that is needed to add leaves and to tell the root; about log2(size) hashes.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        """Add one leaf."""
        node = sha256(LEAF + data).digest()
        left = self.size
        while left & 1:
            node = sha256(NODE + self.peaks.pop() + node).digest()
            left >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.peaks:
            return EMPTY
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf data, cut in two again and again as the RFC writes it."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = _cut(len(leaves))
    return node_hash(root_of(leaves[:k]), root_of(leaves[k:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return what proves that leaf `index` (from 0) is in the tree (RFC 6962, section 2.1.1)."""
    if len(leaves) == 1:
        return []
    k = _cut(len(leaves))
    if index < k:
        return [*inclusion_proof(leaves[:k], index), root_of(leaves[k:])]
    return [*inclusion_proof(leaves[k:], index - k), root_of(leaves[:k])]


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """Return what proves that the first `size` leaves are the tree's beginning (section 2.1.2)."""
    return _subproof(leaves, size, whole=True) if 0 < size <= len(leaves) else []


def _subproof(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    k = _cut(len(leaves))
    if size <= k:
        return [*_subproof(leaves[:k], size, whole=whole), root_of(leaves[k:])]
    return [*_subproof(leaves[k:], size - k, whole=False), root_of(leaves[:k])]


def _cut(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def includes(data: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether `proof` shows leaf `index` in the tree of `size` leaves with this root.

    Source: RFC 9162, section 2.1.3.2, which states the check for the same tree.
    """
    if not 0 <= index < size:
        return False
    fn, sn, computed = index, size - 1, leaf_hash(data)
    for part in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            computed = node_hash(part, computed)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            computed = node_hash(computed, part)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and computed == root


@dataclass(frozen=True, slots=True)
class Tree:
    """What a checkpoint tells of a tree: how many leaves, and the root over them."""

    size: int
    root: bytes


def continues(old: Tree, new: Tree, proof: Sequence[bytes]) -> bool:
    """Tell whether `proof` shows that the old tree is the new one's beginning.

    Source: RFC 9162, section 2.1.4.2.
    """
    if old.size == new.size:
        return old.root == new.root and not proof
    if not 0 < old.size < new.size:
        return False
    path = list(proof)
    if old.size & (old.size - 1) == 0:
        path.insert(0, old.root)
    if not path:
        return False
    fn, sn = old.size - 1, new.size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for part in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(part, first), node_hash(part, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, part)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old.root and second == new.root
