"""Files that only their owner can read, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from reportgen.errors import UsageError


def write_private(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file that only its owner can read, replacing what was there in one step.

    ``content`` is whole, or comes in parts.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.writelines([content] if isinstance(content, bytes) else content)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise _not_written(path, error) from error


class Staged:
    """Files of one folder that come into place together, once all of them are made.

    Until then they lie in a folder of their own beside their places; nothing is left of them where
    one cannot be made. Use it as a context manager. Raises UsageError for what cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[str] = []

    def __enter__(self) -> Staged:
        self._ours = not self._folder.exists()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._spare = Path(tempfile.mkdtemp(dir=self._folder, prefix=".writing-"))
        except OSError as error:
            raise _not_written(self._folder, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._spare, ignore_errors=True)
        if self._ours and not any(self._folder.iterdir()):
            self._folder.rmdir()

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A stream to write the file ``name``, which may lie in a folder below."""
        path = self._spare / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                yield stream
        except OSError as error:
            raise _not_written(self._folder / name, error) from error
        self._names.append(name)

    def write(self, name: str, content: bytes) -> None:
        """Write a file whose content is at hand."""
        with self.open(name) as stream:
            stream.write(content)

    def publish(self) -> dict[str, Path]:
        """Put the files into their places; returns where each is, by name."""
        places = {name: self._folder / name for name in self._names}
        for name, path in places.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.replace(self._spare / name, path)
            except OSError as error:
                raise _not_written(path, error) from error
        return places


def _not_written(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path}: cannot be written: {error.strerror or error}.")


def state_folder() -> Path:
    """Where what this machine remembers lies (XDG Base Directory Specification)."""
    return _base("XDG_STATE_HOME", ".local/state") / "reportgen"


def cache_folder() -> Path:
    """Where lies what can be made again at any time (the same specification)."""
    return _base("XDG_CACHE_HOME", ".cache") / "reportgen"


def _base(variable: str, usual: str) -> Path:
    # The specification: a relative path is as good as none.
    given = Path(os.environ.get(variable, ""))
    return given if given.is_absolute() else Path.home() / usual
