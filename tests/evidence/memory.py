"""A place for a store in memory: nothing is waited for, and every file can be looked at."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext

from reportgen.evidence.seal import LIST_LIMIT, sha256
from reportgen.evidence.store import Store


class Memory:
    """Files by name. ``None`` stands for what is no plain file; ``limits`` are those of reads."""

    locks = True

    def __init__(self, files: dict[str, bytes | None] | None = None) -> None:
        self.files: dict[str, bytes | None] = {} if files is None else files
        self.limits: list[int] = []

    def exists(self) -> bool:
        return bool(self.files)

    def listing(self, folder: str) -> dict[str, int]:
        below = f"{folder}/" if folder else ""
        return {
            name: -1 if content is None else len(content)
            for name, content in self.files.items()
            if name.startswith(below) and (folder or "/" not in name)
        }

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        self.limits.append(limit)
        if name not in self.files:
            raise FileNotFoundError(errno.ENOENT, "No such file")
        content = self.files[name]
        assert content is not None
        return content

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        return map(self.read, names)

    def digest(self, name: str) -> str:
        return sha256(self.read(name))

    def write_new(self, name: str, content: bytes) -> bool:
        if name in self.files:
            return False
        self.files[name] = content
        return True

    def replace(self, name: str, content: bytes) -> None:
        self.files[name] = content

    def put(self, name: str, content: bytes) -> None:
        self.files[name] = content

    def remove(self, name: str) -> None:
        self.files.pop(name, None)

    def remove_all(self, names: Iterable[str]) -> None:
        for name in names:
            self.remove(name)

    def held(self, names: Iterable[str]) -> dict[str, str]:
        return {}

    def lock(self) -> AbstractContextManager[None]:
        return nullcontext()


def in_memory() -> Store:
    """An empty store."""
    store = Store("memory")
    store.medium = Memory()
    return store
