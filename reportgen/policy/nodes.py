"""Somebody whom a principal can come to act as, and the steps that lead there."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.policy.access import NONE, Access
from reportgen.policy.changes import Change
from reportgen.policy.standing import Standing


@dataclass(frozen=True, eq=False)
class Node:
    """Somebody whom the principal can act as, as it then is, and the last step that led there.

    ``actor`` took the step, and ``whose`` is the same one as it was before, where it was changed;
    ``made`` are the changes of it, each with who made it.
    """

    standing: Standing
    step: str = ""
    access: Access = NONE
    actor: Node | None = None
    whose: Node | None = None
    made: tuple[tuple[Change, Node], ...] = ()
    # Steps that turned out not to be needed.
    spared: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        return self.standing.subject.arn

    def trail(self) -> dict[str, Access]:
        """Every step that led here, each once and in order, with what it takes."""
        found: dict[str, Access] = {}
        seen: set[int] = set()
        stack: list[Node | tuple[str, Access]] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, tuple):
                found.setdefault(*item)
            elif id(item) not in seen:
                seen.add(id(item))
                last = (item.step, item.access)
                parts = [item.actor, last, item.whose]
                if item.actor is item.whose or (item.actor and item.actor.arn == item.arn):
                    parts = [item.whose, last]
                stack += [
                    part for part in reversed(parts) if part is not None and part != ("", NONE)
                ]
        return {step: access for step, access in found.items() if step not in self.spared}
