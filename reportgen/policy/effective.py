"""What a principal can do: its policies together, cut by boundary and SCPs, less what is denied.

The context of future requests is not known, so every answer has three values: yes, maybe (and on
what it hangs), no. It is found by looking for a request that goes through: an action, a resource,
and one value for each key that the action carries, for all statements at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from reportgen.policy.access import NONE, Access, Call, Level, together
from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.assignment import Assignment, Holder, assign
from reportgen.policy.broad import Everything
from reportgen.policy.conditions import Context
from reportgen.policy.contexts import Contexts, Tags
from reportgen.policy.decision import Levels
from reportgen.policy.document import Statement
from reportgen.policy.fences import cannot_be_denied, fence, needs_no_permission
from reportgen.policy.glob import matches_arn
from reportgen.policy.keys import carries
from reportgen.policy.principal import Match
from reportgen.policy.rules import Rule, denies, left_out, reaching, resolved, rules
from reportgen.policy.shapes import arn_templates, common, example, templates

# Ways through the layers tried for one request before the answer is "perhaps".
_MOST_WAYS = 5_000
_UNTRIED = "if one of very many combinations of its statements fits"


class Reach:
    """What one principal can do, under the SCPs of its account (documents by level, root first).

    ``at`` is the moment at which conditions on the time are judged; without it they are open.
    ``tags`` are those of the users and roles in the evidence, by ARN.
    """

    def __init__(
        self,
        subject: Subject,
        scps: Levels = (),
        *,
        organisation: str = "",
        boundary: bool = True,
        at: datetime | None = None,
        tags: Tags | None = None,
    ) -> None:
        self.subject = subject
        self.holder = Holder(subject.kind == "user", at)
        layers = [rules(source.document for source in subject.sources)]
        self._bounded = boundary and subject.boundary is not None
        if boundary and subject.boundary is not None:
            layers.append(rules([subject.boundary]))
        if subject.kind != "service-linked-role":
            layers += [rules(level) for level in scps]
        self._allows = [[r for r in layer if r.statement.effect == "Allow"] for layer in layers]
        self._denies = [r for layer in layers for r in layer if r.statement.effect == "Deny"]
        self._anywhere: dict[str, Access] = {}
        self._by_action: dict[str, tuple[list[list[Rule]], list[Rule]]] = {}
        keys = {c.lowered for layer in layers for rule in layer for c in rule.statement.conditions}
        self.contexts = Contexts(subject, organisation, at, keys, tags or {})

    @cached_property
    def mask(self) -> int:
        """Every action that some statement of every layer allows, on whatever and however."""
        bits = database().everything
        for layer in self._allows:
            allowed = 0
            for rule in layer:
                allowed |= rule.bits
            bits &= allowed
        return bits

    @property
    def context(self) -> Context:
        """What is known of every request that it makes."""
        return self.contexts.base

    @property
    def keys(self) -> set[str]:
        """The condition keys that its policies ask for, in lower case."""
        return self.contexts.keys

    def statements(self) -> Iterator[Statement]:
        """Every statement that bears on it."""
        for layer in self._allows:
            yield from (rule.statement for rule in layer)
        yield from (rule.statement for rule in self._denies)

    # -- one request ----------------------------------------------------------------------

    def can(
        self,
        action: str,
        resource: str | None = None,
        *,
        known: Mapping[str, Any] | None = None,
        absent: Iterable[str] = (),
    ) -> Access:
        """Whether the principal can call an action on a resource, or on any at all if None.

        ``known`` and ``absent`` are keys that the call will carry, or will not.
        """
        if cannot_be_denied(action):
            return Access(Level.YES, (), (Call(self.subject.arn, action, resource or "*"),))
        bit = database().bit(action)
        if bit and not self.mask & bit and not needs_no_permission(action):
            return NONE
        context = self.contexts.of(action, resource, known or {}, absent)
        if resource is not None:
            return self._target(action, bit, resource, context)
        always, sometimes = templates(action, self.subject.partition, self.subject.account)
        if always:
            return together([self._target(action, bit, t, context) for t in always])
        found = [self._target(action, bit, t, context) for t in sometimes]
        return max(found, key=lambda access: access.level)

    def anywhere(self, action: str) -> Access:
        """Whether the principal can call an action on anything at all; asked once."""
        found = self._anywhere.get(action)
        if found is None:
            found = self._anywhere[action] = self.can(action)
        return found

    def through(
        self,
        action: str,
        resource: str,
        named: Statement,
        match: Match,
        against: Sequence[Statement] = (),
    ) -> Access:
        """Whether a statement of a resource's policy lets the principal in, and it may come.

        ``against`` are the Denies of that policy that speak of the principal. The whole account
        (Match.ACCOUNT) leaves it to the caller's own policies; a user, or a session that is
        named, is held by its boundary only through explicit denies (IAM User Guide,
        "Permissions boundaries for IAM entities").
        """
        gone = [c.lowered for c in named.conditions if not carries(action, c.lowered)]
        context = self.contexts.of(action, resource, {}, ())
        context = context.with_keys({}, gone) if gone else context
        bit = database().bit(action)
        start = 0
        if match is not Match.ACCOUNT:
            start = 2 if self._bounded and match is Match.DIRECT else 1
        return self._target(action, bit, resource, context, start, (named,), against)

    def _target(
        self,
        action: str,
        bit: int,
        target: str,
        context: Context,
        start: int = 0,
        named: tuple[Statement, ...] = (),
        against: Sequence[Statement] = (),
    ) -> Access:
        best = NONE
        if fence(action, target):
            return best
        allows, denying = self._speaking(action, bit)
        layers = allows[start:]
        if start == 0 and needs_no_permission(action):
            layers = layers[1:]
        ways = _ways(layers, target, context)
        for number, (wanted, doubts, statements) in enumerate(ways):
            if number >= _MOST_WAYS:
                return best or Access(Level.MAYBE, (_UNTRIED,))
            access = self._open(action, wanted, (*named, *statements), denying, context, against)
            if access and doubts:
                hurdles = tuple(dict.fromkeys((*access.hurdles, *doubts)))
                access = Access(Level.MAYBE, hurdles, access.calls)
            if access.level > best.level:
                best = access
            if best.level is Level.YES:
                return best
        return best

    def _open(
        self,
        action: str,
        wanted: str,
        statements: tuple[Statement, ...],
        denying: Sequence[Rule],
        context: Context,
        against: Sequence[Statement],
    ) -> Access:
        """Whether some resource of a pattern is open, under the Allows of one way."""
        best = NONE
        for arn in self._examples(wanted, denying, context):
            if fence(action, arn) or any(left_out(s, arn, context) for s in statements):
                continue
            closing = [r.statement for r in denying if denies(r.statement, arn, context)]
            found = assign(statements, [*against, *closing], context, self.holder)
            if found is None:
                continue
            level = Level.MAYBE if found.hurdles else Level.YES
            if level > best.level:
                best = Access(level, found.hurdles, (self._call(action, arn, context, found),))
            if level is Level.YES:
                break
        return best

    def _examples(self, wanted: str, denying: Sequence[Rule], context: Context) -> Iterator[str]:
        """ARNs of a pattern: one that nobody has in mind, then those that a Deny leaves out."""
        account = self.subject.account
        first = example(wanted, account)
        yield first
        if first == wanted:
            return
        for rule in denying:
            if rule.statement.not_resource:
                for _, pattern in resolved(rule.statement, context):
                    both = common(wanted, pattern) if isinstance(pattern, str) else None
                    if both is not None:
                        yield example(both, account)

    def _call(self, action: str, arn: str, context: Context, found: Assignment) -> Call:
        keys = self.contexts.asked(context) | dict(found.keys)
        return Call(self.subject.arn, action, arn, tuple(keys.items()))

    def _speaking(self, action: str, bit: int) -> tuple[list[list[Rule]], list[Rule]]:
        """The rules that speak of an action: the Allows of each layer, and every Deny."""
        found = self._by_action.get(action)
        if found is None:
            found = self._by_action[action] = (
                [[rule for rule in layer if rule.speaks(action, bit)] for layer in self._allows],
                [rule for rule in self._denies if rule.speaks(action, bit)],
            )
        return found

    def patterns(self, action: str) -> tuple[str, ...]:
        """The resource patterns under which its own policies allow an action, at most."""
        found = self.named(action)
        return ("*",) if "*" in found else found

    def named(self, action: str) -> tuple[str, ...]:
        """The same, with what is named beside a star; NotResource reads as a star."""
        found: dict[str, None] = {}
        for rule in self._speaking(action, database().bit(action))[0][0]:
            for pattern, _ in reaching(rule.statement, self.context):
                found[pattern] = None
        return tuple(found)

    # -- everything at once ---------------------------------------------------------------

    @cached_property
    def broad(self) -> tuple[int, int, tuple[str, ...]]:
        """Actions allowed on all resources: without hurdle, and with; and what the latter are."""
        return self._everything({}, ()).on_all()

    def possible(self, known: Mapping[str, Any], absent: Iterable[str]) -> int:
        """Every action allowed on some resource when a call carries, or lacks, certain keys."""
        return self._everything(known, tuple(absent)).on_some()[1]

    def _everything(self, known: Mapping[str, Any], absent: Sequence[str]) -> Everything:
        base = self.context.with_keys(known, absent) if known or absent else self.context

        def context_of(action: str) -> Context:
            return self.contexts.of(action, None, known, absent)

        return Everything(
            self.subject,
            self._allows,
            self._denies,
            base,
            context_of,
            self.contexts.bound_keys,
            self.holder,
        )


def _ways(
    layers: Sequence[Sequence[Rule]], target: str, context: Context
) -> Iterator[tuple[str, tuple[str, ...], tuple[Statement, ...]]]:
    """The ways through the layers: what of the target is left, doubts, and an Allow of each."""
    if not layers:
        yield target, (), ()
        return
    first, rest = layers[0], layers[1:]
    for wanted, doubt, statement in _through(first, target, context):
        for narrowed, doubts, statements in _ways(rest, wanted, context):
            yield narrowed, (*doubt, *doubts), (statement, *statements)


def _through(
    layer: Sequence[Rule], target: str, context: Context
) -> Iterator[tuple[str, tuple[str, ...], Statement]]:
    """What each Allow of a layer leaves of the target; only the first that leaves it all open."""
    is_pattern = "*" in target or "?" in target
    later = []
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
            later.append((wanted, doubt, statement))
    yield from later


__all__ = ["NONE", "Access", "Level", "Reach", "arn_templates", "together"]
