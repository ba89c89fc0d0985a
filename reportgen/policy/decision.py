"""What AWS decides on one request.

IAM User Guide, "Policy evaluation logic": an explicit deny anywhere wins; resource control policies
and service control policies must leave the request open at every level, and so must the policy of
the VPC endpoint that it comes through; then, within one account, the resource's policy or the
caller's own policies must allow it, and across accounts both; a permissions boundary and a session
policy cut what the caller's own policies allow. What AWS itself fixes is in ``fences``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reportgen.policy.actions import database
from reportgen.policy.conditions import Context, Missing, resolve
from reportgen.policy.conditions import evaluate as holds
from reportgen.policy.document import Document, Statement, parse
from reportgen.policy.fences import cannot_be_denied, fence, needs_long_term
from reportgen.policy.glob import matches_arn
from reportgen.policy.known import request_context
from reportgen.policy.principal import Match, caller, match_principal, spared_but_for
from reportgen.policy.speaking import effects

ALLOWED = "allowed"
IMPLICIT_DENY = "implicit-deny"
EXPLICIT_DENY = "explicit-deny"
# Resource policies that must themselves open the resource: an identity policy alone is not enough
# (AWS KMS Developer Guide, "Key policies"; IAM User Guide, "Roles terms and concepts").
_ASSUME = {
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
}
# Levels of policies of AWS Organizations: root first, the account last.
Levels = Sequence[Sequence[Document]]


@dataclass(frozen=True)
class Policies:
    """All policies that bear on a request. None is "there is none", an empty level allows nothing.

    ``scps`` and ``rcps`` hold the documents of each level of the organisation, root first;
    ``endpoint`` is the policy of the VPC endpoint that the request comes through.
    """

    identity: Sequence[Document] = ()
    boundary: Document | None = None
    session: Document | None = None
    scps: Levels = ()
    rcps: Levels = ()
    resource: Document | None = None
    endpoint: Document | None = None


@dataclass(frozen=True)
class Request:
    """One call: who, what, on which resource, and the keys of its context."""

    principal: str
    action: str
    resource: str = "*"
    resource_account: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """``decision`` is allowed, implicit-deny or explicit-deny; ``because`` names the statement."""

    decision: str
    because: str


@dataclass(frozen=True)
class _Found:
    """A statement that speaks of the request."""

    where: str
    statement: Statement
    match: Match = Match.DIRECT
    note: str = ""

    @property
    def text(self) -> str:
        return f"{self.where}, {self.statement.name}"


class _Asked:
    """One request, and which statements of its policies speak of it."""

    def __init__(self, request: Request, policies: Policies) -> None:
        self.who = caller(request.principal)
        self.action = request.action.strip()
        self.lowered = self.action.lower()
        self.resource = request.resource or "*"
        self.policies = policies
        self.account = request.resource_account or _account_of(self.resource) or self.who.account
        self.context = request_context(self.who, request.context, self.account)
        self.bounded = policies.boundary is not None

    def speaks(self, statement: Statement, *, of_principal: bool) -> Match:
        """How a statement that names the action speaks of the request; NONE where it does not."""
        if not self._resource(statement, of_principal):
            return Match.NONE
        found = Match.DIRECT
        if of_principal:
            found = match_principal(statement, self.who, bounded=self.bounded)
        if found is Match.NONE:
            return found
        for condition in statement.conditions:
            # Of an operator that AWS does not have nothing is known; only a Deny is kept with one,
            # and it counts as holding.
            if holds(condition, self.context, statement.variables) is False:
                return Match.NONE
        return found

    def _resource(self, statement: Statement, of_principal: bool) -> bool:
        if statement.resources is None:
            # A trust policy has no Resource; an identity policy without one cannot be saved.
            return of_principal
        hit = any(
            covers_resource(pattern, self.resource, self.context, statement.variables)
            for pattern in statement.resources
        )
        return hit != statement.not_resource

    def find(
        self, documents: Iterable[Document], label: str, effect: str, *, of_principal: bool = False
    ) -> Iterator[_Found]:
        """The statements of one effect that speak of the request."""
        listed = list(documents)
        for number, document in enumerate(listed, start=1):
            for statement in effects(document).of(effect, self.lowered):
                match = self.speaks(statement, of_principal=of_principal)
                if match is not Match.NONE:
                    where = label if len(listed) == 1 else f"{label} {number}"
                    note = self._note(statement) if effect == "Deny" else ""
                    yield _Found(where, statement, match, note)

    def _note(self, statement: Statement) -> str:
        """What is to be said of a Deny that applies where one would not expect it."""
        if statement.unusable:
            return f", as what cannot be judged counts as denied: {statement.unusable}"
        return spared_but_for(statement, self.who, bounded=self.bounded)

    @property
    def scps(self) -> Levels:
        """SCPs bind users and roles, root too; not services, nor service-linked roles."""
        bound = self.who.account and not self.who.service_linked
        return self.policies.scps if bound else ()

    @property
    def rcps(self) -> Levels:
        """RCPs bind whoever comes, to the services that support them; not service-linked roles."""
        if not self.policies.rcps:
            return ()
        service = self.lowered.split(":")[0]
        known = database().service_bits(service)
        unsupported = known and service not in database().rcp_services
        return () if self.who.service_linked or unsupported else self.policies.rcps


class _Case(_Asked):
    """The decision on one request, step by step in the order that AWS gives."""

    def decide(self) -> Decision:
        """The decision, in the order that AWS gives."""
        if self.who.account and cannot_be_denied(self.action):
            return self._beyond_policies()
        denied = next(self._denies(), None)
        if denied is not None:
            return Decision(EXPLICIT_DENY, f"{denied.text} denies it{denied.note}")
        said = self._fenced()
        if said:
            return Decision(IMPLICIT_DENY, f"AWS refuses it whatever policies say: {said}")
        for step in (self._closed_by_rcp, self._closed_by_scp, self._closed_by_endpoint):
            said = step()
            if said:
                return Decision(IMPLICIT_DENY, said)
        return self._allow()

    def _fenced(self) -> str:
        """What AWS keeps to itself; its services, and their roles, are not held by that."""
        is_aws = self.who.kind == "service" or self.who.service_linked
        return "" if is_aws else fence(self.action, self.resource)

    def _beyond_policies(self) -> Decision:
        if needs_long_term(self.action) and self.who.kind not in ("user", "root"):
            said = f"{self.action} is for users and root, not for a {self.who.kind}"
            return Decision(IMPLICIT_DENY, said)
        said = f"{self.action} needs no permission, and no policy can deny it"
        return Decision(ALLOWED, said)

    def _denies(self) -> Iterator[_Found]:
        policies = self.policies
        for number, level in enumerate(self.rcps, start=1):
            label = f"RCP of level {number}"
            yield from self.find(level, label, "Deny", of_principal=True)
        for number, level in enumerate(self.scps, start=1):
            yield from self.find(level, f"SCP of level {number}", "Deny")
        for document, label in (
            (policies.resource, "resource policy"),
            (policies.endpoint, "VPC endpoint policy"),
        ):
            if document is not None:
                yield from self.find([document], label, "Deny", of_principal=True)
        yield from self.find(policies.identity, "identity policy", "Deny")
        for document, label in (
            (policies.boundary, "permissions boundary"),
            (policies.session, "session policy"),
        ):
            if document is not None:
                yield from self.find([document], label, "Deny")

    def _closed_by_rcp(self) -> str:
        for number, level in enumerate(self.rcps, start=1):
            # RCPFullAWSAccess is attached everywhere and cannot be detached, so that a level
            # shown without any Allow leaves everything open.
            allows = any(effects(document).any("Allow") for document in level)
            if allows and not any(self.find(level, "", "Allow", of_principal=True)):
                return f"no RCP of level {number} allows it"
        return ""

    def _closed_by_scp(self) -> str:
        for number, level in enumerate(self.scps, start=1):
            if not any(self.find(level, "", "Allow")):
                return f"no SCP of level {number} allows it"
        return ""

    def _closed_by_endpoint(self) -> str:
        """AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies"."""
        document = self.policies.endpoint
        if document is None:
            return ""
        opened = any(self.find([document], "", "Allow", of_principal=True))
        return "" if opened else "the VPC endpoint policy does not allow it"

    def _allow(self) -> Decision:
        policies, who = self.policies, self.who
        named = None
        if policies.resource is not None:
            found = self.find([policies.resource], "resource policy", "Allow", of_principal=True)
            named = max(found, key=lambda f: f.match, default=None)
        if not who.account:
            if named is not None:
                return Decision(ALLOWED, f"{named.text} allows it")
            said = "no resource policy" if policies.resource is None else "the resource policy"
            tail = "is given" if policies.resource is None else "does not allow it"
            return Decision(
                IMPLICIT_DENY, f"{said} {tail}, and the caller has no policy of its own"
            )
        if who.account != self.account:
            if named is None:
                other = "the resource is in another account, and its policy does not allow it"
                return Decision(IMPLICIT_DENY, other)
            own = self._own()
            if own.decision != ALLOWED:
                return own
            return Decision(ALLOWED, f"{named.text} and {own.because}")
        if named is not None and named.match is Match.DIRECT:
            return Decision(ALLOWED, f"{named.text} allows it")
        if named is not None and named.match is Match.ROLE:
            held = self._cut()
            return held or Decision(ALLOWED, f"{named.text} allows it")
        if named is None and self._needs_resource_policy():
            return Decision(IMPLICIT_DENY, self._closed_resource())
        return self._own()

    def _needs_resource_policy(self) -> bool:
        if self.lowered in _ASSUME:
            return self.resource != "*"
        return self.lowered.startswith("kms:") and ":key/" in self.resource

    def _closed_resource(self) -> str:
        what = "key policy" if self.lowered.startswith("kms:") else "trust policy"
        tail = "is not given" if self.policies.resource is None else "does not allow it"
        return f"the {what} {tail}, and without it no identity policy is enough"

    def _own(self) -> Decision:
        """What the caller's own policies decide."""
        if self.who.kind == "root":
            return Decision(ALLOWED, "the root user of the account may do it")
        allow = next(self.find(self.policies.identity, "identity policy", "Allow"), None)
        if allow is None:
            return Decision(IMPLICIT_DENY, "no identity policy allows it")
        return self._cut() or Decision(ALLOWED, f"{allow.text} allows it")

    def _cut(self) -> Decision | None:
        for document, label in (
            (self.policies.boundary, "permissions boundary"),
            (self.policies.session, "session policy"),
        ):
            if document is not None and not any(self.find([document], label, "Allow")):
                return Decision(IMPLICIT_DENY, f"the {label} does not allow it")
        return None


