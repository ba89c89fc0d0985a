"""Reads ``reportgen.yaml``: who the organisation is, its accounts, and its settings."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from reportgen.clock import zone_named
from reportgen.errors import ConfigError, UsageError
from reportgen.model import Severity
from reportgen.yamlsource import load, validate


class _ConfigModel(BaseModel):
    # Numbers are strict besides: pydantic would take `true` for 1 and "45" for 45.
    model_config = ConfigDict(extra="forbid", frozen=True)


class AccountSettings(_ConfigModel):
    """An AWS account: what only the organisation knows of it."""

    id: str = Field(pattern=r"^[0-9]{12}$")
    name: str
    environment: (
        Literal["management", "security", "production", "development", "sandbox", "other"] | None
    ) = None
    management: bool | None = Field(default=None, strict=True)
    owner: str = ""
    groups: list[str] = []


class ThirdParty(_ConfigModel):
    """An AWS account of somebody else that may assume roles here by agreement."""

    id: str = Field(pattern=r"^[0-9]{12}$")
    name: str


class EvidenceSettings(_ConfigModel):
    """How old evidence may be before it no longer counts."""

    maximum_age_days: int = Field(default=45, ge=1, le=400, strict=True)


def _luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class Branding(_ConfigModel):
    """The organisation's logo (PNG or JPEG) and the colour of the cover and the headlines."""

    logo: str = ""
    accent: str = Field(default="", pattern=r"^(#[0-9A-Fa-f]{6})?$")

    @field_validator("accent")
    @classmethod
    def _carries_white(cls, value: str) -> str:
        # The cover sets white text on it, the pages set it on white: WCAG 2.2, 1.4.3.
        if value and 1.05 / (_luminance(value) + 0.05) < 4.5:
            raise ValueError(f"{value} is too light: white text on it could not be read")
        return value


class Assertion(_ConfigModel):
    """Who signs the annual report's management assertion."""

    by: str = ""
    title: str = ""


class Recipient(_ConfigModel):
    """Who gets the mail: of which reports, from which severity on, of which accounts.

    ``accounts`` are ids, environments or groups; without them the mail is of all accounts. With
    ``minimum_severity`` it goes only when a finding that bad is open; without, always.
    """

    address: str = Field(pattern=r"^[^@\s,;<>\r\n]+@[^@\s,;<>\r\n]+$")
    periods: list[Literal["monthly", "quarterly", "annual"]] = ["monthly", "quarterly", "annual"]
    minimum_severity: Severity | None = None
    accounts: list[str] = []


class Smtp(_ConfigModel):
    """The mail server. The password is in the variable that ``password_env`` names."""

    host: str = "localhost"
    port: int = Field(default=587, ge=1, le=65535, strict=True)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_env: str = "REPORTGEN_SMTP_PASSWORD"  # noqa: S105 - a variable's name
    ca_file: str = ""
    timeout_seconds: float = Field(default=30, gt=0, le=600, strict=True)


class Ses(_ConfigModel):
    """Amazon SES, API v2, with the ordinary AWS credentials."""

    region: str = ""
    configuration_set: str = ""


class Mail(_ConfigModel):
    """Email: sender, recipients, server. ``link`` is where the PDF lies; ``{file}`` is its name."""

    sender: str = Field(alias="from", pattern=r"^[^\r\n]*@[^\r\n]+$")
    reply_to: str = Field(default="", pattern=r"^[^\r\n]*$")
    recipients: list[Recipient] = Field(min_length=1)
    attach_limit_mb: float = Field(default=8, ge=0, le=40, strict=True)
    link: str = Field(default="", pattern=r"^(https://[^\s]+)?$")
    smtp: Smtp = Smtp()
    ses: Ses | None = None


class Collect(_ConfigModel):
    """What ``run`` collects: the caller's account, or accounts of the organisation by a role.

    ``also``: sources to read that are read on request alone.
    """

    organization: bool = Field(default=False, strict=True)
    accounts: list[str] = []
    units: list[str] = []
    exclude: list[str] = []
    role_name: str = "reportgen-collect"
    external_id: str = ""
    regions: list[str] = []
    also: list[str] = []
    parallel: int = Field(default=4, ge=1, le=32, strict=True)


class Reviewer(_ConfigModel):
    """Who decides on access in a review: of which accounts and populations (none: of all).

    ``accounts`` are ids, environments or groups. ``identities`` are the reviewer's own user names,
    ARNs and ids in AWS: access of one's own is never one's own to decide on.
    """

    name: str = Field(min_length=1)
    email: str = ""
    identities: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    kinds: tuple[Literal["users", "access-keys", "roles", "assignments"], ...] = ()


class CatalogueFolders(_ConfigModel):
    """Folders of the organisation's own controls, frameworks (YAML) and checks (Python)."""

    controls: str = ""
    frameworks: str = ""
    checks: str = ""


