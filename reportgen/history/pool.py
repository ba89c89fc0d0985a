"""Tasks sent through workers beside this process, whatever becomes of the workers.

All through ``concurrent.futures``: tasks go out a few at a time and come back as counts. A task
whose worker died goes out again; as its files are named by what they hold, none counts twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.history.worker import AccountDone, Task

# How often a task goes out whose worker died.
ATTEMPTS = 3
# Seconds without a result after which it is looked whether there are workers still.
LOOK = 30.0
_MEMORY = "It may have run out of memory: look at the system's log, or use --parallel 1."


@dataclass(frozen=True)
class Pool:
    """Workers beside this process: ``size`` of them.

    ``executor`` makes one that takes tasks, anew where the one before broke; ``call`` is what a
    worker is sent before the task, a function and what else it takes. ``lost`` are the errors of a
    task whose workers died again and again; ``check`` raises where none is left to do any;
    ``patient``: where a task fails, those on their way are waited for.
    """

    executor: Callable[[], Executor]
    call: tuple[Any, ...]
    size: int
    lost: tuple[type[Exception], ...] = ()
    check: Callable[[], None] = lambda: None
    patient: bool = True


def through(tasks: Sequence[Task], pool: Pool, done: Callable[[AccountDone], None]) -> None:
    """Send the tasks through a pool; a broken one is replaced by a fresh one."""
    left = {task.account: task for task in tasks}
    attempts = dict.fromkeys(left, 0)
    while left:
        executor = pool.executor()
        try:
            for finished in _finished(executor, list(left.values()), pool, attempts):
                del left[finished.account]
                done(finished)
        except BrokenExecutor:
            _give_up(left, attempts)
            # The one that kills its worker is among those on their way: each alone from now on.
            pool = replace(pool, size=1)
        finally:
            executor.shutdown(wait=pool.patient or not left)


def _give_up(left: Iterable[str], attempts: dict[str, int]) -> None:
    for account in left:
        if attempts[account] >= ATTEMPTS:
            raise ReportgenError(
                f"The process that judges account {account} died {ATTEMPTS} times.", _MEMORY
            )


def _finished(
    executor: Executor, tasks: Sequence[Task], pool: Pool, attempts: dict[str, int]
) -> Iterator[AccountDone]:
    waiting = iter(tasks)
    running: dict[Future[AccountDone], str] = {}
    # Dask's executor finds what it was given before among the arguments alone: no partial here.
    submit: Callable[..., Future[AccountDone]] = executor.submit
    most = pool.size * 2 if pool.size > 1 else 1

    def fill() -> None:
        for task in islice(waiting, most - len(running)):
            attempts[task.account] += 1
            running[submit(*pool.call, task)] = task.account

    fill()
    while running:
        ended, _ = wait(running, LOOK, return_when=FIRST_COMPLETED)
        if not ended:
            pool.check()
        for future in ended:
            account = running.pop(future)
            try:
                found = future.result()
            except pool.lost as error:
                raise ReportgenError(
                    f"Each worker of the cluster that judged account {account} died: {error}",
                    _MEMORY,
                ) from error
            yield found
        fill()
