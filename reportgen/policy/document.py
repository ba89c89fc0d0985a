"""A policy document, read from whatever form it comes in.

Reading never raises: what is wrong is listed, and a statement that AWS could not have saved says
in ``unusable`` why it is left out of judgements (IAM User Guide, "Grammar of the IAM JSON policy
language").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reportgen.policy.conditions import Condition, condition_of
from reportgen.policy.decoding import decode, digest_of, kind_of_value, scalar

CURRENT_VERSION = "2012-10-17"
VERSIONS = (CURRENT_VERSION, "2008-10-17")
PRINCIPAL_KINDS = ("AWS", "Federated", "Service", "CanonicalUser")
_ELEMENTS = {
    name.casefold(): name
    for name in (
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
    )
}
Path = tuple[str | int, ...]
__all__ = [
    "Document",
    "Path",
    "Problem",
    "Statement",
    "decode",
    "digest_of",
    "parse",
    "parse_all",
    "read",
]


@dataclass(frozen=True)
class Problem:
    """Something wrong with the form of a document: an issue code, a message, and where."""

    code: str
    message: str
    path: Path = ()
    statement: int | None = None


@dataclass(frozen=True)
class Statement:
    """One statement. ``actions`` are NotAction's where ``not_action``, and so on.

    ``resources`` is None where the statement names none, as trust policies do; ``principals`` are
    (kind, value) pairs, None where the statement has no principal element. ``variables`` tells
    whether ``${...}`` is replaced (Version 2012-10-17) or plain text; ``bare`` whether the
    principal is written as ``"*"``, without a kind.
    """

    index: int
    sid: str
    effect: str
    actions: tuple[str, ...]
    not_action: bool = False
    resources: tuple[str, ...] | None = None
    not_resource: bool = False
    principals: tuple[tuple[str, str], ...] | None = None
    not_principal: bool = False
    conditions: tuple[Condition, ...] = ()
    variables: bool = True
    unusable: str = ""
    path: Path = field(default=(), compare=False)
    bare: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """How messages call it: its number from 1, with its Sid."""
        return f"statement {self.index + 1}" + (f" ({self.sid})" if self.sid else "")

    @property
    def lowered(self) -> tuple[str, ...]:
        """The action patterns in lower case: actions are matched without regard to case."""
        return tuple(action.lower() for action in self.actions)

    def to_json(self) -> dict[str, Any]:
        """The statement as policy JSON, every value a list."""
        found: dict[str, Any] = {"Sid": self.sid} if self.sid else {}
        found["Effect"] = self.effect
        if self.principals is not None:
            kinds: dict[str, list[str]] = {}
            for kind, value in self.principals:
                kinds.setdefault(kind, []).append(value)
            found["NotPrincipal" if self.not_principal else "Principal"] = kinds
        found["NotAction" if self.not_action else "Action"] = list(self.actions)
        if self.resources is not None:
            found["NotResource" if self.not_resource else "Resource"] = list(self.resources)
        if self.conditions:
            block: dict[str, dict[str, list[str]]] = {}
            for condition in self.conditions:
                block.setdefault(condition.operator, {})[condition.key] = list(condition.values)
            found["Condition"] = block
        return found


@dataclass(frozen=True)
class Document:
    """A policy document: its statements, and the problems found on reading it.

    ``usable`` are the statements that can be judged.
    """

    version: str
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...] = ()
    digest: str = field(default="", compare=False)
    usable: tuple[Statement, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        usable = tuple(s for s in self.statements if not s.unusable)
        object.__setattr__(self, "usable", usable)

    @property
    def unjudged(self) -> list[str]:
        """Why parts of it are left out of judgements; empty where all could be judged."""
        if not self.problems and len(self.usable) == len(self.statements):
            return []
        said = [p.message for p in self.problems if p.statement is None and p.code in _FATAL]
        return said + [f"{s.name}: {s.unusable}" for s in self.statements if s.unusable]

    def to_json(self) -> dict[str, Any]:
        """The document as policy JSON; reading that again gives the same document."""
        found: dict[str, Any] = {"Version": self.version} if self.version else {}
        return {**found, "Statement": [s.to_json() for s in self.statements]}


_FATAL = {"JSON_SYNTAX_ERROR", "DATA_TYPE_MISMATCH", "MISSING_STATEMENT"}
_EMPTY_DIGEST = hashlib.sha256(b"").hexdigest()


def parse(given: Any) -> Document:
    """Read a document from a dict, JSON text, bytes, or either URL-encoded. Never raises."""
    value, fault = decode(given)
    if fault:
        return Document("", (), (Problem("JSON_SYNTAX_ERROR", fault),), _EMPTY_DIGEST)
    return read(value, digest_of(value))


def read(value: Any, digest: str) -> Document:
    """Read a document that is decoded, and of which the digest is known. Never raises."""
    if not isinstance(value, Mapping):
        said = f"a policy is a JSON object, not {kind_of_value(value)}"
        return Document("", (), (Problem("DATA_TYPE_MISMATCH", said),), digest)
    return _read(value, digest)


class _DocumentReader:
    """Reads one document, listing what is wrong on the way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, code: str, message: str, path: Path, statement: int | None = None) -> str:
        message = message if len(message) <= 300 else f"{message[:200]} [...] {message[-60:]}"
        self.problems.append(Problem(code, message, path, statement))
        return message

    def strings(self, value: Any, name: str, path: Path, index: int) -> tuple[tuple[str, ...], str]:
        """The strings of an element that may be one or a list, and why it cannot be judged."""
        items = value if isinstance(value, list) else [value]
        found, bad = [], ""
        for number, item in enumerate(items):
            text = scalar(item)
            if text is None or isinstance(item, (bool, int, float)):
                where = (*path, number) if isinstance(value, list) else path
                said = f"{name} holds {kind_of_value(item)} where a string belongs"
                bad = self.wrong("DATA_TYPE_MISMATCH", said, where, index)
            if text is not None:
                found.append(text)
        return tuple(found), bad


