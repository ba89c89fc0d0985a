"""Measures packs: what it takes to make one, to check it beside plain SHA-256, to judge it again.

``python -m bench.pack [--accounts N] [--principals N] [--no-wire]``, also ``make bench-pack``; the
pack of an organisation is that of ``--accounts 50 --principals 2000``: 2 GB of evidence. The store
is that of ``bench/store.py``, twelve months of each account. What is told is processor time of all
processes together, wall time beside it, and the most memory of all of them.

``--store FOLDER`` uses the store that lies there, with the verdicts that it keeps, or writes it
there first; ``--only`` takes some measures: ``make`` packs once, ``verify`` checks a pack that was
made then, ``sample`` takes the sample's year.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path

from bench.__main__ import table
from bench.cost import Cost, cost, cost_of
from bench.store import LAST, month_starts, write_store
from reportgen.evidence.store import Store
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


Rows = list[tuple[str, str, str]]
_AIM, _BEFORE = "180 s, 400 MB", "pack, its months judged before"


def described(store: Path) -> str:
    """What a store of ``bench/store.py`` holds, as a cell."""
    held = Store.open(store).holdings().snapshots
    accounts = {account for snapshot in held for account in snapshot.accounts}
    newest = held[-1].of_account(held[-1].accounts[0])["account-summary"]
    counted = json.loads(held[-1].read(newest))["SummaryMap"]
    principals, raw = counted["Users"] + counted["Roles"], size_of(store / "objects")
    snapshots = len({snapshot.collected_at for snapshot in held})
    return (
        f"{len(accounts)} accounts of {principals} principals, {snapshots} snapshots, "
        f"{raw / _MB:.0f} MB raw"
    )


def asked_of(store: Path) -> list[str]:
    """The year of a store, as arguments."""
    ending = f"{LAST.date().replace(day=30)}"
    return ["--period", "annual", "--ending", ending, "--store", str(store)]


def kept(store: Path) -> int:
    """How many files of verdicts a store keeps."""
    return sum(1 for _ in (store / "judged").rglob("*.parquet"))


def make_once(store: Path, pack: Path) -> Rows:
    """One pack of a store as it is; what it judged anew is said."""
    before = kept(store)
    found = cost("pack", *asked_of(store), "--out", str(pack))
    new = kept(store) - before
    what = f"pack, {new} moments judged now" if new else _BEFORE
    return [(what, told(found), "" if new else _AIM)]


def make(top: Path, store: Path, pack: Path) -> Rows:
    """Pack a store twice, and report on it."""
    again = top / "again.zip"
    rows = make_once(store, pack)
    second = cost("pack", *asked_of(store), "--out", str(again))
    rows.append((_BEFORE, told(second), _AIM))
    if digest_of(again) != digest_of(pack):
        raise SystemExit("The second pack has other bytes than the first.")
    again.unlink()
    report = cost("report", *asked_of(store), "--out", str(top / "report"))
    return [*rows, ("  the report alone, judged before", told(report), "")]


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(top: Path, pack: Path) -> Rows:
    """Check a pack, beside what it takes to hash its contents and to inflate them."""
    rows: Rows = []
    hashing, inflating, size = plain(pack)
    zipped = pack.stat().st_size
    rows.append(("the pack, and unpacked", f"{zipped / _MB:.1f}, {size / _MB:.0f} MB", ""))
    rows.append(("SHA-256 alone", rate(size, hashing), ""))
    rows.append(("inflating alone (zipfile)", rate(size, inflating), ""))
    (top / "verify.py").write_text(pack_verifier())
    alone = [sys.executable, "-S", str(top / "verify.py"), "--allow-unsigned"]
    checked = cost_of([*alone, str(pack)])
    both = 100 * (hashing + inflating) / checked.cpu
    rows.append(("verify.py", speed(checked, size), ""))
    rows.append(("  of that, hashing and inflating", f"{both:.0f} %", ""))
    with zipfile.ZipFile(pack) as source:
        source.extractall(top / "unpacked")
    rows.append(
        (
            "verify.py of the unpacked folder",
            speed(cost_of([*alone, str(top / "unpacked")]), size),
            "",
        )
    )
    shutil.rmtree(top / "unpacked")
    whole = cost("verify", str(pack), "--allow-unsigned")
    rows.append(("reportgen verify", speed(whole, size), "SHA-256's, by the clock"))
    return rows


def replay(pack: Path) -> Rows:
    """Judge a pack again."""
    found = cost("verify", "--replay", str(pack), "--allow-unsigned")
    return [("verify --replay", told(found), "")]


def sample_year(top: Path) -> Rows:
    """The sample organisation's year."""
    demo, pack = top / "demo", top / "sample.zip"
    cost("init", "--sample", str(demo))
    given = ["--config", str(demo / "reportgen.yaml"), "--store", str(demo / "store")]
    given += ["--period", "annual", "--ending", str(date(2026, 6, 30))]
    made = cost("pack", *given, "--out", str(pack))
    again = cost("verify", "--replay", str(pack), "--allow-unsigned")
    return [
        ("the sample year: pack", told(made), ""),
        ("the sample year: replay", told(again), "60 s"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=4)
    parser.add_argument("--principals", type=int, default=300)
    parser.add_argument("--no-wire", action="store_true", help="without AWS's answers as they came")
    parser.add_argument("--store", type=Path, help="a store that is there, or is written there")
    parser.add_argument("--pack", type=Path, help="a pack that is there, or is written there")
    parser.add_argument("--only", choices=("make", "verify", "replay", "sample"), action="append")
    given = parser.parse_args()
    # A store to measure need not outlive a power cut, and syncing each file takes most of the time.
    os.fsync = lambda _: None  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        store, pack = given.store or top / "store", given.pack or top / "p.zip"
        if not store.exists():
            moments = month_starts(LAST, 12)
            write_store(store, given.accounts, given.principals, moments, wire=not given.no_wire)
        rows: Rows = [(described(store), "", "")]
        if not given.only:
            rows += make(top, store, pack)
        elif "make" in given.only:
            rows += make_once(store, pack)
        if not given.only or "verify" in given.only:
            rows += verify(top, pack)
        if not given.only or "replay" in given.only:
            rows += replay(pack)
        if not given.only or "sample" in given.only:
            rows += sample_year(top)
        table(rows)


if __name__ == "__main__":
    main()
