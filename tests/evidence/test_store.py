"""The store on a folder and on S3: written whole or not at all, once, in a chain, side by side."""

from __future__ import annotations

import errno
import os
import pickle
import resource
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import StoreError
from reportgen.evidence.medium import medium_at
from reportgen.evidence.seal import NO_ROOT, canonical, seal_name, sha256
from reportgen.evidence.store import Item, Store
from reportgen.evidence.verify import verify
from tests.conftest import Run
from tests.evidence.chained import FIRST, MOMENTS, SECOND, add, files, item, items_of, load, three
from tests.evidence.conftest import BucketPlace, FolderPlace, Place
from tests.evidence.writers import hold, write_many
from tests.warm import CONTEXT


def test_a_seal_names_the_root_before(place: Place, tmp_path: Path) -> None:
    three(place, tmp_path)
    before = NO_ROOT
    for number in (1, 2, 3):
        data = load(place, seal_name(number))
        root = data.pop("root")
        assert data["sequence"] == number
        assert data["previous"] == before
        assert sha256(canonical(data)) == root
        before = root
    assert load(place, "head.json") == {"sequence": 3, "root": before}


def test_evidence_comes_back_as_it_was_given(place: Place, tmp_path: Path) -> None:
    three(place, tmp_path)
    found = Store.open(place.store).snapshots()
    assert [s.collected_at for s in found] == MOMENTS
    assert [s.accounts for s in found] == [(FIRST,), (SECOND,), (FIRST,)]
    evidence = found[1].of_account(SECOND)
    content = found[1].read(evidence["account-summary"])
    assert content == (tmp_path / "2" / "account-summary").read_bytes()
    assert found[1].of_account(FIRST) == {}


def test_the_same_evidence_again_changes_nothing(place: Place, tmp_path: Path) -> None:
    first = three(place, tmp_path)
    before = {name: place.read(name) for name in place.names()}
    assert [s.id for s in three(place, tmp_path)] == [s.id for s in first]
    assert {name: place.read(name) for name in place.names()} == before


def test_the_same_content_is_stored_once(place: Place, tmp_path: Path) -> None:
    add(place, tmp_path, FIRST, MOMENTS[0], 1)
    before = set(place.names())
    add(place, tmp_path, FIRST, MOMENTS[1], 1)
    ending = "account-summary.json"
    assert item(place, 1, ending) == item(place, 2, ending)
    # A seal, a list of files and two envelopes, which carry other times.
    assert len(set(place.names()) - before) == 4


def test_order_is_that_of_writing_and_a_clock_may_jump_back(place: Place, tmp_path: Path) -> None:
    add(place, tmp_path, FIRST, MOMENTS[2], 1)
    add(place, tmp_path, FIRST, MOMENTS[0], 2)
    add(place, tmp_path, FIRST, datetime(2106, 1, 1, tzinfo=UTC), 3)
    store = Store.open(place.store)
    assert [seal.collected_at[:4] for seal in store.chain().seals] == ["2026", "2026", "2106"]
    assert [s.collected_at for s in store.snapshots()][:2] == [MOMENTS[0], MOMENTS[2]]
    found = verify(store.medium)
    assert found.flaws == []
    assert (found.first, found.last) == ("2026-07-28T00:00:00Z", "2106-01-01T00:00:00Z")


