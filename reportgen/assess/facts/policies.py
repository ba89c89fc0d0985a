"""What policies allow: the account as the policy engine reads it, and the organisation above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportgen.assess.analyses import Analysis
from reportgen.assess.facts.answers import Answers
from reportgen.assess.facts.noting import remembered
from reportgen.assess.organisation import Organisation, damage
from reportgen.assess.records import DETAILS, Unavailable, records
from reportgen.model import CONFIGURATION, Status
from reportgen.policy.account import Account, Subject
from reportgen.policy.standing import Standing
from reportgen.policy.trust import Grant, Surroundings, grants


class PolicyFacts(Answers):
    """Facts of the policy engine."""

    def iam(self) -> Account:
        """Principals and policies of the account, as the policy engine reads them."""
        return self._analysis().account

    @remembered
    def _analysis(self) -> Analysis:
        answer = self._json(DETAILS)
        for key in ("UserDetailList", "RoleDetailList"):
            if key not in answer:
                raise Unavailable(f"authorization-details has no {key} (exported with a filter?)")
        return self._analyses.of(answer, self.account_id)

    @remembered
    def standings(self) -> Mapping[str, Standing]:
        """How near each user and role is to an administrator, by ARN; SCPs are cut where known."""
        analysis = self._analysis()
        above = self._above()
        return analysis.standings(
            above.scps(self.account_id) if above else None,
            above.id if above else "",
            self._identity_center(),
            self.as_of,
        )

    def _identity_center(self) -> set[str] | None:
        """The accounts known to manage Identity Center, of this one and the management account."""
        if self.status_of("identity-center") is Status.COLLECTED:
            return {self.account_id}
        above = self._above()
        return {above.management} if above else None

    def organisation(self) -> Organisation:
        """The organisation above the account. Raises Unavailable where no snapshot shows it."""
        above = self._above()
        if above is None:
            # Says why this account's own read of it did not help, if there was one.
            own = self._json("organization")
            if "Policies" in own and "Roots" in own and (wrong := damage(own)):
                raise Unavailable(f"organization is damaged: {wrong}")
            raise Unavailable("no account's snapshot shows the organisation's policies")
        return above

    def _above(self) -> Organisation | None:
        """The organisation where some account's snapshot shows it; its evidence is noted."""
        if self._organisation is None:
            self._envelope("organization")
            return None
        self._note(self._organisation.evidence)
        return self._organisation

    @property
    def is_management(self) -> bool | None:
        """Whether it is the organisation's management account; None where nothing tells."""
        above = self._above()
        return self.account_id == above.management if above else self.declared_management

    @property
    @remembered
    def surroundings(self) -> Surroundings:
        """The accounts around: those of the organisation or configuration, and agreed others."""
        own = self._above()
        if self._known_accounts or self._third_parties:
            self._note(CONFIGURATION)
        accounts = self._known_accounts | set(own.accounts if own else ())
        return Surroundings(self.account_id, own.id if own else "", accounts, self._third_parties)

    def admitted_by(self, role: Subject) -> Sequence[Grant]:
        """Everyone whom the trust policy of one of the account's roles lets in."""
        return self.admitted()[role.arn]

    @remembered
    def admitted(self) -> Mapping[str, Sequence[Grant]]:
        """As ``admitted_by``, by the ARN of the role; trust policies alike are read once."""
        around, read = self.surroundings, dict[str, Sequence[Grant]]()
        found: dict[str, Sequence[Grant]] = {}
        for role in self.iam().roles:
            if role.trust is None:
                found[role.arn] = ()
                continue
            if role.trust.digest not in read:
                read[role.trust.digest] = tuple(grants(role.trust, around))
            found[role.arn] = read[role.trust.digest]
        return found

    @remembered
    def permission_sets(self) -> list[Mapping[str, Any]]:
        """The permission sets of IAM Identity Center, where this account manages it."""
        found: list[Mapping[str, Any]] = []
        for instance in self._listed("identity-center", "Instances"):
            if not isinstance(instance.get("PermissionSets"), list):
                raise Unavailable("identity-center is damaged: PermissionSets is not a list")
            found += records(instance["PermissionSets"])
        return found
