"""Answers that were read already: what did not change since the last month is not decoded again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

# A source, and the SHA-256 and bytes of its answer.
ReadingKey: TypeAlias = "tuple[str, str, int]"


class Readings:
    """What was read for the assessment made now, and for the one before it; no more is held.

    What it returns is shared: nobody changes it.
    """

    def __init__(self) -> None:
        self._now: dict[ReadingKey, Any] = {}
        self._before: dict[ReadingKey, Any] = {}

    def turn(self) -> None:
        """Begin another assessment."""
        self._before, self._now = self._now, {}

    def of(self, key: ReadingKey, read: Callable[[], Any]) -> Any:
        """What ``read`` comes to, now or when the same content was last read."""
        if key not in self._now:
            self._now[key] = self._before[key] if key in self._before else read()
        return self._now[key]
