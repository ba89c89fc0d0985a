"""Parsed YAML is kept under the hash of its texts, and never believed when damaged."""

from __future__ import annotations

import hashlib
import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reportgen import yamlcache, yamlsource
from reportgen.catalogue import load, load_catalogue
from reportgen.errors import ConfigError

TEXTS = ["a: 1\nb: [x, {c: true}]\n", "d: null\n"]


@pytest.fixture(autouse=True)
def nothing_parsed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new process on a new machine."""
    monkeypatch.setattr(yamlsource, "_memory", {})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "reportgen").glob("*"))


def again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Recall in a process that has parsed nothing; the texts that had to be parsed."""
    asked: list[str] = []
    real = yamlsource._parse

    def parse(text: str) -> yamlsource.Parsed:
        asked.append(text)
        return real(text)

    monkeypatch.setattr(yamlsource, "_memory", {})
    monkeypatch.setattr(yamlsource, "_parse", parse)
    yamlcache.recall(TEXTS)
    return asked


def test_the_second_process_parses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert again(monkeypatch) == TEXTS
    assert again(monkeypatch) == []
    for text in TEXTS:
        data, lines = yamlsource.parsed(text)
        assert data == yaml.safe_load(text)
        assert lines[()] == 1
    assert yamlsource.parsed(TEXTS[0])[1][("b", 1, "c")] == 2
    (path,) = kept(tmp_path)
    assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:31],
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    ],
)
def test_a_damaged_file_is_made_again(
    damage: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again(monkeypatch)
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))  # type: ignore[operator]
    assert again(monkeypatch) == TEXTS
    assert path.read_bytes() == whole


def test_a_file_of_fewer_texts_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again(monkeypatch)
    (path,) = kept(tmp_path)
    payload = marshal.dumps([yamlsource.parsed(TEXTS[0])])
    path.write_bytes(hashlib.sha256(payload).digest() + payload)
    assert again(monkeypatch) == TEXTS


def test_another_text_has_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again(monkeypatch)
    yamlcache.recall(["a: 2\n", TEXTS[1]])
    assert len(kept(tmp_path)) == 2
    assert yamlsource.parsed("a: 2\n")[0] == {"a": 2}


def test_only_the_newest_files_stay(tmp_path: Path) -> None:
    for number in range(yamlcache.KEPT + 1):
        yamlcache.recall([f"a: {number}\n"])
        os.utime(kept(tmp_path)[-1])
        for age, path in enumerate(sorted(kept(tmp_path), key=lambda p: p.stat().st_mtime_ns)):
            os.utime(path, (age, age))
    assert len(kept(tmp_path)) == yamlcache.KEPT


def test_faults_are_left_to_the_reader_of_the_file(tmp_path: Path) -> None:
    yamlcache.recall(["a: [1\n"])
    yamlcache.recall(["a: 1\na: 2\n"])
    assert kept(tmp_path) == []
    (tmp_path / "a.yaml").write_text("a: 1\na: 2\n")
    with pytest.raises(ConfigError, match=r"a\.yaml:2: 'a' is given twice"):
        yamlsource.load(tmp_path / "a.yaml")


def test_a_day_is_not_kept_and_is_read(tmp_path: Path) -> None:
    yamlcache.recall(["a: 2026-09-30\n"])
    assert kept(tmp_path) == []
    assert yamlsource.remembers("a: 2026-09-30\n")


def test_nowhere_to_keep_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file")
    assert again(monkeypatch) == TEXTS
    assert again(monkeypatch) == TEXTS


def test_memory_is_bounded_at_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamlsource, "_MOST", 2)
    for text in ("a: 1\n", "a: 2\n"):
        yamlsource.parsed(text)
    assert yamlsource.remembers("a: 1\n")
    yamlsource.parsed("a: 3\n")
    assert not yamlsource.remembers("a: 1\n")
    assert yamlsource.remembers("a: 2\n")


def test_the_catalogue_is_the_same_from_its_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_made", {})
    first = load_catalogue()
    assert len(kept(tmp_path)) == 1
    script = (
        "from reportgen import yamlsource\n"
        "from reportgen.catalogue import load_catalogue\n"
        "def parse(text): raise AssertionError(text)\n"
        "yamlsource._parse = parse\n"
        "print(load_catalogue().sha256)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == (first.sha256, "")
