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
_VOLUME = re.compile(r"(.+\.zip)\.(\d{3,4})")
_CHUNK = 1 << 20
# Deflate makes at most 1,032 bytes of one (zlib, "Technical details").
_MOST_RATIO = 1032


class Container(Protocol):
    """A pack's files by name, with their bytes as far as the container says."""

    place: str
    sizes: dict[str, int]
    flaws: list[Flaw]

    def open(self, name: str) -> IO[bytes]:
        """A stream of a file's content. Raises one of BROKEN."""

    def close(self) -> None:
        """Let go of the files."""


def chunks(container: Container, name: str, limit: int) -> Iterator[bytes]:
    """A file's content, of which at most ``limit`` + 1 bytes are read. Raises one of BROKEN."""
    left = limit + 1
    with container.open(name) as stream:
        while left > 0:
            part = stream.read(min(_CHUNK, left))
            if not part:
                return
            left -= len(part)
            yield part


def content_of(container: Container, name: str, limit: int) -> bytes:
    """A small file whole. Raises one of BROKEN, ValueError where it has more than ``limit``."""
    content = b"".join(chunks(container, name, limit))
    if len(content) > limit:
        raise ValueError(f"more than {limit} bytes")
    return content


class ZipContainer:
    """A zip, in one file or in volumes. Raises one of BROKEN where it is none."""

    def __init__(self, place: str, stream: IO[bytes]) -> None:
        self.place = place
        self.sizes: dict[str, int] = {}
        self.flaws: list[Flaw] = []
        self._stream = stream
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

    def open(self, name: str) -> IO[bytes]:
        if self.sizes.get(name, -1) < 0:
            raise ValueError("an entry that is not read")
        return self._zip.open(self._infos[name])

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

    def open(self, name: str) -> IO[bytes]:
        if self.sizes.get(name, -1) < 0:
            raise ValueError("an entry that is not read")
        return open(self.root / name, "rb")

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


def opened(path: Path) -> tuple[Container | None, list[Flaw]]:
    """The container at ``path``, or None and why not. Never raises for what lies there."""
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
        return ZipContainer(place, stream), []
    except BROKEN as error:
        with contextlib.suppress(OSError):
            stream.close()
        last = f"; is {parts[-1].name} the last volume?" if parts else ""
        found = f"none that can be read: {error}{last}"
        return None, [Flaw("invalid", place, "a whole zip", found)]
