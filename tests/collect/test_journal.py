"""Interrupted anywhere, a run goes on where it stopped and asks nothing twice."""

from __future__ import annotations

import json
import os
import random
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from reportgen.clock import now, to_text
from reportgen.collect.journal import RESUME_WITHIN, opened
from reportgen.errors import StoreError
from reportgen.evidence.store import Item, Store
from reportgen.model import Status
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


@pytest.mark.parametrize(
    ("age", "found"),
    [
        (RESUME_WITHIN - timedelta(minutes=1), {"roles"}),
        (RESUME_WITHIN + timedelta(minutes=1), None),
        # The clock was set back since.
        (-timedelta(minutes=1), None),
    ],
)
def test_only_what_is_fresh_is_gone_on_with(
    tmp_path: Path, age: timedelta, found: set[str] | None
) -> None:
    folder = interrupted(tmp_path, item("roles", "{}"))
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**about, "started": to_text(now() - age)}))
    assert taken_up(tmp_path) == found


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
