"""Works on accounts or controls side by side, in processes that were forked from this one.

A fork shares what was loaded; without it, starting takes longer than it saves. It is not safe
beside other threads.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Any, TypeVar

from reportgen.errors import RenderError

Found = TypeVar("Found")

_work: Callable[[str], Any] | None = None


def each(work: Callable[[str], Found], names: Sequence[str]) -> Iterator[Found]:
    """What ``work`` makes of each name, in their order."""
    workers = min(len(names), os.cpu_count() or 1)
    if workers < 2 or not _possible():
        yield from map(work, names)
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _inherit, (work,)) as pool:
        yield from pool.map(_inherited, names)


def apart(work: Callable[[], Found], *, worth_it: bool) -> Found:
    """What ``work`` makes, in a process of its own, of which no memory is left afterwards."""
    if not worth_it or not _possible():
        return work()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, context, _take, (lambda _: work(),)) as pool:
        try:
            found: Found = pool.submit(_inherited, "").result()
        except BrokenExecutor as error:
            raise RenderError(
                "A process that makes a part of the pack died.",
                "It may have run out of memory: look at the system's log.",
            ) from error
    return found


def _possible() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1


def _take(work: Callable[[str], Any]) -> None:
    global _work
    _work = work
    # What was there stays shared with the parent as long as nobody looks for circles in it.
    gc.freeze()


def _inherit(work: Callable[[str], Any]) -> None:
    _take(work)
    # The many rows of an account come and go without circles.
    gc.set_threshold(400_000, 50, 50)


def _inherited(name: str) -> Any:
    assert _work is not None  # noqa: S101 - set by the pool's initialiser
    return _work(name)
