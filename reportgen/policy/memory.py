"""What was worked out once about an object, kept beside it for as long as the object lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import ref

K = TypeVar("K")
V = TypeVar("V")


class ByIdentity(Generic[K, V]):
    """Answers by the object asked about: to hash a whole document costs more than the answer."""

    def __init__(self, work_out: Callable[[K], V]) -> None:
        self._work_out = work_out
        self._found: dict[int, tuple[ref[Any], V]] = {}

    def __call__(self, asked: K) -> V:
        number = id(asked)
        kept = self._found.get(number)
        if kept is not None:
            return kept[1]
        value = self._work_out(asked)

        def forget(_: ref[Any]) -> None:
            # The number will be another object's.
            self._found.pop(number, None)

        self._found[number] = (ref(asked, forget), value)
        return value
