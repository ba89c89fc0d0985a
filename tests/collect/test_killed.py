"""Ended at any moment and run again, a collection is that of an undisturbed run.

The process ends itself here, at a request or at a write; ``test_journal.py`` kills it (SIGKILL).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from reportgen.collect.accounts import Target
from reportgen.collect.fleet import AccountOutcome, Fleet, RoleToAssume
from reportgen.collect.journal import opened
from reportgen.collect.log import LOG
from reportgen.collect.session import Session
from reportgen.evidence.store import Store
from reportgen.sources import chosen, own_sources
from reportgen.sources.source import Answer, ReadError
from tests.collect.account import session
from tests.collect.everything import HOME, OWN, furnish
from tests.conftest import Front

SOURCES = chosen(own_sources())
QUESTION = {"caller": OWN}
POINTS = 50


class Died(BaseException):
    """The end of the process, as far as the code can tell."""


class Mortal(Session):
    """A session whose process ends at a request; its clients are those of another session.

    What a ``Mortal`` was answered before is answered again without asking: AWS is the same after
    the end as before it, and what is tested is what the machine keeps.
    """

    def __init__(self, other: Session, dies_at: int = 0) -> None:
        super().__init__(region=HOME, boto=other._session)
        self._clients, self._making = other._clients, other._making
        self.answered: dict[str, Answer | ReadError] = {}
        self.learns = True
        if isinstance(other, Mortal):
            self.answered, self.learns = other.answered, False
        self.dies_at = dies_at
        self.requests = 0

    def call(self, service: str, method: str, /, *, region: str = "", **parameters: Any) -> Answer:
        self.requests += 1
        if 0 < self.dies_at <= self.requests:
            raise Died
        key = repr((service, method, region, sorted(parameters.items())))
        answer = None if self.learns else self.answered.get(key)
        if answer is None:
            try:
                answer = super().call(service, method, region=region, **parameters)
            except ReadError as refused:
                answer = refused
        # Of one request that was made several times the last answer is kept: a job has ended then.
        if self.learns:
            self.answered[key] = answer if isinstance(answer, ReadError) else deepcopy(answer)
        if isinstance(answer, ReadError):
            raise answer
        return answer if self.learns else deepcopy(answer)


def collect(folder: Path, way: Session) -> AccountOutcome:
    """As the command does, in this process."""
    store = Store.create(folder / "s")
    with opened(folder / "s.collecting", QUESTION) as journal:
        fleet = Fleet(way, OWN, "aws", store, journal, SOURCES, RoleToAssume(), [HOME])
        (outcome,) = fleet.collect([Target(OWN)])
    return outcome


def content_of(folder: Path) -> dict[str, tuple[str, str, str]]:
    """Key -> status, detail and digest of the only snapshot, but for the log with its times."""
    (snapshot,) = Store.open(folder / "s").snapshots()
    return {
        e.key: (e.status.value, e.detail, e.sha256) for e in snapshot.envelopes if e.source != LOG
    }


@pytest.fixture
def undisturbed(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_pauses: None
) -> tuple[Session, int, dict[str, tuple[str, str, str]]]:
    """The session, the requests of a whole run, and what it stored."""
    furnish(front)
    way = Mortal(session(HOME))
    monkeypatch.setattr("os.fsync", lambda _: None)
    assert collect(tmp_path / "whole", way).whole
    return way, way.requests, content_of(tmp_path / "whole")


def test_ended_at_fifty_requests(
    undisturbed: tuple[Session, int, dict[str, Any]], tmp_path: Path
) -> None:
    shared, requests, whole = undisturbed
    assert requests > POINTS
    points = random.Random(1).sample(range(1, requests + 1), POINTS)
    for point in sorted(points):
        folder = tmp_path / str(point)
        way = Mortal(shared, point)
        with pytest.raises(Died):
            collect(folder, way)
        assert Store.open(folder / "s").snapshots() == [], "half a snapshot"
        again = Mortal(shared)
        assert collect(folder, again).whole
        assert content_of(folder) == whole, f"ended at request {point}"
        assert again.requests <= requests
        assert not list((folder / "s.collecting").glob("*"))


def test_ended_twice(undisturbed: tuple[Session, int, dict[str, Any]], tmp_path: Path) -> None:
    shared, requests, whole = undisturbed
    for point in (2, requests // 2):
        folder = tmp_path / f"twice-{point}"
        for dies_at in (point, 7):
            with pytest.raises(Died):
                collect(folder, Mortal(shared, dies_at))
        assert collect(folder, Mortal(shared)).whole
        assert content_of(folder) == whole


class Ending:
    """A function of the file system that ends the process at its n-th call (0: never)."""

    def __init__(self, real: Callable[..., Any], dies_at: int = 0) -> None:
        self.real = real
        self.dies_at = dies_at
        self.calls = 0

    def __call__(self, *arguments: Any, **more: Any) -> Any:
        self.calls += 1
        if 0 < self.dies_at <= self.calls:
            raise Died
        return self.real(*arguments, **more)


@pytest.mark.parametrize("name", ["fsync", "replace", "link"])
def test_ended_at_a_write(
    undisturbed: tuple[Session, int, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Of the journal, of an object, of the seal, of the head."""
    shared, _, whole = undisturbed
    real = getattr(os, name)
    counting = Ending(real)
    monkeypatch.setattr(os, name, counting)
    collect(tmp_path / "counted", Mortal(shared))
    writes = counting.calls
    assert writes > 0
    for point in sorted({1, 2, writes // 2, writes - 1, writes, *random_points(writes)}):
        folder = tmp_path / f"{name}-{point}"
        monkeypatch.setattr(os, name, Ending(real, point))
        with pytest.raises(Died):
            collect(folder, Mortal(shared))
        monkeypatch.setattr(os, name, real)
        collect(folder, Mortal(shared))
        for snapshot in Store.open(folder / "s").snapshots():
            found = {
                e.key: (e.status.value, e.detail, e.sha256)
                for e in snapshot.envelopes
                if e.source != LOG
            }
            assert found == whole, f"ended at os.{name} {point}"
        assert Store.open(folder / "s").snapshots()


def random_points(last: int) -> list[int]:
    return random.Random(2).sample(range(1, last + 1), min(3, last))
