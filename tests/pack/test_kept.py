"""Packs that earlier versions made are checked by every later one, and by what lies in them.

``kept/version-1.zip`` is the small organisation of ``making.py``, monthly, September 2026. Where
the form of packs changes, one is added; none is ever made anew.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.pack.making import Parts, standalone

KEPT = Path(__file__).parent / "kept"
ALLOWED = KEPT / "allowed_signers"
# By another way than the packs.
ROOTS = {"version-1": "59c422bc0b91250902d37d007413c7f51a888eb590988e5377c05a65afdbce5a"}


def test_none_is_lost() -> None:
    assert {path.stem for path in KEPT.glob("*.zip")} == set(ROOTS)
    assert all(path.stat().st_size < 300_000 for path in KEPT.iterdir())


@pytest.mark.parametrize("name", ROOTS)
def test_a_kept_pack_is_whole(name: str, run: Run, tmp_path: Path) -> None:
    path = KEPT / f"{name}.zip"
    given = (path, "--allowed-signers", ALLOWED, "--expect", ROOTS[name])
    command, alone = run("verify", *given), standalone(tmp_path, *given)
    assert command.returncode == alone.returncode == 0, command.stdout
    assert ROOTS[name] in command.stdout
    # The file that it brought along, of its own day.
    with zipfile.ZipFile(path) as source:
        source.extractall(tmp_path / "pack")
    assert standalone(tmp_path / "pack", "--allowed-signers", ALLOWED).returncode == 0


@pytest.mark.parametrize("name", ROOTS)
def test_a_kept_pack_that_was_changed_is_not(name: str, run: Run, tmp_path: Path) -> None:
    parts = Parts.of(KEPT / f"{name}.zip")
    (pdf,) = [n for n in parts.files if n.endswith(".pdf")]
    parts.files[pdf] = parts.files[pdf][:-1]
    path = parts.write(tmp_path / "p.zip")
    done = run("verify", path, "--allowed-signers", ALLOWED)
    assert done.returncode == 4
    assert f"invalid: {path}: {pdf}" in done.stdout
    assert "1 flaw:" in done.stdout
