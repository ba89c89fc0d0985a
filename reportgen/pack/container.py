"""What a pack lies in: a zip, a zip in volumes, or the folder that it was unpacked to.

Standard library only: it travels in the pack. Nothing is ever written, and of a file no more is
read than was asked for, whatever the zip says of its size.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import struct
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

from reportgen.evidence.seal import Flaw
from reportgen.pack.manifest import name_fault

# What reading a zip that somebody made up can raise.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
)
# What of a zip's content is read at once.
_READ = 1 << 18
_VOLUME = re.compile(r"(.+\.zip)\.(\d{3,4})")
# What is inflated at once: it is hashed while it lies in the processor's cache.
_CHUNK = 1 << 18
# Deflate makes at most 1,032 bytes of one (zlib, "Technical details").
_MOST_RATIO = 1032


class Inflater(Protocol):
    """As ``zlib.decompressobj`` makes it."""

    @property
    def eof(self) -> bool:
        """Whether the stream is at its end."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was given and not taken, since there was no room for what it makes."""

    @property
    def unused_data(self) -> bytes:
        """What was given behind the end."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """The next bytes, of which there are at most so many."""


class Codec(Protocol):
    """A module like ``zlib``."""

    @property
    def error(self) -> type[Exception]:
        """What inflating bytes raises that are none."""

    def decompressobj(self, wbits: int, /) -> Inflater:
        """What inflates one stream."""

    def crc32(self, data: bytes | memoryview, value: int, /) -> int:
        """The check sum of a zip, carried on from ``value``."""


class Container(Protocol):
    """A pack's files by name, with their bytes as far as the container says."""

    place: str
    sizes: dict[str, int]
    flaws: list[Flaw]

    def open(self, name: str) -> Iterator[bytes]:
        """A file's content in parts. Raises one of BROKEN, also in between."""

    def close(self) -> None:
        """Let go of the files."""


def chunks(container: Container, name: str, limit: int) -> Iterator[bytes]:
    """A file's content, at most ``limit`` + 1 bytes of it. Raises one of BROKEN."""
    left = limit + 1
    for part in container.open(name):
        yield part[:left]
        left -= len(part)
        if left <= 0:
            return


def content_of(container: Container, name: str, limit: int) -> bytes:
    """A small file whole. Raises one of BROKEN, ValueError where it has more than ``limit``."""
    content = b"".join(chunks(container, name, limit))
    if len(content) > limit:
        raise ValueError(f"more than {limit} bytes")
    return content


