"""A folder of snapshots, append-only; standard library only.

Layout::

    store.json                                  what this folder is
    snapshots/<id>/snapshot.json                written last: lists every file with its SHA-256
    snapshots/<id>/<account>/<source>.json      the answer (or .csv, .txt: as it was given)
    snapshots/<id>/<account>/<source>.envelope.json
    snapshots/<id>/<account>/raw/<source>-0001.xml   the wire answers of a live read

A snapshot is built in a folder beside ``snapshots`` and renamed into place when it is whole, so
that a reader never meets half of one. Files are 0600, folders 0700.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from reportgen.clock import parse_moment
from reportgen.errors import IntegrityError, StoreError
from reportgen.model import Envelope, Status, canonical_json

FORMAT = "reportgen-store"
VERSION = 1
_ACCOUNT = re.compile(r"\d{12}")


def sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hex."""
    return hashlib.sha256(data).hexdigest()


@dataclass
class Item:
    """One envelope with its bytes, on the way into the store; ``raw`` holds the wire answers."""

    envelope: Envelope
    content: bytes = b""
    raw: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Snapshot:
    """One complete snapshot as stored: id, when it was collected, and its evidence."""

    id: str
    folder: Path
    collected_at: datetime
    accounts: tuple[str, ...]
    manifest: dict[str, Any]

    @cached_property
    def envelopes(self) -> list[Envelope]:
        """Every envelope of the snapshot, verified against its list of files."""
        found = []
        for entry in self.manifest["files"]:
            if entry["file"].endswith(".envelope.json"):
                content = self._verified(entry["file"], entry["sha256"])
                found.append(Envelope.from_json(json.loads(content)))
        return found

    def of_account(self, account_id: str) -> dict[str, Envelope]:
        """The account's envelopes by key: the source, ``source@region`` for a regional one."""
        return {e.key: e for e in self.envelopes if e.account_id == account_id}

    def read(self, envelope: Envelope) -> bytes:
        """Return the bytes of one piece of evidence. Raises IntegrityError if they changed."""
        return self._verified(f"{envelope.account_id}/{envelope.file}", envelope.sha256)

    def _verified(self, name: str, expected: str) -> bytes:
        path = self.folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise IntegrityError(
                f"Evidence is missing: {path} ({error.strerror}).",
                "Restore the store from its backup; evidence cannot be made again.",
            ) from error
        if sha256(content) != expected:
            raise IntegrityError(
                f"Evidence was altered: {path} does not have the SHA-256 recorded for it.",
                "Restore the store from its backup; evidence cannot be made again.",
            )
        return content


