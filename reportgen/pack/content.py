"""Files of a pack as they lie there, read one at a time when they are wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from reportgen.evidence.seal import LIST_LIMIT
from reportgen.pack.codec import FAST
from reportgen.pack.container import BROKEN, Container, chunks, opened
from reportgen.pack.manifest import Listed

# More than any row of results has.
_MOST_LINE = 1 << 24


class PackContent:
    """The ``files`` that a manifest names, read where the pack lies.

    Altered content may be longer than it was, but not without end.
    """

    def __init__(self, path: Path, files: Mapping[str, Listed]) -> None:
        self._path = path
        self._files = files
        self._open: tuple[int, Container] | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_open": None}

    def _container(self) -> Container:
        # A process that was forked must not move its parent's place in the file.
        if self._open is None or self._open[0] != os.getpid():
            container, flaws = opened(self._path, FAST)
            if container is None:
                raise OSError(str(flaws[0]))
            self._open = os.getpid(), container
        return self._open[1]

    def _parts(self, name: str) -> Iterator[bytes]:
        container = self._container()
        if name not in self._files or name not in container.sizes:
            raise FileNotFoundError(2, "No such file in the pack")
        try:
            yield from chunks(container, name, 2 * self._files[name].bytes + (1 << 20))
        except BROKEN as error:
            raise OSError(5, str(error) or type(error).__name__) from error

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        """A file's content. Raises OSError for what is not there or cannot be read."""
        return b"".join(self._parts(name))

    def lines(self, name: str) -> Iterator[bytes]:
        """A file's lines, one at a time. Raises OSError, ValueError for one without end."""
        rest = b""
        for part in self._parts(name):
            *whole, rest = (rest + part).split(b"\n")
            yield from whole
            if len(rest) > _MOST_LINE:
                raise ValueError(f"a line of more than {_MOST_LINE} bytes")
        if rest:
            yield rest
