"""Ties redacted evidence to what it was made of, and shows nothing of it.

Of each answer the pack has two commitments, which only whoever holds the key can make and open:

- over the SHA-256 of the answer as the store has it sealed. A bare digest would let anybody try
  names until one fits; this one is SHA-256 over a salt and the digest, and the salt follows from
  the key.
- the root of a Merkle tree (RFC 6962) over its rows, each behind a salt of its own. So one row can
  be shown in clear, beside the redacted one of the same number, and the others stay closed.

Standard library only, but for making the salts: opening travels in the pack.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from reportgen.evidence.seal import canonical, sha256
from reportgen.pack.pseudonyms import Pseudonyms
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


def leaf(salt: str, row: bytes) -> bytes:
    """What the tree has of one row."""
    return salt.encode() + b"\n" + row


def rows_of(content: bytes) -> list[bytes]:
    """The rows of an answer, in order: lines of CSV, members of JSON's lists, else the whole.

    Each is canonical JSON with the key of its list before it. The same answer under pseudonyms has
    as many, in the same order.
    """
    text = content.decode("utf-8", "surrogateescape").lstrip("\ufeff")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict | list):
        found = list(_of_json(data))
    else:
        lines = list(csv.reader(io.StringIO(text, newline="")))
        found = [["line", line] for line in lines[1:]] if len(lines) > 1 else [["whole", text]]
    return [_bytes(row) for row in found]


def _of_json(data: Any) -> Any:
    for page in data if isinstance(data, list) else [data]:
        if not isinstance(page, dict):
            yield ["member", page]
            continue
        for key, value in page.items():
            if isinstance(value, list):
                yield from ([key, one] for one in value)
            else:
                yield [key, value]


def _bytes(row: Any) -> bytes:
    try:
        return canonical(row)
    except (ValueError, TypeError):
        return repr(row).encode("ascii", "backslashreplace")


def tree_of(names: Pseudonyms, content: bytes) -> tuple[Tree, int]:
    """The tree over an answer's rows, and how many they are."""
    digest = sha256(content)
    rows = rows_of(content)
    return Tree([leaf(row_salt(names, digest, n), row) for n, row in enumerate(rows)]), len(rows)
