"""Single records of the evidence: a user's line, an IAM entity, an MFA device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from reportgen.clock import parse_moment, whole_days

ROOT_USER = "<root_account>"
# The credential report's words for "nothing here"; not_supported is kept apart, as unknown, and so
# is an empty cell, which AWS never writes.
_NONE = {"n/a", "no_information"}
_KEYS = ((1, "access_key_1_active"), (2, "access_key_2_active"))
_INLINE = {"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}
CLOCK_SKEW = timedelta(days=1)
# The source of entities and policies, and how its lists say that they go on.
DETAILS = "authorization-details"
CUT_OFF = "is cut off: AWS had more pages"


class Unavailable(Exception):
    """A source is missing, denied, failed or stale; the text says which and why."""


class Unreadable(Exception):
    """One record cannot be judged; the text says why."""


def _not_ahead(name: str, text: str, moment: datetime, as_of: datetime) -> None:
    # AWS's clock and the local one may differ; a day also covers reports that give no zone.
    if moment > as_of + CLOCK_SKEW:
        raise Unreadable(f"{name} is {text}, later than the date of the assessment")


@dataclass(frozen=True)
class CredentialRow:
    """One line of the credential report. Fields are read by column name."""

    cells: Mapping[str, str]
    as_of: datetime

    # Each line is asked by every control of users: what it says of itself is found once.
    @cached_property
    def user(self) -> str:
        """The user's name; ``<root_account>`` for root."""
        return self.cells.get("user", "")

    @cached_property
    def arn(self) -> str:
        """The user's ARN, empty if the line lacks it."""
        return self.cells.get("arn", "")

    @cached_property
    def arn_is_odd(self) -> bool:
        """Whether there is an ARN, and it is none of a user."""
        return bool(self.arn) and not (self.arn.startswith("arn:") and ":user/" in self.arn)

    @cached_property
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
        said = self.cells.get(column)
        # As AWS writes them; every control of users asks.
        if said == "false":
            return False
        if said == "true":
            return True
        said = self._cell(column)
        text = said.casefold()
        if text == "true":
            return True
        if text == "false":
            return False
        raise Unreadable(f"{column} is {said!r}, neither true nor false")

    def when(self, column: str) -> datetime | None:
        """A date column; None for N/A and no_information. Raises Unreadable for the rest."""
        text = self._cell(column)
        if text.casefold() in _NONE:
            return None
        try:
            moment = parse_moment(text)
        except ValueError:
            raise Unreadable(f"{column} is {text!r}, not a date") from None
        _not_ahead(column, text, moment, self.as_of)
        return moment

    def age(self, column: str) -> int | None:
        """Whole days from a date column to the date of the assessment; None without a date."""
        moment = self.when(column)
        return None if moment is None else whole_days(self.as_of, moment)

    def active_keys(self) -> list[int]:
        """The numbers (1, 2) of the active access keys. Raises Unreadable."""
        return list(self._active)

    @cached_property
    def _active(self) -> tuple[int, ...]:
        return tuple(n for n, column in _KEYS if self.flag(column))


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
        """Tags by key, the keys in lower case (IAM compares them so). Raises Unreadable."""
        found = {}
        for tag in listed(self.detail, "Tags"):
            key, value = tag.get("Key"), tag.get("Value")
            if not isinstance(key, str) or not isinstance(value, str):
                raise Unreadable(f"a tag of {self.name} is damaged")
            found[key.casefold()] = value
        return found

    @property
    def attached(self) -> list[Mapping[str, Any]]:
        """Attached managed policies: PolicyName and PolicyArn each. Raises Unreadable."""
        found = listed(self.detail, "AttachedManagedPolicies")
        if not all(isinstance(policy.get("PolicyArn"), str) for policy in found):
            raise Unreadable(f"an attached policy of {self.name} has no ARN")
        return found

    @property
    def inline(self) -> list[Mapping[str, Any]]:
        """Inline policies: PolicyName and PolicyDocument each. Raises Unreadable."""
        return listed(self.detail, _INLINE[self.kind])

    @property
    def aws_managed(self) -> bool:
        """Whether only AWS can edit it: service-linked roles, and those of Identity Center.

        A path of /service-role/ is a customer's own role, merely made by a console wizard.
        """
        return self.path.startswith(("/aws-service-role/", "/aws-reserved/sso.amazonaws.com/"))

    def age(self, field_name: str, value: Any, as_of: datetime) -> int:
        """Whole days from a date of the record to ``as_of``. Raises Unreadable for what is no
        date, and for one that lies after the assessment: it would pass for use on that day.
        """
        try:
            moment = parse_moment(str(value))
        except ValueError:
            raise Unreadable(f"{field_name} is {value!r}, not a date") from None
        _not_ahead(field_name, str(value), moment, as_of)
        return whole_days(as_of, moment)


@dataclass(frozen=True)
class Listing:
    """Records of one kind; ``gaps`` says why the list may not be complete."""

    records: list[Entity]
    gaps: list[str] = field(default_factory=list)


class MfaKind(StrEnum):
    """What an MFA device is, as far as its serial number tells."""

    FIDO = "fido"
    APP = "totp-app"
    TOKEN = "totp-token"  # noqa: S105 - a kind of device
    SMS = "sms"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class MfaDevice:
    """A registered MFA device."""

    serial: str
    kind: MfaKind


@dataclass(frozen=True)
class MfaDevices:
    """A user's known MFA devices; ``gap`` says why there may be more, empty where there are not."""

    known: list[MfaDevice]
    gap: str = ""


def mfa_kind(serial: str) -> MfaKind:
    """Tell the kind of an MFA device from its serial number.

    IAM User Guide, "IAM identifiers": FIDO security keys have ``:u2f/`` in the ARN, virtual
    devices ``:mfa/``; a hardware TOTP token has its maker's serial number and no ARN.
    """
    if not serial:
        return MfaKind.UNKNOWN
    if not serial.startswith("arn:"):
        return MfaKind.TOKEN
    resource = serial.split(":", 5)[-1]
    kinds = {"u2f": MfaKind.FIDO, "mfa": MfaKind.APP, "sms-mfa": MfaKind.SMS}
    return kinds.get(resource.split("/", 1)[0], MfaKind.UNKNOWN)


def listed(record: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects of a list of a record; AWS leaves out what would be empty.

    Raises Unreadable where something else stands there: null is not an empty list.
    """
    value = record.get(key, [])
    if not isinstance(value, list) or not all(map(_is_object, value)):
        raise Unreadable(f"{key} is damaged: it is no list of objects")
    return value


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def records(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a JSON list; nothing where there is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
