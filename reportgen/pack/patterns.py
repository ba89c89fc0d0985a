"""Patterns under pseudonyms that go on fitting the names that they fitted.

A name is hashed piece by piece, so a pattern that ends where a piece ends (``app-*``) fits the same
names under pseudonyms. One that ends within a piece (``app-pro*``) or begins with a wildcard
(``*-admin``) does not. Beside it is put, for each name known so far that it fits, a pattern of that
name's pseudonym, its wildcards where they were: the list fits what the one pattern fitted. Of a
pattern with its only wildcard at the end, the piece is completed and no more (``app-prod*``). A
``?`` counts letters, of which a pseudonym has others: such a pattern may fit more names than it
did, and where a verdict then differs there is no pack.

Names are known snapshot by snapshot in the chain's order, so that a later one changes nothing in
what was written of an earlier one.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterator

from reportgen.pack.pseudonyms import STEPS, WILD, Pseudonyms
from reportgen.policy.glob import matches

# Patterns that are put in the place of one; beyond them it is left as it is.
MOST = 200


class Patterns:
    """Patterns under the pseudonyms of ``names``; ``left`` has those that fit too many names."""

    def __init__(self, names: Pseudonyms) -> None:
        self._names = names
        self._known: list[str] = []
        self._seen = 0
        self._beside: dict[str, list[str]] = {}
        self._met: set[str] = set()
        self.left: set[str] = set()

    def know(self) -> bool:
        """Take in the names that were replaced since; whether a pattern met since fits one."""
        new = list(itertools.islice(self._names.given, self._seen, None))
        self._seen += len(new)
        met, self._met = self._met, set()
        if not new:
            return False
        self._known = sorted([*self._known, *(n for n in new if not WILD.search(n))])
        self._beside.clear()
        return any(len(self.of(text)) > 1 for text in sorted(met))

    def of(self, text: str) -> list[str]:
        """What stands for a value that may be a pattern: the value, and what it fits besides."""
        made = self._names.value(text)
        parts, others = STEPS.split(text), STEPS.split(made)
        if len(parts) != len(others):
            return [made]
        choices = [
            [new, *self._fitting(old, new)] if _is_pattern(old) else [new]
            for old, new in zip(parts, others, strict=True)
        ]
        if any(_is_pattern(old) for old in parts):
            self._met.add(text)
        found = ["".join(one) for one in itertools.islice(itertools.product(*choices), MOST + 1)]
        if len(found) > MOST:
            self.left.add(text)
            return [made]
        return found

    def _fitting(self, pattern: str, made: str) -> list[str]:
        """The patterns to put beside ``made``, which stands for ``pattern``, sorted."""
        found = self._beside.get(pattern)
        if found is None:
            found = self._beside[pattern] = sorted(set(self._lacking(pattern, made)))
        return found

    def _lacking(self, pattern: str, made: str) -> Iterator[str]:
        head = WILD.split(pattern, maxsplit=1)[0]
        for name in self._from(head):
            pseudonym = self._names.given[name]
            if matches(pattern, name) and not matches(made, pseudonym):
                if pattern == f"{head}*":
                    yield self._completed(name, len(head), pseudonym) + "*"
                else:
                    start, end = pattern[:1] == "*", pattern[-1:] == "*"
                    yield f"{'*' * start}{pseudonym}{'*' * end}"

    def _from(self, head: str) -> Iterator[str]:
        """The names that begin so."""
        at = bisect_left(self._known, head)
        return itertools.takewhile(
            lambda name: name.startswith(head), itertools.islice(self._known, at, None)
        )

    def _completed(self, name: str, size: int, pseudonym: str) -> str:
        """The pseudonym of a name up to the end of the piece in which its ``size`` bytes end."""
        ends = (at for at in self._names.ends(name) if at >= size)
        made = self._names.pieces(name[: next(ends, len(name))])
        return made if pseudonym.startswith(made) else pseudonym


def _is_pattern(part: str) -> bool:
    """Whether a part of a name fits some names and not all, and has no variable."""
    return "${" not in part and bool(WILD.search(part)) and bool(part.strip("*"))
