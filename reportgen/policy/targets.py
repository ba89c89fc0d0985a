"""Principals that are worth reaching, and whom their trust policies let in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reportgen.policy.account import Subject
from reportgen.policy.actions import matches_action
from reportgen.policy.glob import matches_arn
from reportgen.policy.paths import ASSUME, Standing


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
        for standing in self.roles:
            for service in trusted_services(standing.subject):
                self.by_service.setdefault(service, []).append(standing)
            arns, accounts, anyone = _trusts(standing.subject)
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
            **{f"account {id_}": [*found, *self.anyone] for id_, found in self.by_account.items()},
        }
        self._matching: dict[tuple[str, str], list[Standing]] = {}

    def may_let_in(self, subject: Subject) -> bool:
        """Whether some trust policy lets a principal in that has no policy of its own for it."""
        return bool(self.anyone) or subject.arn in self.named

    def matching(self, group: str, patterns: Sequence[str]) -> Iterator[Standing]:
        """Those of a group whose ARN some pattern matches: users, editable roles, roles that a
        service may use ("service S"), roles open to an account ("account A")."""
        for pattern in patterns:
            found = self._matching.get((group, pattern))
            if found is None:
                found = [
                    s for s in self._groups.get(group, ()) if matches_arn(pattern, s.subject.arn)
                ]
                self._matching[group, pattern] = found
            yield from found


def trusted_services(role: Subject) -> set[str]:
    """The services that a role's trust policy lets assume it."""
    found = set()
    for statement in role.trust.usable if role.trust else ():
        if statement.effect == "Allow" and not statement.not_principal:
            found |= {
                value
                for kind, value in statement.principals or ()
                if kind == "Service"
                or (kind == "Federated" and value == "cognito-identity.amazonaws.com")
            }
    return found


def _trusts(role: Subject) -> tuple[set[str], set[str], bool]:
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
            elif value.isdigit():
                accounts.add(value)
            elif value.endswith(":root"):
                accounts.add(value.split(":")[4])
            else:
                arns.add(value)
    return arns, accounts, anyone
