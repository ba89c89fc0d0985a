"""Writes a zip whose bytes follow from its content: names sorted, one date, nothing of the system.

Content is streamed: no file is in memory whole, but a few pieces of evidence while they are hashed
and deflated side by side.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reportgen.errors import UsageError
from reportgen.pack import codec
from reportgen.pack.manifest import Listed

# The earliest date that a zip can have: a pack's own dates are in its manifest.
_DATE = (1980, 1, 1, 0, 0, 0)
# Compressed already.
_STORED = (".pdf", ".xlsx", ".zip", ".png", ".jpg", ".jpeg", ".docx", ".parquet")
_CHUNK = 1 << 20
# Files that are made ready before their turn; more bytes of one than these lie on disk meanwhile.
_AHEAD = 8
_IN_MEMORY = 1 << 22


@dataclass(frozen=True)
class Stretch:
    """So many bytes of a file, from one on."""

    path: Path
    start: int
    size: int

    def read(self) -> bytes:
        """These bytes."""
        with self.path.open("rb") as stream:
            stream.seek(self.start)
            return stream.read(self.size)


@dataclass(frozen=True)
class Concatenated:
    """A file of the pack that is made of others, one behind the other."""

    parts: tuple[bytes | Stretch, ...]

    def read(self) -> bytes:
        """The whole content."""
        return b"".join(self._contents())

    def chunks(self) -> Iterator[bytes]:
        """The content in parts of ``_CHUNK`` bytes, but for the last."""
        held = bytearray()
        for content in self._contents():
            held += content
            while len(held) >= _CHUNK:
                yield bytes(held[:_CHUNK])
                del held[:_CHUNK]
        if held:
            yield bytes(held)

    def _contents(self) -> Iterator[bytes]:
        return (p if isinstance(p, bytes) else p.read() for p in self.parts)


# A file, files joined, or a function that reads the content when its turn comes.
Source = Path | Concatenated | Callable[[], bytes]


def content_of_source(source: Source) -> bytes:
    """A content whole."""
    if isinstance(source, Path):
        return source.read_bytes()
    return source.read() if isinstance(source, Concatenated) else source()


@dataclass(frozen=True)
class _Deflated:
    """A file that is ready to be put into a zip: what is listed of it, and its bytes there."""

    listed: Listed
    crc: int
    method: int
    packed: int
    stream: IO[bytes]


def _deflated(name: str, source: Source) -> _Deflated:
    """Read, hash and deflate one file; all three let other threads go on meanwhile."""
    stored = name.lower().endswith(_STORED)
    deflater = None if stored else codec.deflater()
    digest, size, crc = hashlib.sha256(), 0, 0
    stream = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - until it is in the zip
    for part in _parts(source):
        digest.update(part)
        crc = codec.FAST.crc32(part, crc)
        size += len(part)
        stream.write(deflater.compress(part) if deflater else part)
    if deflater:
        stream.write(deflater.flush())
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    return _Deflated(Listed(digest.hexdigest(), size), crc, method, stream.tell(), stream)


def _parts(source: Source) -> Iterator[bytes | memoryview]:
    # In parts of one size, whatever they come from: of others isal makes other bytes.
    if isinstance(source, Concatenated):
        yield from source.chunks()
        return
    if not isinstance(source, Path):
        content = memoryview(source())
        for start in range(0, len(content), _CHUNK):
            yield content[start : start + _CHUNK]
        return
    with source.open("rb") as stream:
        while part := stream.read(_CHUNK):
            yield part


def _ahead(entries: Mapping[str, Source]) -> Iterator[tuple[str, _Deflated]]:
    """Every file by name, in order; a few are made ready before their turn comes."""
    waiting: deque[tuple[str, Future[_Deflated]]] = deque()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for name in sorted(entries):
            waiting.append((name, pool.submit(_deflated, name, entries[name])))
            if len(waiting) > _AHEAD:
                first, ready = waiting.popleft()
                yield first, ready.result()
        for first, ready in waiting:
            yield first, ready.result()


def _put(target: zipfile.ZipFile, out: IO[bytes], name: str, ready: _Deflated) -> Listed:
    """Put a file into a zip that is being written to ``out``."""
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3
    info.external_attr = 0o100600 << 16
    # As ZipFile decides it where it deflates itself.
    wide = ready.listed.bytes * 1.05 > zipfile.ZIP64_LIMIT
    with ready.stream, target.open(info, "w", force_zip64=wide) as member:
        ready.stream.seek(0)
        while part := ready.stream.read(_CHUNK):
            member.write(part)
    # ZipFile took the bytes for the content itself: what they are is put right, there and in the
    # directory, which is written when the zip is closed.
    info.compress_type, info.CRC = ready.method, ready.crc
    info.file_size, info.compress_size = ready.listed.bytes, ready.packed
    end = out.tell()
    out.seek(info.header_offset)
    out.write(info.FileHeader(wide))
    out.seek(end)
    return ready.listed


def write_zip(
    out: Path,
    entries: Mapping[str, Source],
    seals: Callable[[Mapping[str, Listed]], Mapping[str, bytes]],
) -> None:
    """Write ``out`` whole or not at all: ``entries`` by name, then what ``seals`` makes of them.

    Raises UsageError where it cannot be written.
    """
    with _aside(out) as stream, zipfile.ZipFile(stream, "w", allowZip64=True) as target:
        listed = {name: _put(target, stream, name, ready) for name, ready in _ahead(entries)}
        for name, content in seals(listed).items():
            _put(target, stream, name, _deflated(name, lambda content=content: content))  # type: ignore[misc]


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
