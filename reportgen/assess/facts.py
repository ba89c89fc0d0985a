"""Evidence of one account as typed tables.

A source that was not read raises Unavailable when a check asks for it; one bad record raises
Unreadable when a check reads the bad field. Both end as not-evaluated with the reason, the first
for the control, the second for that record alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from reportgen.clock import parse_moment, whole_days
from reportgen.evidence import answers
from reportgen.evidence.answers import AnswerError, CredentialReport
from reportgen.evidence.store import Snapshot
from reportgen.model import AccountInfo, Envelope, Status

T = TypeVar("T")

ROOT_USER = "<root_account>"
# The credential report's words for "nothing here"; not_supported is kept apart, as unknown.
_NONE = {"n/a", "no_information", ""}
_CLOCK_SKEW = timedelta(days=1)


class Unavailable(Exception):
    """A source is missing, denied, failed or stale; the text says which and why."""


class Unreadable(Exception):
    """One record cannot be judged; the text says why."""


@dataclass(frozen=True)
class CredentialRow:
    """One line of the credential report. Fields are read by column name."""

    cells: Mapping[str, str]
    as_of: datetime

    @property
    def user(self) -> str:
        """The user's name; ``<root_account>`` for root."""
        return self.cells.get("user", "")

    @property
    def arn(self) -> str:
        """The user's ARN, empty if the line lacks it."""
        return self.cells.get("arn", "")

    @property
    def is_root(self) -> bool:
        """Whether this is the root user's line."""
        return self.user == ROOT_USER

    def _cell(self, column: str) -> str:
        try:
            return self.cells[column]
        except KeyError:
            raise Unreadable(f"the credential report has no {column} for this user") from None

    def flag(self, column: str) -> bool:
        """A true/false column in any case. Raises Unreadable for not_supported and the rest."""
        text = self._cell(column).casefold()
        if text not in ("true", "false"):
            raise Unreadable(f"{column} is {self._cell(column)!r}, neither true nor false")
        return text == "true"

    def when(self, column: str) -> datetime | None:
        """A date column; None for N/A and no_information. Raises Unreadable for the rest."""
        text = self._cell(column)
        if text.casefold() in _NONE:
            return None
        try:
            moment = parse_moment(text)
        except ValueError:
            raise Unreadable(f"{column} is {text!r}, not a date") from None
        if moment > self.as_of + _CLOCK_SKEW:
            raise Unreadable(f"{column} is {text}, later than the date of the assessment")
        return moment

    def age(self, column: str) -> int | None:
        """Whole days from a date column to the date of the assessment; None without a date."""
        moment = self.when(column)
        return None if moment is None else whole_days(self.as_of, moment)

    def active_keys(self) -> list[int]:
        """The numbers (1, 2) of the active access keys."""
        return [n for n in (1, 2) if self.flag(f"access_key_{n}_active")]