def _read(value: Mapping[str, Any], digest: str) -> Document:
    reader = _DocumentReader()
    version = _version(reader, value)
    statements: Any = None
    for key in value:
        name = str(key)
        if name.casefold() == "statement":
            statements = value[key]
            if name != "Statement":
                reader.wrong("INVALID_POLICY_ELEMENT", f"{name} should be Statement", (name,))
        elif name.casefold() not in ("version", "id"):
            said = f"{name} is not an element of a policy"
            reader.wrong("INVALID_POLICY_ELEMENT", said, (name,))
    if statements is None:
        reader.wrong("MISSING_STATEMENT", "the policy has no Statement", ())
        statements = []
    listed = statements if isinstance(statements, list) else [statements]
    found = []
    for index, item in enumerate(listed):
        path: Path = ("Statement", index) if isinstance(statements, list) else ("Statement",)
        found.append(_statement(reader, item, index, path, version == CURRENT_VERSION))
    return Document(version, tuple(found), tuple(reader.problems), digest)


def _version(reader: _DocumentReader, value: Mapping[str, Any]) -> str:
    key = next((k for k in value if str(k).casefold() == "version"), None)
    if key is None:
        return ""
    version = value[key]
    if not isinstance(version, str) or version not in VERSIONS:
        shown = f"{version!r:.60}" if isinstance(version, str) else kind_of_value(version)
        said = f"Version {shown} is not one of {', '.join(VERSIONS)}"
        reader.wrong("INVALID_VERSION", said, ("Version",))
        return scalar(version) or ""
    return version


def _statement(
    reader: _DocumentReader, item: Any, index: int, path: Path, variables: bool
) -> Statement:
    if not isinstance(item, Mapping):
        said = reader.wrong(
            "DATA_TYPE_MISMATCH",
            f"a statement is an object, not {kind_of_value(item)}",
            path,
            index,
        )
        return Statement(index, "", "", (), unusable=said, path=path)
    elements: dict[str, Any] = {}
    places: dict[str, Path] = {}
    for key, value in item.items():
        name = _ELEMENTS.get(str(key).casefold())
        where = (*path, str(key))
        if name is None:
            said = f"{key} is not an element of a statement"
            reader.wrong("INVALID_POLICY_ELEMENT", said, where, index)
            continue
        if name != key:
            said = f"{key} should be written {name}"
            reader.wrong("INVALID_POLICY_ELEMENT", said, where, index)
        elements[name], places[name] = value, where
    why: list[str] = []

    def strings(name: str) -> tuple[str, ...]:
        found, bad = reader.strings(elements[name], name, places[name], index)
        why.extend([bad] if bad else [])
        return found

    def one_of(name: str) -> tuple[str, bool]:
        """Which of X and NotX the statement has."""
        if name in elements and f"Not{name}" in elements:
            said = f"{name} and Not{name} cannot stand together"
            why.append(reader.wrong("UNSUPPORTED_ELEMENT_COMBINATION", said, path, index))
        negated = name not in elements and f"Not{name}" in elements
        return (f"Not{name}" if negated else name), negated

    effect = elements.get("Effect")
    if effect is None:
        why.append(reader.wrong("MISSING_EFFECT", "the statement has no Effect", path, index))
    elif effect not in ("Allow", "Deny"):
        shown = f"{effect!r:.40}" if isinstance(effect, str) else kind_of_value(effect)
        said = f"Effect {shown} is neither Allow nor Deny"
        why.append(reader.wrong("INVALID_EFFECT", said, places["Effect"], index))
    name, not_action = one_of("Action")
    actions: tuple[str, ...] = ()
    if name in elements:
        actions = strings(name)
    else:
        said = "the statement has neither Action nor NotAction"
        why.append(reader.wrong("MISSING_ACTION", said, path, index))
    name, not_resource = one_of("Resource")
    resources = strings(name) if name in elements else None
    name, not_principal = one_of("Principal")
    principals = None
    if name in elements:
        principals = _principals(reader, elements[name], places[name], index, why)
    sid = elements.get("Sid")
    if sid is not None and not isinstance(sid, str):
        reader.wrong("DATA_TYPE_MISMATCH", "Sid is not a string", places["Sid"], index)
    elif sid == "":
        reader.wrong("EMPTY_SID_VALUE", "Sid is empty; name the statement", places["Sid"], index)
    conditions: tuple[Condition, ...] = ()
    if "Condition" in elements:
        block, where = elements["Condition"], places["Condition"]
        conditions = tuple(_conditions(reader, block, where, index, why))
    return Statement(
        index,
        scalar(sid) or "",
        effect if effect in ("Allow", "Deny") else "",
        actions,
        not_action,
        resources,
        not_resource,
        principals,
        not_principal,
        conditions,
        variables,
        "; ".join(why),
        path,
        bare=elements.get("Principal") == "*",
    )