class Settings(_ConfigModel):
    """The whole of reportgen.yaml."""

    organisation: str = "Organisation"
    timezone: str = "UTC"
    marking: str = ""
    report_version: str = "1.0"
    prepared_by: str = ""
    prepared_for: str = ""
    recipients: list[str] = []
    target_score: float = Field(default=90.0, ge=0, le=100, strict=True)
    frameworks: list[str] = []
    accounts: list[AccountSettings] = []
    third_parties: list[ThirdParty] = []
    evidence: EvidenceSettings = EvidenceSettings()
    branding: Branding = Branding()
    email: Mail | None = None
    collect_profiles: list[str] = []
    collect: Collect = Collect()
    templates: str = ""
    sources: str = ""
    catalogue: CatalogueFolders = CatalogueFolders()
    assertion: Assertion = Assertion()
    # How long before it lapses an entry of the register is reminded of.
    reminder_days: int = Field(default=31, ge=0, le=366, strict=True)
    reviewers: list[Reviewer] = []
    register_folder: str = Field(default="register", alias="register")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone_named(value)
        except UsageError as error:
            raise ValueError(f"{error.message} {error.hint}") from error
        return value

    @model_validator(mode="after")
    def _known_groups(self) -> Settings:
        known = {a.id for a in self.accounts} | {a.environment for a in self.accounts}
        known |= {group for a in self.accounts for group in a.groups}
        for recipient in self.email.recipients if self.email else ():
            for name in recipient.accounts:
                if name not in known:
                    raise ValueError(
                        f"email: recipient {recipient.address}: {name!r} is no account, "
                        "environment or group of `accounts`"
                    )
        for reviewer in self.reviewers:
            for name in reviewer.accounts:
                if name not in known and not re.fullmatch(r"\d{12}", name):
                    raise ValueError(
                        f"reviewers: {reviewer.name}: {name!r} is no account, environment or "
                        "group of `accounts`"
                    )
        return self

    @field_validator("reviewers")
    @classmethod
    def _reviewers_apart(cls, value: list[Reviewer]) -> list[Reviewer]:
        names = Counter(reviewer.name.strip().casefold() for reviewer in value)
        for name, times in names.items():
            if times > 1:
                raise ValueError(f"reviewer {name!r} is listed twice")
        return value

    @field_validator("accounts")
    @classmethod
    def _unique(cls, value: list[AccountSettings]) -> list[AccountSettings]:
        ids = [account.id for account in value]
        for number, times in Counter(ids).items():
            if times > 1:
                raise ValueError(f"account {number} is listed twice")
        return value


@dataclass(frozen=True)
class Config:
    """The settings, and the folder against which their paths are read."""

    settings: Settings
    folder: Path

    @property
    def zone(self) -> tzinfo:
        """The organisation's time zone."""
        return zone_named(self.settings.timezone)

    @property
    def register_path(self) -> Path:
        """The folder of the register."""
        return self.folder / self.settings.register_folder

    @property
    def sources_path(self) -> Path | None:
        """The folder of the organisation's own sources; None where it has none."""
        return self.folder / self.settings.sources if self.settings.sources else None

    def catalogue_path(self, name: Literal["controls", "frameworks", "checks"]) -> Path | None:
        """The organisation's own folder of controls, frameworks or checks; None without one."""
        folder: str = getattr(self.settings.catalogue, name)
        return self.folder / folder if folder else None

    def accounts_of(self, recipient: Recipient) -> set[str] | None:
        """The accounts whose findings a recipient gets; None for all."""
        if not recipient.accounts:
            return None
        wanted = set(recipient.accounts)
        return {
            a.id for a in self.settings.accounts if wanted & {a.id, a.environment or "", *a.groups}
        }

    def reviews(self, reviewer: Reviewer, account_id: str) -> bool:
        """Whether a reviewer decides on the access of an account."""
        account = self.account(account_id)
        names = {account_id}
        if account is not None:
            names |= {account.environment or "", *account.groups}
        return not reviewer.accounts or bool(names & set(reviewer.accounts))

    def account(self, account_id: str) -> AccountSettings | None:
        """The settings of one account."""
        return self._accounts.get(account_id)

    @cached_property
    def _accounts(self) -> dict[str, AccountSettings]:
        return {account.id: account for account in self.settings.accounts}


def load_config(path: Path | None) -> Config:
    """Load ``path``; without one, ``reportgen.yaml`` here if there is one, else the defaults.

    Raises ConfigError for a file that is missing or wrong.
    """
    if path is None:
        path = Path("reportgen.yaml")
        if not path.exists():
            return Config(Settings(), Path())
    elif not path.exists():
        raise ConfigError(f"{path}: there is no such file.", "Write one with `reportgen init`.")
    return Config(validate(load(path), Settings), path.parent)
