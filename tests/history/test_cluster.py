"""A Dask cluster judges as one process does: the same bytes, and each account once.

Its workers are processes of their own, as they would be on other machines.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from multiprocessing import forkserver
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

import reportgen
from reportgen.errors import ReportgenError, UsageError
from reportgen.evidence.medium import FolderMedium
from reportgen.evidence.store import Snapshot, Store
from reportgen.history import cluster as clusters
from reportgen.history import pool as pools
from reportgen.history.cluster import cluster, unfit
from reportgen.history.pool import through
from reportgen.history.worker import Setup, Task, work_with
from reportgen.pipeline import Judging, Rules, prepare
from reportgen.reporting import Written, write_report
from reportgen.verdicts.engine import engine
from reportgen.verdicts.kept import Kept
from tests.conftest import Front
from tests.given import store_with
from tests.history.dying import Dying, DyingWithSetup, Ending
from tests.history.test_history import ACCOUNTS, files
from tests.warm import CONTEXT

dask: Any = pytest.importorskip("dask")
distributed: Any = pytest.importorskip("distributed")
END = date(2026, 9, 30)
MOMENT = datetime(2026, 9, 20, tzinfo=UTC)
ONE = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
_WORKER = "from distributed.cli.dask_worker import main; main()"
_WITHOUT = "import sys; sys.modules['reportgen'] = None; "


@pytest.fixture(autouse=True)
def workers_of_clusters() -> Iterator[None]:
    """Those that Dask starts itself come from the process that has loaded reportgen."""
    assert CONTEXT
    forkserver.ensure_running()
    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        yield


@pytest.fixture(scope="module")
def rules() -> Rules:
    return prepare(None)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for account in ACCOUNTS:
        made, _ = store_with(tmp_path, files(account, 9), account, MOMENT)
    return Path(str(made.place))


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of one without workers."""
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as made:
        yield made.scheduler_address


