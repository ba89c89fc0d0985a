"""JSON with positions, read without recursion, so that a message can name the line.

Duplicate keys are kept in sight, and depth costs memory only, not the stack.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_WORDS = {"true": True, "false": False, "null": None}
DEEPEST = 200


class JsonFault(ValueError):
    """The text is not JSON; ``position`` is the offset of the first wrong character."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Located:
    """A JSON text: its value, and the line of every element of it."""

    def __init__(self, text: str) -> None:
        self.value: Any = None
        self.duplicates: list[tuple[tuple[str | int, ...], int]] = []
        # For an object: key -> (offset, tree); for a list: [(offset, tree)]; None for a scalar.
        self._tree: Any = None
        self._start = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._read(text)

    def line(self, path: tuple[str | int, ...]) -> int:
        """Return the line (from 1) of the element at ``path``, or of its nearest parent."""
        offset, tree = self._start, self._tree
        for step in path:
            try:
                offset, tree = tree[step]
            except (KeyError, IndexError, TypeError):
                break
        return self.line_of(offset)

    def line_of(self, offset: int) -> int:
        """Return the line (from 1) of an offset in the text."""
        return bisect_right(self._breaks, offset - 1) + 1

    def _read(self, text: str) -> None:
        space = _SPACE.match
        i = self._start = space(text, 0).end()  # type: ignore[union-attr]
        # Open containers, innermost last: (value, tree, path key, is object).
        stack: list[tuple[Any, Any, str | int, bool]] = []
        key: str | int = 0
        while True:
            # A value starts here.
            begin = i
            char = text[i : i + 1]
            value: Any
            tree: Any = None
            if char == "{" or char == "[":
                value, tree = ({}, {}) if char == "{" else ([], [])
                self._place(stack, key, begin, value, tree)
                i = space(text, i + 1).end()  # type: ignore[union-attr]
                if text[i : i + 1] == ("}" if char == "{" else "]"):
                    i += 1
                else:
                    if len(stack) >= DEEPEST:
                        raise JsonFault(f"nested more than {DEEPEST} deep", i)
                    stack.append((value, tree, key, char == "{"))
                    if char == "{":
                        key, i = self._key(text, i)
                    continue
            elif char == '"':
                value, i = _string(text, i + 1)
                self._place(stack, key, begin, value, None)
            else:
                found = _SCALAR.match(text, i)
                if found is None:
                    what = "the text ends" if i >= len(text) else f"unexpected {char!r}"
                    raise JsonFault(f"a value was expected, but {what}", i)
                word = found[0]
                if word in _WORDS:
                    value = _WORDS[word]
                elif any(c in word for c in ".eE"):
                    value = float(word)
                elif len(word) > 4000:
                    raise JsonFault("a number of more than 4,000 digits", i)
                else:
                    value = int(word)
                i = found.end()
                self._place(stack, key, begin, value, None)
            # The value ended; close what ends with it.
            while True:
                i = space(text, i).end()  # type: ignore[union-attr]
                if not stack:
                    if i < len(text):
                        raise JsonFault("more text after the end of the JSON", i)
                    return
                _, _, outer_key, is_object = stack[-1]
                char = text[i : i + 1]
                if char == ",":
                    i = space(text, i + 1).end()  # type: ignore[union-attr]
                    if is_object:
                        key, i = self._key(text, i)
                    break
                if char == ("}" if is_object else "]"):
                    i += 1
                    stack.pop()
                    key = outer_key
                    continue
                close = "}" if is_object else "]"
                what = "the text ends" if i >= len(text) else f"found {char!r}"
                raise JsonFault(f"',' or '{close}' was expected, but {what}", i)

    def _place(
        self,
        stack: list[tuple[Any, Any, str | int, bool]],
        key: str | int,
        offset: int,
        value: Any,
        tree: Any,
    ) -> None:
        if not stack:
            self.value, self._tree = value, tree
            return
        parent, places, _, is_object = stack[-1]
        if is_object:
            if key in parent:
                self.duplicates.append(((*(s[2] for s in stack[1:]), key), offset))
            parent[key] = value
            places[key] = (offset, tree)
        else:
            parent.append(value)
            places.append((offset, tree))

    @staticmethod
    def _key(text: str, i: int) -> tuple[str, int]:
        if text[i : i + 1] != '"':
            what = "the text ends" if i >= len(text) else f"found {text[i]!r}"
            raise JsonFault(f"a name in double quotes was expected, but {what}", i)
        key, i = _string(text, i + 1)
        i = _SPACE.match(text, i).end()  # type: ignore[union-attr]
        if text[i : i + 1] != ":":
            raise JsonFault("':' was expected after a name", i)
        return key, _SPACE.match(text, i + 1).end()  # type: ignore[union-attr]


def _string(text: str, start: int) -> tuple[str, int]:
    try:
        found: tuple[str, int] = scanstring(text, start, False)
    except JSONDecodeError as error:
        raise JsonFault(error.msg[:1].lower() + error.msg[1:], error.pos) from None
    return found
