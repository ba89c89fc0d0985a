"""Conditions: every operator, with the qualifiers and what each says of a key that is absent.

IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple
context keys or values". A test answers True or False, or None where the context does not know.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

from reportgen.policy.glob import LITERAL_DOLLAR, literal, matches, matches_arn, plain

_BASES = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
)
_BY_NAME = {name.casefold(): name for name in _BASES}
_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?", re.IGNORECASE)


class Missing(Enum):
    """What a context says of a key that it has no value for."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


class Context:
    """The keys of a request. A key is known, absent, or (in an open context) unknown.

    Names are compared without regard to case, tag names within them too.
    """

    def __init__(
        self,
        known: Mapping[str, Any],
        *,
        absent: Iterable[str] = (),
        is_open: bool = False,
    ) -> None:
        self._known = {str(key).casefold(): _texts(value) for key, value in known.items()}
        self._absent = {key.casefold() for key in absent}
        self._open = is_open

    def get(self, key: str) -> tuple[str, ...] | Missing:
        """Return the values of a key given in lower case; an empty list is an absent key."""
        found = self._known.get(key)
        if found:
            return found
        if found is not None or not self._open or key in self._absent:
            return Missing.ABSENT
        return Missing.UNKNOWN

    def with_keys(self, known: Mapping[str, Any], absent: Iterable[str] = ()) -> Context:
        """Return this context with more keys known or absent."""
        copy = Context({}, is_open=self._open)
        copy._known = self._known | {k.casefold(): _texts(v) for k, v in known.items()}
        copy._absent = self._absent | {key.casefold() for key in absent}
        return copy


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple)) else [value]
    found = []
    for item in items:
        if item is None:
            continue
        if isinstance(item, bool):
            item = "true" if item else "false"
        found.append(str(item))
    return tuple(found)


@dataclass(frozen=True)
class Condition:
    """One operator on one key. ``qualifier`` is '', 'all' or 'any'; ``fault`` why it is void."""

    operator: str
    key: str
    values: tuple[str, ...]
    base: str = ""
    qualifier: str = ""
    if_exists: bool = False
    fault: str = ""

    @property
    def lowered(self) -> str:
        """The key in lower case."""
        return self.key.casefold()

    @property
    def negated(self) -> bool:
        """Whether it asks that no value match; such an operator holds for an absent key."""
        return "Not" in self.base

    @property
    def text(self) -> str:
        """How messages write it."""
        shown = ", ".join(self.values[:3]) + (", …" if len(self.values) > 3 else "")
        return f"{self.operator} {self.key} {shown}"


def condition_of(operator: str, key: str, values: tuple[str, ...]) -> Condition:
    """Return a condition, its operator taken apart; an unknown one carries a fault."""
    found = _OPERATOR.fullmatch(operator)
    base = _BY_NAME.get(found[2].casefold()) if found else None
    if found is None or base is None:
        return Condition(operator, key, values, fault=f"{operator!r:.60} is not an operator")
    qualifier = {"forallvalues": "all", "foranyvalue": "any"}.get((found[1] or "").casefold(), "")
    fault = ""
    if base == "Null" and (qualifier or found[3]):
        # IAM User Guide, "IAM JSON policy elements: Condition operators": IfExists goes with any
        # operator but Null; Null asks whether there is a value, not how many match.
        fault = f"{operator!r:.60} is not an operator: Null stands alone"
    return Condition(operator, key, values, base, qualifier, bool(found[3]), fault)


def evaluate(condition: Condition, context: Context, variables: bool = True) -> bool | None:
    """Whether a condition holds; None where the context does not know."""
    if condition.fault:
        return None
    found = context.get(condition.lowered)
    if condition.base == "Null":
        return _null(condition, found)
    if isinstance(found, Missing):
        return None if found is Missing.UNKNOWN else _when_absent(condition)
    wanted = condition.values
    if variables and any("${" in value for value in wanted):
        if not condition.base.startswith(("String", "Arn")):
            return _compare(condition, found, wanted)
        resolved = [resolve(value, context) for value in wanted]
        if any(value is Missing.UNKNOWN for value in resolved):
            return None
        # A variable without a value equals nothing.
        wanted = tuple(value for value in resolved if isinstance(value, str))
    return _compare(condition, found, wanted)


def _null(condition: Condition, found: tuple[str, ...] | Missing) -> bool | None:
    if found is Missing.UNKNOWN:
        return None
    is_absent = "true" if found is Missing.ABSENT else "false"
    return any(value.casefold() == is_absent for value in condition.values)


def _when_absent(condition: Condition) -> bool:
    if condition.if_exists:
        return True
    if condition.qualifier:
        return condition.qualifier == "all"
    return condition.negated


