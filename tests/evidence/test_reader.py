"""A store in a folder as it is read: every file below, no link followed, no more than asked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reportgen.evidence.reader import FolderReader
from reportgen.evidence.seal import sha256


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, content in {
        "store.json": b"{}",
        "chain/00000001.json": b"seal",
        "objects/ab/abcd": b"",
        "objects/ab/deep/er": b"123",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_a_listing_has_every_file_below_with_its_bytes(root: Path) -> None:
    reader = FolderReader(root)
    assert reader.listing("chain") == {"chain/00000001.json": 4}
    assert reader.listing("objects") == {"objects/ab/abcd": 0, "objects/ab/deep/er": 3}


def test_the_top_is_listed_alone_and_folders_are_no_plain_files(root: Path) -> None:
    assert FolderReader(root).listing("") == {"store.json": 2, "chain": -1, "objects": -1}


def test_a_folder_that_is_not_there_is_empty(root: Path) -> None:
    assert FolderReader(root).listing("nowhere") == {}


def test_an_empty_folder_shows_but_one_of_objects(root: Path) -> None:
    """A writer makes ``objects/ab`` before what lies in it, and may be killed between the two."""
    for name in ("objects/ff", "objects/fff", "objects/FF", "chain/x"):
        (root / name).mkdir()
    assert FolderReader(root).listing("chain")["chain/x"] == -1
    found = FolderReader(root).listing("objects")
    assert {name for name, size in found.items() if size < 0} == {"objects/fff", "objects/FF"}


def test_no_link_is_followed(root: Path) -> None:
    (root / "chain" / "file").symlink_to(root / "store.json")
    (root / "chain" / "folder").symlink_to(root / "objects")
    os.mkfifo(root / "chain" / "pipe")
    reader = FolderReader(root)
    odd = {"chain/file": -1, "chain/folder": -1, "chain/pipe": -1}
    assert reader.listing("chain") == {"chain/00000001.json": 4, **odd}
    (root / "linked").symlink_to(root / "objects")
    assert reader.listing("linked") == {"linked": -1}


def test_a_store_may_lie_behind_a_link(root: Path, tmp_path: Path) -> None:
    """The place itself is the caller's word; what lies in it is not."""
    (tmp_path / "alias").symlink_to(root)
    assert FolderReader(tmp_path / "alias").listing("chain") == {"chain/00000001.json": 4}


@pytest.mark.parametrize(("limit", "count"), [(5, 6), (8, 9), (9, 10), (10, 10)])
def test_no_more_is_read_than_a_byte_over_the_limit(root: Path, limit: int, count: int) -> None:
    """The one byte more shows that there is too much."""
    (root / "ten").write_bytes(b"0123456789")
    assert FolderReader(root).read("ten", limit) == b"0123456789"[:count]
    assert FolderReader(root).read("ten") == b"0123456789"


def test_contents_come_in_the_order_asked(root: Path) -> None:
    reader = FolderReader(root)
    names = ["objects/ab/deep/er", "store.json", "chain/00000001.json"]
    assert list(reader.read_all(names)) == [b"123", b"{}", b"seal"]
    assert reader.digest("chain/00000001.json") == sha256(b"seal")
    with pytest.raises(FileNotFoundError):
        reader.read("nowhere")
    with pytest.raises(FileNotFoundError):
        reader.digest("nowhere")
