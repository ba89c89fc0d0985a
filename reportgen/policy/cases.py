"""Cases of ``reportgen policy simulate``: read one line at a time, each distinct document once.

Many cases share a few large documents. A JSON object or string ends by itself, so that a text seen
before, found again at the same place of a line, is the same document: it is neither decoded nor
read again. Memory holds the last documents, never the cases.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from reportgen.policy.decision import Policies, Request, decide, levels_of
from reportgen.policy.document import Document, digest_of, parse

# AWS's own limits are far below: 10,240 characters for all inline policies of a role.
MOST_DOCUMENTS = 512
MOST_CHARACTERS = 16_000_000
MOST_LINE = 16_000_000
_HEADS = (256, 48)
_ONE = {
    "permissions_boundary": "boundary",
    "session_policy": "session",
    "resource_policy": "resource",
    "endpoint_policy": "endpoint",
}
_LISTS = ("identity_policies", "scps", "rcps")
_TEXTS = ("principal", "action", "resource", "resource_account")
_KEYS = {"id", "context", *_TEXTS, *_LISTS, *_ONE}
_SPACE = re.compile(r"[ \t\r\n]*")
_SPACES = " \t\r\n"
_DECODER = json.JSONDecoder()


class Documents:
    """The documents read last, by their text; bounded by their number and their size."""

    def __init__(self, most: int = MOST_DOCUMENTS, characters: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._characters = characters
        self._held: OrderedDict[str, Document] = OrderedDict()
        self._heads: dict[str, OrderedDict[str, None]] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._held)

    def parse(self, given: Any) -> Document:
        """Read a document in any form that ``reportgen.policy.parse`` takes. Never raises."""
        if isinstance(given, Document):
            return given
        if isinstance(given, str):
            key = hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
        elif isinstance(given, Mapping):
            key = digest_of(given)
        else:
            return parse(given)
        found = self._touch(key)
        return found or self._keep(key, parse(given), len(given) if isinstance(given, str) else 0)

    def at(self, text: str, start: int) -> tuple[Any, int]:
        """The document that starts at a place of a JSON text, and where it ends.

        What is neither an object nor a string comes back as the JSON value it is. Raises
        ValueError where there is no JSON value, RecursionError where it is nested too deep.
        """
        for length in _HEADS:
            for raw in self._heads.get(text[start : start + length], ()):
                if text.startswith(raw, start):
                    self._held.move_to_end(raw)
                    return self._held[raw], start + len(raw)
        value, end = _DECODER.raw_decode(text, start)
        if not isinstance(value, (dict, str)):
            return value, end
        raw = text[start:end]
        return self._keep(raw, parse(value), len(raw), is_raw=True), end

    def _touch(self, key: str) -> Document | None:
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def _keep(self, key: str, document: Document, size: int, *, is_raw: bool = False) -> Document:
        if size > self._characters // 8 or (is_raw and size < _HEADS[-1]):
            return document
        if key not in self._held:
            self._size += len(key)
        self._held[key] = document
        if is_raw:
            self._heads.setdefault(_head(key), OrderedDict())[key] = None
        while len(self._held) > self._most or self._size > self._characters:
            self._drop()
        return document

    def _drop(self) -> None:
        key, _ = self._held.popitem(last=False)
        self._size -= len(key)
        same = self._heads.get(_head(key))
        if same is not None and same.pop(key, False) is None and not same:
            del self._heads[_head(key)]


def _head(raw: str) -> str:
    return raw[: next((n for n in _HEADS if len(raw) >= n), len(raw))]


class _Line:
    """A line of JSON, read so that documents known by their text are passed over."""

    def __init__(self, text: str, documents: Documents) -> None:
        self._text = text
        self._documents = documents

    def read(self) -> dict[str, Any]:
        """The case as an object, its documents read. Raises ValueError where it is not JSON."""
        found: dict[str, Any] = {}
        i = self._past(0, "{")
        if self._text[i : i + 1] == "}":
            self._end(i + 1)
            return found
        while True:
            key, i = _DECODER.raw_decode(self._text, i)
            if not isinstance(key, str):
                raise ValueError("a name was expected")
            i = self._past(self._space(i), ":")
            found[key], i = self._value(key, i)
            i = self._space(i)
            if self._text[i : i + 1] == "}":
                self._end(i + 1)
                return found
            i = self._past(i, ",")

    def _value(self, key: str, i: int) -> tuple[Any, int]:
        if key in _LISTS or key in _ONE:
            return self._nested(i, 0)
        return _DECODER.raw_decode(self._text, i)

    def _nested(self, i: int, depth: int) -> tuple[Any, int]:
        """Documents in lists, at most two deep (levels of SCPs)."""
        if self._text[i : i + 1] != "[" or depth > 2:
            return self._documents.at(self._text, i)
        found: list[Any] = []
        i = self._space(i + 1)
        if self._text[i : i + 1] == "]":
            return found, i + 1
        while True:
            value, i = self._nested(i, depth + 1)
            found.append(value)
            i = self._space(i)
            if self._text[i : i + 1] == "]":
                return found, i + 1
            i = self._past(i, ",")

    def _space(self, i: int) -> int:
        if self._text[i : i + 1] not in _SPACES:
            return i
        found = _SPACE.match(self._text, i)
        return found.end() if found else i

    def _past(self, i: int, char: str) -> int:
        i = self._space(i)
        if self._text[i : i + 1] != char:
            raise ValueError(f"{char!r} was expected at character {i + 1}")
        return self._space(i + 1)

    def _end(self, i: int) -> None:
        if self._space(i) != len(self._text):
            raise ValueError(f"more text after the end of the JSON, at character {i + 1}")


def _case(line: str, documents: Documents) -> dict[str, Any]:
    try:
        return _Line(line, documents).read()
    except ValueError:
        # Told in the words of the usual reader, which also knows a line that is JSON but no object.
        found = json.loads(line)
        if not isinstance(found, dict):
            raise ValueError("the line is not a JSON object") from None
        return found


def read_case(
    case: Mapping[str, Any], read: Callable[[Any], Document] = parse
) -> tuple[Request, Policies]:
    """Read one case: see docs/policy.md for its keys. ``read`` reads a document.

    Raises ValueError where a key is missing or of a wrong kind.
    """
    for key in _TEXTS:
        value = case.get(key)
        if not isinstance(value, str) and (value is not None or key in ("principal", "action")):
            raise ValueError(f"{key} is missing, or is not a string")
    context = case.get("context") or {}
    if not isinstance(context, Mapping):
        raise ValueError("context is not an object of keys and values")

    def one(key: str) -> Document | None:
        value = case.get(key)
        if isinstance(value, list):
            if len(value) != 1:
                raise ValueError(f"{key} is a list of {len(value)} documents; it can be one")
            value = value[0]
        return None if value is None else read(value)

    request = Request(
        case["principal"],
        case["action"],
        case.get("resource") or "*",
        case.get("resource_account") or "",
        context,
    )
    identity = case.get("identity_policies")
    listed = identity if isinstance(identity, list) else [] if identity is None else [identity]
    policies = Policies(
        tuple(read(document) for document in listed),
        scps=levels_of(case.get("scps"), read),
        rcps=levels_of(case.get("rcps"), read),
        **{field: one(key) for key, field in _ONE.items()},
    )
    return request, policies


def simulate(lines: Iterable[str | bytes]) -> Iterator[dict[str, Any]]:
    """Decide one JSON case a line, in the order of the lines; empty lines are passed over.

    Rows: ``id``, ``decision``, ``because``; ``ignored``, a list, where the case has keys that are
    none of a case. A line that is no case spoils itself only: its row has ``error`` with the
    number of the line, and ``decision`` is None.
    """
    documents = Documents()
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(number, line, documents)


def _row(number: int, line: str | bytes, documents: Documents) -> dict[str, Any]:
    row: dict[str, Any] = {"id": f"line {number}"}
    try:
        if len(line) > MOST_LINE:
            raise ValueError(f"longer than {MOST_LINE:,} characters")
        text = line.decode("utf-8-sig") if isinstance(line, bytes) else line.lstrip("\ufeff")
        case = _case(text, documents)
        row["id"] = case.get("id", row["id"])
        found = decide(*read_case(case, documents.parse))
        row |= {"decision": found.decision, "because": found.because}
        ignored = sorted(case.keys() - _KEYS)
        return {**row, "ignored": ignored} if ignored else row
    except (ValueError, RecursionError) as error:
        said = f"line {number}: {error or type(error).__name__}"
        return {**row, "decision": None, "because": "", "error": said}