def _account_of(resource: str) -> str:
    parts = resource.split(":", 5)
    account = parts[4] if len(parts) == 6 else ""
    return account if account.isdigit() else ""


def covers_resource(pattern: str, resource: str, context: Context, variables: bool) -> bool:
    """Whether a Resource pattern matches; one with a variable that has no value matches nothing."""
    if variables and "${" in pattern:
        resolved = resolve(pattern, context)
        if isinstance(resolved, Missing):
            return False
        pattern = resolved
    return matches_arn(pattern, resource)


def decide(request: Request, policies: Policies) -> Decision:
    """Decide one request. Never raises, whatever the policies hold.

    What could not be read, and might have said otherwise, is named in ``because``.
    """
    found = _Case(request, policies).decide()
    doubt = "" if found.decision == EXPLICIT_DENY else _doubt(policies)
    return Decision(found.decision, found.because + doubt) if doubt else found


def _doubt(policies: Policies) -> str:
    said: list[str] = []
    for document in _every(policies):
        said += effects(document).unjudged
    more = f"; and {len(said) - 3} more" if len(said) > 3 else ""
    return f"; not judged: {'; '.join(said[:3])}{more}" if said else ""


def _every(policies: Policies) -> Iterator[Document]:
    yield from policies.identity
    for level in (*policies.scps, *policies.rcps):
        yield from level
    for one in (policies.boundary, policies.session, policies.resource, policies.endpoint):
        if one is not None:
            yield one


def levels_of(
    given: Any, read: Callable[[Any], Document] = parse
) -> tuple[tuple[Document, ...], ...]:
    """Read policies by level: a list of lists of documents, root first.

    A flat list of documents is one level. ``read`` reads a document.
    """
    if not given:
        return ()

    def level(items: Any) -> tuple[Document, ...]:
        listed = items if isinstance(items, list) else [] if items is None else [items]
        return tuple(read(item) for item in listed)

    if isinstance(given, list) and any(isinstance(item, list) for item in given):
        return tuple(level(item) for item in given)
    return (level(given),)
