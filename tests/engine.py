"""The PDF's engine, loaded once for a whole run of the tests: each document has a fork of it.

To load it takes longer than most documents that tests make. ``reportgen.render.pdf`` starts this
file in place of the engine; it hands its arguments, environment and streams to a process that has
loaded all, which is started by the first that asks and ends with the run. What it makes is what
the engine makes that reportgen starts itself (``render/test_report.py``).

Whoever asks is a Python without a library: nothing is imported above but what that takes.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from pathlib import Path

PLACE = "REPORTGEN_TESTS_ENGINE"
ROOT = Path(__file__).parents[1]
# Seconds that loading it may take, where all processors are busy.
_PATIENCE = 120


def use() -> None:
    """From now on, PDFs are made by the engine of the run that this process belongs to."""
    from tempfile import gettempdir

    from reportgen.render import pdf

    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    os.environ[PLACE] = f"{gettempdir()}/reportgen-engine-{owner}"
    pdf.ENGINE = (sys.executable, "-I", "-S", __file__)


def _ask(arguments: list[str]) -> int:
    place = os.environ[PLACE]
    with _connected(place) as connection:
        socket.send_fds(connection, [b" "], [0, 1, 2])
        connection.sendall(json.dumps([arguments, dict(os.environ)]).encode())
        connection.shutdown(socket.SHUT_WR)
        return int(connection.recv(8) or 1)


def _connected(place: str) -> socket.socket:
    import fcntl
    import subprocess

    try:
        return _connect(place)
    except OSError:
        pass
    with open(f"{place}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        nothing, running = subprocess.DEVNULL, None
        for _ in range(_PATIENCE * 50):
            try:
                return _connect(place)
            except OSError:
                if running is None:
                    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
                    running = subprocess.Popen(
                        [sys.executable, "-m", "tests.engine", "serve", place],
                        env={**os.environ, "PYTHONPATH": paths},
                        stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True,
                    )  # fmt: skip
                time.sleep(0.02)
    raise TimeoutError(place)


def _connect(place: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection


def _serve(place: str) -> None:
    """Until the run has ended: a fork for each that asks."""
    import gc
    import signal

    from fontTools.ttLib import getTableModule

    from reportgen.render import worker

    for table in ("BASE", "OS/2", "STAT", "cvt ", "fpgm", "gasp", "hhea", "prep"):
        getTableModule(table)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    owner = int(place.rpartition("-")[2])
    with socket.socket(socket.AF_UNIX) as listener:
        Path(place).unlink(missing_ok=True)
        listener.bind(place)
        listener.listen(64)
        listener.settimeout(0.5)
        while _runs(owner):
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                if os.fork() == 0:
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    listener.close()
                    _answer(connection, worker.main)
    for name in (place, f"{place}.lock"):
        Path(name).unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _answer(connection: socket.socket, main: object) -> None:
    import traceback

    connection.settimeout(None)
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    asked = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    arguments, environment = json.loads(asked)
    sys.argv[1:] = arguments
    os.environ.clear()
    os.environ.update(environment)
    code = 0
    try:
        main()  # type: ignore[operator]
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - as Python ends: what went wrong, and 1
        traceback.print_exc()
        sys.stderr.flush()
        code = 1
    connection.sendall(b"%d" % code)
    os._exit(code)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve(sys.argv[2])
    else:
        sys.exit(_ask(sys.argv[1:]))
