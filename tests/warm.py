"""Runs of the command line that share one start: forked from a process that has loaded all.

A run is a process of its own, with its own arguments, folder, environment and streams; only the
imports, and the table of AWS's actions, are there already. What depends on how Python is started is
tested with ``python -m reportgen`` itself (``test_readme.py``, ``test_scheduled.py``).
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from reportgen.collect import session

# Seconds that a request may take where it is this machine that answers. A hundred and more are
# under way at once, so that with many tests beside it each waits for a minute, as long as AWS may.
PATIENCE = 600
# Starts processes, each by a fork of one that has loaded all and has no other thread.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.loaded"])


def reportgen(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``reportgen`` with ``arguments`` in ``folder``, in the environment of the caller."""
    with tempfile.TemporaryDirectory() as streams:
        paths = [Path(streams, name) for name in ("out", "error")]
        process = started(arguments, folder, paths)
        process.join()
        said = [path.read_text() for path in paths]
    assert process.exitcode is not None
    return subprocess.CompletedProcess(["reportgen", *arguments], process.exitcode, *said)


def started(arguments: Sequence[str], folder: Path, streams: Sequence[Path] = ()) -> BaseProcess:
    """As ``reportgen``, but under way: the process, whose output goes to ``streams`` or nowhere."""
    paths = list(streams) or [Path(os.devnull)] * 2
    given = (list(arguments), folder, dict(os.environ), paths)
    process = CONTEXT.Process(target=_main, args=given)
    process.start()
    return process


def _main(
    arguments: list[str], folder: Path, environment: dict[str, str], streams: list[Path]
) -> None:
    for number, path in enumerate((Path(os.devnull), *streams)):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["reportgen", *arguments]
    session.READ_TIMEOUT = PATIENCE
    from reportgen.cli import main

    main()
