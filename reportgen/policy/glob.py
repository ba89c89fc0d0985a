"""Wildcards of policies: ``*`` any run of characters, ``?`` any one.

Patterns are hostile input, so every run is matched once and never tried again (atomic groups):
the time is that of one pass over the text for each chunk of the pattern.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Stand for *, ? and $ that a policy variable brought in, which are not wildcards
# (IAM User Guide, "Policy variables": ${*}, ${?}, ${$}).
LITERAL_STAR, LITERAL_MARK, LITERAL_DOLLAR = "\ue000", "\ue001", "\ue002"
_LITERALS = {LITERAL_STAR: "*", LITERAL_MARK: "?", LITERAL_DOLLAR: "$"}
_PROTECT = str.maketrans({value: key for key, value in _LITERALS.items()})
_RESTORE = str.maketrans(_LITERALS)


def literal(text: str) -> str:
    """Return a pattern that matches ``text`` and nothing else."""
    return text.translate(_PROTECT)


def plain(pattern: str) -> str:
    """Return the characters of a pattern, protected ones as themselves."""
    return pattern.translate(_RESTORE)


def _chunk(text: str, one: str) -> str:
    return "".join(one if c == "?" else re.escape(_LITERALS.get(c, c)) for c in text)


def _translate(pattern: str, one: str) -> str:
    """A regular expression for ``pattern``; ``one`` matches a character that ``*`` may cover."""
    chunks = re.split(r"\*+", pattern)
    if len(chunks) == 1:
        return _chunk(pattern, one)
    parts = [_chunk(chunks[0], one)]
    parts += [f"(?>{one}*?{_chunk(chunk, one)})" for chunk in chunks[1:-1] if chunk]
    # The last chunk must lie at the end: only there is a greedy run right.
    parts.append(f"{one}*{_chunk(chunks[-1], one)}" if chunks[-1] else f"{one}*")
    return "".join(parts)


@lru_cache(maxsize=65536)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern as a regular expression over whole texts."""
    return re.compile(_translate(pattern, "."), re.DOTALL)


@lru_cache(maxsize=65536)
def _prefix(pattern: str) -> tuple[str, bool] | None:
    """What comes before the only star, at the end, if that is all there is; and if there is one."""
    head, star, tail = pattern.partition("*")
    if tail or any(c in head for c in ("?", *_LITERALS)):
        return None
    return head, bool(star)


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches the whole text; upper and lower case differ."""
    simple = _prefix(pattern)
    if simple is not None:
        head, open_end = simple
        return text.startswith(head) if open_end else text == head
    return compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=65536)
def _arn_plan(pattern: str) -> tuple[str, bool] | re.Pattern[str]:
    simple = _prefix(pattern)
    # With all five colons before the star, no field but the last can hold it.
    if simple and (not simple[1] or simple[0].count(":") >= 5 or pattern.count(":") < 5):
        return simple
    if pattern.count(":") < 5:
        return compiled(pattern)
    parts = pattern.split(":", 5)
    head = ":".join(_translate(part, "[^:]") for part in parts[:5])
    return re.compile(f"{head}:{_translate(parts[5], '.')}", re.DOTALL)


def matches_arn(pattern: str, arn: str) -> bool:
    """Whether an ARN pattern matches an ARN.

    The first five fields are compared one by one; ``*`` crosses ``/`` and ``:`` in the last only
    (IAM User Guide, "IAM JSON policy elements: Resource"). A pattern of fewer fields, which AWS
    would refuse to save, is compared as plain text with wildcards.
    """
    plan = _arn_plan(pattern)
    if isinstance(plan, tuple):
        head, open_end = plan
        return arn.startswith(head) if open_end else arn == head
    return plan.fullmatch(arn) is not None


def covers(wide: str, narrow: str) -> bool:
    """Whether every ARN that ``narrow`` matches is matched by ``wide`` (never wrongly yes)."""
    if wide in ("*", narrow):
        return True
    if ":" in wide and narrow == "*":
        return False
    return all(matches_arn(wide, probe) for probe in probes(wide, narrow))


def probes(wide: str, narrow: str) -> tuple[str, ...]:
    """Texts of which ``wide`` matches each if it matches all that ``narrow`` does.

    A wildcard of the narrow pattern reads as a character that only a wildcard can match; a star as
    none, and as more than the question marks of the wide one can take.
    """
    text = narrow.replace("?", "\x01")
    if "?" not in wide or "*" not in text:
        return (text.replace("*", "\x00"),)
    return text.replace("*", ""), text.replace("*", "\x00" * (wide.count("?") + 1))


@lru_cache(maxsize=65536)
def overlap(first: str, second: str) -> bool:
    """Whether some text is matched by both patterns (time: the product of their lengths)."""
    if first == "*" or second == "*":
        return True
    if not any(c in first for c in "*?"):
        return matches(second, plain(first))
    if not any(c in second for c in "*?"):
        return matches(first, plain(second))
    for a, b in ((first, second), (first[::-1], second[::-1])):
        # What stands before the first wildcard of both must agree; so, backwards, the ends.
        fixed = min(re.search(r"[*?]", a).start(), re.search(r"[*?]", b).start())  # type: ignore[union-attr]
        if a[:fixed] != b[:fixed]:
            return False
    if len(first) * len(second) > 1_000_000:
        return True
    # row[j]: a prefix of ``first`` and the first j characters of ``second`` share some text.
    row = [True] + [False] * len(second)
    for j, b in enumerate(second, start=1):
        row[j] = row[j - 1] and b == "*"
    for a in first:
        above = row
        row = [above[0] and a == "*"] + [False] * len(second)
        for j, b in enumerate(second, start=1):
            if a == "*" or b == "*":
                row[j] = above[j] or row[j - 1]
            else:
                row[j] = above[j - 1] and (a == b or "?" in (a, b))
    return row[-1]


@lru_cache(maxsize=65536)
def overlap_arn(first: str, second: str) -> bool:
    """Whether some ARN is matched by both patterns, field by field as ``matches_arn`` does."""
    if first.count(":") < 5 or second.count(":") < 5:
        return overlap(first, second)
    pairs = zip(first.split(":", 5), second.split(":", 5), strict=True)
    return all(overlap(a, b) for a, b in pairs)
