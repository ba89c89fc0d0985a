"""The workers of a Dask cluster as a pool that judges accounts.

Each must have this very reportgen and see this very store: one that has another version, or an
empty folder where the store should be, would keep false verdicts, or call whole evidence damaged.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from reportgen.errors import IntegrityError, ReportgenError, UsageError
from reportgen.evidence.store import Snapshot
from reportgen.history.pool import ATTEMPTS, Pool
from reportgen.history.worker import Setup, Task, work_with
from reportgen.verdicts.engine import engine

# Seconds within which a scheduler answers.
ANSWERS = 10.0
# Seconds for which a cluster may be without workers: they are started anew where one died.
AWAITED = 60.0
_GOES_ON = "What was judged is kept: the next run goes on from there."


@contextmanager
def cluster(address: str, setup: Setup, tasks: Sequence[Task]) -> Iterator[Pool]:
    """The workers of a cluster, each found fit for these tasks.

    Raises UsageError where there are none, or one is not fit; ReportgenError where the cluster
    ends before the tasks do.
    """
    try:
        import distributed
    except ImportError:
        raise UsageError(
            "--cluster needs Dask.", 'Install it with reportgen: pip install "reportgen[cluster]".'
        ) from None
    dask: Any = distributed
    try:
        client = dask.Client(address, timeout=ANSWERS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--cluster {address}: no scheduler answers: {error}.") from error
    with client:
        size = _present(client, address)
        _check(client, address, setup, tasks)
        # A task of its own, and not data: where the worker that has it dies, it is done again.
        given = client.submit(pickle.loads, pickle.dumps(setup), pure=False)
        try:
            yield Pool(
                lambda: client.get_executor(pure=False, retries=ATTEMPTS - 1),
                (work_with, given),
                size,
                (dask.KilledWorker,),
                lambda: _still_there(client, address),
                patient=False,
            )
        except CancelledError as error:
            said = f"--cluster {address}: the scheduler went away."
            raise ReportgenError(said, _GOES_ON) from error


def _present(client: Any, address: str) -> int:
    """How many workers there are. Raises UsageError for none."""
    workers: Mapping[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        raise UsageError(f"--cluster {address}: it has no workers.", "Start `dask worker`.")
    return len(workers)


def _check(client: Any, address: str, setup: Setup, tasks: Sequence[Task]) -> None:
    """Raises UsageError that names the first worker which is not fit, and why."""
    snapshot = next((todo.snapshot for task in tasks for todo in task.todo), None)
    if snapshot is not None and unreadable(snapshot):
        # Here neither: that is the store's fault, and said of the account.
        snapshot = None
    spare = None if setup.kept.use else setup.kept.spare
    found = client.run(unfit, setup.engine, snapshot, spare, on_error="return")
    for worker, said in sorted(found.items()):
        # What is wrong in words, or an error: such as that there is no such module.
        if said:
            raise UsageError(
                f"--cluster {address}: worker {worker} cannot judge: {said}.",
                "Each worker needs the reportgen of this machine, and this store.",
            )


def unfit(wanted: str, snapshot: Snapshot | None, spare: Path | None) -> str:
    """Asked of a worker: why it cannot judge for an ``engine()``; empty where it can.

    It must see what is here: ``snapshot``, and ``spare`` where that is to take the verdicts.
    """
    if engine() != wanted:
        return "it has another version of reportgen, or of a library that reportgen stands on"
    if spare is not None and not spare.is_dir():
        return f"--fresh keeps verdicts in {spare}, which it does not see (set TMPDIR)"
    return "" if snapshot is None else unreadable(snapshot)


def unreadable(snapshot: Snapshot) -> str:
    """Why a snapshot cannot be read here; empty where it can."""
    try:
        # A copy: what is read of a snapshot stays with it.
        _ = replace(snapshot).files
    except IntegrityError as error:
        return error.message
    return ""


def _still_there(client: Any, address: str) -> None:
    """Raises ReportgenError where all workers are gone, and no other comes for a while."""
    try:
        client.wait_for_workers(1, timeout=AWAITED)
    except OSError as error:
        raise ReportgenError(f"--cluster {address}: all its workers are gone.", _GOES_ON) from error
