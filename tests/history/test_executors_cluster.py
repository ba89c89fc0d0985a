"""A Dask cluster judges as one process does: the same bytes, and each account once."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reportgen.errors import UsageError
from reportgen.pipeline import Judging, prepare
from reportgen.reporting import write_report
from tests.given import store_with
from tests.history.test_history import ACCOUNTS, files

distributed = pytest.importorskip("distributed")
END = date(2026, 9, 30)
MOMENT = datetime(2026, 9, 20, tzinfo=UTC)


def test_two_workers_give_the_same_bytes(tmp_path: Path) -> None:
    for account in ACCOUNTS:
        made, _ = store_with(tmp_path, files(account, 9), account, MOMENT)
    store = Path(str(made.place))
    rules = prepare(None)
    here = write_report(store, rules, "monthly", END, tmp_path / "a", None, ("json", "html"))
    kept = {p.name: p.read_bytes() for p in (store / "judged").rglob("*") if p.is_file()}
    shutil.rmtree(store / "judged")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as c:
        judging = Judging(cluster=c.scheduler_address)
        there = write_report(
            store, rules, "monthly", END, tmp_path / "b", None, ("json", "html"), judging
        )
    assert {p.name: p.read_bytes() for p in (store / "judged").rglob("*") if p.is_file()} == kept
    assert there.judged == here.judged > 0
    for name, path in here.files.items():
        assert there.files[name].read_bytes() == path.read_bytes()


def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    made, _ = store_with(tmp_path, files(ACCOUNTS[0], 9), ACCOUNTS[0], MOMENT)
    judging = Judging(cluster="tcp://127.0.0.1:9")
    store, out = Path(str(made.place)), tmp_path / "b"
    with pytest.raises(UsageError, match="no scheduler answers"):
        write_report(store, prepare(None), "monthly", END, out, None, ("json",), judging)
