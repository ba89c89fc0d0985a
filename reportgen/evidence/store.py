"""The evidence store: snapshots as a sealed chain, each content once, append-only.

Layout, in a folder or below a prefix on S3 (``docs/store.md``)::

    store.json              what this is
    chain/00000001.json     a seal for each snapshot, in the order of writing (``seal.py``)
    objects/ab/ab12...      each content once, named by its SHA-256: evidence and lists of files
    index/00000100.jsonl    the first hundred links of the chain in one file: derived (``index.py``)
    head.json               the newest sequence and root
    seen.json               the newest sequence and root that a report was made of

A snapshot exists once its seal does, and the seal is written last and only where none is yet: a
reader never meets half a snapshot, and of two writers one goes after the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reportgen.clock import parse_moment
from reportgen.errors import StoreError
from reportgen.evidence.chain import Chain
from reportgen.evidence.index import read_indexed
from reportgen.evidence.medium import FolderMedium, Medium, medium_at
from reportgen.evidence.seal import (
    NO_ROOT,
    VERSION,
    Flaw,
    Seal,
    canonical,
    object_name,
    parse_list,
    seal_name,
    sha256,
    strict_json,
)
from reportgen.evidence.snapshot import Item, Snapshot, flawed
from reportgen.evidence.tombstone import Link, parse_link
from reportgen.model import Status, canonical_json

FORMAT = "reportgen-store"
# Where a run that removes evidence says so to others.
PRUNING = "pruning.json"
__all__ = ["Holdings", "Item", "Snapshot", "Store", "flawed", "sha256"]
_UNTOUCHED = "This snapshot was not added; what the store held before is untouched."


@dataclass(frozen=True)
class Holdings:
    """What a store has: its chain, its ``snapshots``, and those ``pruned``, earliest first.

    Of the pruned ones it is only known when which accounts were collected.
    """

    chain: Chain
    snapshots: list[Snapshot]
    pruned: list[Snapshot]


class Store:
    """An evidence store. Use ``Store.open`` to read and ``Store.create`` to write."""

    def __init__(self, place: Path | str) -> None:
        self.place = place
        self.medium = medium_at(place)

    @property
    def identity(self) -> str:
        """Where it lies, the same from every folder that one may be in."""
        folder = isinstance(self.medium, FolderMedium)
        return str(Path(self.place).resolve() if folder else self.medium)

    @classmethod
    def open(cls, place: Path | str) -> Store:
        """Open an existing store. Raises StoreError when ``place`` is not one."""
        store = cls(place)
        with store.reading():
            if not store.medium.exists():
                raise StoreError(
                    f"There is no evidence store at {store.medium}.",
                    "Make one with `reportgen collect` or `reportgen import`.",
                )
            store._check_marker()
        return store

    @classmethod
    def create(cls, place: Path | str) -> Store:
        """Open the store at ``place``, making it first where there is nothing yet."""
        store = cls(place)
        with store.reading():
            there = store.medium.listing("") if store.medium.exists() else {}
            # What a run keeps beside the evidence, or left when it was killed.
            if set(there) - {"run.lock", "write.lock", "writing"} and "store.json" not in there:
                raise StoreError(
                    f"{store.medium} is not an evidence store, and not empty either.",
                    "Choose another folder for --store.",
                )
        with store.writing():
            marker = canonical_json({"format": FORMAT, "version": VERSION})
            if "store.json" not in there:
                store.medium.write_new("store.json", marker)
        return cls.open(place)

    def _check_marker(self) -> None:
        try:
            said = strict_json(self.medium.read("store.json"))
            right, version = said["format"] == FORMAT, said["version"]
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreError(
                f"{self.medium} is not an evidence store: it has no readable store.json.",
                "Point --store at the folder that `reportgen collect` or `import` wrote.",
            ) from None
        if right and version == 1:
            raise StoreError(
                f"{self.medium} is a store of version 1, whose snapshots form no chain.",
                f"`reportgen upgrade --store {self.medium} --to NEW` writes one of version 2.",
            )
        if not right or version != VERSION:
            raise StoreError(
                f"{self.medium} is a store of another kind or version ({version!r}; "
                f"this is {VERSION}).",
                "Use the release of reportgen that wrote it.",
            )

    def chain(self) -> Chain:
        """Every seal. Raises IntegrityError for a flaw among them, or against ``seen.json``."""
        with self.reading():
            chain = read_indexed(self.medium)
        if chain.flaws:
            raise flawed(chain.flaws[0], len(chain.flaws) - 1)
        return chain

    def snapshots(self) -> list[Snapshot]:
        """Every snapshot, earliest first. Raises IntegrityError for a flaw in their chain."""
        return self.holdings().snapshots

    def holdings(self) -> Holdings:
        """The chain, the snapshots that are there, and those that are not any more.

        Raises IntegrityError for a flaw in the chain.
        """
        chain = self.chain()
        gone = chain.pruned
        by_time = sorted(map(self.snapshot, chain.seals), key=lambda s: (s.collected_at, s.id))
        return Holdings(
            chain,
            [each for each in by_time if each.seal.sequence not in gone],
            [each for each in by_time if each.seal.sequence in gone],
        )

    def snapshot(self, seal: Seal) -> Snapshot:
        """The snapshot of a seal of this store's chain. Raises IntegrityError."""
        try:
            moment = parse_moment(seal.collected_at)
        except ValueError as error:
            where = seal_name(seal.sequence)
            raise flawed(Flaw("forged", where, "a date", seal.collected_at)) from error
        return Snapshot(seal.id, self.medium, moment, seal.accounts, seal)

    def remember(self, seal: Link) -> bool:
        """Keep the newest root that a report saw; False where the store cannot be written."""
        said = canonical({"sequence": seal.sequence, "root": seal.root})
        try:
            self.medium.replace("seen.json", said)
        except OSError:
            return False
        return True

    def add(self, collected_at: str, items: list[Item]) -> tuple[Snapshot, bool]:
        """Write one snapshot whole; returns it and whether it is new.

        The same evidence of the same moment has the same id, so adding it again changes nothing.
        Raises StoreError where it cannot be written; nothing of the snapshot is in the chain then.
        Raises IntegrityError where the chain is flawed: nothing is added to such a one.
        """
        accounts = sorted({item.envelope.account_id for item in items})
        if not accounts or not all(re.fullmatch("[0-9]{12}", a) for a in accounts):
            raise StoreError(f"Not AWS account ids: {', '.join(accounts) or 'none'}.")
        identity = "\n".join([collected_at, *sorted(item.envelope.id for item in items)])
        stamp = collected_at.replace(":", "").replace("-", "")
        snapshot_id = f"{stamp}-{sha256(identity.encode())[:10]}"
        with self.writing(), self.medium.lock():
            while True:
                chain = self.chain()
                for seal in chain.seals:
                    if seal.id == snapshot_id:
                        return self._there(seal, chain), False
                # After the chain: a prune that began meanwhile takes the next place in it.
                self._check_pruning()
                # Again after each other writer: that one may have removed what was there.
                files = _stored(self.medium, items, accounts)
                draft = Seal(0, NO_ROOT, snapshot_id, collected_at, tuple(accounts), files)
                if isinstance(written := self.append(draft, chain), Seal):
                    return self.snapshot(written), True

    def _there(self, seal: Seal, chain: Chain) -> Snapshot:
        """A snapshot that is in the chain already. Raises StoreError for a pruned one."""
        if stone := chain.pruned.get(seal.sequence):
            raise StoreError(
                f"The snapshot {seal.id} was in the store before: {stone}.",
                "What was removed by retention is not taken in again.",
            )
        return self.snapshot(seal)

    def _check_pruning(self) -> None:
        """Where writers are not kept apart by a lock, none may add while evidence is removed."""
        if self.medium.locks or PRUNING not in self.medium.listing(""):
            return
        raise StoreError(
            f"The store {self.medium} is being pruned: {PRUNING} is there.",
            f"Run again later. If that run was killed, `reportgen store prune --store "
            f"{self.medium} --finish` ends it.",
        )

    def append(self, draft: Link, chain: Chain) -> Link | None:
        """Put a link at the end of the chain; None where another writer was first."""
        last = chain.links[-1] if chain.links else None
        sequence, previous = (last.sequence + 1, last.root) if last else (1, NO_ROOT)
        link, content = replace(draft, sequence=sequence, previous=previous).sealed()
        _readable(parse_link, content)
        if not self.medium.write_new(seal_name(sequence), content):
            return None
        self.medium.replace("head.json", canonical({"sequence": sequence, "root": link.root}))
        return link

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what the medium refuses into a StoreError."""
        try:
            yield
        except OSError as error:
            said = error.strerror or str(error)
            raise StoreError(f"The store {self.medium} cannot be read: {said}.") from error

    @contextmanager
    def writing(self, hint: str = _UNTOUCHED) -> Iterator[None]:
        """Turn what the medium refuses into a StoreError with that hint."""
        try:
            yield
        except OSError as error:
            said = error.strerror or str(error)
            raise StoreError(
                f"The store {self.medium} cannot be written: {said}.",
                hint,
            ) from error


def _stored(medium: Medium, items: list[Item], accounts: Sequence[str]) -> str:
    """Store every content that is not there yet; returns the digest of the list of files."""
    entries: list[dict[str, Any]] = []
    for item in items:
        for name, content in _parts(item):
            entries.append(
                {
                    "file": f"{item.envelope.account_id}/{name}",
                    "sha256": _put(medium, content),
                    "bytes": len(content),
                }
            )
    listed = canonical(sorted(entries, key=lambda e: str(e["file"])))
    _readable(parse_list, listed, accounts)
    return _put(medium, listed)


def _put(medium: Medium, content: bytes) -> str:
    digest = sha256(content)
    name = object_name(digest)
    # What is there already is relied on from now on, so it must be what its name says.
    if not medium.write_new(name, content) and medium.digest(name) != digest:
        raise flawed(Flaw("altered", name, f"SHA-256 {digest}", medium.digest(name)))
    return digest


def _readable(parse: Callable[..., object], content: bytes, *more: object) -> None:
    """Refuse to write what would be refused when it is read: a store is never mended."""
    try:
        parse(content, *more)
    except ValueError as error:
        raise StoreError(
            f"The snapshot would not be readable: {error}.", "Nothing of it is in the chain."
        ) from error


def _parts(item: Item) -> list[tuple[str, bytes]]:
    """The files of an item by name: the answer, the wire answers, and the envelope."""
    envelope = item.envelope
    parts: list[tuple[str, bytes]] = []
    if envelope.status is Status.COLLECTED or item.content:
        parts.append((envelope.file, item.content))
    if item.raw:
        parts += [(name, page) for (name, _), page in zip(envelope.raw, item.raw, strict=True)]
    parts.append((f"{envelope.key}.envelope.json", canonical_json(envelope.to_json())))
    return parts
