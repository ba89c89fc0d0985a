"""Reads ``controls/``: the catalogue (a file for each control) and the frameworks.

Everything is validated on load; a fault is a ConfigError with file, line, what is wrong and what
would be right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from reportgen.model import Severity
from reportgen.resources import data_folder
from reportgen.sources import own_sources
from reportgen.yamlsource import YamlSource, load, validate

VERSION = "2026.11"

Cadence = Literal["monthly", "quarterly", "annual"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(_Strict):
    """Where a rule comes from: a title, and an https address where there is one."""

    title: str
    url: str = ""

    @field_validator("url")
    @classmethod
    def _https(cls, value: str) -> str:
        if value and not value.startswith("https://"):
            raise ValueError("must be an https address")
        return value


class Remediation(_Strict):
    """How to mend a failure, for each way of working."""

    console: str
    cli: str
    terraform: str


class Example(_Strict):
    """Evidence in short, and the verdict that must follow for each resource named."""

    name: str
    given: dict[str, Any]
    expect: dict[str, Literal["pass", "fail", "not-applicable", "not-evaluated"]]
    account: dict[str, Any] = {}
    attested: bool = False


class Control(_Strict):
    """One control of the catalogue. ``check`` names a function under ``assess/checks``."""

    id: str = Field(pattern=r"^[A-Z][A-Z0-9]*-\d{2}$")
    title: str
    family: str
    statement: str
    why: str
    consequence: str
    severity: Severity
    cadence: Cadence
    observability: Literal["api", "partial", "attestation"]
    check: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    parameters: dict[str, Any] = {}
    sources: list[str] = []
    test: str
    limits: str = ""
    remediation: Remediation
    references: list[Reference]
    examples: list[Example] = []

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in own_sources():
                raise ValueError(f"unknown source {name!r}; known: {', '.join(own_sources())}")
        return value

    @property
    def scored(self) -> bool:
        """Whether the score counts it: what rests on a statement alone does not."""
        return self.observability != "attestation"


class Support(_Strict):
    """A control that supports a requirement, with the framework's own thresholds."""

    control: str
    parameters: dict[str, Any] = {}


class Requirement(_Strict):
    """One requirement of a framework, also where no IAM evidence reaches it."""

    id: str
    group: str
    text: str
    levels: list[str] = []
    confidence: Literal["primary", "secondary", "unverified", "recall"] = "secondary"
    reach: Literal["tested", "partly", "attestation", "none"] = "none"
    note: str = ""
    controls: list[Support] = []

    @field_validator("controls", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, list):
            return [{"control": v} if isinstance(v, str) else v for v in value]
        return value


class Framework(_Strict):
    """A framework: its version, what is listed here, and every requirement listed."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    short: str
    version: str
    publisher: str
    scope: str
    caveat: str
    unit: str = "requirement"
    levels: list[str] = []
    requirements: list[Requirement]


@dataclass(frozen=True)
class Catalogue:
    """All controls and frameworks, with the digest of the files they came from.

    ``sources`` has the file of each control and framework by id.
    """

    controls: Mapping[str, Control]
    frameworks: Mapping[str, Framework]
    sha256: str
    version: str = VERSION
    sources: Mapping[str, YamlSource] = field(default_factory=dict)

    @cached_property
    def families(self) -> list[str]:
        """Control families in the order of the catalogue's ids."""
        return list(dict.fromkeys(c.family for c in self.controls.values()))

    @cached_property
    def variants(self) -> dict[str, list[dict[str, Any]]]:
        """Control id -> the parameter sets, other than its own, that frameworks ask for."""
        found: dict[str, list[dict[str, Any]]] = {}
        for framework in self.frameworks.values():
            for requirement in framework.requirements:
                for support in requirement.controls:
                    if support.control not in self.controls:
                        continue
                    wanted = self.effective(support)
                    if wanted != self.controls[support.control].parameters:
                        kept = found.setdefault(support.control, [])
                        if wanted not in kept:
                            kept.append(wanted)
        return found

    def effective(self, support: Support) -> dict[str, Any]:
        """The parameters under which ``support`` is judged."""
        return {**self.controls[support.control].parameters, **support.parameters}


# The order in which people think of the families, not that of the alphabet.
_ORDER = (
    "ROOT",
    "MFA",
    "KEY",
    "IDC",
    "LP",
    "BND",
    "POL",
    "ROLE",
    "SCP",
    "E8",
    "SEC",
    "MON",
    "CERT",
)


def _rank(control_id: str) -> tuple[int, str]:
    prefix = control_id.rsplit("-", 1)[0]
    return (_ORDER.index(prefix) if prefix in _ORDER else len(_ORDER), control_id)


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Load and validate ``folder`` (default: the catalogue that reportgen carries).

    Raises ConfigError for the first fault found.
    """
    root = folder or data_folder("controls")
    digest = hashlib.sha256()
    controls: dict[str, Control] = {}
    frameworks: dict[str, Framework] = {}
    sources: dict[str, YamlSource] = {}
    for path in sorted(root.glob("catalogue/*.yaml")):
        source = _read(path, digest)
        control = validate(source, Control)
        if control.id in controls:
            raise source.error(("id",), f"id: {control.id} is taken already.", "Ids are unique.")
        if path.stem != control.id:
            raise source.error(("id",), f"id: {control.id}.", f"The file is named {path.name}.")
        controls[control.id] = control
        sources[control.id] = source
    for path in sorted(root.glob("frameworks/*.yaml")):
        source = _read(path, digest)
        framework = validate(source, Framework)
        _check_framework(source, framework, controls)
        frameworks[framework.id] = framework
        sources[framework.id] = source
    if not controls:
        raise validate_empty(root)
    ordered = {key: controls[key] for key in sorted(controls, key=_rank)}
    return Catalogue(ordered, frameworks, digest.hexdigest(), sources=sources)


def validate_empty(root: Path) -> Exception:
    """The error for a catalogue folder without a control."""
    return YamlSource(root, None, {}).error((), "holds no control (catalogue/*.yaml).")


def _read(path: Path, digest: Any) -> YamlSource:
    source = load(path)
    digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return source


def _check_framework(
    source: YamlSource, framework: Framework, controls: Mapping[str, Control]
) -> None:
    seen: set[tuple[str, str]] = set()
    for index, requirement in enumerate(framework.requirements):
        place = ("requirements", index)
        key = (requirement.group, requirement.id)
        if key in seen:
            raise source.error((*place, "id"), f"{requirement.id} is listed twice in its group.")
        seen.add(key)
        for level in requirement.levels:
            if level not in framework.levels:
                right = f"Levels of this framework: {', '.join(framework.levels) or 'none'}."
                raise source.error((*place, "levels"), f"unknown level {level!r}.", right)
        for number, support in enumerate(requirement.controls):
            at = (*place, "controls", number)
            if support.control not in controls:
                right = f"Known controls: {', '.join(sorted(controls))}."
                raise source.error(at, f"unknown control {support.control!r}.", right)
            known = controls[support.control].parameters
            for name in support.parameters:
                if name not in known:
                    right = f"Its parameters: {', '.join(known) or 'none'}."
                    raise source.error(at, f"{support.control} takes no {name!r}.", right)
        if requirement.controls and requirement.reach == "none":
            raise source.error(
                (*place, "reach"),
                f"{requirement.id} has controls, so its reach cannot be none.",
                "Write tested, partly or attestation.",
            )
