"""Bounded memory, kept beside the objects that it is about and never in them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Made = TypeVar("Made")


class Memo(Generic[Thing, Made]):
    """What was worked out about objects, by identity; the least lately asked goes first.

    An object in it is held, so that no other can come by its identity meanwhile.
    """

    def __init__(self, make: Callable[[Thing], Made], most: int) -> None:
        self._make = make
        self._most = most
        self._held: OrderedDict[int, tuple[Thing, Made]] = OrderedDict()

    def __call__(self, thing: Thing) -> Made:
        """Return what is known of an object, worked out now if it is not."""
        key = id(thing)
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = (thing, self._make(thing))
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        else:
            # Another thread may have dropped it meanwhile.
            with suppress(KeyError):
                self._held.move_to_end(key)
        return found[1]

    def __len__(self) -> int:
        return len(self._held)