class Store:
    """An evidence store in a folder. Use ``Store.open`` to read and ``Store.create`` to write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open an existing store. Raises StoreError when ``folder`` is not one."""
        marker = folder / "store.json"
        if not folder.is_dir():
            raise StoreError(
                f"There is no evidence store at {folder}.",
                "Make one with `reportgen collect` or `reportgen import`.",
            )
        try:
            said = json.loads(marker.read_bytes())
            right = said["format"] == FORMAT
            version = said["version"]
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreError(
                f"{folder} is not an evidence store: it has no readable store.json.",
                "Point --store at the folder that `reportgen collect` or `import` wrote.",
            ) from None
        if not right or version != VERSION:
            raise StoreError(
                f"{folder} is a store of another kind or version ({version!r}; this is {VERSION}).",
                "Use the release of reportgen that wrote it.",
            )
        return cls(folder)

    @classmethod
    def create(cls, folder: Path) -> Store:
        """Open the store at ``folder``, making it first where there is nothing yet."""
        if (folder / "store.json").exists():
            return cls.open(folder)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StoreError(
                f"{folder} is not an evidence store, and not empty either.",
                "Choose another folder for --store.",
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(folder / "store.json", canonical_json({"format": FORMAT, "version": VERSION}))
        (folder / "snapshots").mkdir(exist_ok=True, mode=0o700)
        return cls(folder)

    def snapshots(self) -> list[Snapshot]:
        """Every complete snapshot, earliest first. Raises IntegrityError for a damaged one."""
        return sorted(self._read_all(), key=lambda s: (s.collected_at, s.id))

    def incomplete(self) -> list[str]:
        """Names of what lies under ``snapshots`` without being a complete snapshot."""
        return sorted(
            path.name
            for path in self._entries()
            if path.name.startswith(".") or not (path / "snapshot.json").exists()
        )

    def _entries(self) -> list[Path]:
        try:
            return sorted((self.folder / "snapshots").iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be read: {error.strerror}.") from error

    def _read_all(self) -> Iterator[Snapshot]:
        for path in self._entries():
            if not path.name.startswith(".") and (path / "snapshot.json").exists():
                yield _read_snapshot(path)

    def add(self, collected_at: str, items: list[Item]) -> tuple[Snapshot, bool]:
        """Write one snapshot whole; returns it and whether it is new.

        The same evidence of the same moment has the same id, so adding it again changes nothing.
        """
        accounts = sorted({item.envelope.account_id for item in items})
        if not accounts or not all(_ACCOUNT.fullmatch(a) for a in accounts):
            raise StoreError(f"Not AWS account ids: {', '.join(accounts) or 'none'}.")
        identity = "\n".join([collected_at, *sorted(item.envelope.id for item in items)])
        stamp = collected_at.replace(":", "").replace("-", "")
        snapshot_id = f"{stamp}-{sha256(identity.encode())[:10]}"
        final = self.folder / "snapshots" / snapshot_id
        new = not (final / "snapshot.json").exists()
        if new:
            self._build(final, snapshot_id, collected_at, accounts, items)
        return _read_snapshot(final), new

    def _build(
        self,
        final: Path,
        snapshot_id: str,
        collected_at: str,
        accounts: list[str],
        items: list[Item],
    ) -> None:
        final.parent.mkdir(exist_ok=True, mode=0o700)
        work = Path(tempfile.mkdtemp(prefix=".writing-", dir=final.parent))
        try:
            files = [entry for item in items for entry in _write_item(work, item)]
            manifest = {
                "format": "reportgen-snapshot",
                "version": VERSION,
                "id": snapshot_id,
                "collected_at": collected_at,
                "accounts": accounts,
                "files": sorted(files, key=lambda f: str(f["file"])),
            }
            _write(work / "snapshot.json", canonical_json(manifest))
            _sync_folder(work)
            os.rename(work, final)
            _sync_folder(final.parent)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise


def _read_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot's list of files and hold the folder against it; bytes are read later.

    Raises IntegrityError for a manifest that is damaged or was edited, for a copy of a snapshot
    under another name, and for a file or folder that the manifest does not list.
    """
    marker = folder / "snapshot.json"
    try:
        manifest = json.loads(marker.read_bytes())
        listed = [str(entry["file"]) for entry in manifest["files"]]
        found = Snapshot(
            manifest["id"],
            folder,
            parse_moment(manifest["collected_at"]),
            tuple(manifest["accounts"]),
            manifest,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(f"{marker} is damaged: {error}.") from error
    if found.id != folder.name:
        raise _damaged(f"{folder} is a copy: its snapshot is {found.id}.")
    if sorted({name.split("/")[0] for name in listed}) != list(found.accounts):
        raise _damaged(f"{marker} was altered: its accounts are not those of its files.")
    if len(set(listed)) != len(listed):
        raise _damaged(f"{marker} was altered: it lists a file twice.")
    extra = _files_of(folder) - set(listed) - {marker.name}
    if extra:
        raise _damaged(f"{folder / min(extra)} does not belong to the snapshot.")
    return found


def _files_of(folder: Path) -> set[str]:
    """Every file, link and empty folder below, as the manifest writes names."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir())
    }


def _damaged(said: str) -> IntegrityError:
    return IntegrityError(said, "Restore the store from its backup; evidence cannot be made again.")


def _write_item(work: Path, item: Item) -> list[dict[str, Any]]:
    folder = work / item.envelope.account_id
    folder.mkdir(exist_ok=True, mode=0o700)
    envelope = item.envelope
    parts: list[tuple[str, bytes]] = []
    if envelope.status is Status.COLLECTED or item.content:
        parts.append((envelope.file, item.content))
    if item.raw:
        (folder / "raw").mkdir(exist_ok=True, mode=0o700)
        parts += [(name, page) for (name, _), page in zip(envelope.raw, item.raw, strict=True)]
    parts.append((f"{envelope.key}.envelope.json", canonical_json(envelope.to_json())))
    entries = []
    for name, content in parts:
        _write(folder / name, content)
        entries.append(
            {
                "file": f"{envelope.account_id}/{name}",
                "sha256": sha256(content),
                "bytes": len(content),
            }
        )
    return entries


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
