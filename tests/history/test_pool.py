"""Where accounts are judged: every task is done once, whatever becomes of the workers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import ReportgenError
from reportgen.history import pool as pools
from reportgen.history.pool import Pool, through
from reportgen.history.worker import AccountDone, Task
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
    assert (tmp_path / ACCOUNTS[3]).read_text() == "xxx"


class Late(Executor):
    """Does what it was given only when it is looked after; ``breaks`` so often before."""

    def __init__(self, *, breaks: int = 0) -> None:
        self.breaks = breaks
        self.given: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.on_their_way: list[int] = []
        self.waited: list[bool] = []

    def submit(self, call: Callable[..., Any], *given: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.given.append((future, partial(call, *given, **more)))
        return future

    def work(self) -> None:
        self.on_their_way.append(len(self.given))
        if self.breaks:
            self.breaks -= 1
            self.given.pop()[0].set_exception(BrokenExecutor())
        else:
            future, call = self.given.pop()
            try:
                future.set_result(call())
            except ValueError as error:
                future.set_exception(error)

    def shutdown(self, wait: bool = True, **_: Any) -> None:
        self.given.clear()
        self.waited.append(wait)


def late(monkeypatch: pytest.MonkeyPatch, workers: Late, size: int, **more: Any) -> Late:
    monkeypatch.setattr(pools, "LOOK", 0.001)
    call = more.pop("call", lambda task: AccountDone(task.account, 1, (), {}))
    tasks = [Task(account, (), ()) for account in ACCOUNTS]
    through(tasks, Pool(lambda: workers, (call,), size, check=workers.work, **more), lambda _: None)
    return workers


def test_two_for_each_worker_are_on_their_way_and_one_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With six tasks, of which one is done at a time."""
    assert late(monkeypatch, Late(), 1).on_their_way == [1] * 6
    assert late(monkeypatch, Late(), 2).on_their_way == [4, 4, 4, 3, 2, 1]
    assert late(monkeypatch, Late(), 3).on_their_way == [6, 5, 4, 3, 2, 1]


def test_each_is_alone_once_the_workers_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    assert late(monkeypatch, Late(breaks=1), 2).on_their_way == [4, *[1] * 6]


def test_a_task_is_given_up_at_the_third_death(monkeypatch: pytest.MonkeyPatch) -> None:
    assert late(monkeypatch, Late(breaks=2), 1).on_their_way == [1] * (2 + 6)
    workers = Late(breaks=3)
    with pytest.raises(ReportgenError, match="died 3 times"):
        late(monkeypatch, workers, 1)
    assert workers.on_their_way == [1] * 3


@pytest.mark.parametrize(("patient", "waited"), [({}, True), ({"patient": False}, False)])
def test_what_is_on_its_way_when_a_task_fails(
    monkeypatch: pytest.MonkeyPatch, patient: dict[str, bool], waited: bool
) -> None:
    def fails(task: Task) -> AccountDone:
        raise ValueError(task.account)

    made = Late()
    with pytest.raises(ValueError, match="0000"):
        late(monkeypatch, made, 2, call=fails, **patient)
    assert made.waited == [waited]
    # Where all is done, there is nothing that it would wait for long.
    assert late(monkeypatch, Late(), 2, **patient).waited == [True]
