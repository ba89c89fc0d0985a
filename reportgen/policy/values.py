"""The values of a condition key that could make a difference to the conditions that ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from itertools import pairwise
from typing import NamedTuple

from reportgen.policy.conditions import Condition, moment, network, number
from reportgen.policy.glob import plain
from reportgen.policy.shapes import UNLISTED, example
from reportgen.policy.witnesses import (
    Pattern,
    either_case,
    exact,
    unused,
    wild,
    wild_arn,
    witnesses,
)

SOURCE_IP = "aws:sourceip"
_ANY_ARN = "arn:*:*:*:*:*"
_ARN = f"arn:aws:zz:zz-none-1:000000000000:{UNLISTED}"
# aws:SourceIp is the public address, so never one of these (RFC 1918).
_INTERNAL = tuple(ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
# Public addresses to come from where no condition speaks of them.
_ELSEWHERE = ("8.8.8.8", "1.1.1.1", "203.1.1.1", "100.24.0.1", "2606:4700::1", "2001:4860::1")
_TEXTS = {"text", "arn", "bool"}


class Telling(NamedTuple):
    """Values of one key, and whether conditions can turn out in no way that none of them shows."""

    values: tuple[str, ...]
    complete: bool = True


@lru_cache(maxsize=8192)
def telling_values(key: str, conditions: tuple[Condition, ...]) -> Telling:
    """Values of a key (in lower case), one at least for each way conditions on it can turn out.

    Variables in the conditions are taken as plain text. Values that conditions name come first.
    """
    kinds = {kind for c in conditions if (kind := _kind(c))}
    if kinds == {"bool"}:
        return Telling(("true", "false"))
    found: list[str] = []
    complete = len(kinds) <= 1 or kinds <= _TEXTS
    if not kinds or kinds & _TEXTS:
        texts = _texts(conditions, only_arns=kinds == {"arn"})
        found += texts.values
        complete = complete and texts.complete
    if "number" in kinds:
        found += _numbers(_of_kind(conditions, "number"))
    if "date" in kinds:
        found += _dates(_of_kind(conditions, "date"))
    if "network" in kinds:
        found += _addresses(key, _of_kind(conditions, "network"))
    return Telling(tuple(dict.fromkeys(found)), complete)


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


def _of_kind(conditions: Iterable[Condition], kind: str) -> list[str]:
    return list(dict.fromkeys(v for c in conditions if _kind(c) == kind for v in c.values))


def _numbers(values: Sequence[str]) -> Iterator[str]:
    ordered = sorted({n for v in values if (n := number(v)) is not None}) or [Decimal(0)]
    yield from (format(n, "f") for n in ordered)
    yield from (format((a + b) / 2, "f") for a, b in pairwise(ordered))
    yield from (format(n, "f") for n in (ordered[0] - 1, ordered[-1] + 1))


def _dates(values: Sequence[str]) -> Iterator[str]:
    ordered = sorted({m for v in values if (m := moment(v)) is not None})
    if not ordered:
        yield "2000-01-01T00:00:00+00:00"
        return
    yield from (m.isoformat() for m in ordered)
    yield from ((a + (b - a) / 2).isoformat() for a, b in pairwise(ordered))
    for m, step in ((ordered[0], -1), (ordered[-1], 1)):
        try:
            yield (m + timedelta(seconds=step)).isoformat()
        except OverflowError:
            # The calendar ends at the years 1 and 9999.
            continue


# -- text ---------------------------------------------------------------------------------


def _texts(conditions: Sequence[Condition], *, only_arns: bool) -> Telling:
    """One text for each set of conditions whose values it is among."""
    literals: dict[str, list[int]] = {}
    patterns: list[tuple[Pattern, int]] = []
    for at, condition in enumerate(conditions):
        for text, pattern in _read(condition):
            if pattern is None:
                literals.setdefault(text, []).append(at)
            else:
                patterns.append((pattern, at))
    named = "".join(v for c in conditions for v in c.values)
    nobody = _ARN if only_arns else UNLISTED if UNLISTED not in named else unused(named)
    if not patterns:
        chosen = {tuple(dict.fromkeys(of)): text for text, of in reversed(literals.items())}
        found = [t for t in reversed(chosen.values()) if not only_arns or _is_arn(t)]
        return Telling((*found, nobody))
    return _walked(literals, patterns, conditions, nobody, only_arns=only_arns)


def _read(condition: Condition) -> Iterator[tuple[str, Pattern | None]]:
    """The values of a condition on text: each as it is, with its pattern if it has one."""
    base = condition.base.replace("Not", "", 1)
    kind = _kind(condition)
    if kind not in _TEXTS:
        return
    for value in condition.values:
        text = plain(value)
        if base in ("StringEqualsIgnoreCase", "Bool"):
            yield text, either_case(text)
        elif kind == "arn" and value.count(":") < 5:
            # Such a pattern matches nothing, but for the star alone.
            if value == "*":
                yield value, wild(value)
        elif (base == "StringLike" or kind == "arn") and ("*" in value or "?" in value):
            yield value, wild_arn(value) if kind == "arn" else wild(value)
        else:
            yield text, None


def _walked(
    literals: dict[str, list[int]],
    patterns: Sequence[tuple[Pattern, int]],
    conditions: Sequence[Condition],
    nobody: str,
    *,
    only_arns: bool,
) -> Telling:
    owners = [{at} for _, at in patterns] + [set(of) for of in literals.values()]
    listed = [p for p, _ in patterns] + [exact(text) for text in literals]
    if only_arns:
        owners.append({-1})
        listed.append(wild_arn(_ANY_ARN))
    texts, complete = witnesses(listed)
    found: dict[frozenset[int], str] = {}
    for matched, text in texts.items():
        of = frozenset(n for i in matched for n in owners[i])
        if not only_arns or -1 in of:
            found.setdefault(of, text)
    values = list(found.values())
    if not complete:
        values += [*literals, nobody]
        values += [example(v) for c in conditions if _kind(c) in _TEXTS for v in c.values]
    # A text that nobody names comes last.
    values.sort(key=lambda text: text == found.get(frozenset({-1} if only_arns else ())))
    return Telling(tuple(values), complete)


def _is_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= 5


# -- addresses ----------------------------------------------------------------------------


def _addresses(key: str, values: Sequence[str]) -> Iterator[str]:
    """Addresses at the edges of networks and beside them, and some that lie elsewhere."""
    public = key == SOURCE_IP
    yield from _ELSEWHERE
    for within in _networks(values):
        yield from _edges(within, public=public, inside=True)
    if public:
        for within in _INTERNAL:
            yield from _edges(within, public=True, inside=False)


def _edges(within: IPv4Network | IPv6Network, *, public: bool, inside: bool) -> Iterator[str]:
    first, last = int(within.network_address), int(within.broadcast_address)
    make = IPv4Address if within.version == 4 else IPv6Address
    top = (1 << within.max_prefixlen) - 1
    for at in (first, last, first - 1, last + 1) if inside else (first - 1, last + 1):
        if 0 <= at <= top and not (public and _internal(str(make(at)))):
            yield str(make(at))


def _networks(values: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    return [found for text in values if (found := network(text)) is not None]


@lru_cache(maxsize=4096)
def _internal(text: str) -> bool:
    address = ip_address(text)
    return any(address in n for n in _INTERNAL if n.version == address.version)


def is_elsewhere(value: str, conditions: Sequence[Condition]) -> bool:
    """Whether an address lies in no network that a condition names, but for the whole internet."""
    address = network(value)
    for condition in conditions:
        for within in _networks(condition.values):
            if within.prefixlen == 0 or address is None or within.version != address.version:
                continue
            if address.subnet_of(within):  # type: ignore[arg-type]
                return False
    return True
