"""The position at a moment: out of verdicts that are kept or made, with the same bytes."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reportgen import scheduled
from reportgen.clock import day_end
from reportgen.errors import IntegrityError, UsageError
from reportgen.model import ResultsFile, canonical_json
from reportgen.pipeline import Judging, Rules, assess_store, assessed, prepare
from reportgen.reporting import summarised
from tests.conftest import Run
from tests.given import store_with
from tests.history.test_history import ACCOUNTS, POINTS, damage, files, judged_files

END = date(2026, 9, 30)
LAST = datetime(2026, 9, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return prepare(None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("position")
    for account in ACCOUNTS:
        for month in (7, 8, 9):
            moment = datetime(2026, month, 20, tzinfo=UTC)
            store, _ = store_with(folder, files(account, month), account, moment)
    return Path(str(store.place))


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "store"))


@pytest.fixture
def end(rules: Rules) -> datetime:
    return day_end(END, rules.config.zone)


def rows_of(results: ResultsFile, account: str) -> list[object]:
    rows = [*results["results"], *results["framework_results"]]
    return [row for row in rows if row["account_id"] == account]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_kept_fresh_and_in_processes_give_the_same_bytes(
    store: Path, rules: Rules, end: datetime
) -> None:
    fresh = assessed(store, rules, end, judging=Judging(fresh=True, parallel=1))
    assert not judged_files(store)
    first = assessed(store, rules, end, judging=Judging(parallel=2))
    again = assessed(store, rules, end)
    assert (fresh.judged, fresh.reused) == (first.judged, first.reused) == (len(ACCOUNTS), 0)
    assert (again.judged, again.reused) == (0, len(ACCOUNTS))
    contents = {canonical_json(found.results) for found in (fresh, first, again)}
    assert len(contents) == 1
    assert {r["verdict"] for r in again.results["results"]} >= {"pass", "fail", "not-evaluated"}


def test_what_assess_judged_a_report_does_not(store: Path, rules: Rules, end: datetime) -> None:
    """Nor does it judge for the lists of the access review, which the report wants besides."""
    assessed(store, rules, end)
    found = summarised(store, rules, "quarterly", END)
    assert (found.judged, found.reused) == (POINTS - len(ACCOUNTS), len(ACCOUNTS))
    assert found.summary == summarised(store, rules, "quarterly", END).summary
    whole = summarised(store, rules, "quarterly", END, judging=Judging(fresh=True))
    assert found.summary == whole.summary


def test_what_a_report_judged_assess_does_not(store: Path, rules: Rules, end: datetime) -> None:
    summarised(store, rules, "monthly", END)
    found = assessed(store, rules, end)
    assert (found.judged, found.reused) == (0, len(ACCOUNTS))


def test_lists_are_kept_where_a_report_will_want_them(
    store: Path, rules: Rules, end: datetime
) -> None:
    assessed(store, rules, end)
    assert not list((store / "judged").rglob("*.lists"))
    assessed(store, rules, end, lists=True)
    assert len(list((store / "judged").rglob("*.lists"))) == len(ACCOUNTS)


@pytest.mark.parametrize("before", [False, True])
def test_some_controls_have_the_rows_of_all(
    store: Path, rules: Rules, end: datetime, before: bool
) -> None:
    """Whether the whole is kept or not; alone they are not kept, for they are not the whole."""
    chosen = ["MFA-01", "KEY-03"]
    whole = assessed(store, rules, end, judging=Judging(fresh=not before)).results
    kept = judged_files(store)
    found = assessed(store, rules, end, chosen)
    assert found.judged == (0 if before else len(ACCOUNTS))
    assert judged_files(store) == kept
    for key in ("results", "framework_results"):
        assert found.results[key] == [r for r in whole[key] if r["control_id"] in chosen]
    assert found.results["accounts"] == whole["accounts"]
    assert set(found.results["coverage"]["controls"]) == set(chosen)


@pytest.mark.parametrize("before", [False, True])
def test_a_damaged_account_is_not_evaluated_and_the_other_is(
    store: Path, rules: Rules, end: datetime, before: bool
) -> None:
    """Also where its verdicts are kept: the evidence of a position is hashed each time."""
    whole = assessed(store, rules, end, judging=Judging(fresh=not before)).results
    damage(store, ACCOUNTS[0], LAST)
    found = assessed(store, rules, end)
    assert list(found.damaged) == [ACCOUNTS[0]]
    assert "altered" in found.damaged[ACCOUNTS[0]]
    mine = [r for r in found.results["results"] if r["account_id"] == ACCOUNTS[0]]
    assert [r["control_id"] for r in mine] == list(rules.catalogue.controls)
    assert {r["verdict"] for r in mine} == {"not-evaluated"}
    assert all("is flawed" in r["reason"] for r in mine)
    assert rows_of(found.results, ACCOUNTS[1]) == rows_of(whole, ACCOUNTS[1])
    told = {a["account_id"]: a for a in found.results["accounts"]}
    assert sorted(told) == sorted(ACCOUNTS)
    with pytest.raises(IntegrityError, match="altered"):
        assess_store(store, rules, end)
    # Twice the same, and the same without what is kept.
    bytes_ = canonical_json(found.results)
    assert canonical_json(assessed(store, rules, end).results) == bytes_
    fresh = assessed(store, rules, end, judging=Judging(fresh=True))
    assert canonical_json(fresh.results) == bytes_


def test_a_report_of_kept_verdicts_sees_the_damage_of_its_position(
    store: Path, rules: Rules
) -> None:
    summarised(store, rules, "monthly", END)
    damage(store, ACCOUNTS[1], LAST)
    found = summarised(store, rules, "monthly", END)
    assert list(found.damaged) == [ACCOUNTS[1]]
    scores = {a.account_id: a.coverage for a in found.summary.accounts}
    assert scores[ACCOUNTS[1]] == 0.0
    assert scores[ACCOUNTS[0]] > 0


def test_damage_of_what_no_check_reads_is_damage(store: Path, rules: Rules, end: datetime) -> None:
    """A wire answer, say: nothing rests on it, and yet it is not what was stored."""
    from reportgen.evidence.seal import object_name
    from reportgen.evidence.store import Store

    snapshot = Store.open(store).snapshots()[-1]
    names = [n for n in snapshot.files if n.startswith(f"{snapshot.accounts[0]}/")]
    assert names
    for name in names:
        path = store / object_name(snapshot.files[name][0])
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        found = assessed(store, rules, end)
        assert set(found.damaged) >= {snapshot.accounts[0]}, name
        path.unlink()
        assert set(assessed(store, rules, end).damaged) >= {snapshot.accounts[0]}, name
        path.write_bytes(content)
    assert not assessed(store, rules, end).damaged


def test_half_a_file_is_judged_again(store: Path, rules: Rules, end: datetime) -> None:
    whole = assessed(store, rules, end)
    for path in judged_files(store):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    again = assessed(store, rules, end)
    assert again.judged == len(ACCOUNTS)
    assert canonical_json(again.results) == canonical_json(whole.results)


def test_before_the_first_snapshot(store: Path, rules: Rules) -> None:
    first = datetime(2026, 7, 20, tzinfo=UTC)
    assert len(assessed(store, rules, first).results["accounts"]) == len(ACCOUNTS)
    with pytest.raises(UsageError, match="at or before"):
        assessed(store, rules, first.replace(day=19, hour=23, minute=59, second=59))


@pytest.mark.parametrize("command", ["assess", "report", "export"])
def test_commands_tell_the_damaged_account_and_end_with_4(
    store: Path, run: Run, tmp_path: Path, command: str
) -> None:
    damage(store, ACCOUNTS[0], LAST)
    more = {
        "assess": ("--as-of", str(END), "--format", "json", "-o", "r.json", "--fail-on", "low"),
        "report": ("--ending", str(END), "--out", ".", "--format", "json"),
        "export": ("--as-of", str(END), "--format", "ocsf", "-o", "r.json"),
    }[command]
    done = run(command, "--store", store, *more)
    assert done.returncode == 4, done.stderr
    assert f"Account {ACCOUNTS[0]} was not evaluated. The evidence store is flawed" in done.stderr
    written = tmp_path / ("summary.json" if command == "report" else "r.json")
    assert ACCOUNTS[1] in written.read_text()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_run_goes_on_where_one_account_is_damaged(
    store: Path, rules: Rules, tmp_path: Path
) -> None:
    damage(store, ACCOUNTS[0], LAST)
    said: list[str] = []
    done = scheduled.run(
        rules, store, tmp_path / "out", "monthly", END, True, False, -1, said.append
    )
    assert done.exit_code == 4
    assert list(done.damaged) == [ACCOUNTS[0]]
    assert (tmp_path / "out" / f"iam-monthly-{END}.pdf").exists()
    results = json.loads((tmp_path / "out" / "assessment.json").read_text())
    verdicts = {(r["account_id"], r["verdict"]) for r in results["results"]}
    assert {v for a, v in verdicts if a == ACCOUNTS[0]} == {"not-evaluated"}
    assert {v for a, v in verdicts if a == ACCOUNTS[1]} > {"pass", "fail"}
    log = [json.loads(line) for line in (tmp_path / "out" / "run.log").read_text().splitlines()]
    assert [e["account"] for e in log if e["step"] == "damaged"] == [ACCOUNTS[0]]
    assert (log[-1]["step"], log[-1]["exit"]) == ("end", 4)
