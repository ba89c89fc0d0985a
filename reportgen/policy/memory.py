"""What was worked out once about an object, kept beside it for as long as the object lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import ref

K = TypeVar("K")
V = TypeVar("V")


class _Kept(ref):  # type: ignore[type-arg]
    """An answer, kept with the number of the object that it is about."""

    __slots__ = ("number", "value")
    number: int
    value: Any


class ByIdentity(Generic[K, V]):
    """Answers by the object asked about: to hash a whole document costs more than the answer."""

    def __init__(self, work_out: Callable[[K], V]) -> None:
        self._work_out = work_out
        self._found: dict[int, _Kept] = {}
        # The number will be another object's.
        self._forget = lambda kept: self._found.pop(kept.number, None)

    def __call__(self, asked: K) -> V:
        kept = self._found.get(id(asked))
        if kept is not None:
            found: V = kept.value
            return found
        value = self._work_out(asked)
        kept = _Kept(asked, self._forget)
        kept.number, kept.value = id(asked), value
        self._found[kept.number] = kept
        return value

    def __len__(self) -> int:
        return len(self._found)
