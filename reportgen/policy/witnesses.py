"""Texts that tell patterns apart: one for each way in which they can match together.

Found by walking all patterns at once, character by character. A pattern is a list of tokens.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reportgen.policy.glob import plain

# Steps of single tokens walked before the search is cut short: some 0.2 s.
MOST_WORK = 200_000
_ARN_FIELDS = 5


class Token(NamedTuple):
    """What one place of a pattern takes.

    ``sort``: ``char`` the character ``what``; ``either`` that in upper or lower case; ``one`` any
    character but ``what``; ``run`` any number of those.
    """

    sort: str
    what: str


Pattern = tuple[Token, ...]


def exact(text: str) -> Pattern:
    """A pattern of one text."""
    return tuple(Token("char", c) for c in text)


def either_case(text: str) -> Pattern:
    """A pattern of one text, whatever the case."""
    return tuple(Token("either", c) for c in text)


def wild(text: str) -> Pattern:
    """A pattern with ``*`` and ``?``."""
    sorts = {"*": "run", "?": "one"}
    return tuple(Token(sorts[c], "") if c in sorts else Token("char", plain(c)) for c in text)


def wild_arn(text: str) -> Pattern:
    """A pattern with ``*`` and ``?``, which stay within a field of an ARN but in the last."""
    found: list[Token] = []
    colons = 0
    for token in wild(text):
        within = token.sort in ("run", "one") and colons < _ARN_FIELDS
        found.append(token._replace(what=":") if within else token)
        colons += token == ("char", ":")
    return tuple(found)


def unused(text: str, count: int = 1) -> str:
    """Characters that a text does not have, in either case."""
    taken = set(text) | set(text.lower()) | set(text.upper())
    spare = f"{string.ascii_lowercase[::-1]}{string.digits}"
    found = [c for c in spare if c not in taken][:count]
    code = 0x4E00
    while len(found) < count:
        if chr(code) not in taken:
            found.append(chr(code))
        code += 1
    return "".join(found)


# Where one has come to in all patterns: pairs of a pattern and a place in it.
_Places = frozenset[tuple[int, int]]


def witnesses(patterns: Sequence[Pattern]) -> tuple[dict[frozenset[int], str], bool]:
    """A text for each set of patterns that match together and no other does; is none missing?

    The texts are among the shortest; no text is empty, as no key has an empty value.
    """
    named = {t.what for p in patterns for t in p}
    fresh = unused("".join(named))
    fields = {":"} if any(t.what == ":" for p in patterns for t in p) else set()
    start = _closed(patterns, ((i, 0) for i in range(len(patterns))))
    seen: dict[_Places, str] = {start: ""}
    found: dict[frozenset[int], str] = {}
    queue = [start]
    work = 0
    for places in queue:
        for char in _next(patterns, places, {fresh, *fields}):
            work += len(places) + 1
            if work > MOST_WORK:
                return found, False
            after = _step(patterns, places, char)
            if after not in seen:
                seen[after] = seen[places] + char
                found.setdefault(_matched(patterns, after), seen[after])
                queue.append(after)
    # The start may be come back to, by a run at the head of a pattern.
    again = _step(patterns, start, fresh)
    if again == start:
        found.setdefault(_matched(patterns, start), fresh)
    return found, True


def _matched(patterns: Sequence[Pattern], places: _Places) -> frozenset[int]:
    return frozenset(i for i, at in places if at == len(patterns[i]))


def _closed(patterns: Sequence[Pattern], places: Iterable[tuple[int, int]]) -> _Places:
    """Places with those that come after a run, which may be empty."""
    found = set()
    for i, at in places:
        found.add((i, at))
        while at < len(patterns[i]) and patterns[i][at].sort == "run":
            at += 1
            found.add((i, at))
    return frozenset(found)


def _next(patterns: Sequence[Pattern], places: _Places, found: set[str]) -> list[str]:
    """The characters that matter next; all others do what a fresh one does."""
    for i, at in places:
        if at < len(patterns[i]):
            sort, char = patterns[i][at]
            if sort == "char":
                found.add(char)
            elif sort == "either":
                found |= {c for c in (char, char.lower(), char.upper()) if len(c) == 1}
    return sorted(found)


def _step(patterns: Sequence[Pattern], places: _Places, char: str) -> _Places:
    after = set()
    for i, at in places:
        if at < len(patterns[i]) and _takes(patterns[i][at], char):
            after.add((i, at if patterns[i][at].sort == "run" else at + 1))
    return _closed(patterns, after)


def _takes(token: Token, char: str) -> bool:
    if token.sort == "char":
        return token.what == char
    if token.sort == "either":
        return token.what.casefold() == char.casefold()
    return char != token.what
