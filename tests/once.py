"""What is made once for a whole run of the tests, whichever of its processes asks first.

Nobody changes what is shared: a test that writes takes a copy.
"""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What ``make`` returns for an empty folder; the folder and what is returned are kept.

    The others wait for the first. Where it raises, the next one tries again, in another folder.
    """
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"
    shared.mkdir(exist_ok=True)
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = shared / f"{name}.pickle"
        if not kept.exists():
            tried = len(list(shared.glob(f"{name}-*")))
            folder = shared / f"{name}-{tried}"
            folder.mkdir()
            kept.write_bytes(pickle.dumps(make(folder)))
        found: Made = pickle.loads(kept.read_bytes())
        return found
