"""Reads the register: ``waivers``, ``severities``, ``attestations`` and ``responses``, as YAML.

A waiver accepts a finding until a date; the finding stays a fail, is shown and counted apart, and
is open again the day after the waiver ends. An attestation is a statement by a named role for
what no API shows. A response is what management says to a finding, with who does what by when.

An entry that cannot be right is not applied and is reported with file and line; the others are.
Whatever is left out leaves a finding open or a control not evaluated, never the other way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from reportgen.audit.entries import (
    Action,
    Attachment,
    Attestation,
    Response,
    SeverityChange,
    Waiver,
    matches,
)
from reportgen.errors import ConfigError
from reportgen.model import Severity
from reportgen.yamlsource import Place, YamlSource, explained, load

__all__ = [
    "FILES",
    "Action",
    "Attachment",
    "Attestation",
    "Register",
    "RegisterFault",
    "Response",
    "SeverityChange",
    "Waiver",
    "load_register",
]

Entry = TypeVar("Entry", Waiver, SeverityChange, Attestation, Response)
FILES = ("waivers", "severities", "attestations", "responses")


@dataclass(frozen=True)
class RegisterFault:
    """An entry that is not applied: ``where`` is file and line, ``wrong`` what is wrong with it."""

    where: str
    wrong: str


@dataclass(frozen=True)
class Register:
    """All four lists; empty where there is no register.

    ``places`` has file and line of each waiver, change of severity and attestation by its id;
    ``faults`` what was left out.
    """

    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    responses: tuple[Response, ...] = ()
    severities: tuple[SeverityChange, ...] = ()
    faults: tuple[RegisterFault, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    def waiver(self, control: str, account: str, resource: str, on: date) -> Waiver | None:
        """The waiver in force for a finding on a day (its last day included)."""
        for waiver in self.waivers:
            if waiver.in_force(on) and waiver.covers(control, account, resource):
                return waiver
        return None

    def lapsed(self, control: str, account: str, resource: str, on: date) -> Waiver | None:
        """The latest waiver of a finding that has ended before ``on``."""
        ended = [w for w in self.waivers if w.expires < on and w.covers(control, account, resource)]
        return max(ended, key=lambda w: w.expires, default=None)

    def change(self, control: str, account: str, resource: str, on: date) -> SeverityChange | None:
        """The change of a finding's severity that is in force on a day."""
        for entry in self.severities:
            if entry.in_force(on) and entry.covers(control, account, resource):
                return entry
        return None

    def severity(
        self, control: str, account: str, resource: str, on: date, own: Severity
    ) -> Severity:
        """How severe a finding is on a day: ``own``, the control's, or what it was changed to."""
        changed = self.change(control, account, resource, on)
        return changed.severity if changed else own

    def attested(self, account: str, on: date) -> dict[str, str]:
        """Control id -> the sentence that attests it for an account on a day."""
        return {
            a.control: f"Attested by {a.by} on {a.signed} until {a.expires}: {a.statement} ({a.id})"
            for a in self.attestations
            if a.signed <= on <= a.expires and matches(account, a.accounts)
        }

    def signed(self, account: str, on: date) -> dict[str, tuple[Attestation, ...]]:
        """Control id -> the statements signed for an account by a day, by their date.

        Those that have ended are there too: they say when somebody looked.
        """
        found: dict[str, list[Attestation]] = {}
        for entry in sorted(self.attestations, key=lambda a: (a.signed, a.expires, a.id)):
            if entry.signed <= on and matches(account, entry.accounts):
                found.setdefault(entry.control, []).append(entry)
        return {control: tuple(entries) for control, entries in found.items()}

    def response(self, control: str, account: str, resource: str) -> Response | None:
        """Management's response to a finding."""
        for response in self.responses:
            if response.covers(control, account, resource):
                return response
        return None


