"""What large stores take, beside the limits: first report and later ones, large accounts, samples.

Run by ``make bench-scale``. ``--accounts`` takes several sizes; of one, a tenth of it is measured
too. An exponent says how processor time grows from the size before to this one (1: in proportion;
what every run takes makes it less). Processor time is that of all processes together: wall time
says little on a machine that does other work too, and the limits are of two idle cores.

Parts, ``--only``: accounts, growth (by months and by principals), cluster (two Dask workers beside
two processes), large (one account of 1,000 and one of 5,000 users), daily (365 snapshots of one
account), sample (its three reports), catalogue.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from pathlib import Path

from bench.cost import Cost, cost, seconds_of
from bench.store import LAST, month_starts, write_store

_ENDING = ("--ending", "2026-09-30")
# What a snapshot of one account takes in a store, with the verdicts on it, for 150 principals.
_BYTES = 450_000
_LOADING = """
import time
from reportgen.catalogue import load_catalogue
start = time.process_time(); load_catalogue(None); print(time.process_time() - start)
"""


def line(what: str, found: Cost | float, limit: str, exponent: str = "") -> None:
    """Print one measurement beside its limit."""
    if isinstance(found, Cost):
        told = f"{found.cpu:8.1f} {found.wall:8.1f} {found.memory:8.0f}"
    else:
        told = f"{found:8.2f} {'':8} {'':8}"
    print(f"{what:48} {told} {exponent:>8}  {limit}", flush=True)


def exponent(sizes: tuple[int, int], costs: tuple[Cost, Cost]) -> str:
    """How processor time grows from one size to another."""
    return f"{math.log(costs[1].cpu / costs[0].cpu) / math.log(sizes[1] / sizes[0]):.2f}"


def reports(store: Path, out: Path) -> tuple[Cost, Cost]:
    """The quarterly report with nothing judged before, and again."""
    asked = ("report", "--store", str(store), *_ENDING, "--out", str(out))
    return cost(*asked), cost(*asked)


def made(folder: Path, accounts: int, principals: int, months: int) -> Path:
    """A store of so many; SystemExit where there is no room for it."""
    needed = _BYTES * accounts * months * max(principals, 20) // 150
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise SystemExit(
            f"This takes {needed / 1e9:.1f} GB in {folder}, where {free / 1e9:.1f} are."
        )
    store = folder / f"store-{accounts}-{principals}-{months}"
    start = time.process_time()
    write_store(store, accounts, principals, month_starts(LAST, months))
    print(f"  {store.name} written in {time.process_time() - start:.0f} s", file=sys.stderr)
    return store


def of_sizes(
    folder: Path,
    what: str,
    sizes: Sequence[int],
    store_of: Callable[[int], Path],
    limits: tuple[str, str],
) -> None:
    """First and later report of stores that differ in one size."""
    before: tuple[int, tuple[Cost, Cost]] | None = None
    for size in sizes:
        store = store_of(size)
        found = reports(store, folder / "out")
        for number, which in enumerate(("first", "later")):
            grown = ""
            if before is not None:
                grown = exponent((before[0], size), (before[1][number], found[number]))
            told = limits[number] if size == 1000 and what == "accounts" else ""
            line(f"{size} {what}, {which} report", found[number], told, grown)
        before = size, found
        shutil.rmtree(store)


def accounts(folder: Path, given: argparse.Namespace) -> None:
    """Reports of many accounts."""
    sizes = (
        given.accounts if len(given.accounts) > 1 else [given.accounts[0] // 10, *given.accounts]
    )
    of_sizes(
        folder,
        "accounts",
        [size for size in sizes if size],
        lambda size: made(folder, size, given.principals, given.months),
        ("360 s wall, 2,000 MB", "60 s wall, 2,000 MB"),
    )


def growth(folder: Path, given: argparse.Namespace) -> None:
    """Reports of few accounts that grow in another way."""
    count = 12
    store_of: dict[str, Callable[[int], Path]] = {
        "months": lambda size: made(folder, count, given.principals, size),
        "principals": lambda size: made(folder, count, size, given.months),
    }
    for what, sizes in (("months", (12, 24)), ("principals", (150, 300))):
        of_sizes(folder, what, sizes, store_of[what], ("", ""))


# How often each is measured in turn: on a machine that does other work too the least tells most.
_ROUNDS = 2
# Of few accounts most of the time goes into workers that load reportgen, a second each, once.
_FEW, _MANY = 12, 40


def cluster(folder: Path, given: argparse.Namespace) -> None:
    """The first report by two processes, and by a Dask cluster of two workers on this machine."""
    for count in (_FEW, _MANY):
        store = made(folder, count, given.principals, given.months)
        outs = folder / "here", folder / "there"
        rounds = [
            (_anew(store, outs[0], "--parallel", "2"), *_by_dask(store, outs[1]))
            for _ in range(_ROUNDS)
        ]
        same_bytes(*outs)
        shutil.rmtree(store)
        here, fresh, again, started = zip(*rounds, strict=True)
        line(f"{count} accounts, first report, two processes", least(here), "")
        for which, found in (("two fresh Dask workers", fresh), ("the same workers again", again)):
            line(f"{count} accounts, first report, {which}", least(found), "")
            for what in ("wall", "cpu"):
                ratio = getattr(least(found), what) / getattr(least(here), what)
                line(f"  {what} time beside that of two processes", ratio, "1.3")
        whole = min(f.wall + s for f, s in zip(fresh, started, strict=True))
        line("  fresh ones, with the start of the cluster", whole / least(here).wall, "")


def least(costs: Sequence[Cost]) -> Cost:
    """The one of the least wall time."""
    return min(costs, key=attrgetter("wall"))


def _anew(store: Path, out: Path, *how: str) -> Cost:
    """The report with nothing judged before."""
    shutil.rmtree(store / "judged", ignore_errors=True)
    return cost("report", "--store", str(store), *_ENDING, *how, "--out", str(out))


def _by_dask(store: Path, out: Path) -> tuple[Cost, Cost, float]:
    """The report by two fresh workers, by the same again, and how long they took to start.

    Processor time is that of the report's own process and of the workers.
    """
    from distributed import LocalCluster

    start = time.perf_counter()
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as dask:
        started = time.perf_counter() - start
        pids = [nanny.process.pid for nanny in dask.workers.values()]
        found = []
        for _ in range(2):
            before = sum(map(seconds_of, pids))
            cost_of_it = _anew(store, out, "--cluster", dask.scheduler_address)
            used = sum(map(seconds_of, pids)) - before
            found.append(replace(cost_of_it, cpu=cost_of_it.cpu + used))
    return found[0], found[1], started


def same_bytes(one: Path, other: Path) -> None:
    """SystemExit that names each file which two folders do not have alike, however deep."""
    names = {
        path.relative_to(top) for top in (one, other) for path in top.rglob("*") if path.is_file()
    }
    differing = [
        str(name)
        for name in sorted(names)
        if not ((one / name).is_file() and (other / name).is_file())
        or (one / name).read_bytes() != (other / name).read_bytes()
    ]
    if differing or not names:
        raise SystemExit(f"Not the same bytes: {', '.join(differing) or 'there are no files'}")


def large(folder: Path, given: argparse.Namespace) -> None:
    """One account with very many users; a principal in two is one, so there are as many roles."""
    before: tuple[int, Cost] | None = None
    for users, limit in ((1000, "5 s"), (5000, "10 s")):
        store = made(folder, 1, users * 15 // 8, 1)
        found = cost("assess", "--store", str(store), good=(0, 3))
        grown = exponent((before[0], users), (before[1], found)) if before else ""
        line(f"{users:,} users in one account, assess", found, limit, grown)
        before = users, found
        shutil.rmtree(store)


def daily(folder: Path, given: argparse.Namespace) -> None:
    """A year of daily snapshots of one account."""
    store = folder / "daily"
    write_store(store, 1, given.principals, [LAST - timedelta(days=n) for n in range(365)][::-1])
    limits = ("15 s", "8 s")
    for which, found, limit in zip(
        ("first", "later"), reports(store, folder / "out"), limits, strict=True
    ):
        line(f"365 daily snapshots, quarterly, {which}", found, limit)
    shutil.rmtree(store)


def sample(folder: Path, given: argparse.Namespace) -> None:
    """The sample's reports once its months are judged."""
    place = folder / "sample"
    cost("init", "--sample", str(place))
    asked = ("report", "--config", str(place / "reportgen.yaml"), "--store", str(place / "store"))
    for kind, end, limit in (
        ("monthly", "2026-09-30", "4 s"),
        ("quarterly", "2026-09-30", "6 s"),
        ("annual", "2026-06-30", "9 s"),
    ):
        of_kind = (*asked, "--period", kind, "--ending", end, "--out", str(folder / kind))
        cost(*of_kind)
        line(f"sample, {kind}, once judged", cost(*of_kind), limit)


def catalogue(folder: Path, given: argparse.Namespace) -> None:
    """Loading and validating the catalogue, in a process of its own."""
    cache = {"XDG_CACHE_HOME": str(folder / "cache")}
    environment = {**os.environ, **cache, "PYTHONPATH": str(Path(__file__).parents[1])}
    for which, limit in (("without a cache", "0.4 s"), ("from its cache", "0.1 s")):
        command = [sys.executable, "-c", _LOADING]
        found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        line(f"the catalogue, {which}", float(found.stdout), limit)


_ALL = (accounts, growth, cluster, large, daily, sample, catalogue)
PARTS = {part.__name__: part for part in _ALL}


def main() -> None:
    """Make the stores, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[20])
    parser.add_argument("--principals", type=int, default=150)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=Path, help="where the stores lie meanwhile")
    given = parser.parse_args()
    # A store to measure need not outlive a power cut, and syncing each file takes most of the time.
    os.fsync = lambda _: None  # type: ignore[assignment]
    print(f"{'':48} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'exponent':>8}  limit")
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        for part in given.only:
            PARTS[part](Path(name), given)


if __name__ == "__main__":
    main()
