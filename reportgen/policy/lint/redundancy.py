"""Which patterns of a list are covered by another of it, in time near the length of the list.

Comparing each with each is quadratic, and a hostile list is long. A pattern ``head*`` is looked up
by its head; any other by the rarest three characters that a text must hold to match it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reportgen.policy.glob import matches, probes

# Comparisons for one list, each counted by its stars. Beyond, the answer says it is not complete.
MOST = 200_000
_WILD = re.compile(r"[*?]+")


@dataclass
class Covered:
    """Positions of the patterns that another covers; ``whole`` is false where some went unasked."""

    spare: list[int] = field(default_factory=list)
    whole: bool = True


def covered(patterns: Sequence[str], *, arns: bool = False) -> Covered:
    """Find the patterns that match nothing which another of the list does not match.

    Of two that match the same, the first is kept. ``arns``: the first five fields are compared one
    by one, as IAM does with ARNs.
    """
    found = Covered()
    if len(set(patterns)) == len(patterns) and not any("*" in p or "?" in p for p in patterns):
        return found
    texts = [_RUN.sub(_in_order, p) for p in patterns]
    first = {text: i for i, text in reversed(list(enumerate(texts)))}
    index = _Index([t for t in first if "*" in t or "?" in t], arns)
    by: dict[str, str] = {}
    for i, text in enumerate(texts):
        if first[text] != i:
            found.spare.append(i)
            continue
        wide = index.covering(text, by)
        if wide is not None:
            by[text] = wide
            found.spare.append(i)
    found.whole = index.left >= 0
    return found


# Wildcards beside one another match the same in any order, and one star as much as several.
_RUN = re.compile(r"[*?]*\*[*?]*")


def _in_order(run: re.Match[str]) -> str:
    return "?" * run[0].count("?") + "*"


class _Index:
    def __init__(self, wild: Iterable[str], arns: bool) -> None:
        self._arns = arns
        self._heads: dict[str, str] = {}
        self._grams: dict[str, list[str]] = {}
        self._bare: list[str] = []
        self.left = MOST
        others = []
        for pattern in wild:
            head = pattern[:-1]
            is_head = pattern.endswith("*") and not _WILD.search(head)
            if is_head and (pattern == "*" or not arns or head.count(":") >= 5):
                self._heads[head] = pattern
            else:
                others.append((pattern, _grams_of(pattern)))
        counted = Counter(gram for _, grams in others for gram in grams)
        for pattern, grams in others:
            if grams:
                rarest = min(grams, key=lambda gram: (counted[gram], gram))
                self._grams.setdefault(rarest, []).append(pattern)
            else:
                self._bare.append(pattern)
        self._lengths = sorted({len(head) for head in self._heads})
        self._sizes = sorted({len(gram) for gram in self._grams})

    def covering(self, narrow: str, by: dict[str, str]) -> str | None:
        """A pattern that covers ``narrow``, and is not itself covered by it."""
        # A wildcard of the narrow pattern reads as a character that only a wildcard can match.
        probe = narrow.replace("*", "\x00").replace("?", "\x01")
        for length in self._lengths:
            if length > len(probe):
                break
            wide = self._heads.get(probe[:length])
            if wide is not None and wide != narrow and by.get(wide) != narrow:
                return wide
        for wide in self._candidates(probe):
            if wide == narrow or by.get(wide) == narrow:
                continue
            self.left -= 1 + wide.count("*")
            if self.left < 0:
                return None
            if all(_covers(wide, text, self._arns) for text in probes(wide, narrow)):
                return wide
        return None

    def _candidates(self, probe: str) -> Iterator[str]:
        for size in self._sizes:
            for gram in dict.fromkeys(probe[i : i + size] for i in range(len(probe) - size + 1)):
                yield from self._grams.get(gram, ())
        yield from self._bare


def _grams_of(pattern: str) -> list[str]:
    """Texts of at most three characters, each of which is in all that the pattern matches."""
    chunks = [chunk for chunk in _WILD.split(pattern) if chunk]
    size = min(3, max(map(len, chunks), default=0))
    if not size:
        return []
    found = (c[i : i + size] for c in chunks for i in range(len(c) - size + 1))
    return list(dict.fromkeys(found))


def _covers(wide: str, probe: str, arns: bool) -> bool:
    if arns and wide.count(":") >= 5:
        if probe.count(":") < 5:
            return False
        pairs = zip(wide.split(":", 5), probe.split(":", 5), strict=True)
        return all(_matches(one, other) for one, other in pairs)
    return _matches(wide, probe)


def _matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches a text; without ``?`` there is no need to compile it."""
    if "?" in pattern:
        return matches(pattern, text)
    head, *middle = pattern.split("*")
    if not middle:
        return pattern == text
    tail = middle.pop()
    if len(text) < len(head) + len(tail) or not text.startswith(head) or not text.endswith(tail):
        return False
    place, end = len(head), len(text) - len(tail)
    for chunk in middle:
        place = text.find(chunk, place, end)
        if place < 0:
            return False
        place += len(chunk)
    return True
