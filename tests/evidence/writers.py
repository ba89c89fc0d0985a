"""Processes that write to a store: a file of their own, which loads no more than they need."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

from reportgen.clock import to_text
from reportgen.evidence.medium import FolderMedium
from reportgen.evidence.store import Store
from tests.evidence.chained import FIRST, items_of


def write_many(
    store: str, folder: Path, writer: int, count: int, environment: Mapping[str, str]
) -> None:
    """Add ``count`` snapshots, each of other content than those of another ``writer``."""
    os.environ.update(environment)
    for n in range(count):
        moment = datetime(2026, 1 + writer, 1 + n, tzinfo=UTC)
        items = items_of(folder / str(writer), FIRST, moment, writer * 100 + n)
        Store.create(store).add(to_text(moment), items)


def hold(root: Path, ready: Event) -> None:
    """Hold the lock of a folder until somebody ends the process."""
    with FolderMedium(root).lock():
        ready.set()
        signal.pause()
