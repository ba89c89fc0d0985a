"""Retention by reports: what is made again after a prune, and what is told before it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from reportgen.clock import to_text
from reportgen.deliver.sent import marker
from reportgen.errors import UsageError
from reportgen.evidence.retention import Retention, parse_keep
from reportgen.evidence.seal import canonical
from reportgen.evidence.store import Store
from reportgen.evidence.verify import verify
from reportgen.model import canonical_json
from reportgen.pipeline import prepare
from reportgen.report.summary import to_json
from reportgen.reporting import summary_of
from reportgen.retaining import carry_out, prune_plan
from tests.conftest import Run
from tests.evidence.chained import FIRST, SECOND, items_of
from tests.evidence.daily import days

# A quarter and a day more on either side, each day once, the second account later in the day.
DAYS = days(date(2026, 6, 29), 95)


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A daily store of two accounts; users come and go, so that each day has its own findings."""
    folder = tmp_path_factory.mktemp("daily")
    store = Store.create(folder / "store")
    for number, day in enumerate(DAYS):
        for account, hour in ((FIRST, 3), (SECOND, 4)):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
            items = items_of(folder / "given", account, at, number % 7)
            store.add(to_text(at), items)
    store.chain()
    return folder / "store"


def copied(daily: Path, tmp_path: Path) -> Path:
    shutil.copytree(daily, tmp_path / "store")
    return tmp_path / "store"


def made(store: Path, kind: str, ending: date) -> Any:
    summary = to_json(summary_of(store, prepare(None, None), kind, ending))
    return json.loads(canonical_json(summary))


def pruned(store: Path, keep: str) -> int:
    plan = prune_plan(store, Retention(parse_keep([keep])), UTC)
    carry_out(store, plan, "operator@host")
    # Made again of the evidence that is left, not of verdicts of before.
    shutil.rmtree(store / "judged", ignore_errors=True)
    found = verify(Store.open(store).medium)
    assert (found.flaws, found.pruned) == ([], len(plan.doomed))
    return len(plan.doomed)


def test_a_quarter_is_the_same_after_a_prune_to_weeks(daily: Path, tmp_path: Path) -> None:
    store = copied(daily, tmp_path)
    before = made(store, "quarterly", date(2026, 9, 30))
    assert before["held"]["evaluations"] > 2 * 13
    assert pruned(store, "weekly,monthly") > 140
    assert canonical(made(store, "quarterly", date(2026, 9, 30))) == canonical(before)


def differing(a: Any, b: Any, path: str = "") -> Iterator[str]:
    """Where two summaries differ, without the numbers of lists."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in a.keys() | b.keys():
            yield from differing(a.get(key), b.get(key), f"{path}.{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for one, other in zip(a, b, strict=True):
            yield from differing(one, other, path)
    elif a != b:
        yield path


def test_a_month_is_the_same_but_for_its_days(daily: Path, tmp_path: Path) -> None:
    store = copied(daily, tmp_path)
    august, september = date(2026, 8, 31), date(2026, 9, 30)
    before, of_later = made(store, "monthly", august), made(store, "monthly", september)
    # September stays by the day: of it, and of what it looks back on, nothing differs.
    assert pruned(store, "daily:32,monthly") > 100
    assert canonical(made(store, "monthly", september)) == canonical(of_later)
    after = made(store, "monthly", august)
    assert after["held"]["evaluations"] == 2 < before["held"]["evaluations"]
    for summary in (before, after):
        # Sorted by days, of which fewer are known now.
        del summary["held"]
    other = {path.split(".")[-1] for path in differing(before, after)}
    assert other == {"days_in_violation", "days_unknown"}


def test_reports_that_were_sent_are_named(daily: Path, tmp_path: Path) -> None:
    store = copied(daily, tmp_path)
    for report in ("monthly-2026-07-31-v0.1", "quarterly-2026-09-30-v0.1", "other"):
        marker(store / "deliveries", report, "a@example.com").write("sent", {})
    plan = prune_plan(store, Retention(parse_keep(["monthly"])), UTC)
    # 30 days of July but its last, and the month's end before, for each account.
    assert plan.reports["monthly-2026-07-31-v0.1"] == 2 * 30
    assert 2 * 10 <= plan.reports["quarterly-2026-09-30-v0.1"] <= 2 * 14
    assert len(plan.reports) == 2
    kept = prune_plan(store, Retention(parse_keep(["daily"])), UTC)
    assert (kept.doomed, kept.reports) == ((), {})


def test_the_command_shows_asks_and_records(run: Run, daily: Path, tmp_path: Path) -> None:
    store = copied(daily, tmp_path)
    names = {p.relative_to(store) for p in store.rglob("*")}
    shown = run("store", "prune", "--store", store, "--keep", "monthly", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "By keep monthly, UTC: 10 snapshots stay, 180 go." in shown.stdout
    assert "They were collected from 2026-06-29 to 2026-09-29." in shown.stdout
    asked = run("store", "prune", "--store", store, "--keep", "monthly")
    assert (asked.returncode, "--yes removes without asking" in asked.stderr) == (2, True)
    assert {p.relative_to(store) for p in store.rglob("*")} == names
    done = run("store", "prune", "--store", store, "--keep", "monthly", "--yes", "--by", "operator")
    assert (done.returncode, done.stderr) == (0, "")
    assert "180 snapshots pruned, as recorded on " in done.stdout
    assert "by operator (keep monthly, UTC) in chain/00000191.json" in done.stdout
    verified = run("verify", "--store", store)
    assert verified.returncode == 0
    assert "180 snapshots pruned, as recorded on " in verified.stdout
    again = run("store", "prune", "--store", store, "--keep", "monthly", "--yes")
    assert (again.returncode, "0 go" in again.stdout) == (0, True)
    ended = run("store", "prune", "--store", store, "--finish")
    assert (ended.returncode, ended.stdout) == (0, "Removed 0 objects, 0 bytes.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Nothing says what stays"),
        (["--keep", "hourly"], "'hourly' is no rule"),
        (["--before", "soon"], "--keep or --before"),
    ],
)
def test_what_is_no_rule_is_refused(
    arguments: list[str], said: str, run: Run, tmp_path: Path
) -> None:
    done = run("store", "prune", "--store", tmp_path, *arguments)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_somebody_is_named(daily: Path) -> None:
    plan = prune_plan(daily, Retention(parse_keep(["daily"])), UTC)
    with pytest.raises(UsageError, match="Nobody is named"):
        carry_out(daily, plan, "  ")
