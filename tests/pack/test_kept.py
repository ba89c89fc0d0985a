"""Packs that earlier versions made are checked by every later one, and by what lies in them.

``kept/version-1.zip`` is the small organisation of ``making.py``, monthly, September 2026;
``redacted-1.zip`` one under pseudonyms, account ids too, with a pattern that ends within a piece
of a name, and a row of it shown in clear. Where the form of packs changes, one is added; none is
ever made anew.
"""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.pack.making import Parts, standalone

KEPT = Path(__file__).parent / "kept"
ALLOWED = KEPT / "allowed_signers"
# By another way than the packs.
ROOTS = {
    "version-1": "59c422bc0b91250902d37d007413c7f51a888eb590988e5377c05a65afdbce5a",
    "redacted-1": "66569c465b6de6312a20dceb2da6cac45f4b69ad6c3ab7b9aeb2048834a95dc4",
}


def test_none_is_lost() -> None:
    assert {path.stem for path in KEPT.glob("*.zip")} == set(ROOTS)
    assert all(path.stat().st_size < 350_000 for path in KEPT.iterdir())


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


def test_the_row_of_the_redacted_one_is_shown(run: Run, tmp_path: Path) -> None:
    """Its commitment is opened by every later version; what is altered of it is not shown."""
    given = (KEPT / "redacted-1.zip", "--allowed-signers", ALLOWED, "--shown")
    row = KEPT / "redacted-1-row.json"
    (tmp_path / "other.json").write_text(row.read_text().replace("dev.kestrel", "dev.somebody"))
    for check in (run, partial(standalone, tmp_path)):
        done = check(*(("verify",) if check is run else ()), *given, row)
        assert done.returncode == 0, done.stdout
        assert "user/dev.kestrel" in done.stdout
        wrong = check(*(("verify",) if check is run else ()), *given, tmp_path / "other.json")
        assert wrong.returncode == 4
        assert "dev.somebody" not in wrong.stdout


def test_no_name_is_in_the_redacted_one() -> None:
    found = Parts.of(KEPT / "redacted-1.zip").files
    for name in (b"kestrel", b"app-prod", b"111122223333"):
        held = [file for file, content in found.items() if name in content]
        # The catalogue's own examples have that account.
        assert not [
            file for file in held if not file.endswith("LP-01.yaml") and "LP-01/" not in file
        ]
