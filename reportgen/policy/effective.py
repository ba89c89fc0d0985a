"""What a principal can do: its policies together, cut by boundary and SCPs, less what is denied.

The context of future requests is not known, so every answer has three values: yes, maybe (and on
what it hangs), no. It is found by looking for a request that goes through: an action, a resource,
and one value for each key that the action carries, for all statements at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any

from reportgen.policy.access import NONE, Access, Call, Level, together
from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.broad import Everything
from reportgen.policy.conditions import Context
from reportgen.policy.contexts import Contexts, Tags
from reportgen.policy.decision import Levels
from reportgen.policy.document import Statement
from reportgen.policy.fences import cannot_be_denied, fence, needs_long_term
from reportgen.policy.keys import carries
from reportgen.policy.opening import Opening
from reportgen.policy.options import Holder, named_in_variables
from reportgen.policy.principal import Match
from reportgen.policy.rules import Rule, keys_of, reaching, rules
from reportgen.policy.shapes import arn_templates, example, templates


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
        keys = keys_of(rule.statement for layer in layers for rule in layer)
        self.contexts = Contexts(subject, organisation, at, keys, tags or {})
        self.holder = Holder(subject.kind == "user", at, self.contexts.own)

    @cached_property
    def mask(self) -> int:
        """Every action that some statement of every layer allows, on whatever and however."""
        bits = database().everything
        for layer in self._allows:
            bits &= reduce(or_, (rule.bits for rule in layer), 0)
        return bits

    @property
    def context(self) -> Context:
        """What is known of every request that it makes."""
        return self.contexts.base

    @property
    def keys(self) -> set[str]:
        """The condition keys that its policies ask for, in lower case."""
        return self.contexts.keys

    @cached_property
    def asked(self) -> frozenset[str]:
        """The same, with those that variables ask for."""
        return frozenset({*self.keys, *named_in_variables(self.statements())})

    def statements(self) -> Iterator[Statement]:
        """Every statement that bears on it."""
        for layer in self._allows:
            yield from (rule.statement for rule in layer)
        yield from (rule.statement for rule in self._denies)

    def can(
        self,
        action: str,
        resource: str | None = None,
        *,
        known: Mapping[str, Any] | None = None,
        absent: Iterable[str] = (),
        on: Mapping[str, str] | None = None,
    ) -> Access:
        """Whether the principal can call an action on a resource, or on any at all if None.

        ``known`` and ``absent`` are keys that the call will carry, or will not; ``on`` are the
        resources, or patterns of them, in place of some kinds that the call is about.
        """
        if cannot_be_denied(action):
            if needs_long_term(action) and not self.holder.is_user:
                return NONE
            who = self.subject
            return Access(Level.YES, (), (Call(who.arn, action, resource or "*", (), who),))
        bit = database().bit(action)
        if bit and not self.mask & bit:
            return NONE
        context = self.contexts.of(action, resource, known or {}, absent)
        if resource is not None:
            return self._target(action, bit, resource, context)
        always, sometimes = templates(action, self.subject.partition, self.subject.account)
        if always:
            wanted = [on.get(t, t) for t in always] if on else always
            return together([self._target(action, bit, t, context) for t in wanted])
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
        absent: Iterable[str] = (),
        within: str = "",
        known: Mapping[str, Any] | None = None,
    ) -> Access:
        """Whether a statement of a resource's policy lets the principal in, and it may come.

        ``against`` are the Denies of that policy that speak of the principal. The whole account
        (Match.ACCOUNT) leaves it to the caller's own policies; a user, or a session that is
        named, is held by its boundary only through explicit denies (IAM User Guide,
        "Permissions boundaries for IAM entities"). ``absent`` are keys that the call
        will not carry. An action that is asked ``within`` the call of another comes with its keys.
        """
        gone = list(absent)
        gone += [c.lowered for c in named.conditions if not carries(within or action, c.lowered)]
        asked = keys_of((named, *against))
        context = self.contexts.of(within or action, resource, known or {}, gone, asked)
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
        allows, denying = self.speaking(action, bit)
        if len(allows) == 1 and not denying and not named and not against:
            # Most requests: one plain Allow of everything, and nothing else that speaks of it.
            arn = example(target, self.subject.account)
            if any(rule.is_open for rule in allows[0]) and not fence(action, arn):
                keys = tuple(self.contexts.asked(context).items())
                call = Call(self.subject.arn, action, arn, keys, self.subject)
                return Access(Level.YES, (), (call,))
        opening = Opening(self.contexts, self.holder, action, context, denying, named, against)
        return opening.of(allows[start:], target)

    def speaking(self, action: str, bit: int) -> tuple[list[list[Rule]], list[Rule]]:
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
        for rule in self.speaking(action, database().bit(action))[0][0]:
            for pattern, _ in reaching(rule.statement, self.context):
                found[pattern] = None
        return tuple(found)

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


__all__ = ["NONE", "Access", "Level", "Reach", "arn_templates", "together"]
