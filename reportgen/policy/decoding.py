"""From whatever form a document comes in to its JSON value, and the digest of that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import unquote

# Python reads no more digits from a number, nor writes them.
_MOST_DIGITS = 4_000


def digest_of(value: Any) -> str:
    """The SHA-256 of a document's content, whatever the order of its keys."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    except (ValueError, TypeError, RecursionError):
        text = "\n".join(_flat(value))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _flat(value: Any) -> Iterator[str]:
    """What a value holds, without recursion, for one that the JSON writer does not write."""
    left = [value]
    seen: set[int] = set()
    while left:
        item = left.pop()
        if isinstance(item, (Mapping, list)):
            # A value may hold itself.
            if id(item) in seen:
                continue
            seen.add(id(item))
            yield f"{type(item).__name__} {len(item)}"
            left += (
                [x for pair in item.items() for x in pair] if isinstance(item, Mapping) else item
            )
        else:
            yield hex(item) if isinstance(item, int) else repr(item)


def decode(given: Any) -> tuple[Any, str]:
    """Return the JSON value of a document given in any form, and why there is none otherwise.

    IAM's raw API, Config and CloudTrail give documents URL-encoded (RFC 3986: a plus is a plus).
    """
    if isinstance(given, (bytes, bytearray)):
        try:
            given = bytes(given).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return None, f"the text is not UTF-8 (byte {error.start})"
    if not isinstance(given, str):
        return given, ""
    text = given.lstrip("\ufeff").strip()
    if text[:1] == "%" or text[:2] == '"%':
        text = unquote(text.strip('"'))
    if not text:
        return None, "the text is empty"
    try:
        return json.loads(text, parse_constant=_no_constant), ""
    except json.JSONDecodeError as error:
        return None, f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
    except (RecursionError, ValueError) as error:
        return None, f"not JSON: {error}"


def _no_constant(name: str) -> NoReturn:
    """NaN and Infinity, which Python reads, are not JSON (RFC 8259)."""
    raise ValueError(f"{name} is no value of JSON")


def kind_of_value(value: Any) -> str:
    """What JSON calls a value."""
    for types, name in (
        (bool, "a boolean"),
        ((int, float), "a number"),
        (str, "a string"),
        (list, "a list"),
        (dict, "an object"),
    ):
        if isinstance(value, types):
            return name
    return "null" if value is None else type(value).__name__


def scalar(value: Any) -> str | None:
    """A JSON scalar as policies compare it: booleans and numbers are their text. None else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 3 * _MOST_DIGITS:
        return None
    if isinstance(value, (int, float)):
        return str(value)
    return None
