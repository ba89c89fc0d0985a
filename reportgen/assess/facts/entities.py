"""IAM users, groups, roles and policies, as the authorisation details list them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from reportgen.assess.facts.answers import Answers
from reportgen.assess.facts.noting import remembered
from reportgen.assess.records import CUT_OFF, DETAILS, Entity, Listing, Unavailable, Unreadable
from reportgen.evidence import answers


class EntityFacts(Answers):
    """Lists of entities; ``gaps`` of a list says why it may not be complete."""

    @remembered
    def _entities(self, kind: str, key: str, name_key: str) -> Listing:
        answer = self._json(DETAILS)
        if key not in answer:
            raise Unavailable(f"authorization-details has no {key} (exported with a filter?)")
        gaps = []
        if answers.is_cut_off(answer):
            gaps.append(f"{DETAILS} {CUT_OFF}")
        value = answer[key]
        if not isinstance(value, list):
            raise Unavailable(f"{key} is not a list")
        found = []
        seen: set[str] = set()
        for number, record in enumerate(value, start=1):
            arn = record.get("Arn") if isinstance(record, dict) else None
            if not isinstance(arn, str) or not arn:
                gaps.append(f"{key} item {number} has no Arn")
                continue
            if arn in seen:
                gaps.append(f"{arn} is listed twice")
                continue
            seen.add(arn)
            name, path = record.get(name_key, arn.rsplit("/", 1)[-1]), record.get("Path", "/")
            if not isinstance(name, str) or not isinstance(path, str):
                gaps.append(f"{arn} has a name or path that is no text")
                continue
            found.append(Entity(kind, name, arn, path, record))
        return Listing(found, gaps)

    def users(self) -> Listing:
        """The account's IAM users."""
        return self._entities("user", "UserDetailList", "UserName")

    def roles(self) -> Listing:
        """The account's roles, those that AWS itself manages included."""
        return self._entities("role", "RoleDetailList", "RoleName")

    def groups(self) -> Listing:
        """The account's groups."""
        return self._entities("group", "GroupDetailList", "GroupName")

    def policies(self) -> Listing:
        """Managed policies, AWS's own included where the answer has them."""
        return self._entities("policy", "Policies", "PolicyName")

    @remembered
    def unread_inline(self) -> Mapping[str, str]:
        """ARNs of the principals whose inline policies were not read whole, with the reason."""
        found = {}
        for listing in (self.users, self.groups, self.roles):
            with suppress(Unavailable):
                for entity in listing().records:
                    try:
                        _ = entity.inline
                    except Unreadable as reason:
                        found[entity.arn] = str(reason)
        return found
