"""What a principal can do: its policies together, cut by boundary and SCPs, less what is denied.

The context of future requests is not known, so every answer has three values: yes, maybe (and on
what it hangs), no. What the caller chooses itself (the region, a tag in the request) hangs on
nothing; what somebody else holds (a second factor, a network) is a hurdle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cached_property, lru_cache
from ipaddress import ip_network
from typing import Any

from reportgen.policy.account import Subject
from reportgen.policy.actions import database, matches_action
from reportgen.policy.conditions import Condition, Context, Missing, network, resolve
from reportgen.policy.conditions import evaluate as holds
from reportgen.policy.decision import Levels
from reportgen.policy.document import Document, Statement
from reportgen.policy.glob import covers, matches_arn, overlap_arn
from reportgen.policy.principal import Match


class Level(IntEnum):
    """Whether something is allowed."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True)
class Access:
    """An answer, and what it hangs on."""

    level: Level
    hurdles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.level is not Level.NO


NONE = Access(Level.NO)
YES = Access(Level.YES)
MFA = "with MFA"
_GLOBAL = ("iam:", "organizations:")


def together(found: Sequence[Access]) -> Access:
    """All of several answers: the least of them, with every hurdle."""
    level = min((a.level for a in found), default=Level.YES)
    if level is Level.NO:
        return NONE
    return Access(level, tuple(dict.fromkeys(h for a in found for h in a.hurdles)))


