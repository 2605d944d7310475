"""Merkle trees: against the RFC's own definition, and every proof against every other tree."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.desk.ledger import chain
from clew.desk.ledger.chain import Frontier, Tree, consistency_proof, continues, root_of

LEAVES = [bytes.fromhex(raw) for raw in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The reference leaves and roots of Certificate Transparency's own tests of RFC 6962."""
MOST = 40


def leaves(count: int) -> list[bytes]:
    return [b"row %d" % k for k in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_certificate_transparency(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_an_empty_tree() -> None:
    assert Frontier().root() == root_of([]) == sha256(b"").digest()


def test_the_frontier_gives_the_same_root_at_every_size() -> None:
    frontier = Frontier()
    for size in range(1, 300):
        frontier.add(b"row %d" % (size - 1))
        if size < 70 or size > 290:
            assert frontier.root() == root_of(leaves(size))


def test_every_inclusion_proof_holds_for_its_leaf_alone() -> None:
    for size in range(1, MOST):
        told = leaves(size)
        root = root_of(told)
        for k in range(size):
            proof = chain.inclusion_proof(told, k)
            assert chain.includes(told[k], k, size, proof, root)
            assert not chain.includes(b"other", k, size, proof, root)
            assert not chain.includes(told[k], k, size, [*proof, root], root)
            assert not proof or not chain.includes(told[k], k, size, proof[:-1], root)
            assert size == 1 or not chain.includes(told[k], (k + 1) % size, size, proof, root)


def test_every_consistency_proof_holds_for_its_beginning_alone() -> None:
    for size in range(1, MOST):
        told = leaves(size)
        new = Tree(size, root_of(told))
        for early in range(1, size + 1):
            proof = consistency_proof(told, early)
            old = Tree(early, root_of(told[:early]))
            assert continues(old, new, proof)
            other = Tree(early, root_of([b"edited", *told[1:early]]))
            assert not continues(other, new, proof)
            assert not continues(old, Tree(size, b"\0" * 32), proof)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=60), st.data())
def test_any_leaf_of_any_tree_can_be_proved(told: list[bytes], data: st.DataObject) -> None:
    k = data.draw(st.integers(0, len(told) - 1))
    proof = chain.inclusion_proof(told, k)
    assert chain.includes(told[k], k, len(told), proof, root_of(told))
