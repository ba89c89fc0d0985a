"""Verdicts are judged once, whoever asks; what is wrong with one account is that one's alone."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reportgen.errors import StoreError
from reportgen.evidence.medium import FolderMedium
from reportgen.evidence.store import Store
from reportgen.history import executors
from reportgen.history.executors import Workers
from reportgen.history.once import JudgedOnce
from reportgen.history.plan import Collected
from reportgen.history.todos import Todos
from reportgen.history.worker import HistoryTodo, Todo, Worker
from reportgen.pipeline import Rules, prepare
from reportgen.summarise.accountfile import FORM
from reportgen.verdicts.kept import HISTORY, LISTS, VERDICTS, Kept
from tests.given import store_with
from tests.history.test_history import ACCOUNTS, damage, files

MOMENT = datetime(2026, 9, 20, tzinfo=UTC)
LATER = datetime(2026, 9, 30, tzinfo=UTC)
HERE = Workers(1)


@pytest.fixture(scope="module")
def rules() -> Rules:
    """Few controls: what is asked here does not depend on which."""
    whole = prepare(None)
    chosen = {key: whole.catalogue.controls[key] for key in ("MFA-01", "KEY-03")}
    return replace(whole, catalogue=replace(whole.catalogue, controls=chosen))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once")
    for account in ACCOUNTS:
        store, _ = store_with(folder, files(account, 9), account, MOMENT)
    return Path(str(store.place))


class Asked:
    """A store, what can be asked of it, and who judged what for it."""

    def __init__(self, place: Path, rules: Rules) -> None:
        self.place, self.rules = place, rules
        self.spare = place.with_name("spare")
        snapshots = Store.open(place).snapshots()
        self.todos = Todos(Collected(snapshots, UTC), rules)
        self.by = {s.accounts[0]: s for s in snapshots}

    def once(self, *, use: bool = True) -> JudgedOnce:
        return JudgedOnce(self.todos, self.rules, Kept(FolderMedium(self.place), self.spare, use))

    def todo(self, account: str = ACCOUNTS[0], as_of: datetime = LATER, **more: bool) -> Todo:
        return self.todos.todo(account, self.by[account], as_of, **more)

    def files(self, kind: str = VERDICTS) -> int:
        return len(list(self.place.rglob(f"judged/*/*.{kind}")))


@pytest.fixture
def asked(made: Path, rules: Rules, tmp_path: Path) -> Asked:
    return Asked(Path(shutil.copytree(made, tmp_path / "store")), rules)


@contextmanager
def working(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Todo]]:
    """What workers are given to do."""
    found: list[Todo] = []
    real = Worker._do

    def noted(self: Worker, todo: Todo, collected: tuple[datetime, ...]) -> Iterator[str]:
        found.append(todo)
        return real(self, todo, collected)

    with monkeypatch.context() as patch:
        patch.setattr(Worker, "_do", noted)
        yield found


def test_the_same_wish_twice_is_one_judgement(asked: Asked) -> None:
    once = asked.once()
    wanted = [asked.todo(), asked.todo(lists=True), asked.todo(position=True)]
    once.make(wanted, HERE)
    assert (once.judged, asked.files(), asked.files(LISTS)) == (1, 1, 1)
    assert len({one.info.account_id for one in once.read(wanted)}) == 1


@pytest.mark.parametrize("order", [1, -1])
def test_wishes_join_whatever_their_order(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, order: int
) -> None:
    wanted = [asked.todo(lists=True), asked.todo(), asked.todo(position=True)][::order]
    with working(monkeypatch) as done:
        asked.once().make(wanted, HERE)
    assert [(t.lists, t.position, t.verdicts) for t in done] == [(True, True, True)]


def test_lists_alone_are_made_where_verdicts_are_kept(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.once().make([asked.todo(lists=True)], HERE)
    (kept,) = asked.place.rglob("*.lists")
    content = kept.read_bytes()
    kept.unlink()
    once = asked.once()
    with working(monkeypatch) as done:
        once.make([asked.todo(lists=True)], HERE)
    assert [(t.lists, t.verdicts) for t in done] == [(True, False)]
    assert once.judged == 0
    assert kept.read_bytes() == content
    assert once.lists(asked.todo(lists=True))["users"]


def test_nothing_is_left_to_do_but_to_hash_the_position(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.once().make([asked.todo()], HERE)
    with working(monkeypatch) as done:
        asked.once().make([asked.todo()], HERE)
        assert not done
        asked.once().make([asked.todo(position=True)], HERE)
    assert [(t.position, t.verdicts, t.lists) for t in done] == [(True, False, False)]


def test_progress_is_told_of_what_is_judged(asked: Asked) -> None:
    told: list[tuple[str, int]] = []
    both = [asked.todo(a, position=True) for a in ACCOUNTS]
    asked.once().make([asked.todo(ACCOUNTS[1])], HERE, lambda *said: told.append(said))
    asked.once().make(both, HERE, lambda *said: told.append(said))
    asked.once().make(both, HERE, lambda *said: told.append(said))
    assert told == [(ACCOUNTS[1], 0), (ACCOUNTS[0], 0)]


def test_the_moments_of_a_snapshot_follow_each_other(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = [LATER, MOMENT, datetime(2026, 9, 25, tzinfo=UTC)]
    with working(monkeypatch) as done:
        asked.once().make([asked.todo(as_of=m) for m in moments], HERE)
    assert [t.as_of for t in done] == sorted(moments)


def test_they_are_read_in_the_order_asked(asked: Asked) -> None:
    once = asked.once()
    wanted = [asked.todo(a, m) for m in (LATER, MOMENT) for a in reversed(ACCOUNTS)]
    once.make(wanted, HERE)
    found = [(one.info.account_id, one.as_of) for one in once.read(wanted)]
    assert found == [(t.account, t.as_of) for t in wanted]


def test_what_was_not_made_is_made_when_it_is_read(asked: Asked) -> None:
    once = asked.once()
    todo = asked.todo(lists=True)
    assert next(once.read([todo])).info.account_id == ACCOUNTS[0]
    assert once.judged == 1
    assert once.lists(todo)["users"]
    assert once.judged == 1


@pytest.mark.parametrize("before", [True, False])
def test_damage_spoils_its_account_alone(asked: Asked, before: bool) -> None:
    wanted = [asked.todo(a, lists=True, position=True) for a in ACCOUNTS]
    if before:
        asked.once().make(wanted, HERE)
    damage(asked.place, ACCOUNTS[0], MOMENT)
    once = asked.once()
    once.make(wanted, HERE)
    assert list(once.damaged) == [ACCOUNTS[0]]
    spoiled, whole = once.read(wanted)
    assert {r.verdict.value for r in spoiled.assessment().results} == {"not-evaluated"}
    assert [r.control_id for r in spoiled.assessment().results] == ["MFA-01", "KEY-03"]
    assert {r.verdict.value for r in whole.assessment().results} >= {"pass", "fail"}
    assert once.lists(wanted[0]) == {}
    assert once.lists(wanted[1])["users"]
    # Nothing of it is kept; what was kept before stays, for a store that is mended.
    assert asked.files() == (2 if before else 1)


def test_damage_found_when_it_is_read(asked: Asked) -> None:
    damage(asked.place, ACCOUNTS[0], MOMENT)
    once = asked.once()
    found = next(once.read([asked.todo()]))
    assert {r.verdict.value for r in found.assessment().results} == {"not-evaluated"}
    assert list(once.damaged) == [ACCOUNTS[0]]
    path = once.path(asked.todo())
    assert path.is_relative_to(asked.spare)
    assert once.lists(asked.todo(lists=True)) == {}


def test_a_file_at_hand(asked: Asked) -> None:
    once = asked.once()
    path = once.path(asked.todo())
    assert path.is_relative_to(asked.place)
    assert once.judged == 1
    assert once.path(asked.todo()) == path
    assert once.judged == 1


def test_a_store_that_loses_what_is_written_is_told(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FolderMedium, "put", lambda *_: None)
    once = asked.once()
    with pytest.raises(StoreError, match=f"account {ACCOUNTS[0]} cannot be read back"):
        next(once.read([asked.todo()]))
    with pytest.raises(StoreError) as error:
        once.path(asked.todo())
    assert "--fresh" in error.value.hint


def test_fresh_judges_all_and_keeps_nothing(asked: Asked) -> None:
    asked.once().make([asked.todo()], HERE)
    once = asked.once(use=False)
    once.make([asked.todo(), asked.todo(ACCOUNTS[1])], HERE)
    assert (once.judged, asked.files()) == (2, 1)


def kept_files(place: Path) -> dict[str, bytes]:
    top = place / "judged"
    return {p.relative_to(top).as_posix(): p.read_bytes() for p in top.rglob("*") if p.is_file()}


def wish(asked: Asked, account: str = ACCOUNTS[0]) -> tuple[HistoryTodo, list[Todo]]:
    """The history of an account over September, of which it has one file of verdicts."""
    todo = asked.todo(account)
    verdicts: list[tuple[str, str, bool, str | None, str | None]] = [
        (todo.key, "2026-09-30", True, None, "2026-09-20")
    ]
    return HistoryTodo.of(
        {
            "form": FORM,
            "account": account,
            "period": ["monthly", "2026-09-01", "2026-09-30"],
            "days": ["2026-09-30"],
            "verdicts": verdicts,
        }
    ), [todo]


def test_histories_are_made_with_the_verdicts_and_once(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, todos = wish(asked)
    other, _ = wish(asked, ACCOUNTS[1])
    asked.once().make([*todos, asked.todo(ACCOUNTS[1])], HERE, histories=[wanted])
    assert (asked.files(), asked.files(HISTORY)) == (2, 1)
    # Where the verdicts are kept, a history that is not is made of them.
    with working(monkeypatch) as done:
        again = asked.once()
        again.make(todos, HERE, histories=[wanted, other])
        assert (done, again.judged, asked.files(HISTORY)) == ([], 0, 2)
    once = asked.once()
    told: list[tuple[str, int]] = []
    once.make(todos, HERE, lambda *said: told.append(said), [wanted, other])
    assert (told, once.judged) == ([], 0)
    assert once.history(wanted, todos).account_id == ACCOUNTS[0]
    assert {life.control_id for life in once.history(wanted, todos).courses} == {"MFA-01", "KEY-03"}


def test_a_history_that_is_missing_is_made_and_kept_when_it_is_read(asked: Asked) -> None:
    wanted, todos = wish(asked)
    once = asked.once()
    found = once.history(wanted, todos)
    assert (found.account_id, once.judged, asked.files(HISTORY)) == (ACCOUNTS[0], 1, 1)
    with_it = once.history(wanted, todos)
    assert (with_it.courses, once.judged) == (found.courses, 1)


@pytest.mark.parametrize("wrong", ["damaged", "of another account"])
def test_a_history_that_is_not_what_its_name_says_is_made_again(asked: Asked, wrong: str) -> None:
    wanted, todos = wish(asked)
    other, theirs = wish(asked, ACCOUNTS[1])
    once = asked.once()
    once.make([*todos, *theirs], HERE, histories=[wanted, other])
    good = next(p for p in asked.place.rglob("*.history") if p.name.startswith(wanted.key))
    content = good.read_bytes()
    good.unlink()
    another = next(iter(asked.place.rglob("*.history"))).read_bytes()
    kept = Kept(FolderMedium(asked.place), asked.spare)
    kept.write(wanted.key, HISTORY, another if wrong == "of another account" else b"no history")
    fresh = asked.once()
    fresh.make(todos, HERE, histories=[wanted])
    assert fresh.history(wanted, todos).account_id == ACCOUNTS[0]
    assert fresh.judged == 0
    assert good.read_bytes() == content


def test_a_history_of_damaged_evidence_says_so_and_is_not_kept(asked: Asked) -> None:
    wanted, todos = wish(asked)
    damage(asked.place, ACCOUNTS[0], MOMENT)
    once = asked.once()
    once.make(todos, HERE, histories=[wanted])
    assert list(once.damaged) == [ACCOUNTS[0]]
    found = once.history(wanted, todos)
    assert {control for gap in found.gaps for control in gap.controls} == {"MFA-01", "KEY-03"}
    assert (found.courses, asked.files(HISTORY)) == ((), 0)


def test_a_history_of_which_one_month_is_damaged_is_not_the_kept_one(asked: Asked) -> None:
    """It was made when all was whole; one file of verdicts is enough to make it another."""
    days = {"2026-08-31": asked.todo(as_of=MOMENT), "2026-09-30": asked.todo()}
    wanted = HistoryTodo.of(
        {
            "form": FORM,
            "account": ACCOUNTS[0],
            "period": ["monthly", "2026-09-01", "2026-09-30"],
            "days": [*days],
            "verdicts": [(todo.key, day, True, None, day) for day, todo in days.items()],
        }
    )
    todos = list(days.values())
    asked.once().make(todos, HERE, histories=[wanted])
    kept = kept_files(asked.place)
    once = asked.once()
    once.make(todos, HERE, histories=[wanted])
    assert once.history(wanted, todos).gaps == ()
    once._damaged[todos[1].key] = (ACCOUNTS[0], "a byte is not what it was")
    (gap,) = once.history(wanted, todos).gaps
    assert gap.controls == ("KEY-03", "MFA-01")
    assert kept_files(asked.place) == kept


def test_a_kept_history_is_not_worked_out_again(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, todos = wish(asked)
    asked.once().make(todos, HERE, histories=[wanted])
    once = asked.once()
    once.make(todos, HERE, histories=[wanted])
    monkeypatch.setattr(HistoryTodo, "made", lambda *_: pytest.fail("it is kept"))
    assert once.history(wanted, todos).account_id == ACCOUNTS[0]


def test_lists_are_made_for_who_asks_and_verdicts_not_again(asked: Asked) -> None:
    once = asked.once()
    once.make([asked.todo()], HERE)
    assert (once.judged, asked.files(LISTS)) == (1, 0)
    for _ in range(2):
        assert once.lists(asked.todo(lists=True))["users"]
        assert (once.judged, asked.files(LISTS)) == (1, 1)


def test_progress_is_told_of_an_account_of_which_some_is_kept(asked: Asked) -> None:
    asked.once().make([asked.todo()], HERE)
    told: list[tuple[str, int]] = []
    both = [asked.todo(position=True), asked.todo(as_of=MOMENT)]
    asked.once().make(both, HERE, lambda *said: told.append(said))
    assert told == [(ACCOUNTS[0], 0)]


FORK = multiprocessing.get_context("fork")


@pytest.mark.skipif(sys.platform != "linux", reason="processes are started anew there")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_worker_killed_in_the_middle_leaves_what_a_whole_run_leaves(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """It has written so many files of an account before it dies, once."""
    wanted = [asked.todo(a, m, lists=True) for a in ACCOUNTS for m in (MOMENT, LATER)]
    asked.once().make(wanted, HERE)
    whole = kept_files(asked.place)
    shutil.rmtree(asked.place / "judged")
    mark, real = asked.place.with_name("mark"), Kept.write

    def dies(self: Kept, key: str, kind: str, content: bytes) -> str:
        written = len(list((asked.place / "judged").rglob("*.*.*")))
        if written >= after and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, key, kind, content)

    monkeypatch.setattr(Kept, "write", dies)
    monkeypatch.setattr(executors, "_context", lambda *_, **__: FORK)
    once = asked.once()
    once.make(wanted, Workers(2))
    assert mark.exists()
    assert kept_files(asked.place) == whole
    assert [one.as_of for one in once.read(wanted)] == [t.as_of for t in wanted]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are started anew there")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_two_at_once_on_one_store_leave_what_one_leaves(asked: Asked) -> None:
    wanted = [asked.todo(a, m, lists=True) for a in ACCOUNTS for m in (MOMENT, LATER)]
    asked.once().make(wanted, HERE)
    whole = kept_files(asked.place)
    shutil.rmtree(asked.place / "judged")
    start, codes = FORK.Barrier(3), FORK.Queue()

    def judge() -> None:
        once = asked.once()
        start.wait()
        once.make(wanted, HERE)
        codes.put([one.info.account_id for one in once.read(wanted)])

    both = [FORK.Process(target=judge) for _ in range(2)]
    for one in both:
        one.start()
    start.wait()
    assert [codes.get(timeout=120) for _ in both] == [[t.account for t in wanted]] * 2
    for one in both:
        one.join()
    assert kept_files(asked.place) == whole