@dataclass(frozen=True)
class Entity:
    """An IAM user, group, role or policy as GetAccountAuthorizationDetails describes it."""

    kind: str
    name: str
    arn: str
    path: str
    detail: Mapping[str, Any]

    @cached_property
    def tags(self) -> dict[str, str]:
        """Tags by key, the keys in lower case (IAM compares them so)."""
        found = {}
        for tag in _records(self.detail.get("Tags")):
            found[str(tag.get("Key", "")).casefold()] = str(tag.get("Value", ""))
        return found

    @property
    def attached(self) -> list[Mapping[str, Any]]:
        """Attached managed policies: PolicyName and PolicyArn each."""
        return _records(self.detail.get("AttachedManagedPolicies"))

    @property
    def inline(self) -> list[Mapping[str, Any]]:
        """Inline policies: PolicyName and PolicyDocument each."""
        key = {"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}
        return _records(self.detail.get(key[self.kind]))

    @property
    def aws_managed(self) -> bool:
        """Whether only AWS can edit it: service-linked roles, and those of Identity Center.

        A path of /service-role/ is a customer's own role, merely made by a console wizard.
        """
        return self.path.startswith(("/aws-service-role/", "/aws-reserved/sso.amazonaws.com/"))

    def when(self, field_name: str, value: Any) -> datetime:
        """Parse a date of the record. Raises Unreadable naming ``field_name``."""
        try:
            return parse_moment(str(value))
        except ValueError:
            raise Unreadable(f"{field_name} is {value!r}, not a date") from None


@dataclass(frozen=True)
class Listing:
    """Records of one kind; ``gaps`` says why the list may not be complete."""

    records: list[Entity]
    gaps: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MfaDevice:
    """A registered MFA device. ``kind`` is fido, totp-app, totp-token, sms or unknown."""

    serial: str
    kind: str


def mfa_kind(serial: str) -> str:
    """Tell the kind of an MFA device from its serial number.

    IAM User Guide, "IAM identifiers": FIDO security keys have ``:u2f/`` in the ARN, virtual
    devices ``:mfa/``; a hardware TOTP token has its maker's serial number and no ARN.
    """
    if not serial:
        return "unknown"
    if not serial.startswith("arn:"):
        return "totp-token"
    resource = serial.split(":", 5)[-1]
    kinds = {"u2f": "fido", "mfa": "totp-app", "sms-mfa": "sms"}
    return kinds.get(resource.split("/", 1)[0], "unknown")


def _records(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


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
    ) -> None:
        self.info = info
        self.account_id = info.account_id
        self.as_of = as_of
        self.collected_at = snapshot.collected_at
        self.attestations = attestations
        self.used: set[str] = set()
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
        return self._answer(source, lambda content: answers.parse(source, content))

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
        if created and max(created) > generated + _CLOCK_SKEW:
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
        listed = {row.arn for row in self.credential_rows()}
        try:
            users = self.users()
        except Unavailable as reason:
            try:
                counted = self.summary("Users")
            except Unavailable:
                return [], ""
            if counted == len(listed):
                return [], ""
            return [], f"the account has {counted} users, the report {len(listed)}; {reason}"
        missing = [user for user in users.records if user.arn not in listed]
        return missing, "; ".join(users.gaps)

    def _entities(self, kind: str, key: str, name_key: str) -> Listing:
        answer = self._json("authorization-details")
        if key in self._listings:
            return self._listings[key]
        if key not in answer:
            raise Unavailable(f"authorization-details has no {key} (exported with a filter?)")
        gaps = []
        if answer.get("IsTruncated") in (True, "true"):
            gaps.append("authorization-details is cut off: AWS had more pages")
        value = answer[key]
        if not isinstance(value, list):
            raise Unavailable(f"{key} is not a list")
        found = []
        for number, record in enumerate(value, start=1):
            arn = record.get("Arn") if isinstance(record, dict) else None
            if not isinstance(arn, str) or not arn:
                gaps.append(f"{key} item {number} has no Arn")
                continue
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

    def server_certificates(self) -> list[Mapping[str, Any]]:
        """Server certificates kept in IAM."""
        return _records(self._json("server-certificates").get("ServerCertificateMetadataList"))

    def virtual_mfa(self) -> list[Mapping[str, Any]]:
        """Assigned virtual MFA devices: those that have a User."""
        devices = _records(self._json("virtual-mfa-devices").get("VirtualMFADevices"))
        return [d for d in devices if isinstance(d.get("User"), dict) and d["User"].get("Arn")]

    def root_virtual_mfa(self) -> list[str]:
        """Serial numbers of the virtual MFA devices that belong to root."""
        return [
            str(device.get("SerialNumber"))
            for device in self.virtual_mfa()
            if str(device["User"]["Arn"]).endswith(":root")
            or str(device.get("SerialNumber", "")).endswith(":mfa/root-account-mfa-device")
        ]

    def mfa_devices(self, row: CredentialRow) -> list[MfaDevice]:
        """MFA devices of a user. Raises Unavailable if the sources that tell were not read."""
        serials = {
            str(device.get("SerialNumber", ""))
            for device in self.virtual_mfa()
            if device["User"]["Arn"] == row.arn
        }
        # A user with a virtual device was not asked about further ones: see collect/sources.py.
        try:
            listed = _records(self._json("mfa-devices").get("MFADevices"))
        except Unavailable:
            if not serials:
                raise
            listed = []
        serials |= {str(d.get("SerialNumber", "")) for d in listed if d.get("UserName") == row.user}
        return [MfaDevice(serial, mfa_kind(serial)) for serial in sorted(serials)]


def first_reason(reasons: Iterable[str], more: str = "more") -> str:
    """Join up to three reasons; says how many it leaves out."""
    found = list(reasons)
    shown = "; ".join(found[:3])
    return shown if len(found) <= 3 else f"{shown}; and {len(found) - 3} {more}"
