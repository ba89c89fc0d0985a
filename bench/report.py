"""Measures reports: the sample's three, 100 accounts with 20,000 findings, a large workbook."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.__main__ import run, table
from reportgen.clock import parse_moment
from reportgen.collecting import import_files
from tests.given import COLUMNS

ACCOUNTS, USERS = 100, 34
SAMPLES = (
    ("monthly", "2026-09-30", 4),
    ("quarterly", "2026-09-30", 6),
    ("annual", "2026-06-30", 9),
)


def many_accounts(store: Path, folder: Path) -> None:
    """Accounts whose every user has a password without MFA and an unused, old key."""
    for number in range(ACCOUNTS):
        account = f"{700000000000 + number}"
        old = "2025-01-01T00:00:00+00:00"
        rows = [
            f"u{n:03},arn:aws:iam::{account}:user/u{n:03},{old},true,{old},{old},N/A,false,true,"
            f"{old},N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
            for n in range(USERS)
        ]
        path = folder / f"{account}.csv"
        path.write_text("\n".join([COLUMNS, *rows]) + "\n")
        moment = parse_moment("2026-09-30T00:00:00Z")
        import_files(store, account, moment, {"credential-report": path})


def peak(arguments: list[str], cwd: Path) -> tuple[float, float]:
    """Seconds and the most memory that the command and its children held together, in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "reportgen", *arguments], cwd=cwd, stdout=subprocess.DEVNULL
    )
    most = 0.0
    stop = threading.Event()

    def watch() -> None:
        nonlocal most
        while not stop.wait(0.05):
            found = subprocess.run(
                ["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
            ).stdout.split()
            lines = list(zip(*[iter(map(int, found))] * 3, strict=True))
            mine = {process.pid}
            for pid, parent, _ in lines:
                if parent in mine:
                    mine.add(pid)
            most = max(most, sum(rss for pid, _, rss in lines if pid in mine) / 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    stop.set()
    watcher.join()
    if code:
        raise SystemExit(f"reportgen {' '.join(arguments)} ended with {code}")
    return time.perf_counter() - start, most


def big_workbook() -> float:
    """Seconds for a workbook of 100,000 rows of eight columns."""
    from reportgen.render.tables import Table
    from reportgen.render.workbook import write_workbook

    row = ("high", "MFA-01", "Console users have MFA", "111122223333", 12, True, "open", "x" * 60)
    start = time.perf_counter()
    table = Table("Findings", tuple("abcdefgh"), [row] * 100_000)
    with open(os.devnull, "wb") as nowhere:
        write_workbook(nowhere, [table], "t", "2026-09-30T00:00:00Z")
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("init", "--sample", "demo", cwd=folder)
        for kind, end, limit in SAMPLES:
            arguments = ["report", "--config", "demo/reportgen.yaml", "--store", "demo/store"]
            arguments += ["--period", kind, "--ending", end, "--out", kind]
            seconds, memory = peak(arguments, folder)
            rows.append((f"sample, {kind}, all formats", f"{seconds:.1f} s", f"{limit} s"))
            rows.append((f"sample, {kind}: memory of all processes", f"{memory:.0f} MB", ""))
        many_accounts(folder / "many", folder)
        arguments = ["report", "--store", "many", "--ending", "2026-09-30", "--out", "many-out"]
        seconds, memory = peak([*arguments, "--format", "pdf"], folder)
        what = f"{ACCOUNTS} accounts"
        rows.append((f"{what}: quarterly PDF, judging included", f"{seconds:.1f} s", "25 s"))
        rows.append((f"{what}: memory of all processes", f"{memory:.0f} MB", "600 MB"))

        summary = json.loads((folder / "many-out" / "summary.json").read_text())
        found = summary["findings"]
        rows.append((f"{what}: findings", f"{found['open'] + found['accepted']:,}", "20,000"))
        rows.append(("workbook of 100,000 rows", f"{big_workbook():.1f} s", "20 s"))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    rows.append(("largest process of all", f"{children:.0f} MB", ""))
    table(rows)


if __name__ == "__main__":
    main()
