"""The root user.

Sources: IAM User Guide "Root user best practices" and "Centrally manage root access for member
accounts"; API_GetAccountSummary for the meaning of the SummaryMap keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import (
    Judgement,
    days,
    failed,
    not_applicable,
    on_account,
    passed,
    unknown,
)
from reportgen.assess.parameters import QuietDays
from reportgen.assess.records import Unavailable, Unreadable

_CREDENTIALS = {
    "AccountPasswordPresent": "a password",
    "AccountAccessKeysPresent": "access keys",
    "AccountSigningCertificatesPresent": "signing certificates",
}


def credentials_absent(facts: AccountFacts) -> bool:
    """Whether AWS says that root has no password, no access key and no signing certificate.

    The credentials are tested, not the centralised-root feature: switching the feature on deletes
    nothing. A key that the summary lacks counts as present.
    """
    return all(facts.summary_or_none(key) == 0 for key in _CREDENTIALS)


def mfa(facts: AccountFacts) -> Iterator[Judgement]:
    """Root has MFA, or no credentials (Security Hub IAM.9 passes then too)."""
    if facts.partition == "aws-us-gov":
        opinion = not_applicable("AWS GovCloud accounts have no root sign-in to protect.")
    elif facts.summary("AccountMFAEnabled"):
        opinion = passed("MFA is enabled on the root user.")
    elif credentials_absent(facts):
        opinion = passed("The root user has no password, access key or signing certificate.")
    else:
        opinion = failed(
            "MFA is not enabled on the root user, and nothing shows that it has no credentials."
        )
    yield on_account(facts, opinion)


def hardware_mfa(facts: AccountFacts) -> Iterator[Judgement]:
    """No virtual device is registered to root; one among several is one too many."""
    enabled = facts.summary("AccountMFAEnabled")
    if facts.partition == "aws-us-gov":
        opinion = not_applicable("AWS GovCloud accounts have no root sign-in to protect.")
    elif not enabled and credentials_absent(facts):
        opinion = not_applicable("The root user has no credentials that MFA could protect.")
    elif not enabled:
        opinion = failed("MFA is not enabled on the root user.")
    elif serials := facts.root_virtual_mfa():
        opinion = failed(f"Root has a virtual MFA device: {', '.join(serials)}.")
    else:
        opinion = passed(
            "Root has MFA and no virtual device, so its device is a hardware token or FIDO key; "
            "AWS does not tell which."
        )
    yield on_account(facts, opinion)


def no_access_keys(facts: AccountFacts) -> Iterator[Judgement]:
    """Root has neither access keys nor signing certificates."""
    keys = facts.summary("AccountAccessKeysPresent")
    certificates = facts.summary_or_none("AccountSigningCertificatesPresent")
    if keys:
        opinion = failed("The root user has an access key.")
    elif certificates:
        opinion = failed("The root user has a signing certificate.")
    elif certificates is None:
        opinion = unknown("The account summary does not say whether root has signing certificates.")
    else:
        opinion = passed("The root user has no access key and no signing certificate.")
    yield on_account(facts, opinion)


def not_used(facts: AccountFacts, *, quiet_days: QuietDays) -> Iterator[Judgement]:
    """Root's password and keys have not been used within ``quiet_days``."""
    row = facts.root_row()
    used = {}
    try:
        for column, name in (
            ("password_last_used", "password"),
            ("access_key_1_last_used_date", "access key 1"),
            ("access_key_2_last_used_date", "access key 2"),
        ):
            age = row.age(column)
            if age is not None:
                used[name] = age
    except Unreadable as reason:
        raise Unavailable(
            f"root's line of the credential report cannot be read: {reason}"
        ) from None
    recent = {name: age for name, age in used.items() if age <= quiet_days}
    if recent:
        name, age = min(recent.items(), key=lambda item: item[1])
        opinion = failed(f"Root's {name} was used {days(age)} ago, within {days(quiet_days)}.")
    elif used:
        name, age = min(used.items(), key=lambda item: item[1])
        opinion = passed(f"Root was last used {days(age)} ago ({name}).")
    else:
        opinion = passed("AWS has no record that root was ever used.")
    yield on_account(facts, opinion)


def removed_from_member(facts: AccountFacts) -> Iterator[Judgement]:
    """A member account's root user has no credentials left (centralised root access)."""
    present = [name for key, name in _CREDENTIALS.items() if facts.summary(key)]
    if facts.declared_management is None:
        opinion = unknown(
            "The configuration does not say whether this is the management account "
            "(accounts: management: true or false)."
        )
    elif facts.declared_management:
        opinion = not_applicable("The management account keeps its root credentials.")
    elif present:
        opinion = failed(f"The root user of this member account still has {' and '.join(present)}.")
    else:
        opinion = passed("The root user of this member account has no credentials.")
    yield on_account(facts, opinion)
