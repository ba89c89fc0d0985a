"""Where accounts are judged: in this process, in others beside it, or on a Dask cluster.

All through ``concurrent.futures``: tasks go out a few at a time and come back as counts. A task
whose worker died goes out again; as its files are named by what they hold, none counts twice.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures.process import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reportgen.errors import ReportgenError, UsageError
from reportgen.history.worker import AccountDone, Setup, Task, Worker, start, work, work_with

# What is sent to a worker before the task: a function, and what else it takes.
Call = tuple[Any, ...]
# Judgements from which starting processes anew takes less time than it saves.
_WORTH_A_START = 100
# How often a task goes out whose worker died.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Workers:
    """``parallel`` processes here (0: as many as there are processors), or those of a cluster."""

    parallel: int = 0
    cluster: str = ""


def run(
    tasks: Sequence[Task], setup: Setup, workers: Workers, done: Callable[[AccountDone], None]
) -> None:
    """Do every task, telling ``done`` of each once.

    Raises ReportgenError for an account whose worker dies again and again.
    """
    wanted = workers.parallel or os.cpu_count() or 1
    judgements = sum(todo.verdicts for task in tasks for todo in task.todo)
    context = _context(judgements, explicit=workers.parallel > 1)
    if workers.cluster:
        with _cluster(workers.cluster, setup) as (pool, call, size):
            _through(tasks, lambda: pool, call, size, done)
    elif min(wanted, len(tasks)) < 2 or context is None:
        here = Worker(setup)
        for task in tasks:
            done(here.work(task))
    else:
        size = min(wanted, len(tasks))

        def fresh() -> Executor:
            return ProcessPoolExecutor(size, context, start, (setup,))

        _through(tasks, fresh, (work,), size, done)


def _context(judgements: int, *, explicit: bool) -> Any:
    """How processes are started; None where that takes longer than it saves.

    A fork shares what is loaded already, and is safe only where no other thread runs; elsewhere
    (macOS) processes start anew.
    """
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    if explicit or judgements >= _WORTH_A_START:
        return multiprocessing.get_context("spawn")
    return None


def _through(
    tasks: Sequence[Task],
    pool: Callable[[], Executor],
    call: Call,
    size: int,
    done: Callable[[AccountDone], None],
) -> None:
    """Send the tasks through a pool; a broken one is replaced by a fresh one."""
    left = {task.account: task for task in tasks}
    attempts = dict.fromkeys(left, 0)
    while left:
        executor = pool()
        try:
            for finished in _finished(executor, list(left.values()), call, size, attempts):
                del left[finished.account]
                done(finished)
        except BrokenExecutor:
            _give_up(left, attempts)
            # The one that kills its worker is among those on their way: each alone from now on.
            size = 1
        finally:
            executor.shutdown(wait=True)


def _give_up(left: Iterable[str], attempts: dict[str, int]) -> None:
    for account in left:
        if attempts[account] >= _ATTEMPTS:
            raise ReportgenError(
                f"The process that judges account {account} died {_ATTEMPTS} times.",
                "It may have run out of memory: look at the system's log, or use --parallel 1.",
            )


def _finished(
    executor: Executor,
    tasks: Sequence[Task],
    call: Call,
    size: int,
    attempts: dict[str, int],
) -> Iterator[AccountDone]:
    waiting = iter(tasks)
    running: set[Future[AccountDone]] = set()
    # Dask's executor finds what it was given before among the arguments alone: no partial here.
    submit: Callable[..., Future[AccountDone]] = executor.submit

    def fill(most: int) -> None:
        while len(running) < most:
            task = next(waiting, None)
            if task is None:
                return
            attempts[task.account] += 1
            running.add(submit(*call, task))

    fill(size * 2 if size > 1 else 1)
    while running:
        ended, running = wait(running, return_when=FIRST_COMPLETED)
        for future in ended:
            yield future.result()
        fill(size * 2 if size > 1 else 1)


@contextmanager
def _cluster(address: str, setup: Setup) -> Iterator[tuple[Executor, Call, int]]:
    """The workers of a Dask cluster as an executor. Raises UsageError where there are none."""
    try:
        import distributed
    except ImportError:
        raise UsageError(
            "--cluster needs Dask.", 'Install it with reportgen: pip install "reportgen[cluster]".'
        ) from None
    try:
        dask: Any = distributed
        client = dask.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--cluster {address}: no scheduler answers: {error}.") from error
    with client:
        size = len(client.scheduler_info(n_workers=-1)["workers"])
        if not size:
            raise UsageError(f"--cluster {address}: it has no workers.", "Start `dask worker`.")
        given = client.scatter(setup, broadcast=True)
        pool = client.get_executor(pure=False, retries=_ATTEMPTS - 1)
        yield pool, (work_with, given), size