_MFA_KEYS = ("aws:multifactorauthpresent", "aws:multifactorauthage")
# In every request (IAM User Guide, "AWS global condition context keys").
_ALWAYS = {
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:userid",
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport",
    "aws:requestedregion",
    "aws:sourceip",
    "aws:useragent",
    "aws:viaawsservice",
    "aws:principalisawsservice",
}
# What the caller sets as it likes.
_CHOSEN = {
    "aws:requestedregion",
    "aws:useragent",
    "aws:referer",
    "aws:securetransport",
    "aws:tagkeys",
}
_CHOSEN_PREFIX = "aws:requesttag/"
# Keys of services that bind what a call can lead to, not merely how it is made.
_BINDING = {
    "iam:permissionsboundary",
    "iam:policyarn",
    "iam:passedtoservice",
    "iam:associatedresourcearn",
    "sts:externalid",
}
_INTERNAL = tuple(ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_EVERYWHERE = {"0.0.0.0/0", "::/0"}


def _chosen(key: str) -> bool:
    if key in _CHOSEN or key.startswith(_CHOSEN_PREFIX):
        return True
    return not key.startswith("aws:") and key not in _BINDING and "resourcetag/" not in key


def _can_be_absent(key: str, subject: Subject) -> bool:
    if key in _MFA_KEYS:
        # Long-term access keys carry no such key; only users have them.
        return subject.kind == "user"
    return key not in _ALWAYS


def _satisfied_at_will(condition: Condition, subject: Subject) -> bool:
    """Whether the caller can make an unknown condition hold without anybody's help."""
    key = condition.lowered
    if condition.base == "Null":
        asks_absent = any(v.casefold() == "true" for v in condition.values)
        # Any temporary credential carries the MFA keys.
        return _can_be_absent(key, subject) if asks_absent else key in _MFA_KEYS or _chosen(key)
    if _chosen(key):
        return True
    absent_is_true = condition.if_exists or (
        condition.qualifier == "all" or (condition.negated and not condition.qualifier)
    )
    if absent_is_true and _can_be_absent(key, subject):
        return True
    if condition.base in ("StringLike", "ArnLike") and "*" in condition.values:
        return key in _ALWAYS
    if condition.base == "IpAddress":
        return any(v in _EVERYWHERE for v in condition.values)
    if key == "aws:multifactorauthpresent" and condition.base == "Bool":
        return any(v.casefold() == "false" for v in condition.values)
    return False


def _never(condition: Condition) -> bool:
    """Whether no request can meet a condition: aws:SourceIp is public, so never in RFC 1918."""
    if condition.lowered != "aws:sourceip" or condition.base != "IpAddress" or condition.if_exists:
        return False
    ranges = [network(value) for value in condition.values]
    return bool(ranges) and all(
        r is not None and r.version == 4 and any(r.subnet_of(p) for p in _INTERNAL)  # type: ignore[arg-type]
        for r in ranges
    )


def _avoided_at_will(condition: Condition, subject: Subject) -> bool:
    """Whether the caller can keep an unknown condition from holding without anybody's help."""
    key = condition.lowered
    if condition.base == "Null":
        asks_absent = any(v.casefold() == "true" for v in condition.values)
        return key in _MFA_KEYS if asks_absent else _can_be_absent(key, subject)
    if condition.base in ("StringLike", "ArnLike") and "*" in condition.values and key in _ALWAYS:
        return False
    if _chosen(key):
        return True
    absent_is_true = condition.if_exists or condition.qualifier == "all"
    if not condition.qualifier and condition.negated:
        absent_is_true = True
    if not absent_is_true and _can_be_absent(key, subject):
        return True
    if key == "aws:multifactorauthpresent" and condition.base == "Bool":
        return not any(v.casefold() == "false" for v in condition.values)
    return False


def _hurdle(condition: Condition, effect: str) -> str:
    if condition.lowered in _MFA_KEYS:
        return MFA
    return ("if " if effect == "Allow" else "unless ") + condition.text


@dataclass(frozen=True)
class _Rule:
    """A statement in force, with the actions that it speaks of."""

    statement: Statement
    bits: int


@lru_cache(maxsize=65536)
def _templates(
    action: str, partition: str, account: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Patterns of the ARNs that a call names: those of every call, and those of some calls."""
    known = database().details(action)
    service = action.split(":")[0].lower()
    if known is None:
        return (), (f"arn:{partition}:{service}:*:*:*", "*")
    types = database().resource_types(service)
    always: list[str] = []
    sometimes: list[str] = []
    for entry in known.get("resourceTypes", ()):
        arn = types.get(str(entry.get("name", "")).lower(), {}).get("arn")
        if not arn:
            continue
        arn = arn.replace("${Partition}", partition).replace("${Account}", account)
        while "${" in arn:
            head, _, tail = arn.partition("${")
            arn = f"{head}*{tail.partition('}')[2]}"
        (always if entry.get("required") else sometimes).append(arn)
    if not always and not sometimes:
        return ("*",), ()
    return tuple(always), tuple(sometimes)


def arn_templates(action: str, partition: str, account: str) -> tuple[str, ...]:
    """Patterns of the ARNs that an action can be asked for; ``*`` where it names no resource."""
    always, sometimes = _templates(action, partition, account)
    return always + sometimes


class Reach:
    """What one principal can do, under the SCPs of its account (documents by level, root first).

    ``at`` is the moment at which conditions on the time are judged; without it they are open.
    """

    def __init__(
        self,
        subject: Subject,
        scps: Levels = (),
        *,
        organisation: str = "",
        boundary: bool = True,
        at: datetime | None = None,
    ) -> None:
        self.subject = subject
        self.context = self._context(organisation, at)
        layers = [_rules(source.document for source in subject.sources)]
        self._bounded = boundary and subject.boundary is not None
        if boundary and subject.boundary is not None:
            layers.append(_rules([subject.boundary]))
        if subject.kind != "service-linked-role":
            layers += [_rules(level) for level in scps]
        self._allows = [[r for r in layer if r.statement.effect == "Allow"] for layer in layers]
        self._denies = [r for layer in layers for r in layer if r.statement.effect == "Deny"]
        self._contexts: dict[tuple[Any, Any], Context] = {}
        self._anywhere: dict[str, Access] = {}
        self._by_action: dict[str, tuple[list[list[_Rule]], list[_Rule]]] = {}
        self._keys = {
            c.lowered for layer in layers for rule in layer for c in rule.statement.conditions
        }

    def _context(self, organisation: str, at: datetime | None) -> Context:
        s = self.subject
        is_user = s.kind == "user"
        known: dict[str, Any] = {
            "aws:principalarn": s.arn,
            "aws:principalaccount": s.account,
            "aws:principaltype": "User" if is_user else "AssumedRole",
            "aws:principalisawsservice": "false",
            "aws:viaawsservice": "false",
            **{f"aws:principaltag/{key}": value for key, value in s.tags.items()},
        }
        if is_user:
            known["aws:username"] = s.name
        if organisation:
            known["aws:principalorgid"] = organisation
        if at is not None:
            known["aws:currenttime"] = at.isoformat()
            known["aws:epochtime"] = str(int(at.timestamp()))
        return _SubjectContext(known, is_user)

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
        bit = database().bit(action)
        if bit and not self.mask & bit:
            return NONE
        context = self.context
        if action.startswith(_GLOBAL) and self.subject.partition == "aws":
            # Its only endpoint there, whatever region the caller prefers.
            known = {"aws:requestedregion": "us-east-1", **(known or {})}
        # Keys that none of its policies asks for cannot change the answer.
        known = {k: v for k, v in (known or {}).items() if k in self._keys}
        absent = [k for k in absent if k in self._keys]
        if known or absent:
            key = (tuple(known.items()), tuple(absent))
            context = self._contexts.get(key) or self._contexts.setdefault(
                key, self.context.with_keys(known, absent)
            )
        if resource is not None:
            return self._target(action, bit, resource, context, False)
        always, sometimes = _templates(action, self.subject.partition, self.subject.account)
        if always:
            return together([self._target(action, bit, t, context, True) for t in always])
        found = [self._target(action, bit, t, context, True) for t in sometimes]
        return max(found, key=lambda access: access.level)

    def anywhere(self, action: str) -> Access:
        """Whether the principal can call an action on anything at all; asked once."""
        found = self._anywhere.get(action)
        if found is None:
            found = self._anywhere[action] = self.can(action)
        return found

    def _target(
        self, action: str, bit: int, target: str, context: Context, is_pattern: bool
    ) -> Access:
        best = NONE
        allows, denies = self._speaking(action, bit)
        for rule in allows[0]:
            access = self._settle(rule.statement, context)
            if not access:
                continue
            for pattern, doubt in self._patterns(rule.statement, target, context, is_pattern):
                hurdles = [*access.hurdles, *doubt]
                wanted = _narrower(pattern, target) if is_pattern else target
                if not self._left_open(wanted, context, is_pattern, hurdles, allows[1:]):
                    continue
                denied = self._denied(denies, wanted, context)
                if denied.level is Level.YES:
                    continue
                hurdles += denied.hurdles
                level = Level.MAYBE if hurdles else Level.YES
                if level > best.level:
                    best = Access(level, tuple(dict.fromkeys(hurdles)))
                if level is Level.YES:
                    return best
        return best

    def _left_open(
        self,
        target: str,
        context: Context,
        is_pattern: bool,
        hurdles: list[str],
        layers: Sequence[Sequence[_Rule]],
    ) -> bool:
        """Whether boundary and SCPs leave it open; adds what that hangs on to ``hurdles``."""
        for layer in layers:
            best = NONE
            doubts: tuple[str, ...] = ()
            for rule in layer:
                for _, doubt in self._patterns(rule.statement, target, context, is_pattern):
                    access = self._settle(rule.statement, context)
                    if access.level > best.level:
                        best, doubts = access, doubt
                    break
                if best.level is Level.YES and not doubts:
                    break
            if not best:
                return False
            hurdles += [*best.hurdles, *doubts]
        return True

    def _speaking(self, action: str, bit: int) -> tuple[list[list[_Rule]], list[_Rule]]:
        """The rules that speak of an action: the Allows of each layer, and every Deny."""
        found = self._by_action.get(action)
        if found is None:

            def speaks(rule: _Rule) -> bool:
                return bool(rule.bits & bit) if bit else matches_action(rule.statement, action)

            found = self._by_action[action] = (
                [[rule for rule in layer if speaks(rule)] for layer in self._allows],
                [rule for rule in self._denies if speaks(rule)],
            )
        return found

    def patterns(self, action: str) -> tuple[str, ...]:
        """The resource patterns under which its own policies allow an action, at most."""
        found: dict[str, None] = {}
        for rule in self._speaking(action, database().bit(action))[0][0]:
            if rule.statement.not_resource:
                return ("*",)
            for pattern in rule.statement.resources or ():
                if rule.statement.variables and "${" in pattern:
                    resolved = resolve(pattern, self.context)
                    pattern = "*" if isinstance(resolved, Missing) else resolved
                found[pattern] = None
        return ("*",) if "*" in found else tuple(found)

    @staticmethod
    def _patterns(
        statement: Statement, target: str, context: Context, is_pattern: bool
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The resource patterns that reach the target, each with what it hangs on."""
        touches = overlap_arn if is_pattern else matches_arn
        if statement.resources is None:
            return
        if statement.not_resource:
            cut = covers if is_pattern else matches_arn
            for pattern in statement.resources:
                resolved = resolve(pattern, context) if statement.variables else pattern
                if isinstance(resolved, str) and cut(resolved, target):
                    return
            yield "*", ()
            return
        for pattern in statement.resources:
            doubt: tuple[str, ...] = ()
            if statement.variables and "${" in pattern:
                resolved = resolve(pattern, context)
                if resolved is Missing.ABSENT:
                    continue
                if isinstance(resolved, Missing):
                    doubt = (f"if {pattern} fits",)
                    resolved = "*"
                pattern = resolved
            if touches(pattern, target):
                yield pattern, doubt

    def settle(self, statement: Statement) -> Access:
        """Whether the conditions of an Allow, such as of a trust policy, hold for the principal."""
        return self._settle(statement, self.context)

    def _settle(self, statement: Statement, context: Context) -> Access:
        hurdles = []
        for condition in statement.conditions:
            found = holds(condition, context, statement.variables)
            if found is False or (found is None and _never(condition)):
                return NONE
            if found is None and not _satisfied_at_will(condition, self.subject):
                hurdles.append(_hurdle(condition, "Allow"))
        return Access(Level.MAYBE, tuple(hurdles)) if hurdles else YES

    def _denied(self, denies: Sequence[_Rule], target: str, context: Context) -> Access:
        """Whether denies close the whole target: yes, maybe with what opens it, or no."""
        hurdles: list[str] = []
        for rule in denies:
            if not _deny_covers(rule.statement, target, context):
                continue
            found = self._deny_holds(rule, context)
            if found.level is Level.YES:
                return found
            hurdles += found.hurdles
        return Access(Level.MAYBE if hurdles else Level.NO, tuple(hurdles))

    def _deny_holds(self, rule: _Rule, context: Context) -> Access:
        ways_out = []
        for condition in rule.statement.conditions:
            found = holds(condition, context, rule.statement.variables)
            if found is False or (found is None and _avoided_at_will(condition, self.subject)):
                return NONE
            if found is None:
                ways_out.append(_hurdle(condition, "Deny"))
        if not ways_out:
            return YES
        return Access(Level.MAYBE, (" or ".join(dict.fromkeys(ways_out)),))

    def open_to(self, action: str, resource: str, match: Match) -> Access:
        """Whether what a resource's policy allows the principal directly is left open.

        The boundary of a user, or of a session that is named, holds only by explicit deny
        (IAM User Guide, "Permissions boundaries for IAM entities").
        """
        allows, denies = self._speaking(action, database().bit(action))
        layers = allows[2:] if self._bounded and match is Match.DIRECT else allows[1:]
        hurdles: list[str] = []
        if not self._left_open(resource, self.context, False, hurdles, layers):
            return NONE
        denied = self._denied(denies, resource, self.context)
        if denied.level is Level.YES:
            return NONE
        hurdles += denied.hurdles
        return Access(Level.MAYBE if hurdles else Level.YES, tuple(dict.fromkeys(hurdles)))

    # -- everything at once ---------------------------------------------------------------

    @cached_property
    def broad(self) -> tuple[int, int, tuple[str, ...]]:
        """Actions allowed on all resources: without hurdle, and with; and what the latter are."""
        return self._everything(self.context, whole=True)

    def possible(self, known: Mapping[str, Any], absent: Iterable[str]) -> int:
        """Every action allowed on some resource when a call carries, or lacks, certain keys."""
        return self._everything(self.context.with_keys(known, absent), whole=False)[1]

    def _everything(self, context: Context, *, whole: bool) -> tuple[int, int, tuple[str, ...]]:
        sure = possible = database().everything
        hurdles: list[str] = []
        for layer in self._allows:
            layer_sure = layer_possible = 0
            for rule in layer:
                bits = self._whole(rule) if whole else rule.bits
                if not bits or rule.statement.resources is None:
                    continue
                access = self._settle(
                    rule.statement, self._where(rule, context) if whole else context
                )
                if not access:
                    continue
                layer_possible |= bits
                if access.level is Level.YES:
                    layer_sure |= bits
                else:
                    hurdles += access.hurdles
            sure &= layer_sure
            possible &= layer_possible
        for rule in self._denies:
            if not rule.bits & possible:
                continue
            found = self._deny_holds(rule, self._where(rule, context) if whole else context)
            if not found:
                continue
            bits = self._whole(rule) & possible
            if found.level is Level.YES:
                possible &= ~bits
            elif bits:
                hurdles += found.hurdles
            sure &= ~bits
        return sure & possible, possible, tuple(dict.fromkeys(hurdles))

    def _where(self, rule: _Rule, context: Context) -> Context:
        """A rule that speaks of IAM and asks for the region is judged in IAM's own."""
        if self.subject.partition != "aws" or not rule.bits & database().service_bits("iam"):
            return context
        if all(c.lowered != "aws:requestedregion" for c in rule.statement.conditions):
            return context
        return context.with_keys({"aws:requestedregion": "us-east-1"})

    def _whole(self, rule: _Rule) -> int:
        """The actions of a rule that it speaks of for all resources of their kind."""
        statement = rule.statement
        patterns = statement.resources
        if patterns is None:
            return 0
        if "*" in patterns:
            return 0 if statement.not_resource else rule.bits
        cache = statement.__dict__.setdefault("_whole", {})
        found = cache.get(self.subject.account)
        if found is None:
            found = cache[self.subject.account] = self._by_service(rule, patterns)
        bits: int = found
        return bits

    def _by_service(self, rule: _Rule, patterns: Sequence[str]) -> int:
        db = database()
        wide = [p for p in patterns if "*" in p and "${" not in p]
        bits = 0
        for service in {p.split(":")[2] if p.count(":") >= 5 else "*" for p in wide}:
            for name in db.services if "*" in service or "?" in service else (service,):
                if self._covers_service(wide, name):
                    bits |= rule.bits & db.service_bits(name)
        if rule.statement.not_resource:
            return rule.bits & ~bits
        return bits & ~db.needs_star

    def _covers_service(self, patterns: Sequence[str], service: str) -> bool:
        s = self.subject
        if service == "s3":
            probes = [f"arn:{s.partition}:s3:::zz-unlisted/zz"]
        elif service == "iam":
            kinds = ("user", "role", "policy", "group")
            probes = [f"arn:{s.partition}:iam::{s.account}:{kind}/zz-unlisted" for kind in kinds]
        else:
            probes = [f"arn:{s.partition}:{service}:zz-none-1:{s.account}:zz-unlisted/zz:zz"]
        return all(any(matches_arn(p, probe) for p in patterns) for probe in probes)


class _SubjectContext(Context):
    """The open context of a principal: the tags of a user are all known, a role's are not."""

    def __init__(self, known: Mapping[str, Any], is_user: bool) -> None:
        super().__init__(known, is_open=True)
        self._is_user = is_user

    def get(self, key: str) -> tuple[str, ...] | Missing:
        found = super().get(key)
        if found is Missing.UNKNOWN:
            if key == "aws:username":
                return Missing.ABSENT
            # A role's sessions may bring tags of their own.
            if self._is_user and key.startswith("aws:principaltag/"):
                return Missing.ABSENT
        return found

    def with_keys(self, known: Mapping[str, Any], absent: Iterable[str] = ()) -> Context:
        copy = _SubjectContext({}, self._is_user)
        other = super().with_keys(known, absent)
        copy._known, copy._absent = other._known, other._absent
        return copy


def _rules(documents: Iterable[Document]) -> list[_Rule]:
    return [rule for document in documents for rule in _rules_of(document)]


def _rules_of(document: Document) -> list[_Rule]:
    """The rules of one document, worked out once however many principals have it."""
    found = document.__dict__.get("_rules")
    if found is None:
        db = database()
        found = [_Rule(statement, db.of(statement)) for statement in document.usable]
        document.__dict__["_rules"] = found
    rules: list[_Rule] = found
    return rules


def _narrower(pattern: str, target: str) -> str:
    """The pattern of what both match, as nearly as one pattern can say."""
    if pattern == "*" or covers(pattern, target):
        return target
    return pattern


def _deny_covers(statement: Statement, target: str, context: Context) -> bool:
    if statement.resources is None:
        return False
    resolved = [
        resolve(p, context) if statement.variables and "${" in p else p for p in statement.resources
    ]
    patterns = [p for p in resolved if isinstance(p, str)]
    if statement.not_resource:
        return not any(overlap_arn(p, target) for p in patterns) and len(patterns) == len(resolved)
    return any(covers(p, target) for p in patterns)
