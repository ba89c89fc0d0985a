"""A pack's zip: the bytes that ``zipfile`` would write, whatever was made ready ahead.

Deflated by zlib, where there is no faster one; by that one otherwise.
"""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.errors import UsageError
from reportgen.pack import codec, writer
from reportgen.pack.manifest import Listed
from reportgen.pack.writer import Concatenated, Source, Stretch, content_of_source, write_zip

SEALS = {"manifest.json": b"{}", "SHA256SUMS": b"none"}


def contents() -> dict[str, bytes]:
    """Files at and beside the limits of a read and of what is held in memory."""
    rng = random.Random(7)
    found = {f"n/{n:03}.json": rng.randbytes(n * 37) for n in range(30)}
    chunk, most = 1 << 20, 1 << 22
    for size in (0, 1, chunk - 1, chunk, chunk + 1, most + 1):
        found[f"size/{size}.csv"] = (b"0123456789abcdef" * (size // 16 + 1))[:size]
        found[f"size/{size}.pdf"] = rng.randbytes(size)
    found["size/random.csv"] = rng.randbytes(most + 3)
    return found


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return contents()


def plain(files: dict[str, bytes]) -> bytes:
    """As ``zipfile`` writes it, one file after the other."""
    stream = io.BytesIO()
    stored = (".pdf", ".parquet")
    with zipfile.ZipFile(stream, "w") as target:
        for name, content in [*sorted(files.items()), *SEALS.items()]:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100600 << 16
            info.compress_type = 0 if name.endswith(stored) else zipfile.ZIP_DEFLATED
            info.file_size = len(content)
            with target.open(info, "w") as member:
                for start in range(0, len(content), 1 << 20):
                    member.write(content[start : start + (1 << 20)])
    return stream.getvalue()


@pytest.fixture(params=["zlib", "isal"])
def _deflated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of both deflates, ours and what ``zipfile`` writes."""
    if request.param == "zlib":
        monkeypatch.setattr(codec, "isal_zlib", None)

    def compressor(kind: int, *_: object) -> codec.Deflater | None:
        return codec.deflater() if kind else None

    monkeypatch.setattr(zipfile, "_get_compressor", compressor)


@pytest.fixture(params=["paths", "functions", "joined"])
def entries(
    request: pytest.FixtureRequest, files: dict[str, bytes], tmp_path: Path
) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for number, (name, content) in enumerate(files.items()):
        if request.param == "functions":
            found[name] = lambda content=content: content  # type: ignore[misc]
            continue
        path = tmp_path / "in" / str(number)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        found[name] = path
        if request.param == "joined":
            # Of pieces that have nothing to do with how much is read at once.
            first, second = len(content) // 3, len(content) * 2 // 3
            head, tail = Stretch(path, 0, first), Stretch(path, second, len(content) - second)
            found[name] = Concatenated((head, content[first:second], b"", tail))
            assert content_of_source(found[name]) == content
    return found


@pytest.mark.usefixtures("_deflated")
def test_the_bytes_are_those_of_zipfile(
    files: dict[str, bytes], entries: dict[str, Source], tmp_path: Path
) -> None:
    told: dict[str, Listed] = {}

    def seals(listed: dict[str, Listed]) -> dict[str, bytes]:
        told.update(listed)
        return SEALS

    out = tmp_path / "p.zip"
    write_zip(out, entries, seals)  # type: ignore[arg-type]
    assert told == {n: Listed(hashlib.sha256(c).hexdigest(), len(c)) for n, c in files.items()}
    assert out.read_bytes() == plain(files)
    with zipfile.ZipFile(out) as found:
        assert found.testzip() is None
        assert {n: found.read(n) for n in found.namelist()} == files | SEALS
    assert [p.name for p in tmp_path.iterdir() if p.name != "in"] == ["p.zip"]


@pytest.mark.usefixtures("_deflated")
@pytest.mark.parametrize("limit", [1000, 1 << 20])
def test_files_over_the_limit_of_32_bits_have_wide_headers(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    out = tmp_path / "p.zip"
    write_zip(out, {n: lambda c=c: c for n, c in files.items()}, lambda _: SEALS)  # type: ignore[misc]
    assert out.read_bytes() == plain(files)
    monkeypatch.undo()
    with zipfile.ZipFile(out) as found:
        assert found.testzip() is None


def test_a_fault_of_one_file_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> bytes:
        raise ValueError("not what was stored")

    given: dict[str, Source] = {f"{n:02}": lambda: b"x" for n in range(40)}
    with pytest.raises(ValueError, match="not what was stored"):
        write_zip(tmp_path / "p.zip", given | {"20": broken}, lambda _: {})
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Iterator[bytes]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "_parts", full)
    with pytest.raises(UsageError, match="No space left"):
        write_zip(tmp_path / "p.zip", {"a": lambda: b"x"}, lambda _: {})
    assert not list(tmp_path.iterdir())


def test_few_are_made_ready_ahead(tmp_path: Path) -> None:
    """What is read waits in memory: no more of it than some, however many files there are."""
    read: list[int] = []
    written: list[int] = []
    behind: list[int] = []

    def source(number: int) -> bytes:
        read.append(number)
        behind.append(number - len(written))
        return b"x"

    real = writer._put

    def put(*given: object) -> Listed:
        written.append(0)
        return real(*given)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_put", put)
        entries = {f"{n:04}": (lambda n=n: source(n)) for n in range(300)}
        write_zip(tmp_path / "p.zip", entries, lambda _: {})  # type: ignore[arg-type]
    assert len(read) == 300
    assert max(behind) <= writer._AHEAD + 1