def _principals(
    reader: _DocumentReader, value: Any, path: Path, index: int, why: list[str]
) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        # "*" alone and {"AWS": "*"} mean the same (IAM User Guide, "Principal").
        if value != "*":
            said = f"Principal {value!r:.80} must be * or an object"
            why.append(reader.wrong("INVALID_PRINCIPAL_FORMAT", said, path, index))
        return (("AWS", value),)
    if not isinstance(value, Mapping):
        said = f"Principal is {kind_of_value(value)}, not * or an object"
        why.append(reader.wrong("DATA_TYPE_MISMATCH", said, path, index))
        return ()
    if not value:
        said = "the principal is an empty object, so the statement does nothing"
        reader.wrong("EMPTY_OBJECT_PRINCIPAL", said, path, index)
    found = []
    for kind, names in value.items():
        if kind not in PRINCIPAL_KINDS:
            said = f"{kind!r:.60} is not a kind of principal"
            why.append(reader.wrong("INVALID_PRINCIPAL_KEY", said, (*path, str(kind)), index))
        texts, bad = reader.strings(names, f"Principal {kind}", (*path, str(kind)), index)
        # An account id may be written as a number; anything else is not judged.
        if bad and any(scalar(n) is None for n in (names if isinstance(names, list) else [names])):
            why.append(bad)
        found += [(str(kind), text) for text in texts]
    return tuple(found)


def _conditions(
    reader: _DocumentReader, block: Any, path: Path, index: int, why: list[str]
) -> Iterator[Condition]:
    if not isinstance(block, Mapping):
        said = f"Condition is {kind_of_value(block)}, not an object"
        why.append(reader.wrong("DATA_TYPE_MISMATCH", said, path, index))
        return
    if not block:
        reader.wrong("EMPTY_OBJECT_CONDITION", "the condition is an empty object", path, index)
    for operator, keys in block.items():
        where = (*path, str(operator))
        if not isinstance(keys, Mapping):
            said = f"{operator} holds {kind_of_value(keys)} where keys and values belong"
            why.append(reader.wrong("DATA_TYPE_MISMATCH", said, where, index))
            continue
        for key, values in keys.items():
            texts = []
            for item in values if isinstance(values, list) else [values]:
                text = scalar(item)
                if text is None:
                    said = f"{operator} {key} holds {kind_of_value(item)} where a value belongs"
                    why.append(reader.wrong("DATA_TYPE_MISMATCH", said, (*where, str(key)), index))
                else:
                    texts.append(text)
            kinds = {type(v) for v in (values if isinstance(values, list) else ())}
            if len(kinds - {int, float}) + bool(kinds & {int, float}) > 1:
                said = f"{operator} {key} mixes strings, numbers and booleans"
                place = (*where, str(key))
                reader.wrong("INVALID_CONDITION_DATA_TYPE", said, place, index)
            condition = condition_of(str(operator), str(key), tuple(texts))
            if condition.fault and not condition.base:
                reader.wrong("INVALID_CONDITION_OPERATOR", condition.fault, where, index)
            if condition.fault:
                why.append(condition.fault)
            yield condition


def parse_all(given: Any) -> tuple[Document, ...]:
    """Read a list of documents; one alone is a list of one, nothing an empty list."""
    if given is None:
        return ()
    items: Iterable[Any] = given if isinstance(given, list) else [given]
    return tuple(parse(item) for item in items)
