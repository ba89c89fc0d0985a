"""Reads a store of version 1, whose snapshots were folders without a chain, to bring it over.

Layout::

    snapshots/<id>/snapshot.json                lists every file with its SHA-256
    snapshots/<id>/<account>/<source>.json      the answer, its envelope, wire answers in raw/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportgen.clock import parse_moment
from reportgen.errors import IntegrityError, StoreError
from reportgen.evidence.reader import FolderReader
from reportgen.evidence.seal import sha256, strict_json
from reportgen.evidence.store import FORMAT, Item, Store
from reportgen.model import Envelope, canonical_json

_RESTORE = "Restore the store from its backup; evidence cannot be made again."


def upgrade(old: Path, new: Path | str) -> int:
    """Write every snapshot of ``old`` into a store at ``new``, earliest first; returns how many.

    ``old`` is only read. Raises StoreError when it is not of version 1, and IntegrityError, before
    anything is written, for a flaw in it.
    """
    _check_marker(old)
    found = sorted(_snapshots(old), key=lambda s: (parse_moment(s[0]), s[1]))
    store = Store.create(new)
    for collected_at, _, items in found:
        store.add(collected_at, items)
    return len(found)


def _check_marker(folder: Path) -> None:
    marker = canonical_json({"format": FORMAT, "version": 1})
    path = folder / "store.json"
    if not path.is_file() or path.read_bytes() != marker:
        raise StoreError(
            f"{folder} is not a store of version 1.", "Only such a one needs to be brought over."
        )


def _snapshots(folder: Path) -> Iterator[tuple[str, str, list[Item]]]:
    top = folder / "snapshots"
    for path in sorted(top.iterdir()) if top.is_dir() else []:
        # Version 1 wrote snapshot.json last: what has none is the rest of an interrupted run.
        if not path.name.startswith(".") and (path / "snapshot.json").exists():
            yield _snapshot(path)


def _snapshot(folder: Path) -> tuple[str, str, list[Item]]:
    marker = folder / "snapshot.json"
    try:
        manifest = strict_json(marker.read_bytes())
        collected_at, identity = str(manifest["collected_at"]), str(manifest["id"])
        parse_moment(collected_at)
        listed = {str(entry["file"]): str(entry["sha256"]) for entry in manifest["files"]}
        accounts = sorted({name.split("/")[0] for name in listed})
        same = accounts == list(manifest["accounts"]) and len(listed) == len(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"{marker} is damaged: {error}.", _RESTORE) from error
    if not same or identity != folder.name:
        raise IntegrityError(f"{marker} was altered, or is a copy.", _RESTORE)
    there = set(FolderReader(folder.parent).listing(folder.name))
    for extra in sorted(there - {f"{folder.name}/{name}" for name in [*listed, marker.name]}):
        raise IntegrityError(f"{folder.parent / extra} does not belong to the snapshot.", _RESTORE)
    content = {name: _read(folder / name, digest) for name, digest in listed.items()}
    return collected_at, identity, list(_items(marker, content))


def _read(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise IntegrityError(f"Evidence is missing: {path} ({error}).", _RESTORE) from error
    if sha256(content) != digest:
        raise IntegrityError(f"Evidence was altered: {path}.", _RESTORE)
    return content


def _items(marker: Path, content: dict[str, bytes]) -> Iterator[Item]:
    for name, data in content.items():
        if not name.endswith(".envelope.json"):
            continue
        try:
            said: dict[str, Any] = strict_json(data)
            envelope = Envelope.from_json(said)
            folder = envelope.account_id
            raw = [content[f"{folder}/{part}"] for part, _ in envelope.raw]
            body = content[f"{folder}/{envelope.file}"] if envelope.sha256 else b""
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IntegrityError(f"{marker}: {name} is damaged: {error}.", _RESTORE) from error
        yield Item(envelope, body, raw)
