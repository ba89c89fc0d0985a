"""A pack's files where they lie: lines whole however they are read, and nothing without end."""

from __future__ import annotations

import errno
import os
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reportgen.pack import container, content
from reportgen.pack.content import PackContent
from reportgen.pack.manifest import Listed

TEXTS = {
    "plain": b"one\ntwo\nthree\n",
    "open-end": b"one\ntwo",
    "empty": b"",
    "blank": b"\n\n",
}


@pytest.fixture
def pack(tmp_path: Path) -> PackContent:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in TEXTS.items():
            target.writestr(name, text)
        target.writestr("not-listed", b"x")
        target.writestr("longer", b"x" * ((2 << 20) + 9))
    listed = {name: Listed("", len(text)) for name, text in TEXTS.items()}
    listed |= {"gone": Listed("", 1), "longer": Listed("", 1)}
    return PackContent(path, listed)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 1 << 20])
def test_lines_do_not_depend_on_how_they_are_read(
    pack: PackContent, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(container, "_CHUNK", size)
    for name, text in TEXTS.items():
        assert list(pack.lines(name)) == text.splitlines(), name
        assert pack.read(name) == text


def test_what_the_manifest_does_not_name_or_the_pack_lacks_is_not_there(pack: PackContent) -> None:
    for name in ("not-listed", "gone"):
        with pytest.raises(FileNotFoundError):
            pack.read(name)


def test_no_more_is_read_than_twice_what_is_listed_and_a_megabyte(pack: PackContent) -> None:
    assert len(pack.read("longer")) == 2 * 1 + (1 << 20) + 1


def test_a_line_without_end(pack: PackContent, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(pack.lines("open-end"))
    monkeypatch.setattr(content, "_MOST_LINE", 4)
    assert list(pack.lines("plain")) == [b"one", b"two", b"three"]
    with pytest.raises(ValueError, match="a line of more"):
        list(pack.lines("longer"))


def test_another_process_opens_it_anew(pack: PackContent) -> None:
    pack.read("plain")
    there = pickle.loads(pickle.dumps(pack))
    assert there.read("open-end") == TEXTS["open-end"]


@pytest.mark.parametrize(("most", "whole"), [(3, True), (2, False)])
def test_a_line_may_be_as_long_as_the_limit(
    pack: PackContent, monkeypatch: pytest.MonkeyPatch, most: int, whole: bool
) -> None:
    monkeypatch.setattr(content, "_MOST_LINE", most)
    if whole:
        assert list(pack.lines("open-end")) == [b"one", b"two"]
    else:
        with pytest.raises(ValueError, match="a line of more than 2 bytes"):
            list(pack.lines("open-end"))


def test_what_is_not_there_or_cannot_be_read_is_an_error_of_the_system(
    pack: PackContent, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError) as gone:
        pack.read("gone")
    assert gone.value.errno == errno.ENOENT
    for said, told in (("", "EOFError"), ("cut off", "cut off")):

        def broken(*_: object, said: str = said) -> Iterator[bytes]:
            raise EOFError(said)
            yield b""

        monkeypatch.setattr(content, "chunks", broken)
        with pytest.raises(OSError, match=told) as raised:
            pack.read("plain")
        assert raised.value.errno == errno.EIO
    (tmp_path / "none.zip").write_bytes(b"no archive")
    with pytest.raises(OSError, match=r"none\.zip"):
        PackContent(tmp_path / "none.zip", {}).read("plain")


def test_it_is_opened_once_in_each_process(
    pack: PackContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was forked must not move its parent's place in the file."""
    real, made = content.opened, []

    def noted(*said: Any) -> Any:
        made.append(os.getpid())
        return real(*said)

    monkeypatch.setattr(content, "opened", noted)
    own = os.getpid()
    for process in (own, own, own + 1, own + 1):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        assert pack.read("plain") == TEXTS["plain"]
    assert made == [own, own + 1]
