"""Measures packs: what it takes to make one, to check it beside plain SHA-256, to judge it again.

``python -m bench.pack [--accounts N] [--principals N] [--no-wire]``, also ``make bench-pack``; the
pack of an organisation is that of ``--accounts 50 --principals 2000``: 2 GB of evidence. The store
is that of ``bench/store.py``, twelve months of each account. What is told is processor time of all
processes together, wall time beside it, and the most memory of all of them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path

from bench.__main__ import table
from bench.cost import Cost, cost, cost_of
from bench.store import LAST, month_starts, write_store
from reportgen.pack.bundle import pack_verifier

_MB = 1e6


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def plain(path: Path) -> tuple[float, float, int]:
    """Processor seconds of SHA-256, and of inflating, over a zip's contents; and their bytes."""
    hashing, inflating, size = 0.0, 0.0, 0
    with zipfile.ZipFile(path) as source:
        for info in source.infolist():
            start = time.process_time()
            content = source.read(info)
            inflating += time.process_time() - start
            size += len(content)
            start = time.process_time()
            hashlib.sha256(content).digest()
            hashing += time.process_time() - start
    return hashing, inflating, size


def told(found: Cost) -> str:
    """A cost as a cell."""
    return f"{found.cpu:.1f} s CPU, {found.wall:.1f} s wall, {found.memory:.0f} MB"


def rate(size: int, seconds: float) -> str:
    """A speed as a cell."""
    return f"{size / _MB / seconds:.0f} MB/s CPU"


def speed(found: Cost, size: int) -> str:
    """A cost and what it comes to: by the processors' time, and by the clock's on all of them."""
    return f"{told(found)}: {rate(size, found.cpu)}, {size / _MB / found.wall:.0f} MB/s wall"


def measure(top: Path, accounts: int, principals: int, wire: bool) -> list[tuple[str, str, str]]:
    """Make the store and its packs; the rows of the table."""
    store, pack = top / "store", top / "p.zip"
    write_store(store, accounts, principals, month_starts(LAST, 12), wire=wire)
    raw = size_of(store / "objects")
    asked = ["--period", "annual", "--ending", f"{LAST.date().replace(day=30)}"]
    asked += ["--store", str(store)]
    what = f"{accounts} accounts of {principals} principals, 12 snapshots, {raw / _MB:.0f} MB raw"
    rows = [(what, "", "")]
    rows.append(("pack, nothing judged yet", told(cost("pack", *asked, "--out", str(pack))), ""))
    again = cost("pack", *asked, "--out", str(top / "again.zip"))
    rows.append(("pack, its months judged before", told(again), "180 s, 400 MB"))
    if (top / "again.zip").read_bytes() != pack.read_bytes():
        raise SystemExit("The second pack has other bytes than the first.")
    (top / "again.zip").unlink()
    report = cost("report", *asked, "--out", str(top / "report"))
    rows.append(("  the report alone, judged before", told(report), ""))
    hashing, inflating, size = plain(pack)
    zipped = pack.stat().st_size
    rows.append(("the pack, and unpacked", f"{zipped / _MB:.1f}, {size / _MB:.0f} MB", ""))
    rows.append(("SHA-256 alone", rate(size, hashing), ""))
    rows.append(("inflating alone (zipfile)", rate(size, inflating), ""))
    (top / "verify.py").write_text(pack_verifier())
    checked = cost_of([sys.executable, "-S", str(top / "verify.py"), str(pack), "--allow-unsigned"])
    both = 100 * (hashing + inflating) / checked.cpu
    rows.append(("verify.py", speed(checked, size), ""))
    rows.append(("  of that, hashing and inflating", f"{both:.0f} %", ""))
    with zipfile.ZipFile(pack) as source:
        source.extractall(top / "unpacked")
    bare = cost_of(
        [sys.executable, "-S", str(top / "verify.py"), str(top / "unpacked"), "--allow-unsigned"]
    )
    rows.append(("verify.py of the unpacked folder", speed(bare, size), ""))
    whole = cost("verify", str(pack), "--allow-unsigned")
    rows.append(("reportgen verify", speed(whole, size), "SHA-256's, by the clock"))
    replay = cost("verify", "--replay", str(pack), "--allow-unsigned")
    rows.append(("verify --replay", told(replay), ""))
    return rows


def sample_year(top: Path) -> list[tuple[str, str, str]]:
    """The sample organisation's year."""
    demo, pack = top / "demo", top / "sample.zip"
    cost("init", "--sample", str(demo))
    given = ["--config", str(demo / "reportgen.yaml"), "--store", str(demo / "store")]
    given += ["--period", "annual", "--ending", str(date(2026, 6, 30))]
    made = cost("pack", *given, "--out", str(pack))
    replay = cost("verify", "--replay", str(pack), "--allow-unsigned")
    return [
        ("the sample year: pack", told(made), ""),
        ("the sample year: replay", told(replay), "60 s"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=4)
    parser.add_argument("--principals", type=int, default=300)
    parser.add_argument("--no-wire", action="store_true", help="without AWS's answers as they came")
    given = parser.parse_args()
    # A store to measure need not outlive a power cut, and syncing each file takes most of the time.
    os.fsync = lambda _: None  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        rows = measure(top, given.accounts, given.principals, not given.no_wire)
        table(rows + sample_year(top))


if __name__ == "__main__":
    main()
