"""A note of the evidence that was asked for, and facts that are worked out once.

Every question notes the evidence that answers it, also where the answer is that there is none. A
check has a note of its own (``opened``), a resource has one within it (``noting``): so each row
names what it rests on, and no check can forget to say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import wraps
from typing import Any, Self, TypeVar

from reportgen.assess.records import Unavailable, Unreadable

S = TypeVar("S", bound="Noting")
T = TypeVar("T")


class Noting:
    """Notes what is asked, for a check as a whole and apart for each resource."""

    def __init__(self) -> None:
        self._notes: list[set[str]] = [set()]
        # What ``remembered`` facts came to; every view of the same evidence shares it.
        self._worked_out: dict[tuple[Any, ...], _WorkedOut] = {}
        self._rests: dict[tuple[int, frozenset[str]], tuple[str, ...]] = {}

    def opened(self) -> Self:
        """The same facts, with what is worked out already, and a note of their own."""
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__)
        view._notes, view._rests = [set()], {}
        return view

    @contextmanager
    def noting(self) -> Iterator[set[str]]:
        """Keep apart what is asked within: it concerns one resource and not those after it."""
        own: set[str] = set()
        self._notes.append(own)
        try:
            yield own
        finally:
            self._notes.pop()

    @property
    def notes(self) -> list[set[str]]:
        """The notes under way: what is asked goes to the last. For thousands of resources, whoever
        does what ``noting`` does puts one there, and takes it away.
        """
        return self._notes

    @property
    def note(self) -> AbstractSet[str]:
        """The note of the check as a whole, which grows as more is asked."""
        return self._notes[0]

    @property
    def noted(self) -> frozenset[str]:
        """Ids of the evidence asked for until now, but for what was kept apart."""
        return frozenset(self._notes[0])

    def rests_on(self, own: frozenset[str]) -> tuple[str, ...]:
        """What is noted until now with what one resource asked besides, in order."""
        # A note only grows, so its size tells one from those before it.
        key = len(self.note), own
        found = self._rests.get(key)
        if found is None:
            found = self._rests[key] = tuple(sorted(self.note | own))
        return found

    def _note(self, evidence: str) -> None:
        self._notes[-1].add(evidence)


class _WorkedOut:
    """What a fact came to, or how it failed, and the evidence that it noted."""

    __slots__ = ("error", "noted", "value")

    def __init__(self, value: Any, error: Exception | None, noted: frozenset[str]) -> None:
        self.value, self.error, self.noted = value, error, noted


def remembered(fact: Callable[..., T]) -> Callable[..., T]:
    """Work a fact out once for the same evidence; each who asks notes what working it out did.

    For methods of ``Noting`` whose answer follows from the evidence and their arguments, and that
    nobody changes. Unavailable and Unreadable are raised again each time.
    """
    name = fact.__name__

    @wraps(fact)
    def ask(self: Any, *given: Any) -> T:
        key = (name, *given)
        found = self._worked_out.get(key)
        if found is None:
            value, error = None, None
            noted: set[str] = set()
            self._notes.append(noted)
            try:
                value = fact(self, *given)
            except (Unavailable, Unreadable) as reason:
                error = reason
            finally:
                self._notes.pop()
            found = self._worked_out[key] = _WorkedOut(value, error, frozenset(noted))
        self._notes[-1] |= found.noted
        if found.error is not None:
            # Without those who asked before, whom it would hold on to.
            raise found.error.with_traceback(None)
        result: T = found.value
        return result

    return ask
