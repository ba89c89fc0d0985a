"""``manifest.json``: what a pack is of, and the SHA-256 of everything in it.

Standard library and ``seal.py`` only: it travels in the pack. The manifest is canonical JSON; the
SHA-256 of its bytes is the pack's root. Names in it are hostile input until they were checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reportgen.evidence.seal import canonical, sha256, strict_json

PACK_FORMAT = "reportgen-pack"
PACK_VERSION = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
STAMP = "manifest.json.tsr"
SUMS = "SHA256SUMS"
EVIDENCE = "evidence/"
STORE = "store/"
# They seal the list, so they cannot be in it.
SEALS = (MANIFEST, SIGNATURE, STAMP, SUMS)
# A million files have about 200 MB.
MANIFEST_LIMIT = 256 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_KEYS = {
    "format": str,
    "version": int,
    "number": int,
    "organisation": str,
    "tool": str,
    "period": dict,
    "scope": dict,
    "catalogue": dict,
    "store": dict,
    "report": dict,
    "seal": dict,
    "files": list,
}


class OtherVersion(ValueError):
    """A manifest of a version that this verifier does not know."""


@dataclass(frozen=True)
class Listed:
    """A file as the manifest lists it."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """A manifest that is whole in itself, and its root.

    ``number`` counts the packs of a chain from 1; ``previous`` is the root of the one before,
    empty for the first. ``kind`` is monthly, quarterly or annual, ``start`` and ``end`` ISO dates.
    ``store_first``, ``store_root`` and ``store_sequence`` name the evidence store. ``signed`` and
    ``stamped``: whether the pack says of itself that it is.
    """

    root: str
    number: int
    previous: str
    organisation: str
    kind: str
    start: str
    end: str
    store_first: str
    store_root: str
    store_sequence: int
    signed: bool
    stamped: bool
    files: Mapping[str, Listed]
    data: Mapping[str, Any]


def name_fault(name: str) -> str:
    """What is wrong with a name of a file in a pack; empty for nothing.

    It must stay within the folder that it is unpacked to, on every system.
    """
    if not name or len(name) > 500:
        return "a name that is empty or too long"
    if not name.isprintable() or "\\" in name or ":" in name:
        return "a name with characters that some system does not take"
    parts = name.split("/")
    if name.startswith("/") or ".." in parts:
        return "a name that leads out of the pack"
    if any(p in ("", ".") or p[-1] in ". " or _DEVICES.fullmatch(p) for p in parts):
        return "a name that some system reads as another"
    return ""


def parse_manifest(content: bytes) -> Manifest:
    """Read a manifest. Raises ValueError that says what is wrong, OtherVersion for its version."""
    if len(content) > MANIFEST_LIMIT:
        raise ValueError(f"more than {MANIFEST_LIMIT} bytes")
    data = strict_json(content)
    if not isinstance(data, dict) or data.get("format") != PACK_FORMAT:
        raise ValueError("no manifest of a pack")
    if data.get("version") != PACK_VERSION:
        raise OtherVersion(f"version {data.get('version')!r}")
    for key, kind in _KEYS.items():
        if type(data.get(key)) is not kind:
            raise ValueError(f"{key!r} that is missing or of the wrong kind")
    if canonical(data) != content:
        raise ValueError("a manifest that is not in canonical form")
    files = _files_of(data["files"])
    period, store, seal = data["period"], data["store"], data["seal"]
    dates = [str(period.get(name)) for name in ("start", "end")]
    if not all(map(_is_day, dates)):
        raise ValueError("a period without dates")
    signature = seal.get("signature")
    if signature is not None and not (
        isinstance(signature, dict) and isinstance(signature.get("key"), str)
    ):
        raise ValueError("a signature that is told without its key")
    before = data.get("previous")
    roots = [store.get("first"), store.get("root"), *([] if before is None else [before])]
    if not all(isinstance(r, str) and _DIGEST.fullmatch(r) for r in roots):
        raise ValueError("a root that is no SHA-256")
    if type(store.get("sequence")) is not int or data["number"] < 1:
        raise ValueError("a number that is none")
    if (before is None) != (data["number"] == 1):
        raise ValueError("a first pack with one before it, or a later one without")
    return Manifest(
        root=sha256(content),
        number=data["number"],
        previous=before or "",
        organisation=data["organisation"],
        kind=str(period.get("kind")),
        start=dates[0],
        end=dates[1],
        store_first=store["first"],
        store_root=store["root"],
        store_sequence=store["sequence"],
        signed=signature is not None,
        stamped=seal.get("timestamp") is not None,
        files=files,
        data=data,
    )


def _is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, as YYYY-MM-DD."""
    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _files_of(listed: list[Any]) -> dict[str, Listed]:
    found: dict[str, Listed] = {}
    for entry in listed:
        if not isinstance(entry, dict) or set(entry) != {"file", "sha256", "bytes"}:
            raise ValueError("a file without the right fields")
        name, digest, size = entry["file"], entry["sha256"], entry["bytes"]
        fault = name_fault(name) if isinstance(name, str) else "a name that is no text"
        if fault:
            raise ValueError(f"{fault}: {name!r}")
        if name in SEALS:
            raise ValueError(f"{name} in the list of files")
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise ValueError(f"no SHA-256 for {name}")
        if type(size) is not int or not 0 <= size < 1 << 53:
            raise ValueError(f"{size!r} bytes for {name}")
        found[name] = Listed(digest, size)
    if len(found) != len(listed) or list(found) != sorted(found):
        raise ValueError("a list of files that is not in order, or names one twice")
    return found


def sums(manifest: bytes, files: Mapping[str, Listed]) -> bytes:
    """``SHA256SUMS``, which ``sha256sum -c`` reads: every file, and the manifest."""
    lines = [f"{one.sha256}  {name}" for name, one in files.items()]
    lines.append(f"{sha256(manifest)}  {MANIFEST}")
    return ("\n".join(lines) + "\n").encode()