def test_a_folder_is_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        place = FolderPlace(tmp_path / "store")
        three(place, tmp_path)
    finally:
        os.umask(old)
    for path in (place.root, *place.root.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_writers_at_once_go_behind_each_other(place: Place, tmp_path: Path) -> None:
    """Three processes, none of which shares a server's threads."""
    Store.create(place.store)
    environment = dict(os.environ)
    writers = [
        CONTEXT.Process(target=write_many, args=(place.store, tmp_path, n, 5, environment))
        for n in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    found = verify(medium_at(place.store))
    assert found.flaws == []
    assert found.snapshots == 15


def test_a_seal_that_arrives_while_another_reads_is_no_cut(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that has listed the seals must not meet the head of a newer one."""
    add(place, tmp_path, FIRST, MOMENTS[0], 1)
    medium = type(medium_at(place.store))
    listing = medium.listing
    done: list[bool] = []

    def then_written(self: Any, folder: str) -> dict[str, int]:
        found = listing(self, folder)
        if folder == "chain" and not done:
            done.append(True)
            add(place, tmp_path / "other", SECOND, MOMENTS[1], 2)
        return dict(found)

    monkeypatch.setattr(medium, "listing", then_written)
    assert verify(medium_at(place.store)).flaws == []
    assert done


def test_who_comes_second_goes_behind(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer's seal arrives just before ours: ours takes the next number."""
    add(place, tmp_path, FIRST, MOMENTS[0], 1)
    medium = type(medium_at(place.store))
    write_new = medium.write_new
    done: list[bool] = []

    def late(self: Any, name: str, content: bytes) -> bool:
        if name == seal_name(2) and not done:
            done.append(True)
            # Without the lock, which would wait for us: a disk whose locks do not work.
            monkeypatch.setattr(medium, "lock", lambda _: __import__("contextlib").nullcontext())
            add(place, tmp_path / "other", SECOND, MOMENTS[1], 2)
        return bool(write_new(self, name, content))

    monkeypatch.setattr(medium, "write_new", late)
    add(place, tmp_path / "ours", FIRST, MOMENTS[2], 3)
    seals = Store.open(place.store).chain().seals
    assert [seal.accounts for seal in seals] == [(FIRST,), (SECOND,), (FIRST,)]


def test_the_lock_of_a_dead_process_is_gone(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "store")
    add(place, tmp_path, FIRST, MOMENTS[0], 1)
    ready = CONTEXT.Event()
    holder = CONTEXT.Process(target=hold, args=(place.root, ready))
    holder.start()
    assert ready.wait(30)
    holder.kill()
    holder.join()
    add(place, tmp_path, FIRST, MOMENTS[1], 2)
    assert len(Store.open(place.store).snapshots()) == 2


STEPS = ("list", "seal", "head")


@pytest.mark.parametrize("step", STEPS)
def test_killed_between_any_two_writes(
    step: str, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that dies leaves the store as it was, or with its snapshot whole."""
    add(place, tmp_path, FIRST, MOMENTS[0], 1)
    medium = type(medium_at(place.store))
    write_new, replace = medium.write_new, medium.replace
    objects: list[str] = []

    def new(self: Any, name: str, content: bytes) -> bool:
        objects.append(name)
        if (step == "seal" and name.startswith("chain/")) or (step == "list" and len(objects) == 3):
            raise KeyboardInterrupt
        return bool(write_new(self, name, content))

    def over(self: Any, name: str, content: bytes) -> None:
        if step == "head":
            raise KeyboardInterrupt
        replace(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(medium, "write_new", new)
        patch.setattr(medium, "replace", over)
        with pytest.raises(KeyboardInterrupt):
            add(place, tmp_path, FIRST, MOMENTS[1], 2)
    store = Store.open(place.store)
    assert len(store.snapshots()) == (2 if step == "head" else 1)
    assert verify(store.medium).flaws == []
    add(place, tmp_path, FIRST, MOMENTS[1], 2)
    found = verify(store.medium)
    assert (found.flaws, found.snapshots, found.unused) == ([], 2, 0)


def test_a_full_disk(tmp_path: Path) -> None:
    """No file may grow over 600 bytes here: the report does not fit, what came before stays."""
    place = FolderPlace(tmp_path / "store")
    add(place, tmp_path, FIRST, MOMENTS[0], 1)
    before = {name: place.read(name) for name in place.names() if name.startswith("chain/")}
    items = items_of(tmp_path, FIRST, MOMENTS[1], 2)
    store = Store.open(place.store)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, hard))
    try:
        with pytest.raises(StoreError, match="cannot be written: File too large") as raised:
            store.add("2026-08-28T00:00:00Z", items)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "what the store held before is untouched" in raised.value.hint
    assert {n: place.read(n) for n in place.names() if n.startswith("chain/")} == before
    assert list((place.root / "writing").iterdir()) == []
    assert verify(medium_at(place.store)).flaws == []


def test_a_store_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = FolderPlace(tmp_path / "store")
    add(place, tmp_path, FIRST, MOMENTS[0], 1)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(StoreError, match="cannot be written: Read-only file system"):
        add(place, tmp_path, FIRST, MOMENTS[1], 2)
    store = Store.open(place.store)
    assert len(store.snapshots()) == 1
    assert store.remember(store.chain().seals[-1]) is False


ARABIC_ONES = "\u0661" * 12


@pytest.mark.parametrize(
    ("account", "moment", "key"),
    [
        (ARABIC_ONES, "2026-09-30T00:00:00Z", "roles"),
        ("1" * 11, "2026-09-30T00:00:00Z", "roles"),
        (FIRST, "2026-09-30", "roles"),
        (FIRST, "2026-09-30T00:00:00+00:00", "roles"),
        (FIRST, "2026-09-30T00:00:00Z", "../roles"),
        (FIRST, "2026-09-30T00:00:00Z", ".roles"),
        (FIRST, "2026-09-30T00:00:00Z", "ro les"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(
    account: str, moment: str, key: str, tmp_path: Path
) -> None:
    """Nothing is ever taken away from a store: one such seal would spoil it for good."""
    place = FolderPlace(tmp_path / "store")
    add(place, tmp_path, FIRST, MOMENTS[0], 1)
    (found, *_) = items_of(tmp_path, FIRST, MOMENTS[1], 2)
    envelope = replace(found.envelope, account_id=account, source=key, file=f"{key}.json")
    with pytest.raises(StoreError, match=r"would not be readable|Not AWS account ids"):
        Store.open(place.store).add(moment, [Item(envelope, found.content)])
    assert verify(medium_at(place.store)).flaws == []
    assert len(Store.open(place.store).snapshots()) == 1


def test_other_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    for opening in (Store.open, Store.create):
        with pytest.raises(StoreError, match="not an evidence store"):
            opening(tmp_path)


def test_a_store_of_a_later_version_is_refused(place: Place, tmp_path: Path) -> None:
    three(place, tmp_path)
    place.write("store.json", b'{"format": "reportgen-store", "version": 3}')
    with pytest.raises(StoreError, match=r"version \(3; this is 2\)"):
        Store.open(place.store)


def test_no_store_and_no_bucket(s3: Any) -> None:
    s3.create_bucket(Bucket="evidence-example")
    with pytest.raises(StoreError, match="no evidence store at s3://evidence-example/none"):
        Store.open("s3://evidence-example/none")
    with pytest.raises(StoreError, match="cannot be read: NoSuchBucket"):
        Store.open("s3://no-such-bucket-example/iam")


def test_object_lock_is_the_buckets(s3: Any, tmp_path: Path) -> None:
    """Under a default retention of seven years; what is replaced stays as an older version."""
    s3.create_bucket(Bucket="locked-example", ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket="locked-example",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 2557}},
        },
    )
    place = BucketPlace(s3, "locked-example")
    three(place, tmp_path)
    versions = s3.list_object_versions(Bucket="locked-example", Prefix="iam/head.json")["Versions"]
    assert len(versions) == 3
    for name in place.names():
        head = s3.head_object(Bucket="locked-example", Key=f"iam/{name}")
        assert head["ObjectLockMode"] == "COMPLIANCE", name
    assert verify(medium_at(place.store)).flaws == []


def test_a_bucket_serves_the_command_line(s3: Any, tmp_path: Path, run: Run) -> None:
    s3.create_bucket(Bucket="evidence-example")
    place = BucketPlace(s3, "evidence-example")
    three(place, tmp_path)
    done = run("verify", "--store", place.store)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No flaw: 3 snapshots of 2 accounts, 12 files")
    done = run("assess", "--store", place.store, "--format", "json")
    assert done.returncode == 0, done.stderr


def test_a_medium_travels_to_other_processes(place: Place, tmp_path: Path) -> None:
    (first, *_) = three(place, tmp_path)
    there = pickle.loads(pickle.dumps(first))
    assert there.envelopes == first.envelopes
    assert set(there.files) == {entry["file"] for entry in files(place, 1)}
