"""What AWS decides on one request.

IAM User Guide, "Policy evaluation logic": an explicit deny anywhere wins; resource control policies
and service control policies must leave the request open at every level; then, within one account,
the resource's policy or the caller's own policies must allow it, and across accounts both; a
permissions boundary and a session policy cut what the caller's own policies allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reportgen.policy.actions import database, matches_action
from reportgen.policy.conditions import Context, Missing, resolve
from reportgen.policy.conditions import evaluate as holds
from reportgen.policy.document import Document, Statement, parse, parse_all
from reportgen.policy.glob import matches_arn
from reportgen.policy.principal import Caller, Match, caller, match_principal

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

    ``scps`` and ``rcps`` hold the documents of each level of the organisation, root first.
    """

    identity: Sequence[Document] = ()
    boundary: Document | None = None
    session: Document | None = None
    scps: Levels = ()
    rcps: Levels = ()
    resource: Document | None = None


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

    @property
    def text(self) -> str:
        return f"{self.where}, {self.statement.name}"


class _Case:
    """One request against its policies."""

    def __init__(self, request: Request, policies: Policies) -> None:
        self.who = caller(request.principal)
        self.action = request.action.strip()
        self.resource = request.resource or "*"
        self.policies = policies
        self.account = request.resource_account or _account_of(self.resource) or self.who.account
        self.context = request_context(self.who, request.context, self.account)
        self.bounded = policies.boundary is not None

    def speaks(self, statement: Statement, *, of_principal: bool = False) -> Match:
        """How a statement speaks of the request; NONE where it does not."""
        if not matches_action(statement, self.action):
            return Match.NONE
        if not self._resource(statement, of_principal):
            return Match.NONE
        found = Match.DIRECT
        if of_principal:
            found = match_principal(statement, self.who, bounded=self.bounded)
        if found is Match.NONE:
            return found
        for condition in statement.conditions:
            if holds(condition, self.context, statement.variables) is not True:
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
            where = label if len(listed) == 1 else f"{label} {number}"
            for statement in document.usable:
                if statement.effect == effect:
                    match = self.speaks(statement, of_principal=of_principal)
                    if match is not Match.NONE:
                        yield _Found(where, statement, match)

    @property
    def scps(self) -> Levels:
        """SCPs bind users and roles, root too; not services, nor service-linked roles."""
        bound = self.who.account and not self.who.service_linked
        return self.policies.scps if bound else ()

    @property
    def rcps(self) -> Levels:
        """RCPs bind whoever comes, to the services that support them; not service-linked roles."""
        service = self.action.split(":")[0].lower()
        known = database().service_bits(service)
        unsupported = known and service not in database().rcp_services
        return () if self.who.service_linked or unsupported else self.policies.rcps

    def decide(self) -> Decision:
        denied = next(self._denies(), None)
        if denied is not None:
            return Decision(EXPLICIT_DENY, f"{denied.text} denies it")
        for step in (self._closed_by_rcp, self._closed_by_scp):
            said = step()
            if said:
                return Decision(IMPLICIT_DENY, said)
        return self._allow()

    def _denies(self) -> Iterator[_Found]:
        policies = self.policies
        for number, level in enumerate(self.rcps, start=1):
            label = f"RCP of level {number}"
            yield from self.find(level, label, "Deny", of_principal=True)
        for number, level in enumerate(self.scps, start=1):
            yield from self.find(level, f"SCP of level {number}", "Deny")
        if policies.resource is not None:
            yield from self.find([policies.resource], "resource policy", "Deny", of_principal=True)
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
            allows = any(s.effect == "Allow" for d in level for s in d.usable)
            if allows and not any(self.find(level, "", "Allow", of_principal=True)):
                return f"no RCP of level {number} allows it"
        return ""

    def _closed_by_scp(self) -> str:
        for number, level in enumerate(self.scps, start=1):
            if not any(self.find(level, "", "Allow")):
                return f"no SCP of level {number} allows it"
        return ""

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
        action = self.action.lower()
        if action in _ASSUME:
            return self.resource != "*"
        return action.startswith("kms:") and ":key/" in self.resource

    def _closed_resource(self) -> str:
        what = "key policy" if self.action.lower().startswith("kms:") else "trust policy"
        tail = "is not given" if self.policies.resource is None else "does not allow it"
        return f"the {what} {tail}, and without it no identity policy is enough"

    def _own(self) -> Decision:
        """What the caller's own policies decide."""
        if self.who.kind == "root":
            return Decision(ALLOWED, "the root user of the account may do it")
        allow = next(self.find(self.policies.identity, "identity policy", "Allow"), None)
        if allow is None:
            return Decision(IMPLICIT_DENY, f"no identity policy allows it{self._doubt()}")
        return self._cut() or Decision(ALLOWED, f"{allow.text} allows it")

    def _cut(self) -> Decision | None:
        for document, label in (
            (self.policies.boundary, "permissions boundary"),
            (self.policies.session, "session policy"),
        ):
            if document is not None and not any(self.find([document], label, "Allow")):
                return Decision(IMPLICIT_DENY, f"the {label} does not allow it")
        return None

    def _doubt(self) -> str:
        said = [fault for document in self.policies.identity for fault in document.unjudged]
        return f"; not judged: {'; '.join(said[:3])}" if said else ""


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


