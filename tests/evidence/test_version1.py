"""A store of version 1 is refused in words, and brought over whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from reportgen.errors import IntegrityError, StoreError
from reportgen.evidence.seal import sha256
from reportgen.evidence.store import Snapshot, Store
from reportgen.evidence.version1 import upgrade
from reportgen.model import canonical_json
from tests.conftest import Run
from tests.evidence.chained import FIRST, MOMENTS, SECOND, add, three
from tests.evidence.conftest import FolderPlace


def of_version_1(root: Path, snapshots: Iterable[Snapshot]) -> Path:
    """A store as version 1 wrote it, from the evidence of a new one."""
    root.mkdir()
    (root / "store.json").write_bytes(canonical_json({"format": "reportgen-store", "version": 1}))
    for snapshot in snapshots:
        folder = root / "snapshots" / snapshot.id
        entries = []
        for name in snapshot.files:
            content = snapshot._file(name)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
            entries.append({"file": name, "sha256": sha256(content), "bytes": len(content)})
        manifest = {
            "format": "reportgen-snapshot",
            "version": 1,
            "id": snapshot.id,
            "collected_at": snapshot.seal.collected_at,
            "accounts": list(snapshot.accounts),
            "files": entries,
        }
        (folder / "snapshot.json").write_bytes(canonical_json(manifest))
    return root


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return of_version_1(
        tmp_path / "old", three(FolderPlace(tmp_path / "other"), tmp_path / "given")
    )


def test_it_is_refused_with_what_to_do(old: Path, run: Run) -> None:
    for opening in (Store.open, Store.create):
        with pytest.raises(StoreError, match="store of version 1") as raised:
            opening(old)
        assert f"reportgen upgrade --store {old} --to NEW" in raised.value.hint
    assert run("verify", "--store", old).returncode == 2


def test_everything_comes_over(old: Path, tmp_path: Path, run: Run) -> None:
    before = {p: p.read_bytes() for p in old.rglob("*") if p.is_file()}
    new = tmp_path / "new"
    done = run("upgrade", "--store", old, "--to", new)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 snapshots are in")
    other, found = Store.open(tmp_path / "other").snapshots(), Store.open(new).snapshots()
    assert [s.collected_at for s in found] == MOMENTS
    assert [(s.id, s.files) for s in found] == [(s.id, s.files) for s in other]
    assert run("verify", "--store", new).returncode == 0
    assert {p: p.read_bytes() for p in old.rglob("*") if p.is_file()} == before
    assert upgrade(old, new) == 3
    assert len(Store.open(new).snapshots()) == 3


def test_what_a_writer_left_half_and_what_is_hidden_is_no_snapshot(
    old: Path, tmp_path: Path
) -> None:
    """Version 1 wrote snapshot.json last, and made what was not ready under a name with a dot."""
    first, second, _ = sorted((old / "snapshots").iterdir())
    (first / "snapshot.json").unlink()
    second.rename(second.with_name(f".{second.name}"))
    assert upgrade(old, tmp_path / "new") == 1
    assert [s.collected_at for s in Store.open(tmp_path / "new").snapshots()] == MOMENTS[2:]


def test_of_one_moment_the_smaller_id_is_first(tmp_path: Path) -> None:
    other = FolderPlace(tmp_path / "other")
    both = [add(other, tmp_path / one, one, MOMENTS[0], 1) for one in (FIRST, SECOND)]
    assert upgrade(of_version_1(tmp_path / "old", both), tmp_path / "new") == 2
    chained = [link.id for link in Store.open(tmp_path / "new").chain().seals]
    assert chained == sorted(snapshot.id for snapshot in both)


def manifest_of(old: Path) -> Path:
    return sorted(old.rglob("snapshot.json"))[0]


def flip(old: Path) -> None:
    path = next(old.rglob("account-summary.json"))
    path.write_bytes(path.read_bytes() + b" ")


def remove(old: Path) -> None:
    next(old.rglob("account-summary.json")).unlink()


def foreign(old: Path) -> None:
    (manifest_of(old).parent / FIRST / "notes.txt").write_text("x")


def copied(old: Path) -> None:
    folder = manifest_of(old).parent
    shutil.copytree(folder, folder.with_name("20260930T000000Z-0000000000"))


def other_accounts(old: Path) -> None:
    data = json.loads(manifest_of(old).read_bytes())
    manifest_of(old).write_text(json.dumps({**data, "accounts": []}))


def truncated(old: Path) -> None:
    manifest_of(old).write_bytes(manifest_of(old).read_bytes()[:-40])


FLAWS = [
    (flip, "Evidence was altered"),
    (remove, "Evidence is missing"),
    (foreign, r"notes\.txt does not belong"),
    (copied, "altered, or is a copy"),
    (other_accounts, "altered, or is a copy"),
    (truncated, "is damaged"),
]


@pytest.mark.parametrize(("tamper", "said"), FLAWS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_flawed_one_is_not_brought_over(
    tamper: Callable[[Path], None], said: str, old: Path, tmp_path: Path
) -> None:
    tamper(old)
    with pytest.raises(IntegrityError, match=said):
        upgrade(old, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_only_version_1_is_brought_over(tmp_path: Path, old: Path) -> None:
    with pytest.raises(StoreError, match="not a store of version 1"):
        upgrade(tmp_path / "other", tmp_path / "new")
