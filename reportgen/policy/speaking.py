"""Which statements of a document speak of an action, without asking each pattern each time.

AWS's own managed policies name thousands of actions; a decision looks at those of one service.
"""

from __future__ import annotations

from reportgen.policy.document import Document, Statement
from reportgen.policy.glob import matches
from reportgen.policy.memo import Memo

# Actions whose statements a document's index remembers; then it begins anew.
MOST_ACTIONS = 256


class Names:
    """The action patterns of one statement: names as they are, wildcards by service."""

    def __init__(self, statement: Statement) -> None:
        exact = set()
        self._not = statement.not_action
        self._of_service: dict[str, list[str]] = {}
        self._anywhere: list[str] = []
        for pattern in (action.lower() for action in statement.actions):
            service, colon, _ = pattern.partition(":")
            if not _wild(pattern):
                exact.add(pattern)
            elif colon and not _wild(service):
                self._of_service.setdefault(service, []).append(pattern)
            else:
                self._anywhere.append(pattern)
        self._exact = frozenset(exact)
        self._all = "*" in self._anywhere

    def speaks_of(self, action: str) -> bool:
        """Whether the statement speaks of an action, given in lower case."""
        return self._hit(action) != self._not

    def _hit(self, action: str) -> bool:
        if self._all or action in self._exact:
            return True
        if self._of_service:
            for pattern in self._of_service.get(action.partition(":")[0], ()):
                if matches(pattern, action):
                    return True
        return any(matches(pattern, action) for pattern in self._anywhere)


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


class ByEffect:
    """The statements of a document by effect, each with the actions that it names.

    A Deny that cannot be judged is kept: it counts as applying. An Allow that cannot is left out.
    """

    def __init__(self, document: Document) -> None:
        self.unjudged = tuple(document.unjudged)
        self._told: dict[tuple[str, str], tuple[Statement, ...]] = {}
        self._by_effect: dict[str, list[tuple[Statement, Names]]] = {"Allow": [], "Deny": []}
        for statement in document.statements:
            kept = not statement.unusable or statement.effect == "Deny"
            if kept and statement.effect in self._by_effect:
                self._by_effect[statement.effect].append((statement, Names(statement)))

    def of(self, effect: str, action: str) -> tuple[Statement, ...]:
        """The statements of one effect that speak of an action, given in lower case."""
        found = self._told.get((effect, action))
        if found is None:
            if len(self._told) >= MOST_ACTIONS:
                self._told.clear()
            found = tuple(s for s, names in self._by_effect[effect] if names.speaks_of(action))
            self._told[effect, action] = found
        return found

    def any(self, effect: str) -> bool:
        """Whether there is a statement of one effect, whatever it speaks of."""
        return bool(self._by_effect[effect])


effects = Memo(ByEffect, 1024)
