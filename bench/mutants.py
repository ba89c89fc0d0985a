"""Changes one operator, number or condition at a time and asks whether a test notices.

``python -m bench.mutants [FILE ...] [--sample N] [--seed N] [--jobs N]`` prints a table and the
survivors. The tests of ``reportgen/room/file.py`` are ``tests/room/test_file*.py``, and those that
``tests/mirror.py`` names. A survivor that no test can kill has a line in ``bench/mutants.txt`` with
the reason; a line there that explains nothing any more is said.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from bench.mutations import Mutant, mutants_of
from bench.trials import Order, Trials, copied, warm
from tests.mirror import ROOT, held_by

EXPLAINED = Path(__file__).with_name("mutants.txt")
TARGETS = (
    "reportgen/assess/checks/*.py",
    "reportgen/assess/facts/*.py",
    "reportgen/assess/judge.py",
    "reportgen/summarise/held.py",
    "reportgen/summarise/movement.py",
    "reportgen/summarise/score.py",
    "reportgen/policy/decision.py",
    "reportgen/policy/effective*.py",
    "reportgen/policy/trust.py",
    "reportgen/evidence/*.py",
    "reportgen/collect/*.py",
    "reportgen/files.py",
    "reportgen/render/look.py",
    "reportgen/render/tables.py",
    "reportgen/render/parquet.py",
    "reportgen/audit/*.py",
    "reportgen/deliver/*.py",
    "reportgen/summarise/people.py",
    "reportgen/sources/source.py",
    "reportgen/sources/mfa_devices.py",
    "reportgen/verdicts/*.py",
    "reportgen/query/*.py",
    "reportgen/review/*.py",
)


def explanations() -> dict[str, str]:
    """Why no test can kill a survivor, by the survivor's key."""
    if not EXPLAINED.exists():
        return {}
    lines = [line for line in EXPLAINED.read_text().splitlines() if line and line[0] != "#"]
    return {key.strip(): reason.strip() for key, _, reason in (x.rpartition(" | ") for x in lines)}


def _files(named: Sequence[str]) -> Iterator[str]:
    for pattern in named or TARGETS:
        for path in sorted(ROOT.glob(pattern)):
            if path.name != "__init__.py" or named:
                yield path.relative_to(ROOT).as_posix()


def nearest(file: str, tests: Sequence[str], *, own: bool, named: bool) -> list[str]:
    """Those of a file's tests that are in its own room, or named after it; all where none is."""
    inside = Path(file).relative_to("reportgen")
    near = [test for test in tests if not own or Path(test).parent == Path("tests") / inside.parent]
    if named:
        near = [test for test in near if Path(test).name.startswith(f"test_{inside.stem}")]
    return near or list(tests)


def main() -> int:
    parser = argparse.ArgumentParser(description="Do the tests notice a changed operator?")
    parser.add_argument("files", nargs="*", help="files or patterns; default: where limits are")
    parser.add_argument("--sample", type=int, default=0, help="at most so many mutants of a file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--cheap",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="leave out tests that take longer: what is killed is at least this much",
    )
    parser.add_argument(
        "--own", action="store_true", help="only tests of the file's own room; at least this much"
    )
    parser.add_argument(
        "--named", action="store_true", help="only tests named after the file; at least this much"
    )
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    warm()
    copies = [copied() for _ in range(options.jobs)]
    explained = explanations()
    totals = {"mutants": 0, "killed": 0, "explained": 0}
    survivors: list[Mutant] = []
    # Lines of files that were looked at whole, and of which no survivor needed them.
    idle: list[str] = []
    print(f"{'file':44} {'mutants':>8} {'killed':>7} {'explained':>10} {'left':>5} {'%':>6}")
    try:
        for file in dict.fromkeys(_files(options.files)):
            # Of the copy: the tree that it was made of may be worked on meanwhile.
            mutants = mutants_of(file, copies[0])
            if options.sample and len(mutants) > options.sample:
                mutants = random.Random(f"{options.seed} {file}").sample(mutants, options.sample)
            tests = nearest(file, held_by(file), own=options.own, named=options.named)
            if not mutants:
                continue
            order = Order(options.cheap or float("inf"))
            trials = [Trials(folder, tests, order) for folder in copies] if tests else []
            try:
                if not trials or not all(one.unchanged() for one in trials):
                    print(f"{file:44} {len(mutants):8} no tests of its own that pass: {tests}")
                    survivors += mutants
                    totals["mutants"] += len(mutants)
                    continue
                free: SimpleQueue[Trials] = SimpleQueue()
                for one in trials:
                    free.put(one)

                def judge(mutant: Mutant, free: SimpleQueue[Trials] = free) -> str:
                    one = free.get()
                    try:
                        return one.of(mutant)
                    finally:
                        free.put(one)

                with ThreadPoolExecutor(options.jobs) as pool:
                    ends = list(pool.map(judge, mutants))
            finally:
                for one in trials:
                    one.close()
            left = [m for m, end in zip(mutants, ends, strict=True) if end == "survived"]
            told = [m for m in left if m.key in explained]
            alive = [m for m in left if m.key not in explained]
            survivors += alive
            if not options.sample:
                needed = {m.key for m in told}
                idle += [k for k in explained if k.startswith(f"{file} |") and k not in needed]
            killed = len(mutants) - len(left)
            totals["mutants"] += len(mutants)
            totals["killed"] += killed
            totals["explained"] += len(told)
            share = 100 * killed / len(mutants)
            print(
                f"{file:44} {len(mutants):8} {killed:7} {len(told):10} {len(alive):5} {share:6.1f}"
            )
            for mutant in alive:
                print(f"    {mutant.line}: {mutant.change}: {mutant.source}")
            sys.stdout.flush()
    finally:
        for folder in copies:
            shutil.rmtree(folder, ignore_errors=True)
    share = 100 * totals["killed"] / max(totals["mutants"], 1)
    rest = totals["mutants"] - totals["killed"] - totals["explained"]
    print(
        f"{'all':44} {totals['mutants']:8} {totals['killed']:7} {totals['explained']:10} "
        f"{rest:5} {share:6.1f}"
    )
    for key in idle:
        print(f"{EXPLAINED.name} explains what is killed, or is not there any more: {key}")
    return 0 if not survivors and not idle else 1


if __name__ == "__main__":
    raise SystemExit(main())
