"""``pack`` and ``verify`` as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.pack import making


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "p.tar"), "is no zip"),
        (("--out", "p.zip", "--split", "much"), "is no size of a volume"),
        (("--out", "p.zip", "--split", "9999"), "is no size of a volume"),
        (("--out", "p.zip", "--framework", "none"), "Unknown framework"),
        (("--out", "p.zip", "--sign-key", "none"), "--sign-key none: cannot be read"),
        (("--out", "p.zip", "--period", "weekly"), "'weekly' is not a period"),
    ],
)
def test_what_cannot_be_packed_is_said(
    sample: Path, run: Run, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    given = ("--store", sample / "store", "--config", sample / "reportgen.yaml")
    done = run("pack", *given, "--ending", "2026-09-30", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_pack_that_is_not_whole_is_not_continued(run: Run, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "before.zip").write_bytes(b"PK")
    given = ("--store", sample / "store", "--config", sample / "reportgen.yaml")
    done = run(
        "pack", *given, "--ending", "2026-09-30", "--out", "p.zip", "--previous", "before.zip"
    )
    assert done.returncode == 4
    assert "--previous before.zip: invalid: " in done.stderr


def test_verify_takes_packs_or_a_store(run: Run, sample: Path) -> None:
    assert run("verify").returncode == 2
    done = run("verify", "p.zip", "--store", sample / "store")
    assert done.returncode == 2
    assert "Packs and a store at once" in done.stderr


def test_two_packs_from_the_command(run: Run, tmp_path: Path) -> None:
    """Signed, in volumes, one continuing the other; the row is whole."""
    folder = making.organisation(tmp_path / "o")
    keys = making.keys(tmp_path / "keys")
    given = (
        "--store", folder / "store", "--config", folder / "reportgen.yaml",
        "--controls", folder / "controls", "--sign-key", keys.folder / "own", "--period", "monthly",
    )  # fmt: skip
    done = run("pack", *given, "--ending", "2026-08-31", "--out", "8.zip")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "8.zip"
    done = run(
        "pack", *given, "--ending", "2026-09-30", "--out", "9.zip", "--previous", "8.zip",
        "--split", "100 kB",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "9.zip.001"
    done = run("verify", "8.zip", "9.zip.001", "--allowed-signers", keys.allowed)
    assert done.returncode == 0, done.stdout
    root = making.manifest_of(tmp_path / "8.zip").root
    assert f"Root {root}" in done.stdout
