"""People: IAM users, their sign-in and their MFA.

Sources: IAM User Guide "Getting credential reports" (columns), "IAM identifiers" (MFA serials).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reportgen.assess.checks.attest import completed
from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    USER,
    Judgement,
    Opinion,
    days,
    each_entity,
    each_user,
    failed,
    not_applicable,
    on_account,
    or_none,
    passed,
    unknown,
    unseen,
)
from reportgen.assess.parameters import GraceDays, MaximumDays, QuietDays, Text
from reportgen.assess.records import (
    CredentialRow,
    Entity,
    MfaDevices,
    MfaKind,
    Unavailable,
    Unreadable,
)
from reportgen.model import Verdict

_NO_PASSWORD = "Has no console password."  # noqa: S105 - a sentence
_KINDS = {
    MfaKind.FIDO: "a FIDO security key or passkey",
    MfaKind.APP: "a virtual (authenticator app) device",
    MfaKind.TOKEN: "a rotating-code hardware token",
    MfaKind.SMS: "an SMS device",
    MfaKind.UNKNOWN: "a device of unknown kind",
}
_NOT_WEAK = (MfaKind.FIDO, MfaKind.UNKNOWN)


def _tagged(facts: AccountFacts, tag: str, value: str) -> Callable[[CredentialRow], bool]:
    """Whether a user carries a tag with a value, both compared without case.

    What it returns raises Unreadable for a user whose tags cannot be read, or were not.
    """
    tagged: set[str] = set()
    listed: set[str] = set()
    unread: dict[str, Unreadable] = {}
    for user in facts.users().records:
        listed |= {user.arn, user.name}
        try:
            if user.tags.get(tag.casefold(), "").strip().casefold() == value.casefold():
                tagged |= {user.arn, user.name}
        except Unreadable as reason:
            unread |= {user.arn: reason, user.name: reason}

    def has(row: CredentialRow) -> bool:
        # A line may lack the ARN; a user's name is its own in the account.
        who = row.arn or row.user
        if who in unread:
            raise unread[who]
        if who not in listed:
            raise Unreadable(f"whether it is a break glass user (tag {tag}) was not read")
        return who in tagged

    return has


def console_mfa(facts: AccountFacts) -> Iterator[Judgement]:
    """Every user with a console password has MFA."""
    return or_none(facts, each_user(facts, _console_mfa), "The account has no IAM users.")


def _console_mfa(row: CredentialRow) -> Opinion:
    if not row.flag("password_enabled"):
        return not_applicable(_NO_PASSWORD)
    if row.flag("mfa_active"):
        return passed("Has a console password, with MFA.")
    return failed("Has a console password without MFA.")


def production_mfa(facts: AccountFacts, *, environment: Text) -> Iterator[Judgement]:
    """As ``console_mfa``, in the accounts of one environment only."""
    if facts.environment is None:
        said = "The configuration does not say which environment this account is."
        yield unseen(facts, f"{said} (accounts: environment)")
    elif facts.environment != environment:
        said = f"This is a {facts.environment} account."
        yield on_account(facts, not_applicable(said))
    else:
        yield from console_mfa(facts)


def sensitive_mfa(facts: AccountFacts, *, control: str) -> Iterator[Judgement]:
    """Everybody with a password has MFA; that so has all who reach sensitive data, is attested."""
    rows = list(console_mfa(facts))
    bare = [row.resource.split("/")[-1] for row in rows if row.verdict is Verdict.FAIL]
    unread = [row.reason for row in rows if row.verdict is Verdict.NOT_EVALUATED]
    if bare:
        shown = failed(f"{first_reason(bare)} can sign in without MFA.")
    elif unread:
        shown = unknown(first_reason(unread))
    else:
        shown = passed("everybody with a console password has MFA.")
    attests = "whoever reaches sensitive data signs in with MFA"
    yield on_account(facts, completed(facts, control, shown, attests))


def _devices(facts: AccountFacts, row: CredentialRow) -> MfaDevices | Opinion:
    """The user's devices, or the opinion where AWS's answers name none."""
    try:
        devices = facts.mfa_devices(row)
    except Unavailable as reason:
        devices = MfaDevices([], str(reason))
    if devices.known:
        return devices
    if devices.gap:
        return unknown(f"MFA is on, but its kind is not known: {devices.gap}.")
    return unknown("MFA is on, but AWS's answers list no device for this user.")


def _unsure(devices: MfaDevices) -> Opinion | None:
    """Why no pass can follow from the known devices, none of which fails; None where one can."""
    for device in devices.known:
        if device.kind is MfaKind.UNKNOWN:
            return unknown(f"The device {device.serial} is of a kind that is not known.")
    if devices.gap:
        return unknown(f"There may be further devices: {devices.gap}.")
    return None


def phishing_resistant_mfa(facts: AccountFacts) -> Iterator[Judgement]:
    """Console users have FIDO devices and nothing weaker beside them (ISM-1682, ISM-2011)."""

    def judge(row: CredentialRow) -> Opinion:
        if not row.flag("password_enabled"):
            return not_applicable(_NO_PASSWORD)
        if not row.flag("mfa_active"):
            return failed("Has a console password without MFA.")
        devices = _devices(facts, row)
        if isinstance(devices, tuple):
            return devices
        weak = sorted({_KINDS[d.kind] for d in devices.known if d.kind not in _NOT_WEAK})
        if weak:
            return failed(f"Signs in with {' and '.join(weak)}, which can be phished.")
        return _unsure(devices) or passed("Signs in with FIDO only.")

    facts.virtual_mfa()
    return or_none(facts, each_user(facts, judge), "The account has no IAM users.")


def no_sms(facts: AccountFacts) -> Iterator[Judgement]:
    """No SMS device is registered."""

    def judge(row: CredentialRow) -> Opinion:
        if not row.flag("mfa_active"):
            return not_applicable("Has no MFA device.")
        devices = _devices(facts, row)
        if isinstance(devices, tuple):
            return devices
        if any(d.kind is MfaKind.SMS for d in devices.known):
            return failed("An SMS device is registered.")
        return _unsure(devices) or passed("No SMS device is registered.")

    facts.virtual_mfa()
    return or_none(facts, each_user(facts, judge), "The account has no IAM users.")


def no_console_users(
    facts: AccountFacts, *, break_glass_tag: Text, break_glass_value: Text
) -> Iterator[Judgement]:
    """Nobody but break glass users has a console password."""
    exempt = _tagged(facts, break_glass_tag, break_glass_value)

    def judge(row: CredentialRow) -> Opinion:
        if not row.flag("password_enabled"):
            return passed(_NO_PASSWORD)
        if exempt(row):
            return passed(f"Break glass user (tag {break_glass_tag}={break_glass_value}).")
        return failed("Signs in to the console with an IAM password, not through Identity Center.")

    return or_none(facts, each_user(facts, judge), "The account has no IAM users.")


def justified(facts: AccountFacts, *, tag: Text) -> Iterator[Judgement]:
    """Every remaining IAM user records why it exists."""

    def judge(user: Entity) -> Opinion:
        value = user.tags.get(tag.casefold(), "").strip()
        if value:
            return passed(f"Its {tag} tag says: {value}.")
        return failed(f"Has no {tag} tag, so nothing says why the user exists.")

    found = each_entity(facts, facts.users(), USER, judge)
    return or_none(facts, found, "The account has no IAM users.", facts.users().gaps)


def break_glass(
    facts: AccountFacts, *, break_glass_tag: Text, break_glass_value: Text, quiet_days: QuietDays
) -> Iterator[Judgement]:
    """Break glass users have MFA and no keys, and were not used within ``quiet_days``."""
    exempt = _tagged(facts, break_glass_tag, break_glass_value)

    def judge(row: CredentialRow) -> Opinion:
        if not exempt(row):
            return not_applicable("Not a break glass user.")
        wrong = []
        if not row.flag("mfa_active"):
            wrong.append("has no MFA")
        if row.active_keys():
            wrong.append("has an active access key")
        used = row.age("password_last_used")
        if used is not None and used <= quiet_days:
            wrong.append(f"signed in {days(used)} ago")
        if wrong:
            return failed(f"Break glass user {first_reason(wrong)}.")
        return passed("Break glass user with MFA, without keys, and not used of late.")

    return or_none(facts, each_user(facts, judge), "The account has no IAM users.")


def disabled_removed(facts: AccountFacts, *, grace_days: GraceDays) -> Iterator[Judgement]:
    """A user without any credential that works is removed after ``grace_days``."""

    def judge(row: CredentialRow) -> Opinion:
        if row.flag("password_enabled") or row.active_keys():
            return not_applicable("Has a credential that works.")
        if any(row.cells.get(f"cert_{n}_active", "").casefold() == "true" for n in (1, 2)):
            return not_applicable("Has an active signing certificate.")
        ages = [
            age
            for column in (
                "user_creation_time",
                "password_last_used",
                "access_key_1_last_used_date",
                "access_key_2_last_used_date",
            )
            # A user without a password can have not_supported where others have N/A.
            if row.cells.get(column) != "not_supported" and (age := row.age(column)) is not None
        ]
        if not ages:
            return unknown("The credential report gives no date for this user.")
        if min(ages) > grace_days:
            return failed(f"Has no working credential, nor had any use for {days(min(ages))}.")
        return passed(f"Has no working credential; {days(grace_days)} to remove it are not over.")

    return or_none(facts, each_user(facts, judge), "The account has no IAM users.")


def signed_in_lately(facts: AccountFacts, *, maximum_days: MaximumDays) -> Iterator[Judgement]:
    """Console passwords were used within ``maximum_days``; a new one has that long to be."""

    def judge(row: CredentialRow) -> Opinion:
        if not row.flag("password_enabled"):
            return not_applicable(_NO_PASSWORD)
        wrong = stale_password(row, maximum_days)
        return failed(f"{wrong}.") if wrong else passed("Signed in, or was created, of late.")

    return or_none(facts, each_user(facts, judge), "The account has no IAM users.")


def stale_password(row: CredentialRow, maximum_days: int) -> str:
    """Say since when the enabled password lies unused beyond ``maximum_days``; else empty."""
    used = row.age("password_last_used")
    if used is not None:
        return f"Last signed in {days(used)} ago" if used > maximum_days else ""
    # Never used: count from when the password, or failing that the user, was made.
    made = row.age("password_last_changed")
    if made is None:
        made = row.age("user_creation_time")
    if made is None:
        raise Unreadable("the credential report gives no date for this password")
    return f"Never signed in, password {days(made)} old" if made > maximum_days else ""