class ZipContainer:
    """A zip, in one file or in volumes. Raises one of BROKEN where it is none."""

    def __init__(self, place: str, stream: IO[bytes], codec: Codec = zlib) -> None:
        self.place = place
        self.sizes: dict[str, int] = {}
        self.flaws: list[Flaw] = []
        self._stream = stream
        self._codec = codec
        # Several files are read at once, of one stream.
        self._turn = threading.Lock()
        self._zip = zipfile.ZipFile(stream)
        self._infos: dict[str, zipfile.ZipInfo] = {}
        infos = self._zip.infolist()
        times = Counter(info.filename for info in infos)
        folded = Counter(name.casefold() for name in times)
        for info in infos:
            name = info.filename
            fault = _entry_fault(info)
            if fault:
                self._flaw("invalid", name, "a plain file in the pack", fault)
            elif name.endswith("/"):
                continue
            elif times[name] > 1:
                if name not in self._infos:
                    self._flaw("extra", name, "one file of this name", f"{times[name]} of them")
            elif folded[name.casefold()] > 1:
                self._flaw("extra", name, "one file of this name", "another one in other letters")
            # What is flawed is not read, but it is there: it must not be called missing too.
            self.sizes[name] = -1 if fault else info.file_size
            self._infos[name] = info
        self._overlaps(infos)

    def _overlaps(self, infos: list[zipfile.ZipInfo]) -> None:
        """Entries that share bytes make a small zip unfold without end."""
        end = 0
        for info in sorted(infos, key=lambda i: i.header_offset):
            if info.header_offset < end:
                self._flaw("invalid", info.filename, "bytes of its own", "bytes of another entry")
                self.sizes[info.filename] = -1
            coded = "utf-8" if info.flag_bits & 0x800 else "cp437"
            name = len(info.orig_filename.encode(coded, "replace"))
            end = info.header_offset + 30 + name + info.compress_size

    def _flaw(self, name: str, entry: str, expected: str, found: str) -> None:
        self.flaws.append(Flaw(name, f"{self.place}: {entry}", expected, found))

    def open(self, name: str) -> Iterator[bytes]:
        if self.sizes.get(name, -1) < 0:
            raise ValueError("an entry that is not read")
        info = self._infos[name]
        packed = self._packed(info)
        return self._held(info, packed if info.compress_type == 0 else self._inflated(packed))

    def _held(self, info: zipfile.ZipInfo, parts: Iterator[bytes]) -> Iterator[bytes]:
        """What an entry unfolds to, which must be what the zip says of it."""
        left, crc = info.file_size, 0
        for part in parts:
            left -= len(part)
            if left < 0:
                raise zipfile.BadZipFile(f"more than the {info.file_size} bytes that the zip says")
            crc = self._codec.crc32(part, crc)
            yield part
        if left:
            raise zipfile.BadZipFile(f"{left} bytes less than the zip says")
        if crc != info.CRC:
            raise zipfile.BadZipFile("a CRC-32 that is not that of the content")

    def _packed(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """An entry's bytes as they lie there, behind its header."""
        at, left = info.header_offset, info.compress_size
        head = self._read(at, 30)
        if head[:4] != b"PK\x03\x04":
            raise zipfile.BadZipFile("no entry where the zip says")
        name, extra = struct.unpack("<HH", head[26:])
        coded = "utf-8" if info.flag_bits & 0x800 else "cp437"
        if self._read(at + 30, name).decode(coded) != info.orig_filename:
            raise zipfile.BadZipFile("another name than the zip's directory has")
        at += 30 + name + extra
        while left:
            part = self._read(at, min(_READ, left))
            at, left = at + len(part), left - len(part)
            yield part

    def _read(self, at: int, size: int) -> bytes:
        with self._turn:
            self._stream.seek(at)
            found = self._stream.read(size)
        if len(found) < size:
            raise EOFError("the zip ends within it")
        return found

    def _inflated(self, packed: Iterator[bytes]) -> Iterator[bytes]:
        inflater = self._codec.decompressobj(-zlib.MAX_WBITS)
        given = next(packed, b"")
        while not inflater.eof:
            try:
                part = inflater.decompress(given, _CHUNK)
            except self._codec.error as error:
                # In words of our own: every codec has others.
                raise zipfile.BadZipFile("deflated content that is garbled") from error
            if part:
                yield part
            ended = not given and not part
            given = inflater.unconsumed_tail or next(packed, b"")
            if ended and not given and not inflater.eof:
                raise zipfile.BadZipFile("deflated content that is cut")
        if inflater.unused_data or next(packed, b""):
            raise zipfile.BadZipFile("bytes behind the end of deflated content")

    def close(self) -> None:
        self._zip.close()
        self._stream.close()


def _entry_fault(info: zipfile.ZipInfo) -> str:
    """What is wrong with an entry before it is read; empty for nothing."""
    # ZipFile ends a name at a NUL, which other programs may not.
    original = info.orig_filename
    fault = name_fault(original[:-1] if original.endswith("/") else original)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if fault:
        return fault
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or a device"
    if info.flag_bits & 0x1:
        return "an encrypted entry"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"compression of kind {info.compress_type}"
    if info.file_size > info.compress_size * _MOST_RATIO + 64:
        return f"{info.file_size} bytes out of {info.compress_size}, more than can be"
    return ""


class FolderContainer:
    """A pack unpacked to a folder. Follows no link."""

    def __init__(self, root: Path) -> None:
        self.place = str(root)
        self.root = root
        self.sizes: dict[str, int] = {}
        self.flaws: list[Flaw] = []
        self._walk(str(root), "")

    def _walk(self, folder: str, prefix: str) -> None:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                name = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    self._walk(entry.path, f"{name}/")
                elif entry.is_file(follow_symlinks=False):
                    self.sizes[name] = entry.stat(follow_symlinks=False).st_size
                else:
                    self.sizes[name] = -1
                    where = f"{self.place}: {name}"
                    self.flaws.append(Flaw("invalid", where, "a plain file", "a link or a device"))

    def open(self, name: str) -> Iterator[bytes]:
        if self.sizes.get(name, -1) < 0:
            raise ValueError("an entry that is not read")
        return self._parts(name)

    def _parts(self, name: str) -> Iterator[bytes]:
        with open(self.root / name, "rb") as stream:
            while part := stream.read(_CHUNK):
                yield part

    def close(self) -> None:
        """There is nothing to let go of."""


class JoinedFiles(io.RawIOBase):
    """Files one behind the other, read as if they were one."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self._streams: list[IO[bytes]] = []
        self._starts = [0]
        for path in paths:
            self._streams.append(open(path, "rb"))  # noqa: SIM115 - until close()
            self._starts.append(self._starts[-1] + path.stat().st_size)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._starts[-1])[whence])
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        for number, stream in enumerate(self._streams):
            if self._starts[number] <= self._at < self._starts[number + 1]:
                stream.seek(self._at - self._starts[number])
                part = stream.read(min(len(view), self._starts[number + 1] - self._at))
                view[: len(part)] = part
                self._at += len(part)
                return len(part)
        return 0

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        super().close()


def volumes(path: Path) -> list[Path] | None:
    """The volumes of a pack, by any one of them or by the name of the whole; None: it is none."""
    match = _VOLUME.fullmatch(path.name)
    name = match[1] if match else path.name
    if match is None and (path.exists() or not name.endswith(".zip")):
        return None
    found = [p for p in path.parent.glob("*") if (m := _VOLUME.fullmatch(p.name)) and m[1] == name]
    return sorted(found, key=lambda p: int(p.name.rsplit(".", 1)[1])) or None


def _stream(path: Path, parts: Sequence[Path] | None) -> IO[bytes]:
    if parts:
        return io.BufferedReader(JoinedFiles(parts))
    return open(path, "rb")


def opened(path: Path, codec: Codec = zlib) -> tuple[Container | None, list[Flaw]]:
    """The container at ``path``, or None and why not. Never raises for what lies there.

    ``codec`` inflates what lies in a zip.
    """
    place = str(path)
    parts = volumes(path)
    if parts:
        numbers = [int(p.name.rsplit(".", 1)[1]) for p in parts]
        lacking = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
        if lacking:
            stem = parts[0].name.rsplit(".", 1)[0]
            return None, [
                Flaw("gap", f"{stem}.{n:03}", "a volume of the pack", "no such file")
                for n in lacking
            ]
    try:
        if path.is_dir():
            return FolderContainer(path), []
        stream = _stream(path, parts)
    except OSError as error:
        return None, [Flaw("missing", place, "a pack", error.strerror or "nothing")]
    try:
        return ZipContainer(place, stream, codec), []
    except BROKEN as error:
        with contextlib.suppress(OSError):
            stream.close()
        last = f"; is {parts[-1].name} the last volume?" if parts else ""
        found = f"none that can be read: {error}{last}"
        return None, [Flaw("invalid", place, "a whole zip", found)]
