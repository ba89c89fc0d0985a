"""Where accounts are judged: every task is done once, whatever becomes of the workers."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from reportgen.errors import ReportgenError
from reportgen.history.pool import Pool, through
from reportgen.history.worker import Task
from tests.history.dying import Dying
from tests.warm import CONTEXT

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def sent(dying: Dying, accounts: list[str]) -> list[str]:
    tasks = [Task(account, (), ()) for account in accounts]
    done: list[str] = []
    pool = Pool(lambda: ProcessPoolExecutor(2, CONTEXT), (dying,), 2)
    through(tasks, pool, lambda finished: done.append(finished.account))
    return done


ACCOUNTS = [f"{n:012}" for n in range(6)]


@pytest.mark.parametrize("times", [1, 2])
def test_no_account_is_lost_or_done_twice_when_a_worker_dies(tmp_path: Path, times: int) -> None:
    done = sent(Dying(tmp_path, ACCOUNTS[3], times), ACCOUNTS)
    assert sorted(done) == ACCOUNTS


def test_an_account_that_kills_every_worker_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportgenError, match=f"account {ACCOUNTS[3]} died 3 times"):
        sent(Dying(tmp_path, ACCOUNTS[3], 99), ACCOUNTS)
