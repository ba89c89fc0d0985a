"""What can stand in the register: waivers, changes of severity, attestations and responses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from reportgen.model import Grade, Severity


class RegisterModel(BaseModel):
    """A part of the register: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` as IAM has them: a bracket is itself, where fnmatch sees a class."""
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL)


def matches(text: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns fits the whole of a text."""
    return any(_pattern(pattern).fullmatch(text) for pattern in patterns)


class _Scoped(RegisterModel):
    control: str
    accounts: list[str] = Field(default=["*"], min_length=1)
    resources: list[str] = Field(default=["*"], min_length=1)

    def covers(self, control: str, account: str, resource: str) -> bool:
        """Whether this entry speaks of the finding (``*`` and ``?`` match in ids and ARNs)."""
        return (
            self.control == control
            and matches(account, self.accounts)
            and matches(resource, self.resources)
        )


class _Granted(_Scoped):
    """Asked for by one, approved by another, until a day."""

    id: str = Field(min_length=1)
    reason: str
    requested_by: str
    approved_by: str
    granted: date
    expires: date

    @model_validator(mode="after")
    def _approved_by_another(self) -> _Granted:
        if self.approved_by.strip().casefold() == self.requested_by.strip().casefold():
            raise ValueError(f"{self.id}: approved_by must be another person than requested_by")
        if self.expires < self.granted:
            raise ValueError(f"{self.id}: expires before it was granted")
        return self

    def in_force(self, on: date) -> bool:
        """Whether it holds on a day, its first and last included."""
        return self.granted <= on <= self.expires


class Waiver(_Granted):
    """An accepted finding: by whom, why, with what in its place, and until when."""

    compensating_control: str
    owner: str


class SeverityChange(_Granted):
    """Findings that weigh more or less here than the control says, and why.

    The score keeps the control's own severity: what is called low here is not tested less.
    """

    severity: Severity


class Attachment(RegisterModel):
    """What lies behind a statement: a ``file`` in the register's folder, or a ``reference``.

    ``sha256`` must be that of the file; of what lies elsewhere it is all that is known. ``grade``
    is ASD's grade of the evidence, where it is better than a statement.
    """

    file: str = ""
    reference: str = ""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    grade: Grade | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Attachment:
        if bool(self.file) == bool(self.reference):
            raise ValueError("has a file or a reference, one of the two")
        if self.reference and not self.sha256:
            raise ValueError("a reference needs the sha256 of what it refers to")
        return self

    @property
    def name(self) -> str:
        """The file or the reference."""
        return self.file or self.reference


class Attestation(RegisterModel):
    """A statement by a named role, until a day; its attachments travel in an auditor's pack."""

    id: str = Field(min_length=1)
    control: str
    accounts: list[str] = Field(default=["*"], min_length=1)
    statement: str = Field(min_length=1)
    by: str = Field(min_length=1)
    signed: date
    expires: date
    attachments: list[Attachment] = []

    @field_validator("attachments", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, list):
            return [{"file": v} if isinstance(v, str) else v for v in value]
        return value

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Attestation:
        if self.expires < self.signed:
            raise ValueError(f"{self.id}: expires before it was signed")
        return self

    @property
    def grade(self) -> Grade:
        """ASD's grade of evidence: poor, unless what is attached is better."""
        order = list(Grade)
        stated = [a.grade for a in self.attachments if a.grade is not None]
        return min(stated, key=order.index, default=Grade.POOR)


class Action(RegisterModel):
    """A step of an action plan: what, by when, whose (default: the response's owner), done when."""

    what: str
    due: date
    owner: str = ""
    done: date | None = None


class Response(_Scoped):
    """Management's response to a finding, with its action plan."""

    response: str
    owner: str
    due: date
    actions: list[Action] = []
