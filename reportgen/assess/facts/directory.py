"""Identity Center's directory, the organisation's accounts, contacts, last accessed data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.assess.facts.answers import Answers
from reportgen.assess.records import Unavailable, records
from reportgen.model import Status

_SSO = "sso.amazonaws.com"


class DirectoryFacts(Answers):
    """Facts of people and accounts outside the account's own IAM."""

    def directory_users(self) -> list[Mapping[str, Any]]:
        """Users of Identity Center's directory. Raises Unavailable."""
        return self._listed("identity-store", "Users")

    def group_members(self) -> Mapping[str, set[str]]:
        """Group id -> the ids of its members; of a group that is not there nothing was read.

        Raises Unavailable.
        """
        groups = records(self._json("identity-store").get("Groups"))
        found: dict[str, set[str]] = {str(group.get("GroupId")): set() for group in groups}
        for membership in self._listed("identity-store", "GroupMemberships"):
            member = membership.get("MemberId")
            if not isinstance(member, dict) or not member.get("UserId"):
                raise Unavailable("identity-store is damaged: a membership names nobody")
            found.setdefault(str(membership.get("GroupId")), set()).add(str(member["UserId"]))
        return found

    def organisation_accounts(self) -> list[Mapping[str, Any]]:
        """The organisation's accounts with their addresses. Raises Unavailable."""
        return self._listed("organization", "Accounts")

    def identity_center_administrators(self) -> list[str]:
        """Accounts to which the administration of Identity Center is delegated."""
        found = []
        for account in self._listed("delegated-administrators", "DelegatedAdministrators"):
            services = account.get("DelegatedServices")
            if not isinstance(services, list):
                raise Unavailable(f"which services {account.get('Id')} administers was not read")
            if any(service.get("ServicePrincipal") == _SSO for service in records(services)):
                found.append(str(account.get("Id")))
        return found

    def identity_center_instances(self) -> int:
        """How many instances of Identity Center are managed here. Raises Unavailable."""
        if self.status_of("identity-center") is Status.NOT_ENABLED:
            return 0
        return len(self._listed("identity-center", "Instances"))

    def primary_contact(self) -> Mapping[str, Any] | None:
        """The account's primary contact; None where AWS says that there is none."""
        if self.status_of("contact-information") is Status.NOT_ENABLED:
            return None
        found = self._json("contact-information").get("ContactInformation")
        if not isinstance(found, dict):
            raise Unavailable("contact-information is damaged: it has no contact")
        return found

    def alternate_contacts(self) -> Mapping[str, Mapping[str, Any]]:
        """Alternate contacts by type. Raises Unavailable."""
        answer = self._json("alternate-contacts")
        listed = answer.get("AlternateContacts", [answer.get("AlternateContact")])
        if not isinstance(listed, list) or not all(isinstance(c, dict) for c in listed):
            raise Unavailable("alternate-contacts is damaged: it is no list of contacts")
        return {str(contact.get("AlternateContactType")): contact for contact in listed}

    def last_accessed(self) -> Mapping[str, Mapping[str, Any]]:
        """The report of each principal by ARN. Raises Unavailable."""
        return {str(r.get("Arn")): r for r in self._listed("last-accessed", "LastAccessed")}
