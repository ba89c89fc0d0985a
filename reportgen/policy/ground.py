"""The accounts as they are, and what they would be after a change: pure, nothing is altered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from reportgen.policy.account import (
    Account,
    ManagedPolicy,
    PolicySource,
    Subject,
    document,
    well_known,
)
from reportgen.policy.administrator import is_strong, no_limit
from reportgen.policy.decision import Levels
from reportgen.policy.document import Document, Statement
from reportgen.policy.effective import Reach
from reportgen.policy.fences import aws_policy
from reportgen.policy.glob import matches_arn
from reportgen.policy.options import named_in_variables
from reportgen.policy.rules import keys_of
from reportgen.policy.shapes import UNLISTED
from reportgen.policy.tagging import tagged_in

_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
# Which of several alike it is; what tags it has is asked apart.
_OF_THE_CALLER = {"aws:principalarn", "aws:userid", "aws:username"}
_AWS_STRONG = ("AdministratorAccess", "IAMFullAccess")


class Ground:
    """The accounts, their organisation's SCPs, and the moment of judgement."""

    def __init__(
        self,
        accounts: Sequence[Account],
        scps: Mapping[str, Levels] | None,
        organisation: str,
        at: datetime | None,
    ) -> None:
        self.accounts = {account.id: account for account in accounts}
        self._scps, self._organisation, self._at = scps or {}, organisation, at
        self._tags = {
            s.arn: s.tags for account in accounts for s in account.subjects.values() if s.tags
        }
        for account in accounts:
            for arn in account.subjects:
                self._tags.setdefault(arn, {})
        self.trust_statements = [
            t
            for account in accounts
            for s in account.subjects.values()
            if s.trust is not None
            for t in s.trust.usable
        ]
        self.tagged = tagged_in(accounts)
        # Whether some trust policy is about one caller and not another in more than whom it names.
        self.personal_trusts = reads_the_caller(self.trust_statements) or any(
            t.effect == "Deny" or t.not_principal for t in self.trust_statements
        )
        self._payloads: dict[str, list[PolicySource]] = {}
        self._matching: dict[tuple[str, str, str], list[Subject]] = {}

    def reach(self, subject: Subject, *, boundary: bool = True) -> Reach:
        """What a principal can do."""
        levels = self._scps.get(subject.account, self._scps.get("", ()))
        return Reach(
            subject,
            levels,
            organisation=self._organisation,
            boundary=boundary,
            at=self._at,
            tags=self._tags,
        )

    def groups_of(self, subject: Subject) -> list[Subject]:
        """The groups that a user is in, as far as they were read."""
        account = self.accounts.get(subject.account)
        found = account.groups if account else {}
        return [found[name] for name in subject.groups if name in found]

    def groups(self, subject: Subject) -> list[Subject]:
        """The groups of a principal's account."""
        account = self.accounts.get(subject.account)
        return list(account.groups.values()) if account else []

    def group(self, subject: Subject, name: str) -> Subject | None:
        """The group of a name in a principal's account, if it was read."""
        account = self.accounts.get(subject.account)
        return account.groups.get(name) if account and name else None

    def policies(self, subject: Subject) -> list[ManagedPolicy]:
        """The managed policies of a principal's account, and those of AWS that it uses."""
        account = self.accounts.get(subject.account)
        return list(account.policies.values()) if account else []

    def payloads(self, subject: Subject) -> list[PolicySource]:
        """The managed policies that would make an administrator of whom they are attached to.

        AWS's own first, then those of the account that alone give the rights or the means.
        """
        found = self._payloads.get(subject.account)
        if found is None:
            head = f"arn:{subject.partition}:iam::aws:policy/"
            account = self.accounts.get(subject.account)
            policies = list(account.policies.values()) if account else []
            known = {head + name: well_known(head + name) for name in _AWS_STRONG}
            known |= {p.arn: p.document for p in policies}
            found = self._payloads[subject.account] = [
                PolicySource(f"policy {arn.rsplit('/', 1)[-1]}", text, arn)
                for arn, text in known.items()
                if text is not None and is_strong(text)
            ]
        return found

    def open_boundaries(self, subject: Subject) -> list[tuple[str, Document]]:
        """Managed policies that, set as a boundary, limit nothing."""
        return [(s.arn, s.document) for s in self.payloads(subject) if no_limit(s.document)]

    def ordinary(
        self, subject: Subject, kind: str, patterns: Sequence[str] = ("*",)
    ) -> Iterator[Subject]:
        """The other users or roles of the account whose ARN some pattern matches."""
        for pattern in patterns:
            key = (subject.account, kind, pattern)
            found = self._matching.get(key)
            if found is None:
                account = self.accounts.get(subject.account)
                found = self._matching[key] = [
                    s
                    for s in (account.subjects.values() if account else ())
                    if s.kind == kind and matches_arn(pattern, s.arn)
                ]
            yield from (s for s in found if s.arn != subject.arn)


