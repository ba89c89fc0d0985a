"""The verdicts of every point as files at hand, for whoever reads rows and no summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from reportgen.errors import StoreError
from reportgen.history.damage import unreadable
from reportgen.history.history import History
from reportgen.history.plan import Point
from reportgen.history.worker import Todo


class VerdictFiles(History):
    """A history that is read file by file."""

    def files(self, wanted: Callable[[Point], bool]) -> Iterator[tuple[Point, Path]]:
        """Each wanted point with its file of verdicts, whole, in a folder of this machine.

        What ``judge`` neither found nor made is made here; of evidence that is damaged the file
        says that nothing could be evaluated.
        """
        for keyed in self._keyed.values():
            for one in keyed:
                if wanted(one.point):
                    yield one.point, self._kept.path(one.todo.key) or self._made(one.todo)

    def _made(self, todo: Todo) -> Path:
        self._again(todo)
        if todo.key in self._tally.damaged:
            said = self._tally.damaged[todo.key][1]
            content = unreadable(todo, said, self._rules.catalogue, self._rules.config)
            self._kept.lend(todo.key, content)
        path = self._kept.path(todo.key)
        if path is None:
            raise StoreError(
                f"The verdicts of account {todo.account} cannot be read back from "
                f"{self._kept.medium}.",
                "Something removes or changes files there; leave it alone and try again.",
            )
        return path
