"""Interrupted anywhere, a run goes on where it stopped and asks nothing twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from reportgen.collect import journal as module
from reportgen.collect.journal import opened
from reportgen.errors import StoreError
from reportgen.evidence.store import Item, Store, sha256
from reportgen.model import Status, canonical_json
from tests.collect.test_totals import item
from tests.conftest import Front, Run
from tests.warm import reportgen, started

ACCOUNT = "111122223333"
QUESTION = {"caller": ACCOUNT}


class Killed(BaseException):
    """Stands for the end of the process."""


def interrupted(place: Path, *items: Item, question: dict[str, Any] | None = None) -> Path:
    """A run that keeps items and is killed; returns its folder."""
    folder = place

    def run() -> None:
        nonlocal folder
        with opened(place, question or QUESTION) as journal:
            folder = journal.folder
            for kept in items:
                journal.keep(kept)
            raise Killed

    with pytest.raises(Killed):
        run()
    return folder


def taken_up(place: Path, question: dict[str, Any] | None = None) -> set[str] | None:
    """What a new run finds of an earlier one; None where it starts anew."""
    with opened(place, question or QUESTION) as journal:
        return set(journal.kept(ACCOUNT)) if journal.resumed else None


def test_what_was_kept_is_found_again_and_gone_when_the_run_ends(tmp_path: Path) -> None:
    first = item("roles", '{"Roles": []}')
    interrupted(tmp_path, first, item("users", "", Status.DENIED))
    with opened(tmp_path, QUESTION) as journal:
        kept = journal.kept(ACCOUNT)
        assert kept["roles"] == first
        assert kept["users"].envelope.status is Status.DENIED
    assert list(tmp_path.iterdir()) == []
    assert taken_up(tmp_path) is None


def test_another_question_starts_anew(tmp_path: Path) -> None:
    interrupted(tmp_path, item("roles", "{}"))
    assert taken_up(tmp_path, {"caller": "444455556666"}) is None
    assert taken_up(tmp_path) == {"roles"}


def test_two_runs_at_once_have_a_folder_each(tmp_path: Path) -> None:
    interrupted(tmp_path, item("roles", "{}"))
    with opened(tmp_path, QUESTION) as first:
        assert first.resumed
        with opened(tmp_path, QUESTION) as second:
            assert not second.resumed
            assert second.folder != first.folder
            second.keep(item("users", "{}"))
        assert set(first.kept(ACCOUNT)) == {"roles"}


@pytest.mark.parametrize("damage", [b"", b"x", b"0" * 64 + b"\n{}"])
def test_a_damaged_item_is_read_again(tmp_path: Path, damage: bytes) -> None:
    folder = interrupted(tmp_path, item("roles", "{}"), item("users", "{}"))
    (folder / ACCOUNT / "roles.item").write_bytes(damage)
    assert taken_up(tmp_path) == {"users"}


def test_a_source_can_be_forgotten_in_every_region(tmp_path: Path) -> None:
    interrupted(tmp_path, item("roles", "{}"), item("rolesets", "{}"))
    with opened(tmp_path, QUESTION) as journal:
        journal.forget(ACCOUNT, "roles")
        assert set(journal.kept(ACCOUNT)) == {"rolesets"}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "place").write_text("a file")
    with (
        pytest.raises(StoreError, match="cannot be kept"),
        opened(tmp_path / "place", QUESTION),
    ):
        pass


AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (timedelta(0), {"roles"}),
        (timedelta(hours=12), {"roles"}),
        (timedelta(hours=12, seconds=1), None),
        # The clock was set back since.
        (-timedelta(seconds=1), None),
    ],
)
def test_a_run_is_gone_on_with_for_twelve_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: timedelta, found: set[str] | None
) -> None:
    monkeypatch.setattr(module, "now", lambda: AT)
    interrupted(tmp_path, item("roles", "{}"))
    monkeypatch.setattr(module, "now", lambda: AT + later)
    assert taken_up(tmp_path) == found


def test_of_two_interrupted_runs_the_newer_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour, source in enumerate(("roles", "users", "regions")):
        moment = AT + timedelta(hours=hour)
        monkeypatch.setattr(module, "now", lambda moment=moment: moment)
        # Another question, so that the second does not take up the first.
        folder = interrupted(tmp_path, item(source, "{}"), question={"n": hour})
        about = json.loads((folder / "run.json").read_text())
        asked = sha256(canonical_json(QUESTION))[: len(about["asked"])]
        (folder / "run.json").write_text(json.dumps({**about, "asked": asked}))
    assert taken_up(tmp_path) == {"regions"}


def test_a_run_s_folder_is_private_wherever_it_is(tmp_path: Path) -> None:
    place = tmp_path / "not" / "yet" / "there"
    old = os.umask(0)
    try:
        with opened(place, QUESTION) as journal:
            assert place.stat().st_mode & 0o777 == 0o700
            assert journal.folder.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(old)
    assert list(place.iterdir()) == []


def test_what_is_not_there_is_forgotten_too(tmp_path: Path) -> None:
    """A regional source has no item of its bare name, and one never read has none at all."""
    with opened(tmp_path, QUESTION) as journal:
        alarms = item("alarms", "{}")
        envelope = replace(alarms.envelope, scope="region", region="eu-west-1")
        journal.keep(replace(alarms, envelope=envelope))
        assert set(journal.kept(ACCOUNT)) == {"alarms@eu-west-1"}
        journal.forget(ACCOUNT, "alarms")
        journal.forget(ACCOUNT, "roles")
        assert journal.kept(ACCOUNT) == {}


def test_an_account_that_is_stored_is_kept_no_more(tmp_path: Path) -> None:
    with opened(tmp_path, QUESTION) as journal:
        assert journal.accounts() == []
        journal.keep(item("roles", "{}"))
        assert journal.accounts() == [ACCOUNT]
        assert not journal.stored(ACCOUNT)
        journal.note_stored(ACCOUNT, "s-1")
        assert journal.stored(ACCOUNT)
        assert journal.accounts() == []
        # Of an account of which nothing was kept as well.
        journal.note_stored("444455556666", "s-2")
        assert journal.stored("444455556666")
        assert not journal.stored("777788889999")


def test_a_journal_that_somebody_removed_holds_nothing_and_ends_well(tmp_path: Path) -> None:
    with opened(tmp_path, QUESTION) as journal:
        shutil.rmtree(journal.folder)
        assert journal.accounts() == []
        assert journal.kept(ACCOUNT) == {}


def test_an_item_whose_text_is_no_base64_is_read_again(tmp_path: Path) -> None:
    """Its digest fits: so it was written, and a lenient reader would make other bytes of it."""
    folder = interrupted(tmp_path, item("roles", "{}"), item("users", "{}"))
    path = folder / ACCOUNT / "roles.item"
    content = path.read_bytes().partition(b"\n")[2]
    body = json.loads(content)
    altered = canonical_json({**body, "content": "e!" + body["content"][1:]})
    path.write_bytes(sha256(altered).encode() + b"\n" + altered)
    assert taken_up(tmp_path) == {"users"}


# -- the command, killed while AWS answers ------------------------------------------------------


COLLECT = ("collect", "--in-region", "ap-southeast-2")


def content_of(store: Path) -> dict[str, tuple[str, str]]:
    """Key -> status and digest of the only snapshot, but for the log, which has times and ids."""
    (snapshot,) = Store.open(store).snapshots()
    return {
        e.key: (e.status.value, e.sha256)
        for e in snapshot.envelopes
        if e.source not in ("collection-log", "credential-report")
    }


def collect_until(front: Front, folder: Path, count: int) -> int:
    """Run collect and kill it (SIGKILL) at the request after ``count``; its exit code."""
    front.calls.clear()
    front.dies_after = count
    front.victim = process = started([*COLLECT, "--store", "s"], folder)
    process.join(timeout=300)
    front.victim = None
    assert process.exitcode is not None
    return process.exitcode


# So many points; a night's run takes fifty: REPORTGEN_TEST_KILLS=50.
KILLS = int(os.environ.get("REPORTGEN_TEST_KILLS", "8"))


def test_killed_at_random_points_and_run_again_it_ends_as_if_undisturbed(
    front: Front, run: Run, tmp_path: Path
) -> None:
    iam = boto3.client("iam")
    for name in ("a", "b", "c"):
        iam.create_user(UserName=name)
    # The first report is not there at once, which takes a request more than later ones.
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    front.calls.clear()
    assert run(*COLLECT, "--store", "whole").returncode == 0
    undisturbed = front.calls.total()
    whole = content_of(tmp_path / "whole")
    chance = random.Random(KILLS)
    points = [chance.randrange(undisturbed) for _ in range(KILLS)]
    # Each third is killed a second time, early.
    for number, point in enumerate(points):
        folder = tmp_path / f"killed-{number}"
        folder.mkdir()
        steps = (point, min(point, 3)) if number % 3 == 0 else (point,)
        for count in steps:
            assert collect_until(front, folder, count) == -signal.SIGKILL
            assert not (folder / "s" / "head.json").exists()
        front.calls.clear()
        done = reportgen([*COLLECT, "--store", "s"], folder)
        assert done.returncode == 0, done.stderr
        assert content_of(folder / "s") == whole, f"killed after request {steps}"
        # Each start asks who it is, and repeats at most what was under way, ten sources at once.
        assert sum(steps) + front.calls.total() <= undisturbed + (1 + 2 * 10) * len(steps)
        assert not list((folder / "s.collecting").glob("*"))
