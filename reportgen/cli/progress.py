"""What is under way: a line for each running account on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import typer

from reportgen.model import Status
from reportgen.render.results import printable


class Progress:
    """Says how each read ended; call it with account, evidence key, status and detail.

    A terminal shows the running accounts, each with its latest read, above them how many are done
    and the time left, and keeps a line of what was not read; elsewhere every read is a line.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}
        self._whole: Any = None
        self._left = Left()

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar
            from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def ahead(self, account: str, count: int) -> None:
        """Take note of how many accounts there are (no account), or reads in an account."""
        with self._lock:
            if account:
                self._left.reads[account] = count
            else:
                self._left.accounts = count

    def __call__(self, account: str, key: str, status: Status, detail: str) -> None:
        tail = f": {detail}" if detail else ""
        line = printable(f"{account or 'account'} {key}: {status.value}{tail}")
        with self._lock:
            if self._bar is None:
                typer.echo(line, err=True)
                return
            if self._whole is None:
                self._whole = self._bar.add_task("", total=None)
            if account not in self._tasks:
                self._tasks[account] = self._bar.add_task("", total=None)
            ended = self._left.read(account)
            text = printable(f"{account} {key}")[:60]
            self._bar.update(self._tasks[account], description=text, visible=not ended)
            elapsed = self._bar.tasks[0].elapsed or 0.0
            self._bar.update(self._whole, description=self._left.told(elapsed))
            if status not in (Status.COLLECTED, Status.NOT_ENABLED):
                self._bar.console.print(line, markup=False, highlight=False)


class Left:
    """How far a collection is, by reads: an account that is not begun counts like the others."""

    def __init__(self) -> None:
        self.accounts = 1
        # Reads that each account takes, where that is known, and reads that have ended.
        self.reads: dict[str, int] = {}
        self._done: Counter[str] = Counter()

    def read(self, account: str) -> bool:
        """Note a read that has ended; whether it was the account's last."""
        self._done[account] += 1
        return account in self.reads and self._done[account] >= self.reads[account]

    def share(self) -> float:
        """The part of all reads that has ended, 0 to 1; 0 where it cannot be told yet."""
        if not self.reads:
            return 0.0
        mean = sum(self.reads.values()) / len(self.reads)
        whole = sum(self.reads.values()) + mean * max(self.accounts - len(self.reads), 0)
        return min(self._done.total() / whole, 1.0) if whole else 0.0

    def told(self, elapsed: float) -> str:
        """The line of the whole, after so many seconds: accounts that are done, and time left."""
        ended = sum(self._done[account] >= count for account, count in self.reads.items())
        head = f"{ended} of {self.accounts} accounts"
        share = self.share()
        if not share:
            return head
        seconds = round(elapsed * (1 - share) / share)
        minutes, seconds = divmod(seconds, 60)
        return f"{head}, about {minutes}:{seconds:02} left"


# Off a terminal a line is written for so many accounts.
_LINE_FOR = 50


def judged_so_far() -> Callable[[str, int], None]:
    """Says how judging goes on, to be called with an account that is done and how many are left."""
    terminal = sys.stderr.isatty()
    count = 0

    def say(account: str, left: int) -> None:
        nonlocal count
        count += 1
        text = f"Judged account {account}, {count:,} of {count + left:,}."
        if terminal:
            typer.echo(f"\r{text}" if left else f"\r{' ' * len(text)}\r", err=True, nl=False)
        elif count % _LINE_FOR == 0:
            typer.echo(text, err=True)

    return say