@contextmanager
def worker(
    address: str,
    folder: Path,
    before: str = "",
    package: Path | None = None,
    *,
    lasts: bool = True,
) -> Iterator[None]:
    """A worker that runs in ``folder``; ``before`` is code, ``package`` where its reportgen is.

    ``lasts``: the scheduler is there still at the end, and is to have missed it.
    """
    path = [str(package or Path(reportgen.__file__).parents[1]), *filter(None, sys.path)]
    process = subprocess.Popen(
        [sys.executable, "-c", before + _WORKER, address, "--no-nanny", "--nthreads", "1",
         "--no-dashboard"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)
        yield
    finally:
        process.terminate()
        process.wait()
        if lasts:
            with distributed.Client(address, set_as_default=False) as client:
                while client.scheduler_info()["workers"]:
                    pass


def reported(store: Path | str, rules: Rules, out: Path, address: str = "") -> Written:
    judging = Judging(cluster=address)
    place: Any = store
    return write_report(place, rules, "monthly", END, out, None, ("json", "html"), judging)


def kept(store: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (store / "judged").rglob("*") if p.is_file()}


def test_two_workers_give_the_same_bytes(store: Path, rules: Rules, tmp_path: Path) -> None:
    here = reported(store, rules, tmp_path / "a")
    whole = kept(store)
    shutil.rmtree(store / "judged")
    with distributed.LocalCluster(**{**ONE, "n_workers": 2}) as made:
        there = reported(store, rules, tmp_path / "b", made.scheduler_address)
    assert kept(store) == whole
    assert there.judged == here.judged > 0
    for name, path in here.files.items():
        assert there.files[name].read_bytes() == path.read_bytes()


def test_a_worker_in_another_folder_sees_the_same_store(
    store: Path, rules: Rules, tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = reported(store, rules, tmp_path / "a")
    whole = kept(store)
    shutil.rmtree(store / "judged")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(store.parent)
    with worker(scheduler, tmp_path / "elsewhere"):
        there = reported(Path(store.name), rules, tmp_path / "b", scheduler)
    assert (there.damaged, there.judged) == ({}, here.judged)
    assert kept(store) == whole


def test_a_store_on_s3(rules: Rules, tmp_path: Path, scheduler: str, front: Front) -> None:
    where = {"LocationConstraint": "ap-southeast-2"}
    boto3.client("s3").create_bucket(Bucket="evidence-example", CreateBucketConfiguration=where)
    place = "s3://evidence-example/iam"
    source, _ = store_with(tmp_path, files(ACCOUNTS[0], 9), ACCOUNTS[0], MOMENT)
    there = Store.create(place)
    for name in source.medium.listing("chain") | source.medium.listing("objects"):
        there.medium.write_new(name, source.medium.read(name))
    with worker(scheduler, tmp_path):
        found = reported(place, rules, tmp_path / "b", scheduler)
    here = reported(Path(str(source.place)), rules, tmp_path / "a")
    assert (found.damaged, found.judged) == ({}, here.judged)
    assert found.files["summary.json"].read_bytes() == here.files["summary.json"].read_bytes()
    assert set(there.medium.listing("judged")) == set(source.medium.listing("judged"))


@contextmanager
def pool(rules: Rules, tmp_path: Path, dying: Dying) -> Iterator[Any]:
    setup = Setup("x", rules, Kept(FolderMedium(tmp_path), tmp_path), engine())
    # At the first death a task is given up, where that is to be seen.
    allowed = 3 if dying.times == 1 else 0
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": allowed}),
        distributed.LocalCluster(**ONE) as made,
        cluster(made.scheduler_address, setup, []) as found,
    ):
        yield replace(found, call=(dying, *found.call[1:]))


TASKS = [Task(f"{n:012}", (), ()) for n in range(4)]


def test_no_account_is_lost_or_done_twice_when_a_worker_dies(tmp_path: Path, rules: Rules) -> None:
    """It was the only one, and had the setup: another that comes in its place is given it too."""
    done: list[str] = []
    with pool(rules, tmp_path, DyingWithSetup(tmp_path, TASKS[2].account, 1)) as given:
        through(TASKS, given, lambda finished: done.append(finished.account))
    assert (tmp_path / TASKS[2].account).read_text() == "x"
    assert sorted(done) == [task.account for task in TASKS]


def test_an_account_whose_workers_all_die_is_named(tmp_path: Path, rules: Rules) -> None:
    account = TASKS[2].account
    with (
        pool(rules, tmp_path, DyingWithSetup(tmp_path, account, 99)) as given,
        pytest.raises(ReportgenError, match=f"judged account {account} died"),
    ):
        through([TASKS[2]], given, lambda _: None)


def test_workers_that_all_leave_are_missed(
    tmp_path: Path, rules: Rules, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "LOOK", 1.0)
    monkeypatch.setattr(clusters, "AWAITED", 1.0)
    setup = Setup("x", rules, Kept(FolderMedium(tmp_path), tmp_path), engine())
    dying = DyingWithSetup(tmp_path, TASKS[0].account, 99)
    with (
        worker(scheduler, tmp_path),
        pytest.raises(ReportgenError, match="all its workers are gone"),
        cluster(scheduler, setup, []) as found,
    ):
        through(TASKS, replace(found, call=(dying, *found.call[1:])), lambda _: None)


def test_a_scheduler_that_goes_away_is_told(
    tmp_path: Path, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "ANSWERS", 2.0)
    place = tmp_path / "scheduler.json"
    code = "from distributed.cli.dask_scheduler import main; main()"
    scheduler = subprocess.Popen(
        [sys.executable, "-c", code, "--port", "0", "--no-dashboard", "--scheduler-file", place],
        stderr=subprocess.DEVNULL,
    )
    address = ""
    while not address:
        assert scheduler.poll() is None
        time.sleep(0.1)
        with suppress(FileNotFoundError, ValueError):
            address = json.loads(place.read_bytes())["address"]
    setup = Setup("x", rules, Kept(FolderMedium(tmp_path), tmp_path), engine())
    ending = Ending(scheduler.pid)
    with (
        worker(address, tmp_path, lasts=False),
        pytest.raises(ReportgenError, match="the scheduler went away"),
        cluster(address, setup, []) as found,
    ):
        through(TASKS, replace(found, call=(ending, *found.call[1:])), lambda _: None)
    scheduler.wait()


def test_a_cluster_without_a_scheduler_or_workers_is_named(
    store: Path, rules: Rules, tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "ANSWERS", 1.0)
    with pytest.raises(UsageError, match="no scheduler answers"):
        reported(store, rules, tmp_path / "b", "tcp://127.0.0.1:9")
    with pytest.raises(UsageError, match="it has no workers"):
        reported(store, rules, tmp_path / "b", scheduler)


def another(folder: Path) -> Path:
    """A copy of the package with one more remark in it."""
    shutil.copytree(
        Path(reportgen.__file__).parent,
        folder / "reportgen",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    with open(folder / "reportgen" / "clock.py", "a") as file:
        file.write("# Another version.\n")
    return folder


@pytest.mark.parametrize(
    ("before", "package", "said"),
    [(_WITHOUT, None, "No module named 'reportgen"), ("", another, "it has another version")],
)
def test_a_worker_that_has_another_reportgen_or_none_is_named(
    store: Path,
    rules: Rules,
    tmp_path: Path,
    scheduler: str,
    before: str,
    package: Callable[[Path], Path] | None,
    said: str,
) -> None:
    place = {"package": package(tmp_path)} if package else {}
    with worker(scheduler, tmp_path, before, **place), pytest.raises(UsageError, match=said):
        reported(store, rules, tmp_path / "b", scheduler)
    assert not (store / "judged").exists()


def test_a_worker_that_joins_later_is_looked_at_too(rules: Rules, tmp_path: Path) -> None:
    setup = Setup("x", rules, Kept(FolderMedium(tmp_path), tmp_path), "0" * 64)
    with pytest.raises(UsageError, match="another version"):
        work_with(setup, TASKS[0])


def test_a_worker_that_does_not_see_the_store_says_so(store: Path, tmp_path: Path) -> None:
    snapshot: Snapshot = Store.open(store).snapshots()[0]
    assert unfit(engine(), snapshot, None) == ""
    elsewhere = replace(snapshot, medium=FolderMedium(tmp_path / "elsewhere"))
    assert "No such file" in unfit(engine(), elsewhere, None)
    assert unfit(engine(), snapshot, tmp_path) == ""
    assert "set TMPDIR" in unfit(engine(), snapshot, tmp_path / "elsewhere")
    assert "another version" in unfit("0" * 64, snapshot, None)


class InPlace:
    """A client of one worker, which is this process."""

    def __init__(self) -> None:
        self.asked: tuple[Any, ...] = ()

    def run(self, function: Callable[..., str], *given: Any, on_error: str) -> dict[str, str]:
        assert on_error == "return"
        self.asked = given
        return {"tcp://worker": function(*given)}


@pytest.mark.parametrize("use", [True, False])
def test_workers_are_asked_for_what_they_must_see(
    store: Path, rules: Rules, tmp_path: Path, use: bool
) -> None:
    """A snapshot, where this machine can read it; the folder of verdicts, where they go there."""
    snapshot: Snapshot = Store.open(store).snapshots()[0]
    elsewhere = replace(snapshot, medium=FolderMedium(tmp_path / "elsewhere"))
    setup = Setup("x", rules, Kept(FolderMedium(store), tmp_path, use), engine())
    for given, wanted in ((snapshot, snapshot), (elsewhere, None), (None, None)):
        todo: Any = SimpleNamespace(snapshot=given)
        client = InPlace()
        tasks = [TASKS[0], Task(TASKS[1].account, (), (todo,) if given else ())]
        clusters._check(client, "tcp://scheduler", setup, tasks)
        assert client.asked == (setup.engine, wanted, None if use else tmp_path)
    blind = replace(setup, kept=Kept(FolderMedium(store), tmp_path / "gone", use=False))
    with pytest.raises(UsageError, match="tcp://worker cannot judge: --fresh"):
        clusters._check(InPlace(), "tcp://scheduler", blind, [])