def _compare(condition: Condition, found: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    equal = _COMPARE[condition.base.replace("Not", "", 1)]
    negated = condition.negated

    def one(value: str) -> bool:
        hit = any(equal(want, value) for want in wanted)
        return not hit if negated else hit

    if condition.qualifier == "any":
        return any(one(value) for value in found)
    if condition.qualifier == "all" or negated:
        return all(one(value) for value in found)
    return any(one(value) for value in found)


def _string(want: str, value: str) -> bool:
    return plain(want) == value


def _ignore_case(want: str, value: str) -> bool:
    return plain(want).casefold() == value.casefold()


def _arn(want: str, value: str) -> bool:
    # A pattern that is no ARN of six fields matches none, but for the star alone.
    return want == "*" or (want.count(":") >= 5 and matches_arn(want, value))


def _bool(want: str, value: str) -> bool:
    return want.casefold() == value.casefold() and want.casefold() in ("true", "false")


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
# W3C's profile of ISO 8601, with or without a zone: from a year to fractions of a second.
_DATE = re.compile(
    r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
# A year, or a year and a month, stand for their first day.
_FIRST_DAY = {4: "-01-01", 7: "-01"}
_SECONDS = re.compile(r"-?[0-9]{5,}(\.[0-9]+)?")
_RANGE = re.compile(r"[0-9A-Fa-f.:]+(/[0-9]{1,3})?")


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """A number as policies write it; None where it is none."""
    text = text.strip()
    return Decimal(text) if len(text) < 400 and _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def moment(text: str) -> datetime | None:
    """A date: ISO 8601 in W3C's forms, or seconds since 1970; None where it is none."""
    text = text.strip()
    try:
        if _SECONDS.fullmatch(text):
            seconds = Decimal(text)
            # Milliseconds are what some services send.
            big = abs(seconds) > 10**11
            return datetime.fromtimestamp(float(seconds / 1000 if big else seconds), UTC)
        if not _DATE.fullmatch(text):
            return None
        found = datetime.fromisoformat(text + _FIRST_DAY.get(len(text), ""))
    except (ArithmeticError, ValueError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A CIDR range or one address; None where it is neither."""
    text = text.strip()
    try:
        return ipaddress.ip_network(text, strict=False) if _RANGE.fullmatch(text) else None
    except ValueError:
        return None


def _ip(want: str, value: str) -> bool:
    within, address = network(want), network(value)
    if within is None or address is None or within.version != address.version:
        return False
    return address.subnet_of(within)  # type: ignore[arg-type]


def _ordered(read: Callable[[str], Any], holds: Callable[[Any, Any], bool]) -> Any:
    def compare(want: str, value: str) -> bool:
        limit, actual = read(want), read(value)
        return limit is not None and actual is not None and holds(actual, limit)

    return compare


_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _string,
    "StringEqualsIgnoreCase": _ignore_case,
    "StringLike": matches,
    "Bool": _bool,
    "BinaryEquals": _string,
    "IpAddress": _ip,
    "ArnEquals": _arn,
    "ArnLike": _arn,
}
for _name, _read in (("Numeric", number), ("Date", moment)):
    _COMPARE[f"{_name}Equals"] = _ordered(_read, lambda a, b: a == b)
    _COMPARE[f"{_name}LessThan"] = _ordered(_read, lambda a, b: a < b)
    _COMPARE[f"{_name}LessThanEquals"] = _ordered(_read, lambda a, b: a <= b)
    _COMPARE[f"{_name}GreaterThan"] = _ordered(_read, lambda a, b: a > b)
    _COMPARE[f"{_name}GreaterThanEquals"] = _ordered(_read, lambda a, b: a >= b)

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULT = re.compile(r"\s*([^,]*?)\s*,\s*'(.*)'\s*", re.DOTALL)


def resolve(pattern: str, context: Context) -> str | Missing:
    """Replace the variables of a pattern; wildcards in what they stand for match themselves.

    A variable needs one value: without any, and without a default, the pattern is void
    (IAM User Guide, "IAM policy elements: Variables and tags").
    """
    gap: Missing | None = None

    def value_of(match: re.Match[str]) -> str:
        nonlocal gap
        inside = match[1]
        if inside in ("*", "?", "$"):
            return LITERAL_DOLLAR if inside == "$" else literal(inside)
        default = _DEFAULT.fullmatch(inside)
        key = default[1] if default else inside.strip()
        found = context.get(key.casefold())
        if isinstance(found, tuple) and len(found) == 1:
            return literal(found[0])
        if found is Missing.UNKNOWN:
            gap = Missing.UNKNOWN
        elif default:
            return literal(default[2])
        else:
            gap = gap or Missing.ABSENT
        return ""

    text = _VARIABLE.sub(value_of, pattern)
    return gap or text
