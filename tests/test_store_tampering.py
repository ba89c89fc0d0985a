"""A store that somebody changed: each flaw is named, with exit code 4, before anything rests on it.

A deleted snapshot is not seen yet: the manifests do not form a chain.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import IntegrityError
from reportgen.evidence.store import Store
from tests.conftest import Run
from tests.given import short_form, store_with


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """The folder of the only snapshot of a good store."""
    files = short_form({"credential-report": [{"user": "u"}], "account-summary": {"Users": 1}})
    store, found = store_with(tmp_path, dict(files))
    assert [s.id for s in store.snapshots()] == [found.id]
    return found.folder


def edit(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    path = folder / "snapshot.json"
    manifest = json.loads(path.read_bytes())
    change(manifest)
    path.write_text(json.dumps(manifest))


def another_account(folder: Path) -> None:
    edit(folder, lambda m: m.update(accounts=["111122223333", "444455556666"]))


def no_account(folder: Path) -> None:
    edit(folder, lambda m: m.update(accounts=[]))


def listed_twice(folder: Path) -> None:
    edit(folder, lambda m: m["files"].append(m["files"][0]))  # type: ignore[attr-defined]


def foreign_file(folder: Path) -> None:
    (folder / "111122223333" / "notes.txt").write_text("x")


def foreign_folder(folder: Path) -> None:
    (folder / "444455556666").mkdir()


def foreign_link(folder: Path) -> None:
    (folder / "111122223333" / "link").symlink_to("/nowhere")


def copied(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("20260930T000000Z-0000000000"))


def cut_manifest(folder: Path) -> None:
    path = folder / "snapshot.json"
    path.write_bytes(path.read_bytes()[:-40])


FLAWS = [
    (another_account, "was altered: its accounts are not those of its files"),
    (no_account, "was altered: its accounts are not those of its files"),
    (listed_twice, "was altered: it lists a file twice"),
    (foreign_file, "notes.txt does not belong to the snapshot"),
    (foreign_folder, "444455556666 does not belong to the snapshot"),
    (foreign_link, "link does not belong to the snapshot"),
    (copied, "is a copy: its snapshot is"),
    (cut_manifest, "snapshot.json is damaged"),
]


@pytest.mark.parametrize(("tamper", "said"), FLAWS, ids=lambda x: getattr(x, "__name__", ""))
def test_each_flaw_is_named(
    tamper: Callable[[Path], None], said: str, snapshot: Path, run: Run
) -> None:
    tamper(snapshot)
    store = snapshot.parents[1]
    with pytest.raises(IntegrityError, match=said):
        Store(store).snapshots()
    done = run("assess", "--store", store)
    assert done.returncode == 4
    assert said.split(":")[0] in done.stderr.replace("\n", " ")