def request_context(who: Caller, given: Mapping[str, Any], account: str) -> Context:
    """The context of a request: what AWS always knows of the caller, then what was given."""
    known: dict[str, Any] = {}
    if account:
        known["aws:ResourceAccount"] = account
    if who.account:
        known |= {
            "aws:PrincipalArn": who.role_arn,
            "aws:PrincipalAccount": who.account,
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
        }
        kinds = {
            "user": "User",
            "role": "AssumedRole",
            "session": "AssumedRole",
            "federated-user": "FederatedUser",
            "root": "Account",
        }
        if who.kind in kinds:
            known["aws:PrincipalType"] = kinds[who.kind]
        if who.kind == "user":
            known["aws:username"] = who.name
    elif who.kind == "service":
        known |= {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": who.arn}
    elif who.kind == "anonymous":
        known["aws:PrincipalType"] = "Anonymous"
    lowered = {key.casefold(): value for key, value in known.items()}
    return Context(lowered | {str(key).casefold(): value for key, value in given.items()})


def decide(request: Request, policies: Policies) -> Decision:
    """Decide one request. Never raises, whatever the policies hold."""
    return _Case(request, policies).decide()


def levels_of(given: Any) -> tuple[tuple[Document, ...], ...]:
    """Read policies by level: a list of lists of documents, root first.

    A flat list of documents is one level.
    """
    if not given:
        return ()
    items = given if isinstance(given, list) else [given]
    if any(isinstance(item, list) for item in items):
        return tuple(parse_all(item) for item in items)
    return (parse_all(items),)


def read_case(case: Mapping[str, Any]) -> tuple[Request, Policies]:
    """Read one case of ``reportgen policy simulate``: see docs/policy.md for its keys.

    Raises ValueError where a key is missing or of a wrong kind.
    """
    for key in ("principal", "action"):
        if not isinstance(case.get(key), str):
            raise ValueError(f"{key} is missing, or is not a string")
    context = case.get("context") or {}
    if not isinstance(context, Mapping):
        raise ValueError("context is not an object of keys and values")

    def one(key: str) -> Document | None:
        value = case.get(key)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return None if value is None else parse(value)

    request = Request(
        case["principal"],
        case["action"],
        str(case.get("resource") or "*"),
        str(case.get("resource_account") or ""),
        context,
    )
    policies = Policies(
        parse_all(case.get("identity_policies")),
        one("permissions_boundary"),
        one("session_policy"),
        levels_of(case.get("scps")),
        levels_of(case.get("rcps")),
        one("resource_policy"),
    )
    return request, policies


def simulate(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Decide one JSON case a line; a line that is no case gives a row with ``error``."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row: dict[str, Any] = {"id": f"line {number}"}
        try:
            case = json.loads(line)
            if not isinstance(case, dict):
                raise ValueError("the line is not a JSON object")
            row["id"] = case.get("id", row["id"])
            found = decide(*read_case(case))
            yield {**row, "decision": found.decision, "because": found.because}
        except (ValueError, RecursionError) as error:
            yield {**row, "decision": None, "because": "", "error": f"line {number}: {error}"}
