"""Resource patterns: the ARNs that an action takes, what two patterns share, and one ARN of it."""

from __future__ import annotations

import re
from functools import lru_cache

from reportgen.policy.actions import database
from reportgen.policy.glob import covers, matches_arn, overlap_arn, plain

# A name that no policy can have in mind: what reaches it reaches everything.
UNLISTED = "zz-unlisted-by-anyone"
_REGION = "zz-none-1"
# Beyond this many pairs of characters two patterns are taken as sharing what the narrower says.
_MOST = 250_000


@lru_cache(maxsize=65536)
def templates(action: str, partition: str, account: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Patterns of the ARNs that a call names: those of every call, and those of some calls."""
    known = database().details(action)
    service = action.split(":")[0].lower()
    if known is None:
        return (), (f"arn:{partition}:{service}:*:*:*", "*")
    types = database().resource_types(service)
    always: list[str] = []
    sometimes: list[str] = []
    for entry in known.get("resourceTypes", ()):
        arn = types.get(str(entry.get("name", "")).lower(), {}).get("arn")
        if not arn:
            continue
        arn = arn.replace("${Partition}", partition).replace("${Account}", account)
        while "${" in arn:
            head, _, tail = arn.partition("${")
            arn = f"{head}*{tail.partition('}')[2]}"
        (always if entry.get("required") else sometimes).append(arn)
    if not always and not sometimes:
        return ("*",), ()
    return tuple(always), tuple(sometimes)


def arn_templates(action: str, partition: str, account: str) -> tuple[str, ...]:
    """Patterns of the ARNs that an action can be asked for; ``*`` where it names no resource."""
    always, sometimes = templates(action, partition, account)
    return always + sometimes


@lru_cache(maxsize=65536)
def common(first: str, second: str) -> str | None:
    """A pattern of what two patterns of ARNs share, as nearly as one can say; None if nothing."""
    if first == second or first == "*" or covers(first, second):
        return second
    if second == "*" or covers(second, first):
        return first
    if not overlap_arn(first, second):
        return None
    if first.count(":") < 5 or second.count(":") < 5:
        return shared(first, second)
    fields = []
    for a, b in zip(first.split(":", 5), second.split(":", 5), strict=True):
        field = shared(a, b)
        if field is None:
            return None
        fields.append(field)
    return ":".join(fields)


@lru_cache(maxsize=65536)
def shared(first: str, second: str) -> str | None:
    """A pattern of plain texts that match both patterns; None if there is none.

    Walks both side by side, and says ``*`` where both have one, so that what it returns may match
    less than the two share, never more.
    """
    if first == second or first == "*":
        return second
    if second == "*":
        return first
    if len(first) * len(second) > _MOST:
        return min(first, second, key=lambda p: (p.count("*"), -len(p)))
    came: dict[tuple[int, int], tuple[tuple[int, int], str]] = {}
    stack = [(0, 0)]
    end = (len(first), len(second))
    while stack:
        at = stack.pop()
        if at == end:
            return _walked(came, at)
        # The last pushed is tried first: a step that moves both on makes the shortest texts.
        for there, text in _steps(first, second, *at):
            if there not in came and there != (0, 0):
                came[there] = (at, text)
                stack.append(there)
    return None


def _steps(first: str, second: str, i: int, j: int) -> list[tuple[tuple[int, int], str]]:
    a = first[i] if i < len(first) else ""
    b = second[j] if j < len(second) else ""
    if a == "*" and b == "*":
        # Whatever comes here, both take it, whichever of the two then goes on.
        return [((i, j + 1), "*"), ((i + 1, j), "*"), ((i + 1, j + 1), "*")]
    if a == "*":
        skipped = ((i + 1, j), "")
        return [skipped, ((i, j + 1), b)] if b else [skipped]
    if b == "*":
        skipped = ((i, j + 1), "")
        return [skipped, ((i + 1, j), a)] if a else [skipped]
    if a and b and (a == b or "?" in (a, b)):
        return [((i + 1, j + 1), b if a == "?" else a)]
    return []


def _walked(came: dict[tuple[int, int], tuple[tuple[int, int], str]], at: tuple[int, int]) -> str:
    parts = []
    while at != (0, 0):
        at, text = came[at]
        parts.append(text)
    return re.sub(r"\*+", "*", "".join(reversed(parts)))


@lru_cache(maxsize=65536)
def example(pattern: str, account: str = "") -> str:
    """An ARN that a pattern matches, and that no policy has in mind; ``*`` for ``*``."""
    if pattern == "*" or not any(c in pattern for c in "*?"):
        return plain(pattern)
    if pattern.count(":") < 5:
        return plain(_filled(pattern, UNLISTED))
    fields = pattern.split(":", 5)
    fillers = ("arn", "aws", "zz", _REGION, account, UNLISTED)
    return plain(":".join(_filled(f, x) for f, x in zip(fields, fillers, strict=True)))


def _filled(text: str, filler: str) -> str:
    return text.replace("*", filler).replace("?", "z")


def any_match(patterns: tuple[str, ...], arn: str) -> bool:
    """Whether some pattern matches an ARN."""
    return any(matches_arn(p, arn) for p in patterns)
