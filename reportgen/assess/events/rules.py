"""EventBridge patterns (EventBridge User Guide, "Event patterns" and "Comparison operators").

A field that the pattern does not name may have any value. A name with an object goes deeper; a name
with a list is met when one of its entries fits.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any

from reportgen.assess.events import NotUnderstood
from reportgen.policy.glob import literal
from reportgen.policy.glob import matches as glob_matches

# What stands for a field that the event does not have.
_ABSENT = object()


def sees(pattern: str, event: Mapping[str, Any]) -> bool:
    """Whether a rule with this pattern is called for the event. Raises NotUnderstood."""
    try:
        parsed = json.loads(pattern)
    except (ValueError, RecursionError):
        raise NotUnderstood("is not JSON") from None
    if not isinstance(parsed, dict) or not parsed:
        raise NotUnderstood("is not an event pattern")
    try:
        return _object(parsed, [event])
    except RecursionError:
        raise NotUnderstood("is nested too deeply") from None


def _object(pattern: Mapping[str, Any], places: list[Any]) -> bool:
    """Whether one of several objects that stand at one place of the event fits."""
    for name, wanted in pattern.items():
        if name == "$or":
            if not isinstance(wanted, list) or not all(isinstance(p, dict) for p in wanted):
                raise NotUnderstood("$or is no list of patterns")
            if not any(_object(inner, places) for inner in wanted):
                return False
            continue
        below = [v for p in places if isinstance(p, Mapping) for v in _values(p, name)]
        if isinstance(wanted, dict):
            if not _object(wanted, below):
                return False
        elif isinstance(wanted, list):
            scalars = [v for v in below if not isinstance(v, Mapping)] or [_ABSENT]
            if not any(_fits(entry, value) for entry in wanted for value in scalars):
                return False
        else:
            raise NotUnderstood(f"{name} has neither a list nor an object")
    return True


def _values(place: Mapping[str, Any], name: str) -> list[Any]:
    """The values of a field; those of an array one by one, as EventBridge takes them."""
    if name not in place:
        return []
    value = place[name]
    return list(value) if isinstance(value, list) else [value]


def _fits(entry: Any, value: Any) -> bool:
    if isinstance(entry, dict):
        if len(entry) != 1:
            raise NotUnderstood("an entry has not exactly one comparison")
        ((operator, operand),) = entry.items()
        if operator == "exists":
            return (value is not _ABSENT) is bool(operand)
        if operator not in _OPERATORS:
            raise NotUnderstood(f"{operator} is not known here")
        return value is not _ABSENT and _OPERATORS[operator](operand, value)
    if isinstance(entry, list):
        raise NotUnderstood("a list within a list")
    return value is not _ABSENT and type(entry) is type(value) and entry == value


def _text(operand: Any, value: Any, test: Callable[[str, str], bool]) -> bool:
    """Compare texts; the operand may ask for that in any case."""
    if isinstance(operand, dict) and set(operand) == {"equals-ignore-case"}:
        operand, value = str(operand["equals-ignore-case"]).casefold(), str(value).casefold()
    if not isinstance(operand, str):
        raise NotUnderstood("a comparison of texts has no text")
    return isinstance(value, str) and test(operand, value)


def _prefix(operand: Any, value: Any) -> bool:
    return _text(operand, value, lambda o, v: v.startswith(o))


def _suffix(operand: Any, value: Any) -> bool:
    return _text(operand, value, lambda o, v: v.endswith(o))


def _ignore_case(operand: Any, value: Any) -> bool:
    return _text(operand, value, lambda o, v: v.casefold() == o.casefold())


def _wildcard(operand: Any, value: Any) -> bool:
    # A question mark is a letter as any other here, unlike in a policy.
    return _text(operand, value, lambda o, v: glob_matches("*".join(map(literal, o.split("*"))), v))


def _anything_but(operand: Any, value: Any) -> bool:
    if isinstance(operand, dict):
        ((operator, inner),) = operand.items() if len(operand) == 1 else (("?", None),)
        if operator not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
            raise NotUnderstood("anything-but with a comparison that is not known here")
        several = inner if isinstance(inner, list) else [inner]
        return not any(_OPERATORS[operator](each, value) for each in several)
    several = operand if isinstance(operand, list) else [operand]
    return not any(_fits(each, value) for each in several)


_NUMBERS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}


def _numeric(operand: Any, value: Any) -> bool:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise NotUnderstood("numeric has no comparisons")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    if not all(o in _NUMBERS and isinstance(n, int | float) for o, n in pairs):
        raise NotUnderstood("numeric has a comparison that is not known here")
    return all(_NUMBERS[o](value, n) for o, n in pairs)


def _cidr(operand: Any, value: Any) -> bool:
    try:
        network = ipaddress.ip_network(str(operand), strict=False)
    except ValueError:
        raise NotUnderstood("cidr is no range of addresses") from None
    try:
        return ipaddress.ip_address(str(value)) in network
    except ValueError:
        return False


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
}
