"""Principals that are worth reaching, whom they let in, and who could use one if there were one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from reportgen.policy.account import Subject
from reportgen.policy.actions import matches_action
from reportgen.policy.document import Document, Statement
from reportgen.policy.glob import matches_arn
from reportgen.policy.memory import ByIdentity
from reportgen.policy.paths import ASSUME
from reportgen.policy.principal import Match, caller, match_principal, root_account
from reportgen.policy.standing import Standing

_COGNITO = "cognito-identity.amazonaws.com"
# The service accounts of EKS clusters, as what lends a role (Amazon EKS User Guide, "IAM roles for
# service accounts"): their provider is the cluster's own.
SERVICE_ACCOUNTS = "oidc.eks"
_EKS = ":oidc-provider/oidc.eks."
_WEB = "sts:AssumeRoleWithWebIdentity"
_SAML = "sts:AssumeRoleWithSAML"
_WILD = re.compile(r"[*?\ue000-\ue002]")


class Targets:
    """Principals that are worth reaching, the nearest to an administrator first."""

    def __init__(self, standings: Iterable[Standing]) -> None:
        ordered = sorted(standings, key=lambda s: (s.rank or 0, s.subject.arn))
        self.roles = [s for s in ordered if s.subject.kind.endswith("role")]
        self.editable = [s for s in self.roles if not s.subject.aws_managed]
        self.users = [s for s in ordered if s.subject.kind == "user"]
        self.by_service: dict[str, list[Standing]] = {}
        self.named: dict[str, list[Standing]] = {}
        self.by_account: dict[str, list[Standing]] = {}
        self.anyone: list[Standing] = []
        self.by_provider: dict[str, list[Standing]] = {}
        for standing in self.roles:
            for service in trusted_services(standing.subject):
                self.by_service.setdefault(service, []).append(standing)
            for provider in saml_providers(standing.subject):
                self.by_provider.setdefault(provider, []).append(standing)
            arns, accounts, anyone = trusts(standing.subject)
            for arn in arns:
                self.named.setdefault(arn, []).append(standing)
            for account in accounts:
                self.by_account.setdefault(account, []).append(standing)
            if anyone:
                self.anyone.append(standing)
        self._groups = {
            "users": self.users,
            "editable": self.editable,
            **{f"service {name}": found for name, found in self.by_service.items()},
            **{f"account {id_}": found for id_, found in self.by_account.items()},
        }
        self._exact: dict[str, dict[str, Standing]] = {}
        self._matching: dict[tuple[str, str, int | None], list[Standing]] = {}

    def may_let_in(self, subject: Subject) -> bool:
        """Whether some trust policy lets a principal in that has no policy of its own for it."""
        return bool(self.anyone) or subject.arn in self.named

    def letting_in(
        self, subject: Subject, patterns: Sequence[str], limit: int | None = None
    ) -> Iterator[Standing]:
        """Roles whose trust may let a principal in: named, open to all, or to its account."""
        yield from nearer(self.named.get(subject.arn, ()), limit)
        yield from nearer(self.anyone, limit)
        yield from self.matching(f"account {subject.account}", patterns, limit)

    def matching(
        self, group: str, patterns: Sequence[str], limit: int | None = None
    ) -> Iterator[Standing]:
        """Those of a group whose ARN some pattern matches: users, editable roles, roles that a
        service may use ("service S"), roles open to an account ("account A")."""
        for pattern in patterns:
            if not _WILD.search(pattern):
                found = self._named(group).get(pattern)
                if found is not None:
                    yield from nearer((found,), limit)
                continue
            listed = self._matching.get((group, pattern, limit))
            if listed is None:
                near = nearer(self._groups.get(group, ()), limit)
                listed = [s for s in near if matches_arn(pattern, s.subject.arn)]
                self._matching[group, pattern, limit] = listed
            yield from listed

    def _named(self, group: str) -> dict[str, Standing]:
        found = self._exact.get(group)
        if found is None:
            found = {s.subject.arn: s for s in self._groups.get(group, ())}
            self._exact[group] = found
        return found


def nearer(listed: Iterable[Standing], limit: int | None) -> Iterable[Standing]:
    """Of principals in the order of their rank, those that are nearer than a limit."""
    return listed if limit is None else takewhile(lambda s: (s.rank or 0) < limit, listed)


class Seekers:
    """Who could use a target, by the patterns of ARNs that their policies speak of."""

    def __init__(self) -> None:
        self._exact: dict[str, list[Standing]] = {}
        # Patterns by what stands before their first wildcard.
        self._heads: dict[str, dict[str, list[Standing]]] = {}
        self._lengths: set[int] = set()

    def add(self, standing: Standing, patterns: Iterable[str]) -> None:
        """Note that a principal could use whatever some patterns match."""
        for pattern in patterns:
            wild = _WILD.search(pattern)
            if wild is None:
                self._exact.setdefault(pattern, []).append(standing)
                continue
            head = pattern[: wild.start()]
            self._lengths.add(len(head))
            self._heads.setdefault(head, {}).setdefault(pattern, []).append(standing)

    def of(self, arn: str) -> Iterator[Standing]:
        """Those who could use a principal."""
        yield from self._exact.get(arn, ())
        for length in self._lengths:
            for pattern, found in self._heads.get(arn[:length], {}).items():
                if matches_arn(pattern, arn):
                    yield from found


def trusted_services(role: Subject) -> frozenset[str]:
    """The services that a role's trust policy lets assume it, by their names outside China.

    There some end in ``.amazonaws.com.cn``.
    """
    return _services(role.trust) if role.trust else frozenset()


def lender(service: str) -> str:
    """What a service that lends roles is called in a sentence."""
    return "a service account of EKS" if service == SERVICE_ACCOUNTS else service


def _services_of(trust: Document) -> frozenset[str]:
    found = set()
    statements = trust.usable
    for statement in statements:
        if statement.effect != "Allow" or statement.not_principal:
            continue
        for kind, value in statement.principals or ():
            lent = kind == "Service" and matches_action(statement, ASSUME)
            lent = lent or (kind == "Federated" and value == _COGNITO)
            clustered = kind == "Federated" and _EKS in value and matches_action(statement, _WEB)
            if (lent or clustered) and not _shut_out(statements, value):
                name = value.removesuffix(".cn") if value.endswith(".com.cn") else value
                found.add(SERVICE_ACCOUNTS if clustered else name)
    return frozenset(found)


_services = ByIdentity(_services_of)


def saml_providers(role: Subject) -> frozenset[str]:
    """The SAML providers whose users a role's trust policy lets in, by their ARNs."""
    return _providers(role.trust) if role.trust else frozenset()


