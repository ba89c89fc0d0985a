"""A row of redacted evidence shown in clear, held against what the pack committed to.

Standard library only: it travels in the pack. Whoever made the pack writes a file with the row, its
salt and its proof (``reportgen unmask``); it shows that row and no other.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

from reportgen.evidence.seal import Flaw, canonical, strict_json
from reportgen.pack.container import BROKEN, Container, content_of
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import EVIDENCE, MANIFEST_LIMIT, Manifest
from reportgen.review.merkle import proves

REDACTION = "redaction/redaction.json"
COMMITMENTS = "redaction/evidence.jsonl"
SHOWN_FORMAT = "reportgen-shown"
_SHOWN_LIMIT = 16 << 20


class ShownRow(TypedDict):
    """A file that shows a row: its number from 0, its salt, the row, and its way to the root."""

    format: str
    version: int
    snapshot: str
    evidence: str
    row: int
    salt: str
    content: str
    proof: list[str]


_FIELDS = {
    "format": str, "version": int, "snapshot": str, "evidence": str, "row": int, "salt": str,
    "content": str, "proof": list,
}  # fmt: skip


def leaf_of(salt: str, row: bytes) -> bytes:
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
    if isinstance(data, (dict, list)):
        return [_row_bytes(row) for row in _rows_of_json(data)]
    try:
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        lines = []
    found = [["line", line] for line in lines[1:]] if len(lines) > 1 else [["whole", text]]
    return [_row_bytes(row) for row in found]


def _rows_of_json(data: Any) -> Iterator[list[Any]]:
    for page in data if isinstance(data, list) else [data]:
        if not isinstance(page, dict):
            yield ["member", page]
            continue
        for key, value in page.items():
            if isinstance(value, list):
                for one in value:
                    yield [key, one]
            else:
                yield [key, value]


def _row_bytes(row: list[Any]) -> bytes:
    try:
        return canonical(row)
    except (ValueError, TypeError, RecursionError):
        return repr(row).encode("ascii", "backslashreplace")


def check_redaction(inspection: Inspection, manifest: Manifest) -> None:
    """A pack that says that it is redacted has its commitments, each to evidence that is there."""
    if manifest.data.get("redaction") is None:
        return
    for name in (REDACTION, COMMITMENTS):
        if name not in manifest.files:
            inspection.flaw("missing", name, "what ties it to the original", "none")
            return
    try:
        for number, line in enumerate(_commitments(inspection.container), start=1):
            digest = line.get("sha256")
            if digest and f"{EVIDENCE}{digest}" not in manifest.files:
                said = f"evidence of the pack in line {number}"
                inspection.flaw("invalid", COMMITMENTS, said, str(digest))
                return
    except BROKEN as error:
        if COMMITMENTS not in inspection.bad:
            inspection.flaw("invalid", COMMITMENTS, "commitments", str(error))
        return
    about = manifest.data["redaction"]
    key = about.get("key") if isinstance(about, dict) else about
    inspection.note(f"Redacted: names are pseudonyms under the key {key}.")


def _commitments(container: Container) -> Iterator[dict[str, Any]]:
    for line in content_of(container, COMMITMENTS, MANIFEST_LIMIT).splitlines():
        found = strict_json(line)
        if not isinstance(found, dict):
            raise ValueError("a line that is no commitment")
        yield found


def check_shown(inspection: Inspection, path: Path) -> None:
    """Hold a row shown in clear against the pack; notes have it and the redacted one."""
    try:
        with path.open("rb") as stream:
            shown = _shown_of(stream.read(_SHOWN_LIMIT + 1))
        line = _line_of(inspection.container, shown)
        content = shown["content"].encode("utf-8", "surrogatepass")
        row, size = shown["row"], line.get("rows")
        salted = leaf_of(shown["salt"], content)
        good = type(size) is int and proves(
            salted, row, size, shown["proof"], str(line.get("rows_root"))
        )
        redacted = content_of(
            inspection.container, f"{EVIDENCE}{line.get('sha256')}", MANIFEST_LIMIT
        )
    except BROKEN as error:
        _wrong(inspection, path, "a row shown in clear", str(error) or type(error).__name__)
        return
    about = f"row {row} of {shown['evidence']}"
    if not good:
        _wrong(inspection, path, f"{about} as the pack committed to it", "another")
        return
    beside = rows_of(redacted)
    inspection.note(f"Shown, {about}, as the pack committed to it: {shown['content']}")
    if row < len(beside):
        inspection.note(f"Redacted, {about}: {beside[row].decode()}")


def _wrong(inspection: Inspection, path: Path, expected: str, found: str) -> None:
    inspection.checked.flaws.append(Flaw("invalid", str(path), expected, found))


def _shown_of(content: bytes) -> dict[str, Any]:
    if len(content) > _SHOWN_LIMIT:
        raise ValueError(f"more than {_SHOWN_LIMIT} bytes")
    found = strict_json(content)
    if not isinstance(found, dict) or found.get("format") != SHOWN_FORMAT:
        raise ValueError("no row shown in clear")
    for key, kind in _FIELDS.items():
        if type(found.get(key)) is not kind:
            raise ValueError(f"{key!r} that is missing or of the wrong kind")
    if found["version"] != 1:
        raise ValueError(f"version {found['version']}")
    if not all(isinstance(one, str) for one in found["proof"]):
        raise ValueError("a proof that is none")
    return found


def _line_of(container: Container, shown: dict[str, Any]) -> dict[str, Any]:
    for line in _commitments(container):
        if line.get("snapshot") == shown["snapshot"] and line.get("evidence") == shown["evidence"]:
            return line
    raise ValueError(f"{shown['evidence']}, which the pack has no commitment to")
