"""The search for one request that goes through: a resource, and a value for each key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportgen.policy.access import NONE, Access, Call, Level
from reportgen.policy.assignment import assign
from reportgen.policy.conditions import Context
from reportgen.policy.contexts import Contexts
from reportgen.policy.document import Statement
from reportgen.policy.fences import fence
from reportgen.policy.glob import matches_arn
from reportgen.policy.options import Holder, named_in_variables
from reportgen.policy.rules import Rule, denies, keys_of, left_out, reaching, resolved
from reportgen.policy.shapes import common, example

# Ways through the layers tried for one request before the answer is "perhaps".
MOST_WAYS = 5_000
_UNTRIED = "if one of very many combinations of its statements fits"


@dataclass(frozen=True)
class Opening:
    """One action in one context: the Denies that speak of it, and what a resource's policy says.

    ``named`` are Allows of the resource's policy that must hold too, ``against`` its Denies.
    """

    contexts: Contexts
    holder: Holder
    action: str
    context: Context
    denying: Sequence[Rule]
    named: tuple[Statement, ...] = ()
    against: Sequence[Statement] = ()

    def of(self, layers: Sequence[Sequence[Rule]], target: str) -> Access:
        """Whether the layers leave a resource open, or one that a pattern matches."""
        best = NONE
        if fence(self.action, target):
            return best
        found = ways(layers, target, self.context)
        for number, (wanted, doubts, statements) in enumerate(found):
            if number >= MOST_WAYS:
                return best or Access(Level.MAYBE, (_UNTRIED,))
            access = self._open(wanted, (*self.named, *statements))
            if access and doubts:
                hurdles = tuple(dict.fromkeys((*access.hurdles, *doubts)))
                access = Access(Level.MAYBE, hurdles, access.calls)
            if access.level > best.level:
                best = access
            if best.level is Level.YES:
                return best
        return best

    def _open(self, wanted: str, statements: tuple[Statement, ...]) -> Access:
        """Whether some resource of a pattern is open, under the Allows of one way."""
        best = NONE
        for arn in self._examples(wanted):
            if fence(self.action, arn) or any(left_out(s, arn, self.context) for s in statements):
                continue
            closing = [r.statement for r in self.denying if denies(r.statement, arn, self.context)]
            found = assign(statements, [*self.against, *closing], self.context, self.holder)
            if found is None:
                continue
            level = Level.MAYBE if found.hurdles else Level.YES
            if level > best.level:
                keys = self._known(statements) | dict(found.keys)
                who = self.contexts.subject
                call = Call(who.arn, self.action, arn, tuple(keys.items()), who)
                best = Access(level, found.hurdles, (call,))
            if level is Level.YES:
                break
        return best

    def _known(self, allows: Sequence[Statement]) -> dict[str, tuple[str, ...]]:
        """What is known of the keys that are asked for, by variables and the other side too."""
        known = self.contexts.asked(self.context)
        every = (*allows, *self.against, *(rule.statement for rule in self.denying))
        for key in (*keys_of((*self.named, *self.against)), *named_in_variables(every)):
            value = self.context.get(key)
            if isinstance(value, tuple):
                known[key] = value
        return known

    def _examples(self, wanted: str) -> Iterator[str]:
        """ARNs of a pattern: one that nobody has in mind, then those that a Deny leaves out."""
        account = self.contexts.subject.account
        first = example(wanted, account)
        yield first
        if first == wanted:
            return
        for rule in self.denying:
            if rule.statement.not_resource:
                for _, pattern in resolved(rule.statement, self.context):
                    both = common(wanted, pattern) if isinstance(pattern, str) else None
                    if both is not None:
                        yield example(both, account)


def ways(
    layers: Sequence[Sequence[Rule]], target: str, context: Context
) -> Iterator[tuple[str, tuple[str, ...], tuple[Statement, ...]]]:
    """The ways through the layers: what of the target is left, doubts, and an Allow of each."""
    if not layers:
        yield target, (), ()
        return
    first, rest = layers[0], layers[1:]
    for wanted, doubt, statement in _through(first, target, context):
        for narrowed, doubts, statements in ways(rest, wanted, context):
            yield narrowed, (*doubt, *doubts), (statement, *statements)


def _through(
    layer: Sequence[Rule], target: str, context: Context
) -> Iterator[tuple[str, tuple[str, ...], Statement]]:
    """What each Allow of a layer leaves of the target; only the first that leaves it all open."""
    is_pattern = "*" in target or "?" in target
    # By what they say: a document may repeat a resource any number of times.
    later: dict[tuple[str, tuple[str, ...], int], Statement] = {}
    for rule in layer:
        statement = rule.statement
        if statement.resources is None:
            continue
        plain = not statement.conditions and not statement.not_resource
        for pattern, doubt in reaching(statement, context):
            if is_pattern:
                wanted = common(pattern, target)
            else:
                wanted = target if matches_arn(pattern, target) else None
            if wanted is None:
                continue
            if plain and not doubt and wanted == target:
                yield wanted, doubt, statement
                return
            later.setdefault((wanted, tuple(doubt), id(statement)), statement)
    for (wanted, doubt, _), statement in later.items():
        yield wanted, doubt, statement
