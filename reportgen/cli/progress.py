"""What is under way: a line for each running account on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import typer

from reportgen.model import Status
from reportgen.render.results import printable


class Progress:
    """Says how each read ended; call it with account, evidence key, status and detail.

    A terminal shows the running accounts, each with its latest read, and keeps a line of what was
    not read; elsewhere every read is a line.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

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

    def __call__(self, account: str, key: str, status: Status, detail: str) -> None:
        tail = f": {detail}" if detail else ""
        line = printable(f"{account or 'account'} {key}: {status.value}{tail}")
        with self._lock:
            if self._bar is None:
                typer.echo(line, err=True)
                return
            if account not in self._tasks:
                self._tasks[account] = self._bar.add_task("", total=None)
            text = printable(f"{account} {key}")[:60]
            self._bar.update(self._tasks[account], description=text)
            if status not in (Status.COLLECTED, Status.NOT_ENABLED):
                self._bar.console.print(line, markup=False, highlight=False)


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
