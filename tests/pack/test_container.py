"""Whatever the bytes of a pack are: checking it ends, names each flaw, and raises nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reportgen.pack.check import check_pack
from reportgen.pack.checked import Trust
from reportgen.pack.container import JoinedFiles, volumes
from reportgen.pack.manifest import name_fault

KEPT = (Path(__file__).parent / "kept" / "version-1.zip").read_bytes()
NAMES = {"invalid", "missing", "extra", "gap", "reordered", "unsigned", "wrong key", "version"}
# Those of the chain of seals.
NAMES |= {"altered", "duplicated", "cut", "forged"}
TRUST = Trust("20261001000000", unsigned=True)
ONE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def flaws(folder: Path, content: bytes) -> list[str]:
    path = folder / "p.zip"
    path.write_bytes(content)
    found = check_pack(path, TRUST)
    assert {flaw.name for flaw in found.flaws} <= NAMES
    assert [p.name for p in folder.iterdir()] == ["p.zip"]
    return [flaw.name for flaw in found.flaws]


@ONE
@given(st.integers(0, len(KEPT) - 1), st.integers(1, 255))
def test_a_byte_that_was_changed(
    tmp_path_factory: pytest.TempPathFactory, at: int, by: int
) -> None:
    """Where the change is no flaw (a date, say), every content is still what it was."""
    folder = tmp_path_factory.mktemp("p")
    content = KEPT[:at] + bytes([KEPT[at] ^ by]) + KEPT[at + 1 :]
    if not flaws(folder, content):
        with zipfile.ZipFile(folder / "p.zip") as changed:
            there = {i.filename: i.CRC for i in changed.infolist()}
        (folder / "whole.zip").write_bytes(KEPT)
        with zipfile.ZipFile(folder / "whole.zip") as whole:
            assert there == {i.filename: i.CRC for i in whole.infolist()}


@ONE
@given(st.integers(0, len(KEPT) - 1))
@example(0)
@example(len(KEPT) - 1)
def test_a_pack_cut_anywhere(tmp_path_factory: pytest.TempPathFactory, at: int) -> None:
    assert flaws(tmp_path_factory.mktemp("p"), KEPT[:at])


@ONE
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=60))
def test_a_directory_that_was_changed(
    tmp_path_factory: pytest.TempPathFactory, back: int, patch: bytes
) -> None:
    """The end of a zip says where everything is: lies there must lead nowhere."""
    at = max(0, len(KEPT) - 1 - back)
    flaws(tmp_path_factory.mktemp("p"), KEPT[:at] + patch + KEPT[at + len(patch) :])


@ONE
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    assert flaws(tmp_path_factory.mktemp("p"), content) == ["invalid"]


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("a", True), ("a/b.c", True), ("a b/ü.txt", True), ("x" * 500, True), ("x" * 501, False),
        ("", False), ("/a", False), ("a//b", False), ("a/", False), ("./a", False), ("..", False),
        ("a/../b", False), ("a\\b", False), ("C:a", False), ("a\0b", False), ("a\nb", False),
        ("a.", False), ("a /b", False), ("a/nul.txt", False), ("COM1", False), ("com10", True),
        ("\u202egnp.exe", False), ("a/...", False),
    ],
)  # fmt: skip
def test_names_that_stay_where_they_are_put(name: str, fine: bool) -> None:
    assert (name_fault(name) == "") is fine


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=5), st.data())
def test_volumes_read_as_one(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("v")
    paths = []
    for number, part in enumerate(parts, start=1):
        paths.append(folder / f"p.zip.{number:03}")
        paths[-1].write_bytes(part)
    whole = b"".join(parts)
    assert volumes(folder / "p.zip") == volumes(paths[-1]) == paths
    stream = JoinedFiles(paths)
    at = data.draw(st.integers(0, len(whole)))
    assert stream.seek(at) == at
    assert stream.read() == whole[at:]
    assert stream.seek(-at, 2) == len(whole) - at
    assert stream.read(3) == whole[len(whole) - at :][: len(stream_first(paths, len(whole) - at))]
    stream.close()


def stream_first(paths: list[Path], at: int) -> bytes:
    """Up to three bytes at a place, as far as one volume has them: a raw read may give fewer."""
    for path in paths:
        content = path.read_bytes()
        if at < len(content):
            return content[at : at + 3]
        at -= len(content)
    return b""
