"""What the catalogue is made of: controls with their examples, frameworks, and both together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from reportgen.model import Severity
from reportgen.yamlsource import YamlSource

VERSION = "2026.11"

# The frameworks that a report shows where the configuration names none.
USUAL = ("essential-eight", "ism", "privacy-act", "cis-aws-v7")

Cadence = Literal["monthly", "quarterly", "annual"]


class _CatalogueModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(_CatalogueModel):
    """Where a rule comes from: a title, and an https address where there is one."""

    title: str
    url: str = ""

    @field_validator("url")
    @classmethod
    def _https(cls, value: str) -> str:
        if value and not value.startswith("https://"):
            raise ValueError("must be an https address")
        return value


class Remediation(_CatalogueModel):
    """How to mend a failure, for each way of working; empty where a way does not lead there.

    Placeholders are filled in with the resource (``catalogue/wording.py``). ``cli`` has a command
    or a ``# remark`` a line; where kinds of resource need different ones, it has them by kind, and
    ``other`` for the rest.
    """

    console: str = ""
    cli: str | dict[str, str] = ""
    terraform: str = ""

    @field_validator("cli")
    @classmethod
    def _for_every_kind(cls, value: str | dict[str, str]) -> str | dict[str, str]:
        if isinstance(value, dict) and "other" not in value:
            raise ValueError("has commands by kind, and none for `other`")
        return value

    def cli_for(self, kind: str) -> str:
        """The commands for a kind of resource."""
        if isinstance(self.cli, str):
            return self.cli
        return self.cli.get(kind, self.cli["other"])


class Sentences(_CatalogueModel):
    """What a failure is in plain words: for one resource and for many, why, and what follows.

    ``one`` and ``many`` are whole sentences without a full stop; ``cause`` is of all alike,
    ``consequence`` of one resource. Placeholders: ``catalogue/wording.py``.
    """

    one: str = Field(min_length=1)
    many: str = Field(min_length=1)
    cause: str = Field(min_length=1)
    consequence: str = Field(min_length=1)

    @field_validator("one", "many")
    @classmethod
    def _no_stop(cls, value: str) -> str:
        if value.endswith((".", ":")):
            raise ValueError("ends without a full stop: it is also a headline")
        return value

    @field_validator("cause", "consequence")
    @classmethod
    def _stop(cls, value: str) -> str:
        if not value.endswith("."):
            raise ValueError("is a sentence and ends with a full stop")
        return value


class Expected(_CatalogueModel):
    """What must follow for one resource: the verdict, words of its reason, sources it rests on.

    ``evidence`` names sources that must be among those of the result.
    """

    verdict: Literal["pass", "fail", "not-applicable", "not-evaluated"]
    reason: str = ""
    evidence: list[str] = Field(default_factory=list)


class Example(_CatalogueModel):
    """Evidence in short, and what must follow for each resource named.

    ``given`` has the short form of ``reportgen/examples/form.py``; sources in ``denied`` are those
    that AWS refused to show. ``parameters`` replace some of the control's. ``account`` says what
    the configuration says of the account; ``attested`` whether the control is, or was
    (``expired``: until the day before), signed ``signed_days_ago``. ``collected_days_ago`` are
    earlier collections of the account, beside the one that is judged.
    """

    name: str
    given: dict[str, Any] = Field(default_factory=dict)
    denied: list[str] = Field(default_factory=list)
    expect: dict[str, Expected] = Field(min_length=1)
    parameters: dict[str, Any] = Field(default_factory=dict)
    account: dict[str, Any] = Field(default_factory=dict)
    attested: bool | Literal["expired"] = False
    signed_days_ago: int = Field(default=30, ge=0, le=3650)
    collected_days_ago: list[int] = Field(default_factory=list)

    @field_validator("expect", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: {"verdict": v} if isinstance(v, str) else v for k, v in value.items()}
        return value


class RuleCondition(_CatalogueModel):
    """One test of a field: exactly one of the comparisons is given.

    ``like`` has IAM's ``*`` and ``?``; ``within_days`` asks that a date is at most so many whole
    days before the assessment; ``present`` that there is a value which is not empty.
    """

    field: str = Field(min_length=1)
    equals: str | bool | int | None = None
    one_of: list[str] | None = Field(default=None, min_length=1)
    like: str | None = None
    at_most: int | None = None
    at_least: int | None = None
    within_days: int | None = Field(default=None, ge=0, le=3650)
    present: bool | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> RuleCondition:
        given = [
            n for n in self.__class__.model_fields if n != "field" and self.value_of(n) is not None
        ]
        if len(given) != 1:
            names = "equals, one_of, like, at_most, at_least, within_days, present"
            raise ValueError(f"takes exactly one of {names}")
        return self

    def value_of(self, name: str) -> Any:
        """The value that a comparison was given; None where it was not."""
        return getattr(self, name)


class TableRule(_CatalogueModel):
    """A check without Python: rows of ``table`` that fit ``where`` must fit ``require``.

    Rows that do not fit ``where`` are not applicable. ``failed`` and ``passed`` are the reasons.
    """

    table: Literal["credential-report", "users", "roles", "groups", "policies"]
    where: list[RuleCondition] = Field(default_factory=list)
    require: list[RuleCondition] = Field(min_length=1)
    passed: str = Field(min_length=1)
    failed: str = Field(min_length=1)


class Control(_CatalogueModel):
    """One control of the catalogue.

    ``supports`` names requirements by framework, beside those whose framework names the control.
    ``check`` names a function under ``assess/checks``, or in a file of the organisation's folder of
    checks; a control with a ``rule`` has none.
    """

    id: str = Field(pattern=r"^[A-Z][A-Z0-9]*-\d{2}$")
    title: str
    family: str
    statement: str
    why: str
    consequence: str
    finding: Sentences
    severity: Severity
    cadence: Cadence
    observability: Literal["api", "partial", "attestation"]
    check: str = Field(default="", pattern=r"^([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)?$")
    rule: TableRule | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    sources: list[str] = Field(default_factory=list)
    supports: dict[str, list[str]] = Field(default_factory=dict)
    test: str
    limits: str = ""
    remediation: Remediation
    references: list[Reference]
    examples: list[Example] = Field(default_factory=list)

    @model_validator(mode="after")
    def _check_or_rule(self) -> Control:
        if bool(self.check) == (self.rule is not None):
            raise ValueError("a control has a check or a rule, one of the two")
        if self.rule is not None and self.parameters:
            raise ValueError("a rule takes no parameters: its figures stand in its conditions")
        return self

    @property
    def scored(self) -> bool:
        """Whether the score counts it: what rests on a statement alone does not."""
        return self.observability != "attestation"

    @property
    def takes_statements(self) -> bool:
        """Whether a statement on the register tells something of it: its examples say so."""
        return any(example.attested for example in self.examples)


class Support(_CatalogueModel):
    """A control that supports a requirement, with the framework's own thresholds."""

    control: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class Requirement(_CatalogueModel):
    """One requirement of a framework, also where no IAM evidence reaches it.

    ``text`` is our own wording. ``tags`` are marks that are no levels of this framework, such as
    the Essential Eight levels of an ISM control; ``change`` says what later text does to it.
    """

    id: str = Field(min_length=1)
    group: str
    text: str
    levels: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    confidence: Literal["primary", "secondary", "unverified", "recall"] = "secondary"
    change: str = ""
    reach: Literal["tested", "partly", "attestation", "none"] = "none"
    note: str = ""
    controls: list[Support] = Field(default_factory=list)

    @field_validator("controls", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, list):
            return [{"control": v} if isinstance(v, str) else v for v in value]
        return value


