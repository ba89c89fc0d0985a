"""The values of a condition key that could make a difference to the conditions that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
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
from itertools import combinations, islice, pairwise

from reportgen.policy.conditions import Condition, moment, network, number
from reportgen.policy.glob import plain
from reportgen.policy.shapes import UNLISTED, common, example, shared

_ARN = f"arn:aws:zz:zz-none-1:000000000000:{UNLISTED}"
# aws:SourceIp is the public address, so never one of these (RFC 1918).
_INTERNAL = tuple(ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
# Public addresses to come from where no condition speaks of them.
_ELSEWHERE = ("8.8.8.8", "1.1.1.1", "203.1.1.1", "100.24.0.1", "2606:4700::1", "2001:4860::1")
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)
# Pairs of patterns tried for a value that meets both.
_PAIRS = 400


def telling_values(key: str, conditions: Sequence[Condition]) -> list[str]:
    """Values of a key, at least one for each way in which the conditions can turn out."""
    kinds = {_kind(c) for c in conditions}
    found: dict[str, None] = {}
    for kind in sorted(kinds):
        listed = [v for c in conditions if _kind(c) == kind for v in c.values if "${" not in v]
        found.update(dict.fromkeys(_OF_KIND[kind](key, listed)))
    return list(found)


def _kind(condition: Condition) -> str:
    for name in ("Numeric", "Date", "Bool", "Arn"):
        if condition.base.startswith(name):
            return name
    return "Ip" if condition.base.endswith("IpAddress") else "String"


def _booleans(_: str, __: Sequence[str]) -> Iterator[str]:
    yield from ("true", "false")


def _numbers(_: str, values: Sequence[str]) -> Iterator[str]:
    ordered = sorted({n for v in values if (n := number(v)) is not None})
    for n in ordered:
        yield from (format(n + step, "f") for step in (Decimal(-1), Decimal(0), Decimal(1)))
    yield from (format((a + b) / 2, "f") for a, b in pairwise(ordered))


def _dates(_: str, values: Sequence[str]) -> Iterator[str]:
    ordered = sorted({m for v in values if (m := moment(v)) is not None})
    second = timedelta(seconds=1)
    for m in ordered:
        yield m.isoformat()
        # The calendar ends at the years 1 and 9999.
        if m - second > _FIRST:
            yield (m - second).isoformat()
        if m + second < _LAST:
            yield (m + second).isoformat()
    yield from ((a + (b - a) / 2).isoformat() for a, b in pairwise(ordered))


def _strings(_: str, values: Sequence[str]) -> Iterator[str]:
    yield UNLISTED
    yield from _texts(values, shared)


def _arns(_: str, values: Sequence[str]) -> Iterator[str]:
    yield _ARN
    yield from _texts(values, common)


def _texts(values: Sequence[str], both: Callable[[str, str], str | None]) -> Iterator[str]:
    """Each value as it is, an example of each pattern, and of what two patterns share."""
    listed = list(dict.fromkeys(values))
    for value in listed:
        yield plain(value)
        yield example(value)
    wild = [v for v in listed if "*" in v or "?" in v]
    for one, other in islice(combinations(wild, 2), _PAIRS):
        found = both(one, other)
        if found is not None:
            yield example(found)


def _addresses(key: str, values: Sequence[str]) -> Iterator[str]:
    public = key == "aws:sourceip"
    yield from _ELSEWHERE
    for within in _networks(values):
        first, last = int(within.network_address), int(within.broadcast_address)
        make = IPv4Address if within.version == 4 else IPv6Address
        most = within.max_prefixlen
        for number_ in (first, last, first - 1, last + 1):
            if 0 <= number_ < 1 << most:
                address = make(number_)
                if not (public and _internal(str(address))):
                    yield str(address)


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


_OF_KIND: dict[str, Callable[[str, Sequence[str]], Iterator[str]]] = {
    "Arn": _arns,
    "Bool": _booleans,
    "Date": _dates,
    "Ip": _addresses,
    "Numeric": _numbers,
    "String": _strings,
}
