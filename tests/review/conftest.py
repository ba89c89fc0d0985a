"""A clock that stands where the test puts it, and a place with one snapshot."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from reportgen import reviewing
from tests.review.given import OPENED, PEOPLE, Place


class Clock:
    """The moment that reviewing sees."""

    def __init__(self) -> None:
        self.moment = OPENED

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr(reviewing, "now", standing)
    return standing


@pytest.fixture
def place(tmp_path: Path, clock: Clock) -> Place:
    found = Place(tmp_path)
    found.collect(PEOPLE)
    return found
