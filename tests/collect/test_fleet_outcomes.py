"""What comes of accounts: stored, suspended, not entered, or ended midway; and what is told of it.

No AWS here: sessions that answer by hand, and a store in a folder.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from reportgen.clock import to_text
from reportgen.collect.accounts import Target
from reportgen.collect.fleet import AccountState, Fleet, RoleToAssume
from reportgen.collect.journal import Journal, opened
from reportgen.collect.log import LOG
from reportgen.collect.session import Session
from reportgen.errors import CollectError
from reportgen.evidence.store import Snapshot, Store
from reportgen.model import AwsRequest, Status
from reportgen.sources.source import Answer, Aws, ReadError, Scope, Source

OWN, ONE, TWO = "111122223333", "222233334444", "333344445555"
HOME, OTHER = "eu-west-1", "us-east-1"
DATE = "Wed, 25 Nov 2026 00:00:00 GMT"
NO = ReadError(Status.DENIED, "AccessDenied", "no")


class World:
    """Accounts by id: what each operation answers there; an error is raised."""

    def __init__(self, **given: Any) -> None:
        self.given = given
        self.roles: list[tuple[str, str, str]] = []
        self.closed: list[str] = []
        self.asked: Counter[tuple[str, str]] = Counter()

    def answer(self, account: str, method: str) -> Any:
        self.asked[account, method] += 1
        own = self.given.get(f"a{account}", {})
        default = {"Account": account, "Arn": f"arn:aws:sts::{account}:assumed-role/r/s"}
        found = own.get(method, self.given.get(method, default))
        if callable(found):
            found = found()
        if isinstance(found, Exception):
            raise found
        return found


class Hand:
    """A session in one account of the world."""

    region = HOME

    def __init__(self, world: World, account: str) -> None:
        self.world, self.account = world, account

    def call(self, service: str, method: str, /, *, region: str = "", **_: Any) -> Answer:
        answer = self.world.answer(self.account, method)
        return Answer(dict(answer), AwsRequest("r-1", DATE, 200, 0), b"{}")

    def assuming(self, arn: str, name: str, external_id: str = "") -> Hand:
        self.world.roles.append((arn, name, external_id))
        return Hand(self.world, arn.split(":")[4])

    def release(self, region: str) -> None:
        """Nothing is held."""

    def close(self) -> None:
        self.world.closed.append(self.account)


def asking(name: str, method: str, **more: Any) -> Source:
    def read(aws: Aws) -> Mapping[str, Any]:
        answer = aws.call("x", method)
        aws.reading.parameters = answer.pop("parameters", {})
        aws.reading.detail = answer.pop("detail", "")
        return answer

    return Source(name, name, (f"x:{method}",), read, ("K",), **more)


SOURCES = {
    source.name: source
    for source in (
        asking("caller-identity", "get_caller_identity"),
        asking("regions", "regions"),
        asking("roles", "roles"),
        asking("alarms", "alarms", scope=Scope.REGION),
    )
}
GOOD: dict[str, Any] = {
    "regions": {"Regions": [{"RegionName": HOME}, {"RegionName": OTHER}]},
    "roles": {"Roles": []},
    "alarms": {"Alarms": []},
}


def collect(folder: Path, world: World, *targets: Target, **more: Any) -> Any:
    """Outcomes by account, and the newest snapshot of each."""
    store = Store.create(folder / "s")
    with opened(folder / "j", {}) as journal:
        fleet = fleet_of(world, store, journal, **more)
        outcomes = fleet.collect(targets or (Target(OWN), Target(ONE)))
    snapshots = {s.accounts[0]: s for s in store.snapshots()}
    return {o.account_id: o for o in outcomes}, snapshots


def fleet_of(world: World, store: Store, journal: Journal, **more: Any) -> Fleet:
    role = RoleToAssume("/team/reader", "shared")
    way = cast("Session", Hand(world, OWN))
    return Fleet(way, OWN, "aws-cn", store, journal, SOURCES, role, **more)


def log_of(snapshot: Snapshot) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        snapshot.read(snapshot.of_account(snapshot.accounts[0])[LOG])
    )
    return found


def test_each_account_is_entered_by_its_role_and_stored(tmp_path: Path) -> None:
    world = World(**GOOD)
    found, snapshots = collect(tmp_path, world)
    ((arn, name, external_id),) = world.roles
    assert (arn, external_id) == (f"arn:aws-cn:iam::{ONE}:role/team/reader", "shared")
    assert world.closed == [ONE]
    for account in (OWN, ONE):
        outcome = found[account]
        assert outcome.whole
        assert outcome.state is AccountState.COLLECTED
        assert outcome.snapshot == snapshots[account].id
        assert outcome.counts() == Counter({Status.COLLECTED: 5})
        assert outcome.requests == 5
        log = log_of(snapshots[account])
        assert log["run"] == name
        assert log["resumed"] is False
        assert log["regions"] == {"read": [HOME, OTHER], "unread": [], "off": []}
        assert [s["requests"][0]["id"] for s in log["sources"]] == ["r-1"] * 5
        assert log["callers"] == [f"arn:aws:sts::{account}:assumed-role/r/s"]
        envelope = snapshots[account].of_account(account)[LOG]
        assert (envelope.origin, envelope.operation) == ("run", "reportgen:collect")
        assert envelope.bytes == len(snapshots[account].read(envelope))
        # AWS's date is of another day here: the log says what the table says.
        assert "the clock of this machine is wrong" in outcome.clock
        assert log["clock"] == outcome.clock
    # The own log, written last, tells of the others.
    assert [row["account_id"] for row in log_of(snapshots[OWN])["accounts"]] == [ONE]
    assert log_of(snapshots[ONE])["accounts"] == []


def test_what_is_missing_is_told_by_key(tmp_path: Path) -> None:
    short = {"Roles": [], "parameters": {"Refused": ["r"]}, "detail": "1 of 2"}
    absent = ReadError(Status.NOT_ENABLED, "None", "not there")
    world = World(**{**GOOD, "roles": short, "alarms": absent}, **{f"a{ONE}": {"roles": NO}})
    found, _ = collect(tmp_path, world)
    assert found[OWN].missing == {"roles": "1 of 2"}
    assert found[OWN].statuses["roles"] is Status.COLLECTED
    assert found[ONE].missing == {"roles": "AccessDenied: no"}
    assert not found[OWN].whole
    assert found[ONE].statuses[f"alarms@{HOME}"] is Status.NOT_ENABLED
    told = found[ONE].to_json()
    assert told["sources"]["roles"] == "denied"
    assert told["missing"] == {"roles": "AccessDenied: no"}
    assert told["state"] == "collected"


@pytest.mark.parametrize("error", [NO, CollectError("expired", "sign in")])
def test_an_account_that_cannot_be_entered(tmp_path: Path, error: Exception) -> None:
    world = World(**GOOD, **{f"a{ONE}": {"get_caller_identity": error}})
    found, snapshots = collect(tmp_path, world)
    assert found[ONE].state is AccountState.UNREACHABLE
    assert found[ONE].detail.startswith(f"arn:aws-cn:iam::{ONE}:role/team/reader: ")
    assert not found[ONE].whole
    assert set(snapshots) == {OWN}
    assert log_of(snapshots[OWN])["accounts"][0]["state"] == "unreachable"


def test_a_suspended_account_is_not_entered_and_not_missing(tmp_path: Path) -> None:
    world = World(**GOOD)
    found, _ = collect(tmp_path, world, Target(OWN), Target(ONE, "one", "SUSPENDED"))
    assert world.roles == []
    assert found[ONE].state is AccountState.SUSPENDED
    assert (found[ONE].name, found[ONE].detail) == ("one", "suspended")
    assert found[ONE].requests == 0
    assert found[ONE].whole


def test_another_account_s_credentials_are_not_taken_for_it(tmp_path: Path) -> None:
    other = {"Account": TWO, "Arn": f"arn:aws:iam::{TWO}:user/u"}
    world = World(**GOOD, **{f"a{ONE}": {"get_caller_identity": other}})
    found, snapshots = collect(tmp_path, world)
    assert found[ONE].state is AccountState.UNREACHABLE
    assert f"Not account {ONE}: the credentials are of account {TWO}" in found[ONE].detail
    assert set(snapshots) == {OWN}


def test_what_a_role_had_read_when_it_ended_is_stored(tmp_path: Path) -> None:
    ended = CollectError("ExpiredToken", "sign in")
    world = World(**GOOD, **{f"a{ONE}": {"roles": ended}})
    found, snapshots = collect(tmp_path, world)
    assert found[ONE].state is AccountState.COLLECTED
    assert found[ONE].detail == "ExpiredToken"
    assert found[ONE].missing["roles"] == "ExpiredToken"
    assert not found[ONE].whole
    assert "regions" in snapshots[ONE].of_account(ONE)
    assert "roles" not in snapshots[ONE].of_account(ONE)


def test_the_caller_s_own_run_ends_and_is_gone_on_with(tmp_path: Path) -> None:
    """Somebody signs in again; the other accounts are in the store."""
    world = World(**GOOD, **{f"a{OWN}": {"roles": CollectError("ExpiredToken", "sign in")}})
    with pytest.raises(CollectError, match="ExpiredToken"):
        collect(tmp_path, world)
    del world.given[f"a{OWN}"]
    found, snapshots = collect(tmp_path, world)
    assert found[OWN].whole
    # What was read before is not asked again, and is stored with the rest.
    assert (world.asked[OWN, "regions"], world.asked[OWN, "roles"]) == (1, 2)
    assert set(snapshots[OWN].of_account(OWN)) >= {"regions", "roles", f"alarms@{OTHER}"}
    assert log_of(snapshots[OWN])["resumed"] is True
    assert set(snapshots) == {OWN, ONE}


def test_a_role_that_ends_before_anything_was_read(tmp_path: Path) -> None:
    entered: list[Any] = [CollectError("ExpiredToken", "sign in"), {"Account": ONE, "Arn": "x"}]
    world = World(**GOOD, **{f"a{ONE}": {"get_caller_identity": lambda: _next(entered)}})
    found, snapshots = collect(tmp_path, world)
    assert found[ONE].state is AccountState.UNREACHABLE
    assert found[ONE].detail.endswith("ExpiredToken")
    assert set(snapshots) == {OWN}


def _next(answers: list[Any]) -> Any:
    answer = answers.pop()
    if isinstance(answer, Exception):
        raise answer
    return answer


def test_where_nobody_says_whose_it_is_the_first_answer_with_an_arn_does(tmp_path: Path) -> None:
    roles = {"Roles": [{"Arn": f"arn:aws:iam::{TWO}:role/r"}]}
    world = World(**{**GOOD, "get_caller_identity": NO, "roles": roles})
    store = Store.create(tmp_path / "s")
    with opened(tmp_path / "j", {}) as journal:
        fleet = fleet_of(world, store, journal)
        fleet.own = ""
        (outcome,) = fleet.collect([Target("")])
    assert outcome.account_id == TWO
    assert outcome.missing == {"caller-identity": "AccessDenied: no"}


def test_a_session_s_name_has_at_most_64_characters(tmp_path: Path) -> None:
    world, store = World(**GOOD), Store.create(tmp_path / "s")
    fleet_of(world, store, Journal(tmp_path / "j", "r" * 70, resumed=False)).collect([Target(ONE)])
    assert [name for _, name, _ in world.roles] == ["r" * 64]


def test_four_accounts_are_read_at_once_and_no_more(tmp_path: Path) -> None:
    together, lock, fifth = 0, threading.Lock(), threading.Event()
    full = threading.Barrier(4, timeout=60)

    def roles() -> dict[str, Any]:
        nonlocal together
        with lock:
            together += 1
            if together > 4:
                fifth.set()
        full.wait()
        # A fifth would have the time to come.
        fifth.wait(0.2)
        with lock:
            together -= 1
        return {"Roles": []}

    world = World(**{**GOOD, "roles": roles})
    targets = [Target(f"{n:012}") for n in range(1, 9)]
    found, _ = collect(tmp_path, world, *targets)
    assert len(found) == 8
    assert not fifth.is_set()


@pytest.mark.parametrize(
    ("asked", "missing"), [([OTHER, "me-south-1"], set()), (["me-south-1"], {"regions"})]
)
def test_regions_that_are_off(tmp_path: Path, asked: list[str], missing: set[str]) -> None:
    found, _ = collect(tmp_path, World(**GOOD), Target(OWN), regions=asked)
    assert found[OWN].regions.off == ("me-south-1",)
    assert set(found[OWN].missing) == missing
    assert found[OWN].whole is not bool(missing)


def test_how_much_lies_ahead_and_how_each_read_ended_is_told(tmp_path: Path) -> None:
    ahead: list[tuple[str, int]] = []
    told: list[tuple[str, str]] = []
    collect(
        tmp_path,
        World(**GOOD),
        Target(OWN),
        Target(ONE),
        Target(TWO, status="CLOSED"),
        ahead=lambda *given: ahead.append(given),
        progress=lambda account, key, *_: told.append((account, key)),
    )
    assert ahead == [("", 2), (ONE, 5), (OWN, 5)]
    assert len(told) == 10
    assert (OWN, f"alarms@{OTHER}") in told


def test_only_others_are_read_where_the_own_account_is_not_asked_for(tmp_path: Path) -> None:
    found, _ = collect(tmp_path, World(**GOOD), Target(TWO), Target(ONE))
    assert list(found) == [ONE, TWO]


def test_an_executor_of_somebody_else_is_left_running(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s")
    with opened(tmp_path / "j", {}) as journal, ThreadPoolExecutor(2) as pool:
        fleet = fleet_of(World(**GOOD), store, journal)
        assert len(fleet.collect([Target(ONE), Target(TWO)], pool)) == 2
        assert pool.submit(lambda: 7).result() == 7


def test_a_snapshot_is_of_the_moment_of_its_last_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = (datetime(2026, 11, 25, tzinfo=UTC) + timedelta(minutes=n) for n in count())
    monkeypatch.setattr("reportgen.collect.run.now", lambda: next(moments))
    found, snapshots = collect(tmp_path, World(**GOOD), Target(OWN))
    assert found[OWN].whole
    read = [e.collected_at for e in snapshots[OWN].envelopes if e.source != LOG]
    assert len(set(read)) == 5
    assert to_text(snapshots[OWN].collected_at) == max(read)
