"""Work that kills the process which does it: in a file that loads no more than that needs."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from reportgen.history.worker import AccountDone, Setup, Task
from reportgen.verdicts.engine import engine


class Dying:
    """Judges nothing; kills its process at an account as often as it is told to."""

    def __init__(self, folder: Path, account: str, times: int) -> None:
        self.folder, self.account, self.times = folder, account, times

    def __call__(self, task: Task) -> AccountDone:
        mark = self.folder / task.account
        died = len(mark.read_text()) if mark.exists() else 0
        if task.account == self.account and died < self.times:
            mark.write_text("x" * (died + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return AccountDone(task.account, 1, (), {})


class DyingWithSetup(Dying):
    """Kills a worker that has the setup already."""

    def __init__(self, folder: Path, account: str, times: int) -> None:
        super().__init__(folder, account, times)
        self.seen: list[str] = []

    def __call__(self, setup: Setup, task: Task) -> AccountDone:  # type: ignore[override]
        assert setup.engine == engine()
        return super().__call__(task)


class Ending:
    """Kills the scheduler that gave it the task, and takes its time."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def __call__(self, setup: Setup, task: Task) -> AccountDone:
        os.kill(self.pid, signal.SIGKILL)
        time.sleep(2)
        return AccountDone(task.account, 1, (), {})
