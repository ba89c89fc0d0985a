"""Packs of two quarters of a small organisation, made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.evidence.conftest import s3
from tests.once import once
from tests.pack import making
from tests.pack.making import Keys

__all__ = ["s3"]


@dataclass(frozen=True)
class Quarters:
    """The organisation, who signs, and the packs of the quarters to June and to September."""

    folder: Path
    keys: Keys
    june: Path
    september: Path


@pytest.fixture(scope="session")
def quarters(tmp_path_factory: pytest.TempPathFactory) -> Quarters:
    return once(tmp_path_factory, "packs", _quarters)


def _quarters(top: Path) -> Quarters:
    folder = making.organisation(top / "organisation")
    keys = making.keys(top / "keys")
    june, september = top / "q2.zip", top / "q3.zip"
    making.pack(folder, "2026-06-30", june, key=keys.own)
    previous = making.manifest_of(june)
    making.pack(folder, "2026-09-30", september, key=keys.own, previous=previous)
    return Quarters(folder, keys, june, september)