class Counted(_CatalogueModel):
    """Requirements that are listed by id and counted, not shown: a report is not about them.

    ``text`` is the heading under which all of ``ids`` stand in the framework.
    """

    group: str
    text: str
    levels: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    confidence: Literal["primary", "secondary", "unverified", "recall"] = "primary"
    change: str = ""
    ids: list[str] = Field(min_length=1)


class Unlisted(_CatalogueModel):
    """Requirements that the framework has and the file does not list.

    ``count`` of ``of`` in all; None where the number is not known.
    """

    count: int | None = Field(default=None, ge=0)
    of: int | None = Field(default=None, ge=1)
    why: str
    confidence: Literal["primary", "secondary", "unverified", "recall"] = "secondary"


Basis = Literal["measures", "maturity", "principles"]


class Framework(_CatalogueModel):
    """A framework: its version, what is listed here, and every requirement listed.

    ``basis`` says what a result can mean: ``measures`` are met or not; of a ``maturity`` model no
    level is concluded; ``principles`` are supported, never met. ``outside`` gives, by group or as
    ``other``, why evidence does not reach what it does not reach.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    short: str
    version: str
    publisher: str
    scope: str
    caveat: str
    basis: Basis = "measures"
    attribution: str = ""
    sources: list[Reference] = Field(default_factory=list)
    unit: str = "requirement"
    levels: list[str] = Field(default_factory=list)
    outside: dict[str, str] = Field(default_factory=dict)
    unlisted: Unlisted | None = None
    requirements: list[Requirement]
    counted: list[Counted] = Field(default_factory=list)

    @property
    def counted_total(self) -> int:
        """How many requirements are counted and not shown, those that are not listed among them."""
        if self.unlisted and self.unlisted.of:
            return self.unlisted.of - len(self.requirements)
        return sum(len(row.ids) for row in self.counted) + (
            self.unlisted.count or 0 if self.unlisted else 0
        )

    def why(self, requirement: Requirement) -> str:
        """What keeps evidence from showing the whole of it; empty where nothing does."""
        if requirement.note or requirement.controls:
            return requirement.note
        return self.outside.get(requirement.group) or self.outside.get("other", "")


class SupportedBy(NamedTuple):
    """A requirement's support by a control, and where its framework's file says so."""

    framework: Framework
    requirement: Requirement
    support: Support
    place: tuple[str | int, ...]


@dataclass(frozen=True)
class Catalogue:
    """All controls and frameworks, with the digest of the files they came from.

    ``sources`` has the file of each control and framework by id; ``checks`` is the folder of the
    organisation's own checks; ``own`` the ids of its own controls and frameworks.
    """

    controls: Mapping[str, Control]
    frameworks: Mapping[str, Framework]
    sha256: str
    version: str = VERSION
    sources: Mapping[str, YamlSource] = field(default_factory=dict)
    checks: Path | None = None
    own: frozenset[str] = frozenset()

    @cached_property
    def families(self) -> list[str]:
        """Control families in the order of the catalogue's ids."""
        return list(dict.fromkeys(c.family for c in self.controls.values()))

    @cached_property
    def usual(self) -> list[str]:
        """Ids of the frameworks to show where nothing else is asked for: few, and one's own."""
        return [key for key in USUAL if key in self.frameworks] + [
            key for key in self.frameworks if key in self.own and key not in USUAL
        ]

    @cached_property
    def variants(self) -> dict[str, list[dict[str, Any]]]:
        """Control id -> the parameter sets, other than its own, that frameworks ask for."""
        found: dict[str, list[dict[str, Any]]] = {}
        for control_id, asked in self.asked.items():
            if control_id not in self.controls:
                continue
            for one in asked:
                wanted = self.effective(one.support)
                if wanted != self.controls[control_id].parameters:
                    kept = found.setdefault(control_id, [])
                    if wanted not in kept:
                        kept.append(wanted)
        return found

    @cached_property
    def asked(self) -> dict[str, list[SupportedBy]]:
        """Control id -> every support by it, in the order of frameworks and requirements."""
        found: dict[str, list[SupportedBy]] = {}
        for framework in self.frameworks.values():
            for index, requirement in enumerate(framework.requirements):
                for number, support in enumerate(requirement.controls):
                    place = ("requirements", index, "controls", number)
                    one = SupportedBy(framework, requirement, support, place)
                    found.setdefault(support.control, []).append(one)
        return found

    def effective(self, support: Support) -> dict[str, Any]:
        """The parameters under which ``support`` is judged."""
        return {**self.controls[support.control].parameters, **support.parameters}
