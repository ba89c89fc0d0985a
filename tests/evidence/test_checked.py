"""Verifying from a checkpoint: what it looks at, what it leaves, and that --all leaves nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reportgen.errors import IntegrityError
from reportgen.evidence.chain import Remembered
from reportgen.evidence.checked import verify_from
from reportgen.evidence.seal import canonical, object_name, seal_name
from reportgen.evidence.store import Snapshot, Store
from reportgen.evidence.verify import Verification
from tests.conftest import Run
from tests.evidence.daily import days, moment, put
from tests.evidence.memory import in_memory

NOW, LATER = "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"


@pytest.fixture
def store() -> Store:
    """Four days."""
    found = in_memory()
    for day in days(date(2026, 1, 1), 4):
        put(found, moment(day))
    return found


def checked(
    store: Store, tmp_path: Path, at: str = NOW, *, whole: bool = False
) -> tuple[Verification, list[str]]:
    return verify_from(store.medium, [], tmp_path / "a.json", at, whole=whole)


def object_of(snapshot: Snapshot, name: str) -> str:
    digest = next(d for n, (d, _) in snapshot.files.items() if n.endswith(name))
    return object_name(digest)


def test_the_second_run_hashes_what_is_new(store: Store, tmp_path: Path) -> None:
    first, notes = checked(store, tmp_path)
    assert (first.since, first.files, notes) == (0, 16, [])
    again, (note,) = checked(store, tmp_path, LATER)
    assert (again.since, again.files, again.bytes, again.flaws) == (4, 0, 0, [])
    assert f"it was on {NOW}, all at once on {NOW}" in note
    put(store, moment(date(2026, 1, 5)))
    grown, (note,) = checked(store, tmp_path, LATER)
    assert (grown.since, grown.files, grown.snapshots) == (4, 4, 5)
    assert f"it was on {LATER}, all at once on {NOW}" in note
    whole, notes = checked(store, tmp_path, LATER, whole=True)
    assert (whole.since, whole.files, notes) == (0, 20, [])
    _, (note,) = checked(store, tmp_path, LATER)
    assert f"it was on {LATER}, all at once on {LATER}" in note


def test_what_the_short_one_leaves_all_and_every_read_find(store: Store, tmp_path: Path) -> None:
    checked(store, tmp_path)
    name = object_of(store.snapshots()[1], "roles.json")
    good = store.medium.read(name)
    store.medium.replace(name, good[:-1] + b" ")
    short, _ = checked(store, tmp_path)
    assert short.flaws == []
    (flaw,) = checked(store, tmp_path, whole=True)[0].flaws
    assert (flaw.name, flaw.place.split(" ")[0]) == ("altered", name)
    snapshot = store.snapshots()[1]
    with pytest.raises(IntegrityError, match="altered"):
        snapshot.read(snapshot.of_account("111122223333")["roles"])
    store.medium.remove(name)
    assert checked(store, tmp_path)[0].flaws == []
    assert [f.name for f in checked(store, tmp_path, whole=True)[0].flaws] == ["missing"]


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_new_evidence_and_old_seals_are_looked_at(
    damage: str, store: Store, tmp_path: Path
) -> None:
    checked(store, tmp_path)
    new = put(store, moment(date(2026, 1, 5)))
    name = object_of(new, "roles.json")
    good = store.medium.read(name)
    if damage == "altered":
        store.medium.replace(name, good[:-1] + b" ")
    else:
        store.medium.remove(name)
    assert [f.name for f in checked(store, tmp_path)[0].flaws] == [damage]
    store.medium.replace(name, good)
    seal = store.medium.read(seal_name(2))
    store.medium.replace(seal_name(2), seal.replace(b"2026", b"2025", 1))
    assert "altered" in [f.name for f in checked(store, tmp_path)[0].flaws]


def test_what_old_and_new_share_is_hashed_with_the_new(store: Store, tmp_path: Path) -> None:
    checked(store, tmp_path)
    new = put(store, moment(date(2026, 1, 5)))
    name = object_of(new, "password-policy.json")
    store.medium.replace(name, b"{}")
    assert [f.name for f in checked(store, tmp_path)[0].flaws] == ["altered"]


def test_a_flaw_moves_no_checkpoint(store: Store, tmp_path: Path) -> None:
    checked(store, tmp_path)
    kept = (tmp_path / "a.json").read_bytes()
    new = put(store, moment(date(2026, 1, 5)))
    store.medium.remove(object_of(new, "roles.json"))
    assert checked(store, tmp_path, LATER)[0].flaws
    assert (tmp_path / "a.json").read_bytes() == kept
    unknown = Remembered("f" * 64, "--expect")
    found, _ = verify_from(store.medium, [unknown], tmp_path / "b.json", NOW, whole=False)
    assert [f.name for f in found.flaws] == ["cut", "missing"]
    assert not (tmp_path / "b.json").exists()


def test_a_checkpoint_that_does_not_fit_is_said_and_all_is_hashed(
    store: Store, tmp_path: Path
) -> None:
    checked(store, tmp_path)
    store.medium.remove(seal_name(4))
    third = store.medium.read(seal_name(3)).split(b'"root":"')[1][:64].decode()
    store.medium.replace("head.json", canonical({"sequence": 3, "root": third}))
    found, (note,) = checked(store, tmp_path)
    assert (found.flaws, found.since, found.snapshots) == ([], 0, 3)
    assert note.startswith(f"The checkpoint {tmp_path / 'a.json'} is passed over")
    assert "cut: chain/00000004.json" in note


def test_a_damaged_checkpoint_is_said_and_all_is_hashed(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    found, (note,) = checked(store, tmp_path)
    assert (found.since, found.files) == (0, 16)
    assert "passed over" in note
    assert checked(store, tmp_path)[0].since == 4


def test_where_it_cannot_be_written_that_is_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found, notes = verify_from(store.medium, [], tmp_path / "file" / "a.json", NOW, whole=False)
    assert (found.flaws, found.since) == ([], 0)
    assert "cannot be written, so the next run hashes the same again" in notes[-1]


def test_an_empty_store_leaves_no_checkpoint(tmp_path: Path) -> None:
    found, notes = checked(in_memory(), tmp_path)
    assert (found.flaws, found.root, notes) == ([], None, [])
    assert not (tmp_path / "a.json").exists()


def test_the_command_goes_on_and_all_does_it_again(run: Run, state: Path, tmp_path: Path) -> None:
    kept = Store.create(tmp_path / "s")
    for day in days(date(2026, 1, 1), 3):
        put(kept, moment(day))
    first = run("verify", "--store", "s")
    assert (first.returncode, first.stderr) == (0, "")
    assert "12 files" in first.stdout
    assert len(list((state / "reportgen" / "verified").iterdir())) == 1
    name = object_of(kept.snapshots()[0], "roles.json")
    (tmp_path / "s" / name).write_bytes(b"{}")
    short = run("verify", "--store", str(tmp_path / "s"))
    assert (short.returncode, "0 files" in short.stdout) == (0, True)
    assert "not hashed again" in short.stderr
    assert run("verify", "--store", "s", "--all").returncode == 4
    assert run("verify", "--store", "s", "--checkpoint", "c.json").returncode == 4
    assert not (tmp_path / "c.json").exists()


def test_these_options_are_of_stores(run: Run, tmp_path: Path) -> None:
    for option in (["--all"], ["--checkpoint", "c"]):
        done = run("verify", "p.zip", *option)
        assert (done.returncode, "go with --store" in done.stderr) == (2, True)
