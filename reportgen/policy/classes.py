"""Values of one condition key that tell conditions apart: one for each way they can turn out.

Conditions part the values of a key into few classes: below and above a number, inside and outside
a network, matched by this pattern and not by that. ``classes`` finds a value of each class, so
that a question about all values becomes a question about some.
"""

from __future__ import annotations

import ipaddress
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import combinations, pairwise

from reportgen.policy.conditions import (
    Condition,
    Context,
    evaluate,
    moment,
    network,
    number,
)
from reportgen.policy.glob import plain

MOST_STATES = 3_000
MOST_CLASSES = 512
_ANY_ARN = "arn:*:*:*:*:*"
_BOOLEANS = ("true", "false")
Values = tuple[str, ...]


@dataclass(frozen=True)
class Domain:
    """What a key may be whose value is not known.

    ``chosen``: the caller sets it as it likes; else it lies with somebody else. ``absent`` and
    ``present``: whether a request may lack it, or carry it. ``values``: the only ones it can have;
    empty is any. ``many``: one request may carry several values (``aws:TagKeys``). ``lowest``: no
    number or date comes before this one.
    """

    chosen: bool = False
    absent: bool = True
    present: bool = True
    values: Values = ()
    many: bool = False
    lowest: str = ""


CHOSEN = Domain(chosen=True)
OPEN = Domain()


@dataclass(frozen=True)
class Classes:
    """Ways in which conditions on a key can turn out, each with values that make them do so.

    Values are empty where the key is absent. ``complete``: there is no other way.
    """

    ways: tuple[tuple[tuple[bool, ...], Values], ...]
    complete: bool = True


@lru_cache(maxsize=8192)
def classes(domain: Domain, conditions: tuple[Condition, ...]) -> Classes:
    """Every way in which conditions on one key, without policy variables, can turn out."""
    singles, complete = singles_of(domain, conditions)
    ways: dict[tuple[bool, ...], Values] = {}
    for values in _sets(domain, singles, conditions):
        if len(ways) >= MOST_CLASSES:
            complete = False
            break
        ways.setdefault(outcome(conditions, values), values)
    return Classes(tuple(ways.items()), complete)


def outcome(conditions: Sequence[Condition], values: Values) -> tuple[bool, ...]:
    """How each condition turns out for a key of these values; no values are an absent key."""
    return tuple(
        evaluate(c, Context({c.key: list(values)}), variables=False) is True for c in conditions
    )


def _sets(
    domain: Domain, singles: Sequence[str], conditions: Sequence[Condition]
) -> Iterator[Values]:
    if domain.absent:
        yield ()
    if not domain.present:
        return
    for single in singles:
        yield (single,)
    if not domain.many:
        return
    # A condition on a set turns on one value of it, so that a value for each condition is enough.
    telling: dict[tuple[bool, ...], str] = {}
    for single in singles:
        telling.setdefault(outcome(conditions, (single,)), single)
    for size in range(2, min(len(conditions), len(telling)) + 1):
        yield from combinations(telling.values(), size)


def singles_of(domain: Domain, conditions: Sequence[Condition]) -> tuple[list[str], bool]:
    """Single values, one at least of each class, and whether no class is missed."""
    if domain.values:
        return list(domain.values), True
    kinds = {kind for c in conditions if (kind := _kind(c))}
    found: list[str] = []
    complete = len(kinds) <= 1
    if kinds <= {"bool"} and kinds:
        return list(_BOOLEANS), True
    if "number" in kinds:
        found += _numbers(conditions, domain.lowest)
    if "date" in kinds:
        found += _dates(conditions, domain.lowest)
    if "network" in kinds:
        found += _addresses(conditions)
    if kinds & {"text", "arn", "bool"} or not kinds:
        complete = complete or kinds <= {"text", "arn", "bool"}
        texts, whole = _texts(conditions, only_arns=kinds == {"arn"})
        found += texts
        complete = complete and whole
    return list(dict.fromkeys(found)), complete


def _kind(condition: Condition) -> str:
    base = condition.base.replace("Not", "", 1)
    for start, kind in (
        ("Numeric", "number"),
        ("Date", "date"),
        ("Ip", "network"),
        ("Bool", "bool"),
        ("Arn", "arn"),
    ):
        if base.startswith(start):
            return kind
    return "" if base == "Null" else "text"


def _of_kind(conditions: Iterable[Condition], *kinds: str) -> list[str]:
    return list(dict.fromkeys(v for c in conditions if _kind(c) in kinds for v in c.values))


def _numbers(conditions: Sequence[Condition], lowest: str) -> list[str]:
    least = number(lowest) if lowest else None
    limits = {n for v in _of_kind(conditions, "number") if (n := number(v)) is not None}
    limits |= {least} if least is not None else set()
    if not limits:
        return ["0"]
    ordered = sorted(limits)
    found = [ordered[0] - 1, *ordered, ordered[-1] + 1]
    found += [(a + b) / 2 for a, b in pairwise(ordered)]
    return [format(n, "f") for n in found if least is None or n >= least]


def _dates(conditions: Sequence[Condition], lowest: str) -> list[str]:
    least = moment(lowest) if lowest else None
    limits = {m for v in _of_kind(conditions, "date") if (m := moment(v)) is not None}
    limits |= {least} if least is not None else set()
    if not limits:
        return ["2000-01-01T00:00:00+00:00"]
    found = set(limits)
    for limit in limits:
        for step in (-1, 1):
            try:
                found.add(limit + timedelta(seconds=step))
            except OverflowError:
                continue
    return [m.isoformat() for m in sorted(found) if least is None or m >= least]


