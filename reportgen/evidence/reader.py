"""What verifying needs of the place where a store lies, and a folder as such a place.

Standard library only: it travels in one file with ``seal.py``, ``chain.py`` and ``verify.py``.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from reportgen.evidence.seal import LIST_LIMIT


class Reader(Protocol):
    """What verifying needs of the place where a store lies. Names are relative, with ``/``."""

    def listing(self, folder: str) -> dict[str, int]:
        """Every file below ``folder`` with its bytes; -1 for what is no plain file."""

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        """The content, of which no more than a byte over ``limit`` is read. Raises OSError."""

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        """The contents in the order of ``names``, read side by side where that is faster."""

    def digest(self, name: str) -> str:
        """The SHA-256 of the content, in constant memory. Raises OSError."""


class FolderReader:
    """A store in a folder. Follows no link."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def listing(self, folder: str) -> dict[str, int]:
        top = self.root / folder if folder else self.root
        if folder and top.is_symlink():
            return {folder: -1}
        found: dict[str, int] = {}
        if top.is_dir():
            self._walk(top, f"{folder}/" if folder else "", found, deep=bool(folder))
        return found

    def _walk(self, top: Path, prefix: str, found: dict[str, int], *, deep: bool) -> None:
        with os.scandir(top) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    before = len(found)
                    if deep:
                        self._walk(Path(entry.path), f"{name}/", found, deep=True)
                    if len(found) == before and not re.fullmatch(r"objects/[0-9a-f]{2}", name):
                        found[name] = -1
                elif entry.is_file(follow_symlinks=False):
                    found[name] = entry.stat(follow_symlinks=False).st_size
                else:
                    found[name] = -1

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        with open(f"{self.root}/{name}", "rb") as stream:
            return stream.read(limit + 1)

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        return map(self.read, names)

    def digest(self, name: str) -> str:
        found = hashlib.sha256()
        with open(f"{self.root}/{name}", "rb", buffering=0) as stream:
            while part := stream.read(1 << 20):
                found.update(part)
        return found.hexdigest()
