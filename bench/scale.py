"""Large stores: seconds of the processors and memory of the first report and of a later one.

Run by ``make bench-scale``; ``--accounts`` takes several sizes, and each exponent says how the
figure grows from one to the next (1: in proportion). What is told is processor time, of all
processes together: wall time says little on a machine that does other work too.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bench.store import LAST, month_starts, write_store

_CODE = "import sys; from reportgen.cli import main; main()"


@dataclass(frozen=True)
class Cost:
    """Seconds of the processors and of the clock, and the most memory of all processes in MB."""

    cpu: float
    wall: float
    memory: float


def memory_of(top: int) -> float:
    """What a process and those below it hold now, in MB; pages shared by several count once."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in found.stdout.splitlines()]
    mine = {top}
    for pid, parent in pairs:
        if parent in mine:
            mine.add(pid)
    total = 0
    for pid in mine:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def cost(*arguments: str) -> Cost:
    """Run reportgen and tell what it took."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", _CODE, *arguments], env=environment, stdout=subprocess.DEVNULL
    )
    most, stop = 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not stop.wait(0.2):
            most = max(most, memory_of(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    stop.set()
    watcher.join()
    if code:
        raise SystemExit(f"reportgen {' '.join(arguments)} ended with {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.perf_counter() - start, most)


def main() -> None:
    """Make the stores, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[6, 24])
    parser.add_argument("--principals", type=int, default=150)
    parser.add_argument("--months", type=int, default=12)
    given = parser.parse_args()
    # A store to measure need not outlive a power cut, and syncing each file takes most of the time.
    os.fsync = lambda _: None  # type: ignore[assignment]
    print(f"{'accounts':>8} {'report':8} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'exponent':>9}")
    before: dict[str, tuple[int, Cost]] = {}
    with tempfile.TemporaryDirectory() as name:
        for accounts in given.accounts:
            store = Path(name) / str(accounts)
            write_store(store, accounts, given.principals, month_starts(LAST, given.months))
            asked = ("report", "--store", str(store), "--ending", "2026-09-30")
            for which in ("first", "later"):
                found = cost(*asked, "--out", f"{name}/out")
                exponent = ""
                if which in before:
                    size, was = before[which]
                    exponent = f"{math.log(found.cpu / was.cpu) / math.log(accounts / size):.2f}"
                before[which] = accounts, found
                print(
                    f"{accounts:8} {which:8} {found.cpu:8.1f} {found.wall:8.1f} "
                    f"{found.memory:8.0f} {exponent:>9}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
