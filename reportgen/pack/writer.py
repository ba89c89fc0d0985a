"""Writes a zip whose bytes follow from its content: names sorted, one date, nothing of the system.

Content is streamed: no file is in memory whole, but a piece of evidence while it is hashed.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reportgen.errors import UsageError
from reportgen.pack.manifest import Listed

# The earliest date that a zip can have: a pack's own dates are in its manifest.
_DATE = (1980, 1, 1, 0, 0, 0)
# Compressed already.
_STORED = (".pdf", ".xlsx", ".zip", ".png", ".jpg", ".jpeg", ".docx")
_CHUNK = 1 << 20

# A file, or a function that reads the content when its turn comes.
Source = Path | Callable[[], bytes]


def add(target: zipfile.ZipFile, name: str, source: Source) -> Listed:
    """Add one file; returns its SHA-256 and bytes."""
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3
    info.external_attr = 0o100600 << 16
    stored = name.lower().endswith(_STORED)
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    # The size tells ZipFile beforehand whether it will need 64 bits.
    content = None if isinstance(source, Path) else source()
    info.file_size = source.stat().st_size if isinstance(source, Path) else len(content or b"")
    with target.open(info, "w") as stream:
        for part in _parts(source) if content is None else (content,):
            digest.update(part)
            size += len(part)
            stream.write(part)
    return Listed(digest.hexdigest(), size)


def _parts(source: Source) -> Iterator[bytes]:
    assert isinstance(source, Path)  # noqa: S101 - the caller has read the others
    with source.open("rb") as stream:
        while part := stream.read(_CHUNK):
            yield part


def write_zip(
    out: Path,
    entries: Mapping[str, Source],
    seals: Callable[[Mapping[str, Listed]], Mapping[str, bytes]],
) -> None:
    """Write ``out`` whole or not at all: ``entries`` by name, then what ``seals`` makes of them.

    Raises UsageError where it cannot be written.
    """
    with _aside(out) as stream, zipfile.ZipFile(stream, "w", allowZip64=True) as target:
        listed = {name: add(target, name, entries[name]) for name in sorted(entries)}
        for name, content in seals(listed).items():
            add(target, name, lambda content=content: content)  # type: ignore[misc]


@contextmanager
def _aside(out: Path) -> Iterator[IO[bytes]]:
    """A private file that takes the place of ``out`` once it is complete."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "w+b") as stream:
                yield stream
            os.replace(name, out)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}.") from error


def split(path: Path, size: int) -> list[Path]:
    """Cut a pack into volumes of at most ``size`` bytes: ``NAME.zip.001`` and on.

    ``NAME.zip.sha256`` names each with its digest. A pack that fits stays as it is.
    """
    for old in path.parent.glob(f"{path.name}.*"):
        if old.name[len(path.name) + 1 :].isdecimal() or old.name == f"{path.name}.sha256":
            old.unlink()
    if path.stat().st_size <= size:
        return [path]
    found: list[Path] = []
    lines: list[str] = []
    with path.open("rb") as stream:
        while stream.tell() < path.stat().st_size:
            volume = path.with_name(f"{path.name}.{len(found) + 1:03}")
            digest = hashlib.sha256()
            with _aside(volume) as target:
                left = size
                while left and (part := stream.read(min(_CHUNK, left))):
                    digest.update(part)
                    target.write(part)
                    left -= len(part)
            found.append(volume)
            lines.append(f"{digest.hexdigest()}  {volume.name}\n")
    with _aside(path.with_name(f"{path.name}.sha256")) as target:
        target.write("".join(lines).encode())
    path.unlink()
    return found
