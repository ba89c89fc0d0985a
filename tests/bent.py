"""Answers that came through, and are not of their form: nulls and values of another type."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

_TEXT = re.compile(rb">([^<>]+)<")


def bent(body: bytes, seed: int) -> bytes:
    """The answer with one place changed; as it is where it has none that could be."""
    chance = random.Random(seed)
    if body[:1] in (b"{", b"["):
        return _bent_json(body, chance)
    places = list(_TEXT.finditer(body))
    if not places:
        return body
    # An XML answer has texts alone: one loses its value, or gets an element in its place.
    place = chance.choice(places)
    instead = chance.choice([b"", b"<x>1</x>"])
    return body[: place.start(1)] + instead + body[place.end(1) :]


def _bent_json(body: bytes, chance: random.Random) -> bytes:
    answer = json.loads(body)
    places = list(_places(answer))
    if not places:
        return body
    holder, key = chance.choice(places)
    holder[key] = chance.choice(_others(holder[key]))
    return json.dumps(answer).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place that holds something: the object or list, and the key or number."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _others(value: Any) -> list[Any]:
    """What may stand in a value's place that AWS would not give."""
    if isinstance(value, list):
        return [None, "x", {}, [None], [7], 7]
    if isinstance(value, dict):
        return [None, "x", [], [None], 7]
    if isinstance(value, bool):
        return [None, "x", 7, [], {}]
    return [None, 7, [], {}, [None], True]
