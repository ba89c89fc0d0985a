"""A piece of work done by a copy of this process, while this one goes on."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from reportgen.errors import RenderError


@contextmanager
def beside(work: Callable[[], None], *, worth_it: bool) -> Iterator[None]:
    """Do ``work`` beside the block, and have it done at the block's end; raises what it raises.

    The copy has all that is in memory and gives nothing back: what comes of it are files. Where
    there is one processor, or a copy would be unsafe (another thread runs, or the system is not
    Linux) or not ``worth_it``, it is done here and first.
    """
    if not worth_it or not _possible():
        work()
        yield
        return
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=_do, args=(work, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield
        error = _ended(ours)
    except BaseException:
        process.kill()
        raise
    finally:
        process.join()
        ours.close()
    if error is not None:
        raise error


def _possible() -> bool:
    alone = sys.platform == "linux" and threading.active_count() == 1
    return alone and (os.cpu_count() or 1) > 1


def _do(work: Callable[[], None], answer: Connection) -> None:
    # What both have in memory stays shared as long as neither touches it.
    gc.freeze()
    try:
        work()
    except Exception as error:  # noqa: BLE001 - it is raised again on the other side
        answer.send(error)
    else:
        answer.send(None)


def _ended(answer: Connection) -> Exception | None:
    try:
        error: Exception | None = answer.recv()
    except EOFError:
        return RenderError(
            "A process that writes a part of the report died.",
            "It may have run out of memory: look at the system's log.",
        )
    return error
