"""What a run has read so far, kept on disk until its snapshots are in the store.

Killed at any moment, the next run goes on where this one stopped. Layout, beside the store::

    <run>/run.json                  what was asked for: only the same question is gone on with
    <run>/<account>/<key>.item      one source: envelope, content and wire answers

A file is complete or not there (written aside and renamed). A run holds a lock on its folder, so
that two at once have a folder each.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from reportgen.clock import now, parse_moment, to_text
from reportgen.errors import StoreError, UsageError
from reportgen.evidence.store import Item, sha256
from reportgen.files import write_private
from reportgen.model import Envelope, canonical_json

# What was read longer ago than this is read again: a snapshot is of one moment, more or less.
RESUME_WITHIN = timedelta(hours=12)
_ACCOUNT = re.compile(r"[0-9]{12}")


class Journal:
    """The kept evidence of one run. Use ``opened``."""

    def __init__(self, folder: Path, run_id: str, resumed: bool) -> None:
        self.folder = folder
        self.run_id = run_id
        self.resumed = resumed

    def kept(self, account_id: str) -> dict[str, Item]:
        """What was read of an account, by evidence key; what is damaged is read again."""
        items = {}
        for path in sorted((self.folder / account_id).glob("*.item")):
            item = _load(path)
            if item is not None:
                items[item.envelope.key] = item
        return items

    def keep(self, item: Item) -> None:
        """Keep one source. Raises StoreError where it cannot be written."""
        path = self.folder / item.envelope.account_id / f"{item.envelope.key}.item"
        body = {
            "envelope": item.envelope.to_json(),
            "content": _text(item.content),
            "raw": [_text(page) for page in item.raw],
        }
        content = canonical_json(body)
        _write(path, sha256(content).encode() + b"\n" + content)

    def forget(self, account_id: str, source: str) -> None:
        """Drop what is kept of a source in an account, in every region."""
        folder = self.folder / account_id
        for path in (folder / f"{source}.item", *folder.glob(f"{source}@*.item")):
            path.unlink(missing_ok=True)

    def accounts(self) -> list[str]:
        """The accounts of which something is kept."""
        if not self.folder.is_dir():
            return []
        return sorted(p.name for p in self.folder.iterdir() if _ACCOUNT.fullmatch(p.name))

    def stored(self, account_id: str) -> bool:
        """Whether the account's snapshot is in the store."""
        return (self.folder / f"{account_id}.stored").exists()

    def note_stored(self, account_id: str, snapshot_id: str) -> None:
        """Note that an account is done; its kept evidence is not needed any more."""
        _write(self.folder / f"{account_id}.stored", snapshot_id.encode())
        shutil.rmtree(self.folder / account_id, ignore_errors=True)


@contextmanager
def opened(place: Path, question: Mapping[str, Any]) -> Iterator[Journal]:
    """The journal of an interrupted run that asked the same, or a new one.

    It is removed when the run ends without an exception. Raises StoreError where nothing can be
    written at ``place``.
    """
    asked = hashlib.sha256(canonical_json(dict(question))).hexdigest()[:16]
    moment = now()
    for folder in _left_over(place, asked, moment):
        with _locked(folder) as mine:
            if mine:
                yield from _held(Journal(folder, folder.name, resumed=True))
                return
    folder = _new(place, f"{to_text(moment).replace(':', '').replace('-', '')}-")
    _write(folder / "run.json", canonical_json({"asked": asked, "started": to_text(moment)}))
    with _locked(folder):
        yield from _held(Journal(folder, folder.name, resumed=False))


def _new(place: Path, prefix: str) -> Path:
    """A folder that no other run has. Raises StoreError where there can be none."""
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    except OSError as error:
        raise _unkept(f"{place}: {error.strerror}") from error


def _held(journal: Journal) -> Iterator[Journal]:
    yield journal
    shutil.rmtree(journal.folder, ignore_errors=True)


def _left_over(place: Path, asked: str, moment: datetime) -> Iterator[Path]:
    """Folders of runs that asked the same and are not too old, the newest first."""
    for marker in sorted(place.glob("*/run.json"), reverse=True):
        try:
            about = json.loads(marker.read_bytes())
            age = moment - parse_moment(about["started"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        # A clock that was set back makes a run of the future, of which nothing is known.
        if about.get("asked") == asked and timedelta(0) <= age <= RESUME_WITHIN:
            yield marker.parent


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold a run's folder; False where another process does. The lock dies with its holder."""
    with (folder / "lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _write(path: Path, content: bytes) -> None:
    try:
        write_private(path, content)
    except UsageError as error:
        raise _unkept(error.message) from error


def _unkept(why: str) -> StoreError:
    kept = "What was kept until now is still there."
    return StoreError(f"What was read cannot be kept: {why}", kept)


def _load(path: Path) -> Item | None:
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
        if sha256(content) != digest.decode():
            return None
        body = json.loads(content)
        envelope = Envelope.from_json(body["envelope"])
        return Item(envelope, _bytes(body["content"]), [_bytes(page) for page in body["raw"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