def reads_the_caller(statements: Iterable[Statement]) -> bool:
    """Whether statements ask who the caller is, in a condition or by a variable."""
    listed = list(statements)
    return not _OF_THE_CALLER.isdisjoint((*keys_of(listed), *named_in_variables(listed)))


# -- changes --------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def everything() -> PolicySource:
    """An inline policy of one's own that allows everything."""
    return PolicySource("a policy that allows everything", document(_EVERYTHING), inline=True)


def unlisted(subject: Subject, kind: str) -> str:
    """The ARN of a principal or policy of which no policy of the account can speak by name."""
    return f"arn:{subject.partition}:iam::{subject.account}:{kind}/{UNLISTED}"


def newcomer(subject: Subject, kind: str, arn: str) -> Subject:
    """A principal of the account that has nothing yet."""
    return Subject(arn, kind, subject.account, arn.rsplit("/", 1)[-1], "/", ())


def with_policy(subject: Subject, source: PolicySource) -> Subject:
    """The principal with one more policy."""
    return replace(subject, sources=(*subject.sources, source))


def joined(subject: Subject, group: Subject) -> Subject:
    """A user once it is in a group."""
    through = tuple(replace(s, group=group.name) for s in group.sources)
    groups = (*subject.groups, group.name)
    return replace(subject, sources=(*subject.sources, *through), groups=groups)


def left(subject: Subject, group: Subject) -> Subject:
    """A user once it is in a group no more."""
    sources = tuple(s for s in subject.sources if s.group != group.name)
    groups = tuple(name for name in subject.groups if name != group.name)
    return replace(subject, sources=sources, groups=groups)


def overwritten(subject: Subject, source: PolicySource, by: PolicySource) -> Subject:
    """The principal after another inline policy was put under the name of one that it has."""
    return replace(subject, sources=tuple(by if s is source else s for s in subject.sources))


def rewritten(subject: Subject, arn: str, text: Document) -> Subject:
    """The principal after a new version of one of its managed policies."""
    sources = tuple(replace(s, document=text) if s.arn == arn else s for s in subject.sources)
    boundary = text if subject.boundary_arn == arn else subject.boundary
    return replace(subject, sources=sources, boundary=boundary)


def without(subject: Subject, source: PolicySource) -> Subject:
    """The principal without one of its policies."""
    return replace(subject, sources=tuple(s for s in subject.sources if s is not source))


def bounded(subject: Subject, arn: str, text: Document | None) -> Subject:
    """The principal with another boundary, or with none."""
    return replace(subject, boundary=text, boundary_arn=arn)


def tagged(subject: Subject, tags: Mapping[str, str | None]) -> Subject:
    """The principal with tags set, or removed; their keys are compared without regard to case."""
    gone = {key.casefold() for key in tags}
    kept = {k: v for k, v in subject.tags.items() if k.casefold() not in gone}
    return replace(subject, tags=kept | {k: v for k, v in tags.items() if v is not None})


def editable_policy(arn: str) -> bool:
    """Whether a managed policy is the account's own, so that it can be rewritten."""
    return bool(arn) and arn.startswith("arn:") and not aws_policy(arn)