def _providers_of(trust: Document) -> frozenset[str]:
    return frozenset(
        value
        for statement in trust.usable
        if statement.effect == "Allow" and not statement.not_principal
        for kind, value in statement.principals or ()
        if kind == "Federated" and ":saml-provider/" in value
        if matches_action(statement, _SAML) and not _shut_out(trust.usable, value, _SAML)
    )


_providers = ByIdentity(_providers_of)


def _shut_out(statements: Iterable[Statement], service: str, action: str = "") -> bool:
    """Whether a Deny without conditions keeps a service, or a provider, from a role."""
    who = caller(service)
    action = action or (ASSUME if who.kind == "service" else _WEB)
    return any(
        s.effect == "Deny"
        and not s.conditions
        and matches_action(s, action)
        and match_principal(s, who) is not Match.NONE
        for s in statements
    )


def trusts(role: Subject) -> tuple[set[str], set[str], bool]:
    """ARNs named by a role's trust policy, accounts named, and whether it names everyone."""
    arns: set[str] = set()
    accounts: set[str] = set()
    anyone = False
    for statement in role.trust.usable if role.trust else ():
        if statement.effect != "Allow" or not matches_action(statement, ASSUME):
            continue
        anyone = anyone or statement.not_principal
        for kind, value in statement.principals or ():
            if kind != "AWS":
                continue
            if value == "*":
                anyone = True
            elif root_account(value):
                accounts.add(root_account(value))
            else:
                arns.add(value)
    return arns, accounts, anyone
