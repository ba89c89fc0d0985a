"""A folder as a medium: whole files or none, private, the first writer wins; and which medium."""

from __future__ import annotations

import fcntl
import os
from datetime import date
from pathlib import Path

import pytest

from reportgen.evidence.medium import FolderMedium, medium_at
from reportgen.evidence.s3 import S3Medium
from reportgen.evidence.store import PRUNING, Store
from tests.evidence.daily import moment, put


@pytest.fixture
def medium(tmp_path: Path) -> FolderMedium:
    return FolderMedium(tmp_path / "deep" / "er" / "store")


def modes(root: Path) -> dict[str, int]:
    return {p.relative_to(root).as_posix(): p.stat().st_mode & 0o777 for p in root.rglob("*")}


def test_the_first_writer_wins_and_the_second_is_told(medium: FolderMedium) -> None:
    assert not medium.exists()
    assert medium.write_new("chain/1.json", b"one") is True
    assert medium.write_new("chain/1.json", b"two") is False
    assert medium.read("chain/1.json") == b"one"
    assert medium.exists()


def test_replacing_takes_the_place_of_what_was_there(medium: FolderMedium) -> None:
    for content in (b"one", b"two, longer", b""):
        medium.replace("head.json", content)
        assert medium.read("head.json") == content


def test_nothing_is_left_beside_what_was_written(medium: FolderMedium) -> None:
    medium.write_new("a", b"1")
    medium.write_new("a", b"2")
    medium.replace("a", b"3")
    assert list((medium.root / "writing").iterdir()) == []


def test_everything_in_it_is_private(medium: FolderMedium, tmp_path: Path) -> None:
    """Files 0600, folders 0700, whatever the process would otherwise give; not what is above."""
    old = os.umask(0)
    try:
        medium.write_new("objects/ab/cd", b"1")
        medium.replace("chain/deep/1.json", b"2")
        with medium.lock():
            pass
    finally:
        os.umask(old)
    found = modes(medium.root)
    assert medium.root.stat().st_mode & 0o777 == 0o700
    assert {name: mode for name, mode in found.items() if mode != 0o700} == {
        "objects/ab/cd": 0o600,
        "chain/deep/1.json": 0o600,
        "write.lock": 0o600,
    }


def test_where_links_are_forbidden_it_is_moved_into_place(
    medium: FolderMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", forbidden)
    assert medium.write_new("a", b"one") is True
    assert medium.write_new("a", b"two") is False
    assert medium.read("a") == b"one"
    assert list((medium.root / "writing").iterdir()) == []


@pytest.mark.parametrize("write", [FolderMedium.write_new, FolderMedium.replace])
def test_what_cannot_be_put_in_place_leaves_nothing(
    write: object, medium: FolderMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(medium, "a", b"one")  # type: ignore[operator]
    assert medium.listing("") == {"writing": -1}
    assert list((medium.root / "writing").iterdir()) == []


def test_content_and_folder_are_on_disk_before_it_is_said(
    medium: FolderMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def noting(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        synced.append("folder" if path.is_dir() else path.read_bytes().decode())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    medium.write_new("chain/1.json", b"new")
    medium.replace("head.json", b"over")
    assert synced == ["new", "folder", "over", "folder"]
    # What is derived can be made again: nobody waits for the disk.
    medium.put("index", b"derived")
    assert medium.read("index") == b"derived"
    assert len(synced) == 4


def test_the_lock_keeps_others_out_until_it_ends(medium: FolderMedium) -> None:
    medium.write_new("store.json", b"{}")
    with (medium.root / "write.lock").open("w") as other:
        with medium.lock(), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_a_killed_run_left_keeps_no_writer_out_of_a_folder(tmp_path: Path) -> None:
    """Its lock ended with it; a bucket has no lock, and there the mark alone speaks."""
    store = Store.create(tmp_path / "store")
    store.medium.write_new(PRUNING, b"{}")
    put(store, moment(date(2026, 1, 1)))
    assert len(store.snapshots()) == 1


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("s3://evidence-example/iam", "s3://evidence-example/iam"),
        ("s3://evidence-example/iam/", "s3://evidence-example/iam"),
        # As a Path made of it has it.
        ("s3:/evidence-example/iam/a", "s3://evidence-example/iam/a"),
        (Path("s3://evidence-example/iam"), "s3://evidence-example/iam"),
        ("s3://evidence-example", "s3://evidence-example"),
    ],
)
def test_a_bucket_and_its_prefix(place: Path | str, said: str) -> None:
    found = medium_at(place)
    assert isinstance(found, S3Medium)
    assert str(found) == said


@pytest.mark.parametrize("place", ["store", "s3", "s3:store", "a/s3://bucket/x", "s3:///x"])
def test_everything_else_is_a_folder(place: str) -> None:
    found = medium_at(place)
    assert isinstance(found, FolderMedium)
    assert found.root == Path(place)
