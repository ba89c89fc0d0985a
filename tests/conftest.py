"""Fixtures: a moto server over HTTP with a front that can misbehave, and the sample's report."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from moto.server import ThreadedMotoServer
from werkzeug.serving import BaseWSGIServer

from reportgen.collect import session
from reportgen.history import executors
from tests import engine
from tests.botomodels import keep_models, keep_routes
from tests.mailroom import configured, inbox, made, server
from tests.once import once
from tests.reports import sample_report
from tests.warm import PATIENCE, reportgen
from tests.wire import Front, Server

_numbers = count()

# How long an example takes says how busy the machine is; what must be quick is counted elsewhere.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
keep_models()
keep_routes()
engine.use()
# Each account of each test would begin with hundreds of images of machines.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

# No test cuts the power: nothing written in this process waits for the disk, a hundred thousand
# times in a run. That reportgen asks for it is tested where it does (evidence/test_medium.py).
os.fsync = os.fstat  # type: ignore[assignment]

# To fork this process, with all that the tests keep, takes longer than to judge an account or two.
# That processes give the same bytes is tested where it matters, and by every run of the commands.
executors.processors = lambda: 1

# Importing 300 files makes few circles and many objects, all of which stay.
gc.disable()

# Whole files go to a process of the tests (make test). Those that take longest go first, or at the
# end one process works while the others wait; no test depends on the order.
LONGEST = (
    "test_readme.py",
    "history/test_cluster.py",
    "pack/test_redaction.py",
    "pack/test_replay.py",
    "history/test_history.py",
    "policy/test_growth.py",
    "policy/test_escalation_laws.py",
    "render/test_documents.py",
    "render/test_report.py",
    "collect/test_fleet.py",
    "pack/test_build.py",
    "collect/test_faults.py",
    "collect/test_denied.py",
    "evidence/test_store.py",
    "assess/test_removal.py",
    "collect/test_killed.py",
    "collect/test_run.py",
    "test_scheduled.py",
    "collect/test_unseen.py",
    "evidence/test_tampering.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    rank = {here / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def pytest_collection_finish() -> None:
    """From now on Python's collector passes over what stays: ten thousand tests and their modules.

    Going through it again and again took a third of the processor time of many a test.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After each file too: what is collected in a later test is then what that test has left.

    Some tests have reportgen collect, or do it themselves; with all that the files before keep,
    that took them a second each time.
    """
    if nextitem is not None and nextitem.path != item.path:
        gc.collect()
        gc.freeze()


# Four accounts read ten sources at once, some of which ask for eight things: more than werkzeug
# lets wait. Where a busy machine takes them late, the rest is reset, and a read fails.
BaseWSGIServer.request_queue_size = Server.request_queue_size


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    # It would write a line for each request, which pytest keeps.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def front(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """A fresh AWS: moto emptied, with a front before it, and the environment pointing there."""
    urllib.request.urlopen(urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST"))
    layer = Front(moto_url)
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", layer.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "ap-southeast-2")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-2")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(session, "READ_TIMEOUT", PATIENCE)
    yield layer
    layer.server.shutdown()
    layer.server.server_close()
    assert not layer.mistakes, "\n".join(layer.mistakes)


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this machine remembers things: nowhere that another test, or a person, uses."""
    folder = tmp_path_factory.getbasetemp() / f"state-{next(_numbers)}"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


__all__ = ["Front", "Run", "configured", "inbox", "made", "sample_report", "server"]


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits in this process."""
    for module in ("last_accessed", "credential_report", "cloudtrail_events"):
        monkeypatch.setattr(f"reportgen.sources.{module}.pause", lambda _: None)


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command line in an empty folder; no run may end in a traceback."""

    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = reportgen([*map(str, arguments)], tmp_path)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample organisation, written once."""
    from reportgen.samples import write_sample

    return once(tmp_path_factory, "sample", lambda folder: write_sample(folder).parent)
