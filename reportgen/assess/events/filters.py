"""Filter patterns of CloudWatch Logs over JSON (User Guide, "Filter pattern syntax").

    { ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) }

Patterns of words and of columns are not understood: CloudTrail's events are JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reportgen.assess.events import NotUnderstood
from reportgen.policy.glob import literal, matches

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>\(|\)|&&|\|\||!=|<=|>=|=|<|>)
      | (?P<quoted>"(?:[^"\\]|\\.)*")
      | (?P<regex>%(?:[^%\\]|\\.)*%)
      | (?P<word>[^\s()&|=<>!"]+)
    )""",
    re.VERBOSE,
)
_SELECTOR = re.compile(r"\$(?:\.[\w-]+|\[\d+\]|\['[^']+'\])+")
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]")
_SIMPLE_REGEX = re.compile(r"\^?(?:[\w :/-]|\\\.)+(?:\|(?:[\w :/-]|\\\.)+)*\$?")
_ABSENT = object()

Test = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def sees(pattern: str, event: Mapping[str, Any]) -> bool:
    """Whether a filter counts the event. Raises NotUnderstood."""
    return _parsed(pattern)(event)


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> Test:
    text = pattern.strip()
    if not (text.startswith("{") and text.endswith("}")):
        raise NotUnderstood("is no pattern over JSON")
    try:
        test, rest = _either(_tokens(text[1:-1]))
    except RecursionError:
        raise NotUnderstood("is nested too deeply") from None
    if rest:
        raise NotUnderstood(f"has {rest[0].text!r} where it should end")
    return test


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise NotUnderstood(f"cannot be read at {text[place : place + 12]!r}")
        found.append(_Token(match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


def _either(tokens: list[_Token]) -> tuple[Test, list[_Token]]:
    """Alternatives; ``&&`` binds more tightly than ``||``."""
    test, rest = _both(tokens)
    tests = [test]
    while rest and rest[0].text == "||":
        test, rest = _both(rest[1:])
        tests.append(test)
    return (lambda event: any(t(event) for t in tests)), rest


def _both(tokens: list[_Token]) -> tuple[Test, list[_Token]]:
    test, rest = _term(tokens)
    tests = [test]
    while rest and rest[0].text == "&&":
        test, rest = _term(rest[1:])
        tests.append(test)
    return (lambda event: all(t(event) for t in tests)), rest


def _term(tokens: list[_Token]) -> tuple[Test, list[_Token]]:
    if not tokens:
        raise NotUnderstood("ends too early")
    if tokens[0].text == "(" and tokens[0].kind == "mark":
        test, rest = _either(tokens[1:])
        if not rest or rest[0].text != ")":
            raise NotUnderstood("has a bracket that does not close")
        return test, rest[1:]
    return _comparison(tokens)


def _comparison(tokens: list[_Token]) -> tuple[Test, list[_Token]]:
    selector = tokens[0].text
    if _SELECTOR.fullmatch(selector) is None:
        raise NotUnderstood(f"has {selector!r} where a field should stand")
    words = [t.text.upper() for t in tokens[1:3] if t.kind == "word"]
    if words[:1] == ["EXISTS"]:
        return (lambda event: _at(event, selector) is not _ABSENT), tokens[2:]
    if words == ["NOT", "EXISTS"]:
        return (lambda event: _at(event, selector) is _ABSENT), tokens[3:]
    if len(words) == 2 and words[0] == "IS" and words[1] in _CONSTANTS:
        constant = _CONSTANTS[words[1]]
        return (lambda event: _at(event, selector) is constant), tokens[3:]
    if len(tokens) < 3 or tokens[1].kind != "mark" or tokens[1].text in ("(", ")", "&&", "||"):
        raise NotUnderstood(f"says nothing of {selector}")
    operator, operand = tokens[1].text, tokens[2]
    if operand.kind == "mark":
        raise NotUnderstood(f"compares {selector} with nothing")
    return _compare(selector, operator, operand), tokens[3:]


_CONSTANTS: Mapping[str, Any] = {"TRUE": True, "FALSE": False, "NULL": None}


def _compare(selector: str, operator: str, operand: _Token) -> Test:
    if operator in ("=", "!="):
        equal = _equality(operand)

        def test(event: Mapping[str, Any]) -> bool:
            value = _at(event, selector)
            # A comparison with a field that is not there counts nothing, != too.
            return value is not _ABSENT and equal(value) is (operator == "=")

        return test
    try:
        limit = float(operand.text)
    except ValueError:
        raise NotUnderstood(f"compares {selector} with what is no number") from None
    order = _ORDERS[operator]

    def ordered(event: Mapping[str, Any]) -> bool:
        value = _at(event, selector)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and order(float(value), limit)

    return ordered


_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}


def _equality(operand: _Token) -> Callable[[Any], bool]:
    if operand.kind == "regex":
        # Others can take for ever on a text that somebody made for it.
        if _SIMPLE_REGEX.fullmatch(operand.text[1:-1]) is None:
            raise NotUnderstood("has a regular expression that is not tried here")
        form = re.compile(operand.text[1:-1])
        return lambda value: isinstance(value, str) and form.search(value) is not None
    text = operand.text
    if operand.kind == "quoted":
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    # Only the star is a wildcard here.
    shape = "*".join(map(literal, text.split("*")))

    def equal(value: Any) -> bool:
        if isinstance(value, bool):
            return text.casefold() == str(value).casefold()
        if isinstance(value, int | float):
            try:
                return float(text) == value
            except ValueError:
                return False
        return isinstance(value, str) and matches(shape, value)

    return equal


def _at(event: Mapping[str, Any], selector: str) -> Any:
    value: Any = event
    for name, index, quoted in _STEP.findall(selector):
        if index:
            there = isinstance(value, list) and int(index) < len(value)
            value = value[int(index)] if there else _ABSENT
        else:
            key = name or quoted
            value = value.get(key, _ABSENT) if isinstance(value, Mapping) else _ABSENT
        if value is _ABSENT:
            return _ABSENT
    return value
