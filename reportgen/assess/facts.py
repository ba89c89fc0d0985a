"""Evidence of one account as typed tables.

A source that was not read raises Unavailable when a check asks for it; one bad record raises
Unreadable when a check reads the bad field. Both end as not-evaluated with the reason, the first
for the control, the second for that record alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from reportgen.assess.organisation import Organisation
from reportgen.assess.records import (
    CLOCK_SKEW,
    CredentialRow,
    Entity,
    Listing,
    MfaDevice,
    MfaDevices,
    Unavailable,
    Unreadable,
    mfa_kind,
    records,
)
from reportgen.clock import parse_moment, whole_days
from reportgen.evidence import answers
from reportgen.evidence.answers import AnswerError, CredentialReport
from reportgen.evidence.store import Snapshot
from reportgen.model import AccountInfo, Envelope, Status
from reportgen.policy.account import Account, read_account
from reportgen.policy.escalation import Escalations
from reportgen.policy.standing import Standing
from reportgen.policy.trust import Surroundings

T = TypeVar("T")

_DETAILS = "authorization-details"
_CUT_OFF = "is cut off: AWS had more pages"


class AccountFacts:
    """The facts of one account at ``as_of``, read from one snapshot.

    ``used`` collects the ids of the evidence that was asked for; the runner empties it before
    each check, so that every result names what it rests on.
    """

    def __init__(
        self,
        info: AccountInfo,
        snapshot: Snapshot,
        as_of: datetime,
        maximum_age_days: int,
        attestations: Mapping[str, str],
        organisation: Organisation | None = None,
        known_accounts: Iterable[str] = (),
        third_parties: Iterable[str] = (),
    ) -> None:
        self.info = info
        self.account_id = info.account_id
        self.as_of = as_of
        self.collected_at = snapshot.collected_at
        self.attestations = attestations
        self.used: set[str] = set()
        self._organisation = organisation
        self._known_accounts = frozenset(known_accounts)
        self._third_parties = frozenset(third_parties)
        self._snapshot = snapshot
        self._maximum_age_days = maximum_age_days
        self._envelopes = snapshot.of_account(info.account_id)
        self._parsed: dict[str, Any] = {}
        self._listings: dict[str, Listing] = {}

    @property
    def envelopes(self) -> Mapping[str, Envelope]:
        """The account's envelopes by source."""
        return self._envelopes

    @cached_property
    def partition(self) -> str:
        """The AWS partition: aws, aws-us-gov, aws-cn."""
        return next((e.partition for e in self._envelopes.values()), "aws")

    @property
    def account_arn(self) -> str:
        """The ARN that stands for the account as a whole (and for its root user)."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    # -- sources ------------------------------------------------------------------------------

    def _answer(self, source: str, read: Callable[[bytes], T], *, absent: T | None = None) -> T:
        envelope = self._envelopes.get(source)
        if envelope is None:
            raise Unavailable(f"{source} was not collected")
        self.used.add(envelope.id)
        if envelope.status is Status.NOT_ENABLED and absent is not None:
            return absent
        if envelope.status is not Status.COLLECTED:
            said = f" ({envelope.detail})" if envelope.detail else ""
            raise Unavailable(f"{source} could not be read: {envelope.status.value}{said}")
        age = whole_days(self.as_of, parse_moment(envelope.collected_at))
        if age > self._maximum_age_days:
            raise Unavailable(
                f"{source} is {age} days old, more than the {self._maximum_age_days} allowed"
            )
        if source not in self._parsed:
            try:
                self._parsed[source] = read(self._snapshot.read(envelope))
            except AnswerError as error:
                self._parsed[source] = Unavailable(f"{source} {error}")
        found = self._parsed[source]
        if isinstance(found, Unavailable):
            raise found
        result: T = found
        return result

    def _json(self, source: str) -> dict[str, Any]:
        """A JSON answer. Raises Unavailable for a list that AWS had more of.

        What is missing could fail; only the authorisation details, which say so in ``gaps``,
        are judged as far as they go.
        """
        answer = self._answer(source, lambda content: answers.parse(source, content))
        if source != _DETAILS and answers.is_cut_off(answer):
            raise Unavailable(f"{source} {_CUT_OFF}")
        return answer

    def summary(self, key: str) -> int:
        """A number of GetAccountSummary's SummaryMap. Raises Unavailable if it is not there."""
        found = self._json("account-summary").get("SummaryMap")
        value = found.get(key) if isinstance(found, dict) else None
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
        found = self._answer(
            "password-policy",
            lambda content: answers.parse("password-policy", content),
            absent={"PasswordPolicy": None},
        )["PasswordPolicy"]
        if found is not None and not isinstance(found, dict):
            raise Unavailable("password-policy is not a policy")
        return found

    def _credential_report(self) -> CredentialReport:
        report = self._answer("credential-report", answers.parse_credential_report)
        age = self._report_age(report)
        if age is not None and age > self._maximum_age_days:
            raise Unavailable(
                f"the credential report was generated {age} days before the assessment, more than "
                f"the {self._maximum_age_days} allowed"
            )
        return report

    def _report_age(self, report: CredentialReport) -> int | None:
        """Days since AWS generated the report; None when that time cannot be right.

        A report cannot be older than a moment that it itself records.
        """
        envelope = self._envelopes["credential-report"]
        stated = envelope.generated_time
        # Read live, AWS makes a new report once the last is four hours old; a file can be any age.
        if not stated or envelope.origin == "aws":
            return None
        generated = parse_moment(stated)
        created = []
        for cells in report.rows:
            try:
                moment = CredentialRow(cells, self.as_of).when("user_creation_time")
            except Unreadable:
                continue
            if moment is not None:
                created.append(moment)
        if created and max(created) > generated + CLOCK_SKEW:
            return None
        return whole_days(self.as_of, generated)

    def credential_rows(self) -> list[CredentialRow]:
        """Every line of the credential report but root's."""
        rows = (CredentialRow(cells, self.as_of) for cells in self._credential_report().rows)
        return [row for row in rows if not row.is_root]

    def root_row(self) -> CredentialRow:
        """Root's line of the credential report. Raises Unavailable when there is none."""
        for cells in self._credential_report().rows:
            row = CredentialRow(cells, self.as_of)
            if row.is_root:
                return row
        raise Unavailable("the credential report has no line for the root user")

    def users_missing_from_report(self) -> tuple[list[Entity], str]:
        """Users that the authorisation details have and the credential report lacks.

        The second part says why completeness could not be shown, and is empty where it could.
        The report can be hours old (IAM User Guide, "Getting credential reports").
        """
        rows = self.credential_rows()
        listed = {row.arn for row in rows}
        without_arn = {row.user for row in rows if not row.arn}
        try:
            users = self.users()
        except Unavailable as reason:
            try:
                counted = self.summary("Users")
            except Unavailable:
                return [], ""
            if counted == len(rows):
                return [], ""
            return [], f"the account has {counted} users, the report {len(rows)}; {reason}"
        missing = [
            user
            for user in users.records
            if user.arn not in listed and user.name not in without_arn
        ]
        return missing, "; ".join(users.gaps)

    def _entities(self, kind: str, key: str, name_key: str) -> Listing:
        answer = self._json(_DETAILS)
        if key in self._listings:
            return self._listings[key]
        if key not in answer:
            raise Unavailable(f"authorization-details has no {key} (exported with a filter?)")
        gaps = []
        if answers.is_cut_off(answer):
            gaps.append(f"{_DETAILS} {_CUT_OFF}")
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
            name = str(record.get(name_key, arn.rsplit("/", 1)[-1]))
            found.append(Entity(kind, name, arn, str(record.get("Path", "/")), record))
        self._listings[key] = Listing(found, gaps)
        return self._listings[key]

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

    # -- policies -----------------------------------------------------------------------------

    def iam(self) -> Account:
        """Principals and policies of the account, as the policy engine reads them."""
        answer = self._json(_DETAILS)
        for key in ("UserDetailList", "RoleDetailList"):
            if key not in answer:
                raise Unavailable(f"authorization-details has no {key} (exported with a filter?)")
        if "iam" not in self._parsed:
            account = read_account(answer, self.account_id)
            if answers.is_cut_off(answer):
                account.problems.append(f"{_DETAILS} {_CUT_OFF}")
            self._parsed["iam"] = account
        found: Account = self._parsed["iam"]
        return found

    def standings(self) -> Mapping[str, Standing]:
        """How near each user and role is to an administrator, by ARN; SCPs are cut where known."""
        account = self.iam()
        scps = {}
        if self._organisation is not None:
            self.used.add(self._organisation.evidence)
            scps[self.account_id] = self._organisation.scps(self.account_id)
        if "standings" not in self._parsed:
            own = self._organisation.id if self._organisation else ""
            self._parsed["standings"] = Escalations(
                [account], scps, own, self._identity_center(), self.as_of
            ).standings
        found: Mapping[str, Standing] = self._parsed["standings"]
        return found

    def _identity_center(self) -> set[str] | None:
        """The accounts known to manage Identity Center, of this one and the management account."""
        envelope = self._envelopes.get("identity-center")
        if envelope is not None and envelope.status is Status.COLLECTED:
            return {self.account_id}
        return {self._organisation.management} if self._organisation else None

    def organisation(self) -> Organisation:
        """The organisation above the account. Raises Unavailable where no snapshot shows it."""
        if self._organisation is None:
            # Says why this account's own read of it did not help, if there was one.
            self._json("organization")
            raise Unavailable("no account's snapshot shows the organisation's policies")
        self.used.add(self._organisation.evidence)
        return self._organisation

    @property
    def is_management(self) -> bool | None:
        """Whether it is the organisation's management account; None where nothing tells."""
        if self._organisation is not None:
            return self.account_id == self._organisation.management
        return self.info.management

    @property
    def surroundings(self) -> Surroundings:
        """The accounts around: those of the organisation or configuration, and agreed others."""
        own = self._organisation
        accounts = self._known_accounts | set(own.accounts if own else ())
        return Surroundings(self.account_id, own.id if own else "", accounts, self._third_parties)

    def role_details(self) -> Mapping[str, Mapping[str, Any]]:
        """ListRoles' records by ARN: they have MaxSessionDuration, which the bulk call lacks."""
        listed = records(self._json("roles").get("Roles"))
        return {str(r.get("Arn")): r for r in listed}

    def permission_sets(self) -> list[Mapping[str, Any]]:
        """The permission sets of IAM Identity Center, where this account manages it."""
        instances = records(self._json("identity-center").get("Instances"))
        return [s for i in instances for s in records(i.get("PermissionSets"))]

    def server_certificates(self) -> list[Mapping[str, Any]]:
        """Server certificates kept in IAM."""
        return records(self._json("server-certificates").get("ServerCertificateMetadataList"))

    def virtual_mfa(self) -> list[Mapping[str, Any]]:
        """Assigned virtual MFA devices: those that have a User."""
        devices = records(self._json("virtual-mfa-devices").get("VirtualMFADevices"))
        return [d for d in devices if isinstance(d.get("User"), dict) and d["User"].get("Arn")]

    def root_virtual_mfa(self) -> list[str]:
        """Serial numbers of the virtual MFA devices that belong to root."""
        return [
            str(device.get("SerialNumber"))
            for device in self.virtual_mfa()
            if str(device["User"]["Arn"]).endswith(":root")
            or str(device.get("SerialNumber", "")).endswith(":mfa/root-account-mfa-device")
        ]

    def mfa_devices(self, row: CredentialRow) -> MfaDevices:
        """MFA devices of a user. Raises Unavailable if the list of virtual devices was not read.

        Virtual devices come from a list of the whole account, all others only from asking for the
        user (API_ListMFADevices); where nobody asked, or AWS refused, ``gap`` says so: a device
        of another kind may then exist beside those that are known.
        """
        serials = {
            str(device.get("SerialNumber", ""))
            for device in self.virtual_mfa()
            if device["User"]["Arn"] == row.arn
        }
        gap = ""
        try:
            listed = records(self._json("mfa-devices").get("MFADevices"))
        except Unavailable as reason:
            listed, gap = [], str(reason)
        own = {str(d.get("SerialNumber", "")) for d in listed if d.get("UserName") == row.user}
        if not own and not gap and not self._asked_for_mfa(row.user):
            gap = "mfa-devices does not speak of this user"
        devices = [MfaDevice(serial, mfa_kind(serial)) for serial in sorted(serials | own)]
        return MfaDevices(devices, gap)

    def _asked_for_mfa(self, user: str) -> bool:
        """Whether a live read asked for the devices of a user and had an answer.

        A file that somebody exported does not say for whom it was asked.
        """
        envelope = self._envelopes["mfa-devices"]
        asked = envelope.parameters.get("UserNames")
        refused = envelope.parameters.get("Refused")
        if envelope.detail and refused is None:
            # Evidence of earlier versions: some were refused, and it does not say who.
            return False
        return user in (asked or ()) and user not in (refused or ())


def first_reason(reasons: Iterable[str], more: str = "more") -> str:
    """Join up to three reasons; says how many it leaves out."""
    found = list(reasons)
    shown = "; ".join(found[:3])
    return shown if len(found) <= 3 else f"{shown}; and {len(found) - 3} {more}"
