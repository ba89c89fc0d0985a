"""Reads the register: ``waivers.yaml``, ``attestations.yaml`` and ``responses.yaml``.

A waiver accepts a finding until a date; the finding stays a fail, is shown and counted apart, and
is open again the day after the waiver ends. An attestation is a statement by a named role for
what no API shows. A response is what management says to a finding, with who does what by when.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from reportgen.yamlsource import YamlSource, load, validate


class _RegisterModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` as IAM has them: a bracket is itself, where fnmatch sees a class."""
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL)


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(_pattern(pattern).fullmatch(text) for pattern in patterns)


class _Scoped(_RegisterModel):
    control: str
    accounts: list[str] = Field(default=["*"], min_length=1)
    resources: list[str] = Field(default=["*"], min_length=1)

    def covers(self, control: str, account: str, resource: str) -> bool:
        """Whether this entry speaks of the finding (``*`` and ``?`` match in ids and ARNs)."""
        return (
            self.control == control
            and _matches(account, self.accounts)
            and _matches(resource, self.resources)
        )


class Waiver(_Scoped):
    """An accepted finding: by whom, why, with what in its place, and until when."""

    id: str
    reason: str
    compensating_control: str
    owner: str
    requested_by: str
    approved_by: str
    granted: date
    expires: date

    @model_validator(mode="after")
    def _approved_by_another(self) -> Waiver:
        if self.approved_by.strip().casefold() == self.requested_by.strip().casefold():
            raise ValueError(f"{self.id}: approved_by must be another person than requested_by")
        if self.expires < self.granted:
            raise ValueError(f"{self.id}: expires before it was granted")
        return self


class Attestation(_RegisterModel):
    """A statement by a named role: evidence of ASD's grade "poor".

    ``attachments`` are files in the register's folder that travel with it in an auditor's pack.
    """

    id: str
    control: str
    accounts: list[str] = Field(default=["*"], min_length=1)
    statement: str
    by: str
    signed: date
    expires: date
    attachments: list[str] = []


class Action(_RegisterModel):
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


class _Waivers(_RegisterModel):
    waivers: list[Waiver] = []


class _Attestations(_RegisterModel):
    attestations: list[Attestation] = []


class _Responses(_RegisterModel):
    responses: list[Response] = []


@dataclass(frozen=True)
class Register:
    """All three lists; empty where there is no register."""

    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    responses: tuple[Response, ...] = ()

    def waiver(self, control: str, account: str, resource: str, on: date) -> Waiver | None:
        """The waiver in force for a finding on a day (its last day included)."""
        for waiver in self.waivers:
            if waiver.granted <= on <= waiver.expires and waiver.covers(control, account, resource):
                return waiver
        return None

    def lapsed(self, control: str, account: str, resource: str, on: date) -> Waiver | None:
        """The latest waiver of a finding that has ended before ``on``."""
        ended = [w for w in self.waivers if w.expires < on and w.covers(control, account, resource)]
        return max(ended, key=lambda w: w.expires, default=None)

    def attested(self, account: str, on: date) -> dict[str, str]:
        """Control id -> the sentence that attests it for an account on a day."""
        return {
            a.control: f"Attested by {a.by} on {a.signed} until {a.expires}: {a.statement} ({a.id})"
            for a in self.attestations
            if a.signed <= on <= a.expires and _matches(account, a.accounts)
        }

    def signed(self, account: str, on: date) -> dict[str, tuple[Attestation, ...]]:
        """Control id -> the statements signed for an account by a day, by their date.

        Those that have ended are there too: they say when somebody looked.
        """
        found: dict[str, list[Attestation]] = {}
        for entry in sorted(self.attestations, key=lambda a: (a.signed, a.expires, a.id)):
            if entry.signed <= on and _matches(account, entry.accounts):
                found.setdefault(entry.control, []).append(entry)
        return {control: tuple(entries) for control, entries in found.items()}

    def response(self, control: str, account: str, resource: str) -> Response | None:
        """Management's response to a finding."""
        for response in self.responses:
            if response.covers(control, account, resource):
                return response
        return None


def load_register(folder: Path, controls: Iterable[str]) -> Register:
    """Load the register in ``folder``; a folder that is not there is an empty register.

    Raises ConfigError with file and line, also for a control that the catalogue does not have.
    """
    known = set(controls)
    files = {name: folder / f"{name}.yaml" for name in ("waivers", "attestations", "responses")}
    sources = {name: load(path) for name, path in files.items() if path.exists()}
    waivers = validate(sources["waivers"], _Waivers) if "waivers" in sources else _Waivers()
    attested = (
        validate(sources["attestations"], _Attestations)
        if "attestations" in sources
        else _Attestations()
    )
    responses = (
        validate(sources["responses"], _Responses) if "responses" in sources else _Responses()
    )
    _check(sources.get("waivers"), "waivers", waivers.waivers, known)
    _check(sources.get("attestations"), "attestations", attested.attestations, known)
    _check_attached(sources.get("attestations"), folder, attested.attestations)
    _check(sources.get("responses"), "responses", responses.responses, known)
    return Register(
        tuple(waivers.waivers), tuple(attested.attestations), tuple(responses.responses)
    )


def _check_attached(
    source: YamlSource | None, folder: Path, attestations: Iterable[Attestation]
) -> None:
    """What is attached must be a file in the register's folder: a pack carries it out of here."""
    top = folder.resolve()
    for index, entry in enumerate(attestations):
        for number, name in enumerate(entry.attachments):
            path = (folder / name).resolve()
            if source is not None and not (path.is_file() and path.is_relative_to(top)):
                raise source.error(
                    ("attestations", index, "attachments", number),
                    f"attachments: {name!r} is no file below {folder}.",
                    "Put the file beside attestations.yaml, and name it from there.",
                )


def _check(
    source: YamlSource | None,
    name: str,
    entries: Iterable[Waiver | Attestation | Response],
    known: set[str],
) -> None:
    if source is None:
        return
    for index, entry in enumerate(entries):
        if entry.control not in known:
            raise source.error(
                (name, index, "control"),
                f"unknown control {entry.control!r}.",
                f"Known controls: {', '.join(sorted(known))}.",
            )
