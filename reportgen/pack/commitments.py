"""Ties redacted evidence to what it was made of, and shows nothing of it.

Of each answer the pack has two commitments, which only whoever holds the key can make and open:

- over the SHA-256 of the answer as the store has it sealed. A bare digest would let anybody try
  names until one fits; this one is SHA-256 over a salt and the digest, and the salt follows from
  the key.
- the root of a Merkle tree (RFC 6962) over its rows, each behind a salt of its own. So one row can
  be shown in clear, beside the redacted one of the same number, and the others stay closed.
"""

from __future__ import annotations

from reportgen.errors import UsageError
from reportgen.evidence.seal import sha256
from reportgen.pack.pseudonyms import Pseudonyms
from reportgen.pack.shown import SHOWN_FORMAT, ShownRow, leaf_of, rows_of
from reportgen.review.merkle import Tree


def file_commitment(salt: str, digest: str) -> str:
    """The commitment to an answer by its digest."""
    return sha256(f"{salt}\n{digest}".encode())


def salt_of(names: Pseudonyms, digest: str) -> str:
    """The salt of an answer."""
    return names.code("file", digest)


def row_salt(names: Pseudonyms, digest: str, number: int) -> str:
    """The salt of one row of an answer."""
    return names.code("row", f"{digest} {number}")


def tree_of(names: Pseudonyms, content: bytes) -> tuple[Tree, list[bytes]]:
    """The tree over an answer's rows, and the rows."""
    digest = sha256(content)
    rows = rows_of(content)
    return Tree([leaf_of(row_salt(names, digest, n), row) for n, row in enumerate(rows)]), rows


def shown_row(
    names: Pseudonyms, snapshot: str, evidence: str, content: bytes, row: int
) -> ShownRow:
    """What shows one row of an answer in clear, counted from 0, and no other.

    Raises UsageError for a row that is not there.
    """
    tree, rows = tree_of(names, content)
    if not 0 <= row < len(rows):
        raise UsageError(f"--row {row}: {evidence} has {len(rows)} rows, counted from 0.")
    return {
        "format": SHOWN_FORMAT,
        "version": 1,
        "snapshot": snapshot,
        "evidence": evidence,
        "row": row,
        "salt": row_salt(names, sha256(content), row),
        "content": rows[row].decode(),
        "proof": list(tree.proof(row)),
    }
