"""Long stores: a snapshot a day for seven years, opened, verified, pruned, and reported on.

``python -m bench.long [--days N] [--principals N] [--report]``. Processor seconds: wall time says
little on a machine that does other work too. Reads are files of the store that are opened; on S3,
requests. ``--report`` makes the quarterly report of the last days twice, in processes of their own.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from bench.cost import cost
from bench.store import LAST, write_store
from reportgen.clock import to_text
from reportgen.evidence.checked import verify_from
from reportgen.evidence.medium import FolderMedium
from reportgen.evidence.prune import prune
from reportgen.evidence.retention import Retention, parse_keep, to_prune
from reportgen.evidence.store import Store
from reportgen.evidence.tombstone import parse_link

DAYS = 2555


class Counted(FolderMedium):
    """Counts what is read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.reads: Counter[str] = Counter()

    def read(self, name: str, limit: int = 1 << 28) -> bytes:
        self.reads[name.split("/")[0]] += 1
        return super().read(name, limit)

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        return map(self.read, names)

    def digest(self, name: str) -> str:
        self.reads["objects hashed"] += 1
        return super().digest(name)


def measured(what: str, place: Path, work: Callable[[Store], Any]) -> None:
    """Do something with a store and print what it took."""
    store = Store(place)
    store.medium = medium = Counted(place)
    # As a process of its own would begin.
    parse_link.cache_clear()
    before = time.process_time()
    result = work(store)
    reads = ", ".join(f"{count} {name}" for name, count in sorted(medium.reads.items()))
    print(f"{what:44} {time.process_time() - before:7.2f} s   {result}   {reads}", flush=True)


def main() -> None:
    """Make the store, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--principals", type=int, default=6)
    parser.add_argument("--report", action="store_true")
    given = parser.parse_args()
    # A store to measure need not outlive a power cut.
    os.fsync = lambda _: None  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "store"
        moments = [LAST - timedelta(days=n) for n in range(given.days)][::-1]
        start = time.process_time()
        write_store(place, 1, given.principals, moments)
        print(f"{'write':44} {time.process_time() - start:7.2f} s   {given.days} snapshots")
        if given.report:
            report(place, Path(name) / "out")
        else:
            long(place, Path(name) / "checkpoint.json")


def long(place: Path, checkpoint: Path) -> None:
    """Open and verify, as it is from one day to the next."""
    for path in (place / "index").glob("*"):
        path.unlink()
    measured("open without an index, which is made", place, lambda s: len(s.snapshots()))
    measured("open", place, lambda s: len(s.snapshots()))

    def verified(whole: bool) -> Callable[[Store], str]:
        def work(store: Store) -> str:
            found, _ = verify_from(store.medium, [], checkpoint, to_text(LAST), whole=whole)
            return f"{found.files} files, {found.bytes:,} bytes, {len(found.flaws)} flaws"

        return work

    measured("verify, the first time", place, verified(False))
    write_store(place, 1, 6, [LAST + timedelta(days=1)])
    measured("verify, a day later", place, verified(False))
    measured("verify --all", place, verified(True))

    def pruned(store: Store) -> str:
        rule = Retention(parse_keep(["daily:35,weekly:53,monthly"]))
        today = (LAST + timedelta(days=2)).date()
        doomed = to_prune(store.snapshots(), rule, UTC, today, lambda _: False)
        outcome = prune(store, doomed, to_text(LAST), "bench", str(rule))
        return f"{len(doomed)} snapshots, {outcome.objects} objects"

    measured("prune", place, pruned)
    measured("verify --all", place, verified(True))


def report(place: Path, out: Path) -> None:
    """The quarterly report of the last days, with nothing judged before and with all."""
    asked = ("report", "--store", str(place), "--ending", "2026-09-30", "--out", str(out))
    for which in ("first", "later"):
        found = cost(*asked)
        print(f"{'quarterly report, ' + which:44} {found.cpu:7.2f} s   {found.memory:.0f} MB")


if __name__ == "__main__":
    main()
