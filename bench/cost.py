"""What a run of reportgen takes: seconds of the processors and memory, of all its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

_CODE = "import sys; from reportgen.cli import main; main()"
_EVERY = 0.25


@dataclass(frozen=True)
class Cost:
    """Seconds of the processors and of the clock, and the most memory of all processes in MB."""

    cpu: float
    wall: float
    memory: float


def memory_of(top: int) -> float:
    """What a process and those below it hold now, in MB; pages shared by several count once.

    0 where the system has no ``/proc``.
    """
    total = 0
    for pid in _below(top):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _below(top: int) -> set[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name before may hold anything, parentheses too.
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
    found = {top}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def seconds_of(pid: int) -> float:
    """Seconds of the processors that a process has used so far; 0 without ``/proc``."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    # After the name, which may hold anything: user and system time are the 14th and 15th (proc(5)).
    user, system = said.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def cost(*arguments: str, good: Collection[int] = (0,)) -> Cost:
    """Run reportgen and tell what it took; SystemExit where it ends with a code not ``good``."""
    return cost_of([sys.executable, "-c", _CODE, *arguments], good=good)


def cost_of(command: Sequence[str], *, good: Collection[int] = (0,)) -> Cost:
    """Run a command and tell what it took; SystemExit where it ends with a code not ``good``."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    most, stop = 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not stop.wait(_EVERY):
            most = max(most, memory_of(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    # Of this process and of those that it waited for, and of nothing else that runs meanwhile.
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = code = os.waitstatus_to_exitcode(status)
    stop.set()
    watcher.join()
    if code not in good:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - start, most)
