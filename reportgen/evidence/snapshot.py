"""A snapshot as it is stored, and one piece of evidence on its way in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from reportgen.errors import IntegrityError
from reportgen.evidence.medium import Medium
from reportgen.evidence.seal import (
    LIST_LIMIT,
    SEAL_LIMIT,
    Flaw,
    Seal,
    canonical,
    object_name,
    parse_list,
    seal_name,
    sha256,
    strict_json,
)
from reportgen.model import Envelope

_RESTORE = "Restore the store from its backup; evidence cannot be made again."


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
    medium: Medium
    collected_at: datetime
    accounts: tuple[str, ...]
    seal: Seal

    @cached_property
    def files(self) -> dict[str, tuple[str, int]]:
        """SHA-256 and bytes of every file by name, ``<account>/<file>``; verified by the seal."""
        self._check_seal()
        content = self._object(self.seal.files, f"files of {self.id}", LIST_LIMIT)
        try:
            listed = parse_list(content, self.accounts)
        except ValueError as error:
            raise flawed(
                Flaw("forged", object_name(self.seal.files), "a list of files", str(error))
            ) from error
        return {entry["file"]: (entry["sha256"], entry["bytes"]) for entry in listed}

    def _check_seal(self) -> None:
        """The chain may have been read from its index: what lies there is looked at here."""
        where, (seal, content) = seal_name(self.seal.sequence), self.seal.sealed()
        try:
            there = self.medium.read(where, SEAL_LIMIT)
        except OSError as error:
            said = error.strerror or str(error)
            raise flawed(Flaw("missing", where, f"the root {seal.root}", said)) from error
        if there != content:
            raise flawed(Flaw("altered", where, f"the root {seal.root}", "other content"))

    @cached_property
    def envelopes(self) -> list[Envelope]:
        """Every envelope of the snapshot, verified against its list of files."""
        return [self._envelope(name) for name in self.files if name.endswith(".envelope.json")]

    def _envelope(self, name: str) -> Envelope:
        content = self._file(name)
        try:
            found = Envelope.from_json(strict_json(content))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise flawed(Flaw("forged", name, "an envelope", str(error))) from error
        if found.account_id != name.split("/")[0]:
            expected = f"an envelope of {name.split('/')[0]}"
            raise flawed(Flaw("forged", name, expected, f"one of {found.account_id}"))
        return found

    def of_account(self, account_id: str) -> dict[str, Envelope]:
        """The account's envelopes by key: the source, ``source@region`` for a regional one."""
        if account_id not in self._own:
            found = [self._envelope(name) for name in self._of.get(account_id, ())]
            # One account at a time is worked on: those before it are not kept.
            self._own.clear()
            self._own[account_id] = {envelope.key: envelope for envelope in found}
        return self._own[account_id]

    @cached_property
    def _of(self) -> dict[str, list[str]]:
        """The files of envelopes by account: of very many, each is asked for its own."""
        found: dict[str, list[str]] = {}
        for name in self.files:
            if name.endswith(".envelope.json"):
                found.setdefault(name.partition("/")[0], []).append(name)
        return found

    @cached_property
    def _own(self) -> dict[str, dict[str, Envelope]]:
        return {}

    def lists(self, name: str) -> bool:
        """Whether a file of this name is in its list, without reading what else is there."""
        content = self._object(self.seal.files, f"files of {self.id}", LIST_LIMIT)
        return canonical({"file": name})[1:-1] in content

    def check(self, account_id: str) -> None:
        """Hash every file of an account, those too that no judgement reads.

        Raises IntegrityError for the first that is not what was stored.
        """
        for name in self.files:
            if name.startswith(f"{account_id}/"):
                self._file(name)

    def read(self, envelope: Envelope) -> bytes:
        """Return the bytes of one piece of evidence. Raises IntegrityError if they changed."""
        self.listed(envelope)
        return self._file(f"{envelope.account_id}/{envelope.file}")

    def listed(self, envelope: Envelope) -> tuple[str, int]:
        """SHA-256 and bytes that one piece of evidence has, as the list of files says.

        Raises IntegrityError where its envelope says something else.
        """
        name = f"{envelope.account_id}/{envelope.file}"
        digest, size = self.files.get(name, ("no such file", 0))
        if digest != envelope.sha256:
            said = f"SHA-256 {envelope.sha256} as its envelope says"
            raise flawed(Flaw("forged", f"{name} of {self.id}", said, digest))
        return digest, size

    def _file(self, name: str) -> bytes:
        digest, size = self.files[name]
        what = f"{name} of {self.id}"
        content = self._object(digest, what, size)
        if len(content) != size:
            where = f"{object_name(digest)} ({what})"
            raise flawed(Flaw("forged", where, f"{size} bytes", f"{len(content)} bytes"))
        return content

    def _object(self, digest: str, what: str, limit: int) -> bytes:
        where = f"{object_name(digest)} ({what})"
        try:
            content = self.medium.read(object_name(digest), limit)
        except OSError as error:
            said = error.strerror or str(error)
            raise flawed(Flaw("missing", where, f"SHA-256 {digest}", said)) from error
        if sha256(content) != digest:
            raise flawed(Flaw("altered", where, f"SHA-256 {digest}", sha256(content)))
        return content


def flawed(flaw: Flaw, others: int = 0) -> IntegrityError:
    """The error that a flaw is where evidence is about to be used."""
    more = f" And {others} more: `reportgen verify` lists each." if others else ""
    return IntegrityError(f"The evidence store is flawed: {flaw}.{more}", _RESTORE)