def _addresses(conditions: Sequence[Condition]) -> list[str]:
    found: list[int | str] = []
    for text in _of_kind(conditions, "network"):
        within = network(text)
        if within is None:
            continue
        make = ipaddress.IPv4Address if within.version == 4 else ipaddress.IPv6Address
        first, last = int(within.network_address), int(within.broadcast_address)
        top = (1 << within.max_prefixlen) - 1
        edges = (first, last, first - 1, last + 1)
        found += [str(make(edge)) for edge in edges if 0 <= edge <= top]
    # One address of each version stands for what lies outside all ranges; should a range hold it,
    # that range's own edges stand for the rest.
    return [str(f) for f in found] + ["192.0.2.1", "2001:db8::1"]


# -- text ---------------------------------------------------------------------------------

# A token of a pattern: its sort (a character, one in either case, any one, a run) and what it
# matches: the character, or the characters that it does not match.
_Token = tuple[str, str]


def _tokens(value: str, base: str) -> list[_Token]:
    if base == "StringEqualsIgnoreCase":
        return [("either", c) for c in plain(value)]
    wild = {"*": "run", "?": "one"}
    found: list[_Token] = []
    colons = 0
    fields = base.startswith("Arn") and value != "*"
    for char in value:
        if char in wild:
            found.append((wild[char], ":" if fields and colons < 5 else ""))
        else:
            found.append(("char", plain(char)))
            colons += char == ":"
    return found


def _texts(conditions: Sequence[Condition], *, only_arns: bool) -> tuple[list[str], bool]:
    literals: dict[str, None] = {}
    patterns: list[list[_Token]] = []
    for condition in conditions:
        if _kind(condition) not in ("text", "arn", "bool"):
            continue
        base = condition.base.replace("Not", "", 1)
        folds = base in ("StringEqualsIgnoreCase", "Bool")
        like = base == "StringLike" or base.startswith("Arn")
        for value in condition.values:
            if base.startswith("Arn") and value != "*" and value.count(":") < 5:
                continue
            if folds:
                literals |= dict.fromkeys(_cases(plain(value)))
                patterns.append(_tokens(value, "StringEqualsIgnoreCase"))
            elif like and any(c in value for c in "*?"):
                patterns.append(_tokens(value, base))
            else:
                literals[plain(value)] = None
    fresh = unused("".join(v for c in conditions for v in c.values))
    if only_arns:
        patterns.append(_tokens(_ANY_ARN, "ArnLike"))
    found, complete = _explore(patterns, fresh)
    listed = [*literals, *found, "" if only_arns else fresh]
    if only_arns:
        listed = [v for v in listed if v.startswith("arn:") and v.count(":") >= 5]
    return list(dict.fromkeys(v for v in listed if v)), complete


def _cases(text: str) -> list[str]:
    return [text, text.lower(), text.upper(), text.swapcase()]


def unused(text: str, count: int = 1) -> str:
    """Characters that a text does not have, to be what no pattern names."""
    spare = (c for c in f"{string.ascii_lowercase[::-1]}{string.digits}" if c not in text)
    found = [c for c, _ in zip(spare, range(count), strict=False)]
    code = 0x4E00
    while len(found) < count:
        if chr(code) not in text:
            found.append(chr(code))
        code += 1
    return "".join(found)


# Where one has come to in all patterns: (pattern, token) pairs, and whether the text so far holds
# a character that no pattern names, and so cannot be one of the literals.
_State = tuple[frozenset[tuple[int, int]], bool]


def _explore(patterns: Sequence[Sequence[_Token]], fresh: str) -> tuple[list[str], bool]:
    """A text for each way in which patterns can match together, found by walking all at once."""
    if not patterns:
        return [], True
    start: _State = (_closed(patterns, {(i, 0) for i in range(len(patterns))}), False)
    seen: dict[_State, str] = {start: ""}
    queue = [start]
    for state in queue:
        if len(seen) > MOST_STATES:
            return list(seen.values()), False
        places, is_new = state
        for char in _next(patterns, places, fresh):
            after = (_step(patterns, places, char), is_new or char == fresh)
            if after not in seen:
                seen[after] = seen[state] + char
                queue.append(after)
    return list(seen.values()), True


def _closed(
    patterns: Sequence[Sequence[_Token]], places: Iterable[tuple[int, int]]
) -> frozenset[tuple[int, int]]:
    """Places with those that come after a run, which may be empty."""
    found = set()
    for i, at in places:
        found.add((i, at))
        while at < len(patterns[i]) and patterns[i][at][0] == "run":
            at += 1
            found.add((i, at))
    return frozenset(found)


def _next(
    patterns: Sequence[Sequence[_Token]], places: Iterable[tuple[int, int]], fresh: str
) -> list[str]:
    """The characters that matter next; all others do what ``fresh`` does."""
    found = {fresh, ":"}
    for i, at in places:
        if at < len(patterns[i]):
            sort, char = patterns[i][at]
            if sort == "char":
                found.add(char)
            elif sort == "either":
                found |= {char, char.lower(), char.upper()}
    return sorted(c for c in found if len(c) == 1)


def _step(
    patterns: Sequence[Sequence[_Token]], places: Iterable[tuple[int, int]], char: str
) -> frozenset[tuple[int, int]]:
    after = set()
    for i, at in places:
        if at >= len(patterns[i]):
            continue
        sort, what = patterns[i][at]
        if sort == "char":
            hit = what == char
        elif sort == "either":
            hit = what.casefold() == char.casefold()
        else:
            hit = char != what
        if hit:
            after.add((i, at if sort == "run" else at + 1))
    return _closed(patterns, after)
