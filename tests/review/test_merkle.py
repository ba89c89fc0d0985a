"""The tree of RFC 6962, built as its section 2.1 states it, beside ours."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.review.merkle import Tree, proves


def by_the_rfc(rows: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    n = len(rows)
    if n == 0:
        return sha256(b"").digest()
    if n == 1:
        return sha256(b"\x00" + rows[0]).digest()
    k = 1
    while k * 2 < n:
        k *= 2
    return sha256(b"\x01" + by_the_rfc(rows[:k]) + by_the_rfc(rows[k:])).digest()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100])
def test_the_root_is_that_of_the_rfc(n: int) -> None:
    rows = [b"row %d" % i for i in range(n)]
    assert Tree(rows).root == by_the_rfc(rows).hex()


@pytest.mark.parametrize("n", range(1, 40))
def test_each_row_is_proved_at_its_own_place_and_at_no_other(n: int) -> None:
    rows = [b"row %d" % i for i in range(n)]
    tree = Tree(rows)
    for index, row in enumerate(rows):
        proof = tree.proof(index)
        shown = [i for i in range(-1, n + 1) if proves(row, i, n, proof, tree.root)]
        assert shown == [index]
        assert not proves(row + b"!", index, n, proof, tree.root)
        assert not proves(row, index, n, (*proof, "00" * 32), tree.root)
        assert not proves(row, index, n, proof[:-1], tree.root) or not proof


def test_four_thousand_rows_need_twelve_hashes() -> None:
    assert len(Tree([b"%d" % i for i in range(4000)]).proof(0)) == 12


def test_a_row_cannot_be_made_of_two_nodes() -> None:
    left, right = b"a", b"b"
    pair = sha256(b"\x00" + left).digest() + sha256(b"\x00" + right).digest()
    assert Tree([pair]).root != Tree([left, right]).root


@pytest.mark.parametrize("proof", [["zz"], [""], ["00"], ["00" * 31], ["00" * 33]])
def test_what_is_no_hash_proves_nothing(proof: list[str]) -> None:
    assert not proves(b"row 0", 0, 2, proof, Tree([b"row 0", b"row 1"]).root)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_of_a_row_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        Tree([b"a", b"b", b"c"]).proof(index)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=60), st.data())
def test_a_changed_row_changes_the_root(rows: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(st.binary(max_size=8).filter(lambda b: b != rows[index]))
    changed = [*rows[:index], other, *rows[index + 1 :]]
    assert Tree(changed).root != Tree(rows).root
    assert not proves(other, index, len(rows), Tree(rows).proof(index), Tree(rows).root)
