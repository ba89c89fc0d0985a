"""Entries of a zip, volumes and folders: what is told of each, and that no more is read."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from pathlib import Path

import pytest

from reportgen.pack.codec import FAST
from reportgen.pack.container import (
    BROKEN,
    Codec,
    FolderContainer,
    JoinedFiles,
    ZipContainer,
    chunks,
    content_of,
    opened,
    volumes,
)


def zipped(*entries: tuple[zipfile.ZipInfo | str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", kind) as made:
        for info, content in entries:
            made.writestr(info, content)
    return target.getvalue()


def container(content: bytes) -> ZipContainer:
    return ZipContainer("pack", io.BytesIO(content))


def told(content: bytes) -> list[tuple[str, str, str]]:
    return [(f.name, f.place.removeprefix("pack: "), f.found) for f in container(content).flaws]


def entry(name: str, mode: int = 0o100600, **fields: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in fields.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        (0, ""), (stat.S_IFREG | 0o600, ""), (stat.S_IFLNK | 0o777, "a link or a device"),
        (stat.S_IFCHR, "a link or a device"), (stat.S_IFIFO, "a link or a device"),
    ],
)  # fmt: skip
def test_kinds_of_entries(mode: int, found: str) -> None:
    content = zipped((entry("a", mode), b"x"))
    assert told(content) == ([("invalid", "a", found)] if found else [])
    opened_ = container(content)
    if found:
        # It is there, so it is not missing too; but it is not read.
        assert opened_.sizes == {"a": -1}
        with pytest.raises(ValueError, match="not read"):
            opened_.open("a")
    else:
        assert content_of(opened_, "a", 1) == b"x"


def test_a_folder_is_no_file() -> None:
    found = container(zipped((entry("d/", stat.S_IFDIR | 0o700), b""), ("d/a", b"x")))
    assert (found.flaws, found.sizes) == ([], {"d/a": 1})


def test_a_file_with_nothing_in_it() -> None:
    found = container(zipped(("a", b"")))
    assert (found.flaws, content_of(found, "a", 0)) == ([], b"")


def _patched(content: bytes, at: int, value: int, size: int = 4) -> bytes:
    """Change a field of the one entry in the central directory."""
    start = content.index(b"PK\x01\x02") + at
    return content[:start] + value.to_bytes(size, "little") + content[start + size :]


@pytest.mark.parametrize(("over", "fine"), [(0, True), (1, False)])
def test_more_than_deflate_can_make(over: int, fine: bool) -> None:
    """1,032 bytes of one are the most that there can be, and 64 for what is around them."""
    content = zipped(("a", b"x" * 1000), kind=zipfile.ZIP_DEFLATED)
    info = zipfile.ZipFile(io.BytesIO(content)).infolist()[0]
    most = info.compress_size * 1032 + 64
    found = told(_patched(content, 24, most + over))
    assert found == ([] if fine else [("invalid", "a", found[0][2])])
    if not fine:
        assert found[0][2] == f"{most + 1} bytes out of {info.compress_size}, more than can be"


def test_a_lie_about_the_size_reads_no_more() -> None:
    content = _patched(zipped(("a", b"x" * 5000), kind=zipfile.ZIP_DEFLATED), 24, 10)
    found = container(content)
    assert found.sizes == {"a": 10}
    # What the entry unfolds to is not what it says: it is told, or cut; never read to its end.
    with pytest.raises((ValueError, *BROKEN)):
        content_of(found, "a", 9)


# The fields of an entry in a zip's directory (APPNOTE 4.3.12), from its start.
_CRC, _PACKED, _SIZE = 16, 20, 24


@pytest.mark.parametrize("codec", [zlib, FAST], ids=["zlib", "isal"])
@pytest.mark.parametrize("size", [0, 1, 5000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000])
@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_content_is_read_in_parts_and_held(codec: Codec, size: int, kind: int) -> None:
    content = (b"0123456789" * (size // 10 + 1))[:size]
    found = ZipContainer("pack", io.BytesIO(zipped(("a", content), kind=kind)), codec)
    parts = list(found.open("a"))
    assert b"".join(parts) == content
    assert all(len(part) <= 1 << 20 for part in parts)


@pytest.mark.parametrize("codec", [zlib, FAST], ids=["zlib", "isal"])
@pytest.mark.parametrize(
    ("field", "by", "said"),
    [
        (_SIZE, 1, "1 bytes less than the zip says"),
        (_SIZE, -1, "more than the 4999 bytes that the zip says"),
        (_CRC, 1, "a CRC-32 that is not that of the content"),
        (_PACKED, -1, "deflated content that is cut"),
        (_PACKED, 1, "bytes behind the end of deflated content"),
        (_PACKED, 10**6, "the zip ends within it"),
    ],
)
def test_lies_of_the_directory(codec: Codec, field: int, by: int, said: str) -> None:
    whole = zipped(("a", b"0123456789" * 500), kind=zipfile.ZIP_DEFLATED)
    start = whole.index(b"PK\x01\x02") + field
    value = int.from_bytes(whole[start : start + 4], "little") + by
    found = ZipContainer("pack", io.BytesIO(_patched(whole, field, value)), codec)
    with pytest.raises(BROKEN, match=said):
        content_of(found, "a", 5000)


def test_lies_of_an_entry_s_own_header() -> None:
    whole = zipped(("a", b"x" * 10))
    for at, said in ((0, "no entry where the zip says"), (30, "another name")):
        bent = bytes([whole[at] ^ 1]) if at else b"X"
        found = container(whole[:at] + bent + whole[at + 1 :])
        with pytest.raises(BROKEN, match=said):
            content_of(found, "a", 10)


def test_what_does_not_inflate() -> None:
    whole = zipped(("a", bytes(range(256)) * 20), kind=zipfile.ZIP_DEFLATED)
    for codec in (zlib, FAST):
        # 11 is no kind of block (RFC 1951, 3.2.3).
        bad = whole[:31] + b"\xff" + whole[32:]
        with pytest.raises(BROKEN, match="deflated content that is garbled"):
            content_of(ZipContainer("pack", io.BytesIO(bad), codec), "a", 9999)


def test_encryption_and_other_compressions() -> None:
    content = zipped(("a", b"x"))
    assert told(_patched(content, 8, 1, 2)) == [("invalid", "a", "an encrypted entry")]
    assert told(_patched(content, 10, 12, 2)) == [("invalid", "a", "compression of kind 12")]
    assert told(_patched(content, 8, 0x800, 2)) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_twice() -> None:
    content = zipped(("a", b"1"), ("a", b"2"), ("a", b"3"), ("b", b"4"))
    assert told(content) == [("extra", "a", "3 of them")]
    assert told(zipped(("a", b"1"), ("A", b"2"), ("b", b"3"))) == [
        ("extra", "a", "another one in other letters"),
        ("extra", "A", "another one in other letters"),
    ]


def test_entries_one_behind_the_other_share_nothing() -> None:
    """The next one begins right where the one before ends; a name in UTF-8 has its bytes."""
    content = zipped(("ä", b"1234"), ("b", b"5678"))
    assert told(content) == []
    second = content.index(b"PK\x03\x04", 4)
    # The second entry is said to begin one byte within the first.
    start = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4) + 42
    moved = content[:start] + (second - 1).to_bytes(4, "little") + content[start + 4 :]
    assert ("invalid", "b", "bytes of another entry") in told(moved)


@pytest.mark.parametrize(("limit", "count"), [(0, 1), (3, 4), (4, 5), (5, 5)])
def test_one_byte_past_the_limit_is_read_and_no_more(limit: int, count: int) -> None:
    found = container(zipped(("a", b"12345")))
    assert sum(map(len, chunks(found, "a", limit))) == min(count, 5)
    if limit < 5:
        with pytest.raises(ValueError, match=f"more than {limit} bytes"):
            content_of(found, "a", limit)
    else:
        assert content_of(found, "a", limit) == b"12345"


# -- volumes and folders --------------------------------------------------------------------------


def laid(folder: Path, content: bytes, *sizes: int) -> list[Path]:
    at, paths = 0, []
    for number, size in enumerate((*sizes, len(content)), start=1):
        path = folder / f"p.zip.{number:03}"
        path.write_bytes(content[at : at + size])
        at += size
        paths.append(path)
    return paths


def test_volumes_by_any_of_them(tmp_path: Path) -> None:
    content = zipped(("a", b"x" * 100), ("b", b"y" * 100))
    paths = laid(tmp_path, content, 50, 70)
    (tmp_path / "q.zip.001").write_bytes(b"of another")
    (tmp_path / "p.zip.sha256").write_bytes(b"")
    for path in (*paths, tmp_path / "p.zip"):
        assert volumes(path) == paths
        found, flaws = opened(path)
        assert found is not None
        assert not flaws
        assert content_of(found, "b", 100) == b"y" * 100
        found.close()
    assert volumes(tmp_path / "other.zip") is None
    assert volumes(tmp_path / "p.txt") is None
    # A whole zip of that name is that.
    (tmp_path / "p.zip").write_bytes(content)
    assert volumes(tmp_path / "p.zip") is None


@pytest.mark.parametrize("gone", [1, 2])
def test_a_volume_between_others(tmp_path: Path, gone: int) -> None:
    paths = laid(tmp_path, zipped(("a", b"x" * 100)), 50, 50)
    paths[gone - 1].unlink()
    found, flaws = opened(paths[2])
    assert found is None
    assert [(f.name, f.place) for f in flaws] == [("gap", f"p.zip.{gone:03}")]


def test_the_last_volume_gone(tmp_path: Path) -> None:
    laid(tmp_path, zipped(("a", b"x" * 100)), 50, 50)[2].unlink()
    found, flaws = opened(tmp_path / "p.zip.001")
    assert found is None
    assert flaws[0].name == "invalid"
    assert flaws[0].found.endswith("is p.zip.002 the last volume?")


def test_joined_reads_as_one(tmp_path: Path) -> None:
    paths = laid(tmp_path, b"0123456789", 3, 4)
    with io.BufferedReader(JoinedFiles(paths), 1) as stream:
        assert stream.read() == b"0123456789"
        for start in range(11):
            stream.seek(start)
            assert stream.read(4) == b"0123456789"[start : start + 4]
        assert stream.seek(-2, os.SEEK_END) == 8
        assert stream.read() == b"89"
        assert stream.seek(1) == 1
        assert stream.seek(1, os.SEEK_CUR) == 2
        assert stream.read(1) == b"2"
    joined = JoinedFiles(paths)
    assert joined.seek(-5) == 0
    assert joined.readable()
    assert joined.seekable()
    joined.close()


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").write_bytes(b"12")
    (tmp_path / "b").write_bytes(b"3")
    (tmp_path / "e").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    (tmp_path / "up").symlink_to(tmp_path.parent)
    os.mkfifo(tmp_path / "pipe")
    found = FolderContainer(tmp_path)
    assert found.sizes == {"b": 1, "d/a": 2, "e": 0, "link": -1, "pipe": -1, "up": -1}
    assert [(f.name, f.place) for f in found.flaws] == [
        ("invalid", f"{tmp_path}: {name}") for name in ("link", "pipe", "up")
    ]
    assert content_of(found, "d/a", 2) == b"12"
    assert content_of(found, "e", 0) == b""
    for name in ("link", "pipe", "none"):
        with pytest.raises(ValueError, match="not read"):
            found.open(name)
    found.close()


def test_nothing_there(tmp_path: Path) -> None:
    found, flaws = opened(tmp_path / "none.zip")
    assert found is None
    assert [(f.name, f.place, f.found) for f in flaws] == [
        ("missing", str(tmp_path / "none.zip"), "No such file or directory")
    ]