def load_register(
    folder: Path,
    controls: Iterable[str],
    answered: Collection[str] = (),
    given: Mapping[str, list[Mapping[str, Any]]] | None = None,
) -> Register:
    """Load the register in ``folder``; a folder that is not there is an empty register.

    ``answered`` are controls that an API answers whole, for which a statement is no evidence.
    ``given`` has lists to read in place of the files, such as what comes back from a workbook.
    Raises ConfigError with file and line for a file that is no list of entries.
    """
    reader = _RegisterReader(folder, set(controls), answered, given)
    return Register(
        reader.entries("waivers", Waiver),
        reader.entries("attestations", Attestation, reader.evidenced),
        reader.entries("responses", Response),
        reader.entries("severities", SeverityChange),
        tuple(reader.faults),
        reader.places,
    )


class _RegisterReader:
    """Reads the files of a folder, and notes what is wrong with single entries."""

    def __init__(
        self,
        folder: Path,
        controls: set[str],
        answered: Collection[str],
        given: Mapping[str, list[Mapping[str, Any]]] | None,
    ) -> None:
        self._folder = folder
        self._controls = controls
        self._answered = answered
        self._given = given
        self.faults: list[RegisterFault] = []
        self.places: dict[str, str] = {}

    def entries(
        self,
        name: str,
        model: type[Entry],
        checked: Callable[[Entry], tuple[Place, str] | Entry] | None = None,
    ) -> tuple[Entry, ...]:
        """The entries of ``name``.yaml that can be right."""
        path = self._folder / f"{name}.yaml"
        if self._given is not None:
            source = YamlSource(path, {name: self._given.get(name, [])}, {})
        elif path.exists():
            source = load(path)
        else:
            return ()
        found: list[Entry] = []
        for index, item in enumerate(_listed(source, name)):
            at: Place = (name, index)
            try:
                entry = model.model_validate(item)
            except ValidationError as error:
                self._fault(explained(source, model, error, at))
                continue
            judged = self._wrong(entry) or (checked(entry) if checked else entry)
            if isinstance(judged, tuple):
                inside: Place = judged[0]
                self._fault(source.error((*at, *inside), judged[1]))
                continue
            entry_id = getattr(entry, "id", "")
            if entry_id:
                self.places[entry_id] = f"{path.name}:{source.line(at)}"
            found.append(judged)
        return tuple(found)

    def _fault(self, error: ConfigError) -> None:
        where, _, said = error.message.removeprefix(f"{self._folder}/").partition(": ")
        self.faults.append(RegisterFault(where, f"{said} {error.hint}".strip()))

    def _wrong(self, entry: Entry) -> tuple[Place, str] | None:
        if entry.control not in self._controls:
            return ("control",), f"unknown control {entry.control!r}."
        if getattr(entry, "id", "") in self.places:
            return ("id",), f"{getattr(entry, 'id', '')} is taken already. Ids are unique."
        return None

    def evidenced(self, entry: Attestation) -> tuple[Place, str] | Attestation:
        """The attestation with the digests of what is attached, or what is wrong with it."""
        if entry.control in self._answered:
            return ("control",), f"{entry.control} is answered by an API; a statement is none."
        kept = []
        top = self._folder.resolve()
        for number, attached in enumerate(entry.attachments):
            place: Place = ("attachments", number)
            if attached.reference:
                kept.append(attached)
                continue
            path = (self._folder / attached.file).resolve()
            if not (path.is_file() and path.is_relative_to(top)):
                said = f"attachments: {attached.file!r} is no file below the register's folder."
                return place, said
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if attached.sha256 not in ("", digest):
                return place, f"attachments: {attached.file!r} is not the file that was attached."
            kept.append(attached.model_copy(update={"sha256": digest}))
        return entry.model_copy(update={"attachments": kept})


def _listed(source: YamlSource, name: str) -> list[object]:
    if not isinstance(source.data, dict):
        raise source.error((), "the file must hold a mapping of keys to values.")
    for key in source.data:
        if key != name:
            raise source.error((key,), f"{key}: unknown key.", f"Known keys here: {name}.")
    entries = source.data.get(name) or []
    if not isinstance(entries, list):
        raise source.error((name,), f"{name}: must be a list.")
    return entries
