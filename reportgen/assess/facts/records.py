"""What the account says of itself: numbers, password policy, certificates, details of roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.assess.facts.answers import Answers
from reportgen.assess.facts.noting import remembered
from reportgen.assess.records import Unavailable
from reportgen.evidence import answers


class RecordFacts(Answers):
    """Facts that one answer gives as it is."""

    def summary(self, key: str) -> int:
        """A number of GetAccountSummary's SummaryMap. Raises Unavailable if it is not there."""
        numbers = self._json("account-summary").get("SummaryMap")
        value = numbers.get(key) if isinstance(numbers, dict) else None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unavailable(f"account-summary has no {key}")
        return value

    def summary_or_none(self, key: str) -> int | None:
        """As ``summary``, None where the map lacks the key; Unavailable without the map."""
        try:
            return self.summary(key)
        except Unavailable:
            self._json("account-summary")
            return None

    def password_policy(self) -> Mapping[str, Any] | None:
        """The account's password policy; None when there is none (AWS's default applies)."""
        answer: dict[str, Any] = self._answer(
            "password-policy",
            lambda content: answers.parse("password-policy", content, ("PasswordPolicy",)),
            when_absent={},
        )
        # AWS says that there is none by an error, never by null.
        if not answer:
            return None
        found = answer["PasswordPolicy"]
        if not isinstance(found, dict):
            raise Unavailable("password-policy is damaged: PasswordPolicy is not a policy")
        return found

    @remembered
    def role_details(self) -> Mapping[str, Mapping[str, Any]]:
        """ListRoles' records by ARN: they have MaxSessionDuration, which the bulk call lacks."""
        return {str(r.get("Arn")): r for r in self._listed("roles", "Roles")}

    def server_certificates(self) -> list[Mapping[str, Any]]:
        """Server certificates kept in IAM."""
        return self._listed("server-certificates", "ServerCertificateMetadataList")
