"""Verdicts kept in a store, below ``judged/``: derived, checked when read, made again at will.

A file is ``judged/ab/<key>.<digest>.parquet``: the key is the hash of all that the verdicts depend
on, the digest the SHA-256 of the file itself, so that half a file and a damaged one are known for
what they are. The lists of an access review lie beside it as ``.lists``, and what a summary wants
of an account over a period as ``.history``. Nothing here is evidence or part of the chain of seals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from reportgen.errors import StoreError
from reportgen.evidence.medium import FolderMedium, Medium
from reportgen.evidence.seal import sha256
from reportgen.verdicts.form import DamagedError, JudgedFile, Lists, decode, decode_lists

FOLDER = "judged"
VERDICTS, LISTS, HISTORY = "parquet", "lists", "history"
# Before the name of a file that lies in the spare place.
SPARE = "spare:"
NAME = re.compile(
    rf"{FOLDER}/[0-9a-f]{{2}}/(?P<key>[0-9a-f]{{64}})\.(?P<digest>[0-9a-f]{{64}})"
    rf"\.(?P<kind>{VERDICTS}|{LISTS}|{HISTORY})"
)


@dataclass
class Kept:
    """The verdicts kept at one place; ``spare`` is where they go when that cannot be written.

    What lies in ``spare`` is used too: it is the caller's own, of the same piece of work.
    """

    medium: Medium
    spare: Path
    # Whether what is there may be used; without, everything is judged anew, into ``spare``.
    use: bool = True
    _found: dict[tuple[str, str], str] = field(default_factory=dict)

    def look(self) -> None:
        """See what there is."""
        self._found = {}
        self.note(f"{SPARE}{name}" for name in self._spare.listing(FOLDER))
        if self.use:
            self.note(self.medium.listing(FOLDER))

    def has(self, key: str, kind: str = VERDICTS) -> bool:
        """Whether there seems to be a file; only reading it shows whether it is whole."""
        return (key, kind) in self._found

    def note(self, names: Iterable[str]) -> None:
        """Know of files that a worker has written."""
        for name in names:
            match = NAME.fullmatch(name.removeprefix(SPARE))
            if match:
                self._found[match["key"], match["kind"]] = name

    def write(self, key: str, kind: str, content: bytes) -> str:
        """Keep a file; returns its name. Raises StoreError where neither place can be written."""
        name = f"{FOLDER}/{key[:2]}/{key}.{sha256(content)}.{kind}"
        if self.use:
            try:
                self.medium.put(name, content)
            except OSError:
                # Read-only, or full: what is derived can lie elsewhere for as long as it is used.
                pass
            else:
                return name
        return self._lend(name, content)

    def lend(self, key: str, content: bytes) -> None:
        """Have a file for as long as this lasts, and keep none."""
        name = f"{FOLDER}/{key[:2]}/{key}.{sha256(content)}.{VERDICTS}"
        self.note([self._lend(name, content)])

    def path(self, key: str) -> Path | None:
        """Where the verdicts of a key lie in a folder of this machine; None where they are damaged.

        Those of a store that is no folder are copied beside it first.
        """
        name = self._found.get((key, VERDICTS), "")
        content = self._content(name)
        if content is None:
            return None
        if name.startswith(SPARE):
            return self.spare / name.removeprefix(SPARE)
        if isinstance(self.medium, FolderMedium):
            return self.medium.root / name
        self._lend(name, content)
        return self.spare / name

    def _lend(self, name: str, content: bytes) -> str:
        try:
            self._spare.put(name, content)
        except OSError as error:
            said = error.strerror or str(error)
            raise StoreError(
                f"Verdicts can be kept neither in {self.medium} nor in {self.spare}: {said}.",
                "Make room there, or set TMPDIR to a folder with room.",
            ) from error
        return f"{SPARE}{name}"

    @cached_property
    def _spare(self) -> FolderMedium:
        return FolderMedium(self.spare)

    def judged(self, keys: Sequence[str]) -> Iterator[JudgedFile | None]:
        """The verdicts of each key in that order; None for what is missing or damaged."""
        for content in self._contents(keys, VERDICTS):
            yield _decoded(content)

    def lists(self, key: str) -> Lists | None:
        """The lists kept under a key; None where they are missing or damaged."""
        content = next(self._contents([key], LISTS))
        if content is None:
            return None
        try:
            return decode_lists(content)
        except DamagedError:
            return None

    def content(self, key: str, kind: str) -> bytes | None:
        """The file of a kind kept under a key; None where it is missing or damaged."""
        return self._content(self._found.get((key, kind), ""))

    def _contents(self, keys: Sequence[str], kind: str) -> Iterator[bytes | None]:
        for start in range(0, len(keys), 64):
            names = [self._found.get((key, kind), "") for key in keys[start : start + 64]]
            yield from (self._content(name) for name in names)

    def _content(self, name: str) -> bytes | None:
        if not name:
            return None
        medium = self._spare if name.startswith(SPARE) else self.medium
        try:
            content = medium.read(name.removeprefix(SPARE))
        except OSError:
            return None
        match = NAME.fullmatch(name.removeprefix(SPARE))
        return content if match and sha256(content) == match["digest"] else None


def _decoded(content: bytes | None) -> JudgedFile | None:
    try:
        return None if content is None else decode(content)
    except DamagedError:
        return None
