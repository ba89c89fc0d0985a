"""Where accounts are judged: in this process, in others beside it, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from concurrent.futures.process import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from reportgen.history.cluster import cluster
from reportgen.history.pool import Pool, through
from reportgen.history.worker import AccountDone, Setup, Task, Worker, start, work

# Judgements from which starting processes anew takes less time than it saves.
_WORTH_A_START = 100


@dataclass(frozen=True)
class Workers:
    """``parallel`` processes here (0: as many as there are processors), or those of a cluster."""

    parallel: int = 0
    cluster: str = ""


def processors() -> int:
    """As many processes as are started where nobody says how many."""
    return os.cpu_count() or 1


def run(
    tasks: Sequence[Task], setup: Setup, workers: Workers, done: Callable[[AccountDone], None]
) -> None:
    """Do every task, telling ``done`` of each once.

    Raises ReportgenError for an account whose worker dies again and again.
    """
    wanted = workers.parallel or processors()
    judgements = sum(todo.verdicts for task in tasks for todo in task.todo)
    context = _context(judgements, explicit=workers.parallel > 1)
    if workers.cluster:
        with cluster(workers.cluster, setup, tasks) as pool:
            through(tasks, pool, done)
    elif min(wanted, len(tasks)) < 2 or context is None:
        here = Worker(setup)
        for task in tasks:
            done(here.work(task))
    else:
        size = min(wanted, len(tasks))

        def fresh() -> Executor:
            return ProcessPoolExecutor(size, context, start, (setup,))

        through(tasks, Pool(fresh, (work,), size), done)


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
