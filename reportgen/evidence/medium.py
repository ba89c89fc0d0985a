"""Where a store lies: a folder here, or S3 (``s3.py``); the store's rules do not depend on it.

A medium stores whole files under relative names. ``write_new`` is the one step that two writers
may race for: exactly one of them wins, and nobody ever reads half a file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from reportgen.evidence.reader import FolderReader, Reader

# A Path made of s3://bucket/prefix has one slash left.
_S3 = re.compile(r"s3:/{1,2}(?P<bucket>[^/]+)/?(?P<prefix>.*)")


class Medium(Reader, Protocol):
    """A place that can be read and, whole file by whole file, written. All raise OSError."""

    # Whether ``lock`` keeps other writers out.
    locks: bool

    def exists(self) -> bool:
        """Whether anything is there."""

    def write_new(self, name: str, content: bytes) -> bool:
        """Write a file unless there is one of this name already; whether it was written."""

    def replace(self, name: str, content: bytes) -> None:
        """Write a file, over what was there, in one step."""

    def put(self, name: str, content: bytes) -> None:
        """Write a derived file in one step; a power cut may undo it, or leave a part of it."""

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is no fault."""

    def remove_all(self, names: Iterable[str]) -> None:
        """Delete many files; those that are not there are no fault."""

    def held(self, names: Iterable[str]) -> dict[str, str]:
        """Which of these files may not be removed, and until when or why, in words."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the right to write, where the place has locks; it ends with its process."""


class FolderMedium(FolderReader):
    """A folder on a local or shared disk. Files are 0600, folders 0700."""

    locks = True

    def __getstate__(self) -> dict[str, Path]:
        # A process that it is sent to may be in another folder.
        return {**self.__dict__, "root": self.root.absolute()}

    def __str__(self) -> str:
        return str(self.root)

    def exists(self) -> bool:
        return self.root.exists()

    def write_new(self, name: str, content: bytes) -> bool:
        target = self.root / name
        with self._whole(target, content) as written:
            try:
                os.link(written, target)
            except FileExistsError:
                return False
            except PermissionError:
                # Some shared disks have no links; the lock keeps others out meanwhile.
                if target.exists():
                    return False
                os.rename(written, target)
        _sync_folder(target.parent)
        return True

    def replace(self, name: str, content: bytes) -> None:
        target = self.root / name
        with self._whole(target, content) as written:
            os.replace(written, target)
        _sync_folder(target.parent)

    def put(self, name: str, content: bytes) -> None:
        target = self.root / name
        with self._whole(target, content, sync=False) as written:
            os.replace(written, target)

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.root / name)

    def remove_all(self, names: Iterable[str]) -> None:
        for name in names:
            self.remove(name)

    def held(self, names: Iterable[str]) -> dict[str, str]:
        del names  # A folder holds nothing back.
        return {}

    @contextmanager
    def _whole(self, target: Path, content: bytes, *, sync: bool = True) -> Iterator[str]:
        """A file beside the store's own that holds ``content`` on disk, gone afterwards."""
        aside = self.root / "writing"
        for folder in (target.parent, aside):
            if not os.path.isdir(folder):
                self._make(folder)
        handle, path = tempfile.mkstemp(dir=aside)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                if sync:
                    stream.flush()
                    os.fsync(stream.fileno())
            yield path
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def _make(self, folder: Path) -> None:
        # Each one by name: mkdir(parents=True) would leave those between open to others.
        between = reversed([p for p in folder.parents if p.is_relative_to(self.root)])
        self.root.parent.mkdir(parents=True, exist_ok=True)
        for one in (*between, folder):
            one.mkdir(exist_ok=True, mode=0o700)

    @contextmanager
    def lock(self) -> Iterator[None]:
        descriptor = os.open(self.root / "write.lock", os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as handle:
            # The kernel lets go of it when the process ends, however it ends.
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def medium_at(place: Path | str) -> Medium:
    """The medium of ``--store``: a folder, or ``s3://bucket/prefix``."""
    remote = _S3.fullmatch(str(place))
    if remote is None:
        return FolderMedium(Path(place))
    from reportgen.evidence.s3 import S3Medium

    return S3Medium(remote["bucket"], remote["prefix"])
