"""What the machine formats are written from: a results file, with what is known around it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from reportgen.audit.register import Register, Response, Waiver
from reportgen.catalogue import Catalogue, Control
from reportgen.catalogue.wording import (
    OF_ONE,
    NamedResource,
    command,
    kind_of,
    placeholders,
    prose,
)
from reportgen.clock import parse_moment
from reportgen.model import AccountRow, ResultRow, ResultsFile

# Identifiers are UUIDs of version 5 below this one, so that the same thing keeps its own.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:reportgen:results")


def identifier(*parts: str) -> str:
    """The UUID (RFC 9562, version 5) of a thing by its parts."""
    joined = "\x1f".join(parts).encode("utf-8", "replace")
    # As ``uuid.uuid5`` makes it, which takes four times as long, once and more for every row.
    code = hashlib.sha1(_NAMESPACE.bytes + joined, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(code[16], 16) & 3]
    return f"{code[:8]}-{code[8:12]}-5{code[13:16]}-{variant}{code[17:20]}-{code[20:32]}"


@dataclass(frozen=True)
class MachineInput:
    """A results file with its catalogue, its register and the organisation's name.

    ``day`` is the day of the assessment in the organisation's time zone.
    """

    results: ResultsFile
    catalogue: Catalogue
    register: Register
    organisation: str
    day: date
    tool_version: str

    @cached_property
    def moment(self) -> datetime:
        """The moment of the assessment, UTC."""
        return parse_moment(self.results["as_of"])

    @cached_property
    def accounts(self) -> Mapping[str, AccountRow]:
        """The accounts by id."""
        return {account["account_id"]: account for account in self.results["accounts"]}

    def control(self, row: ResultRow) -> Control:
        """The control of a row."""
        return self.catalogue.controls[row["control_id"]]

    def about(self, row: ResultRow) -> NamedResource:
        """The resource of a row, as sentences name it."""
        key = row["account_id"], row["resource_type"], row["resource"]
        known = self._about.get(key)
        if known is None:
            number, kind, arn = key
            name = arn.rpartition("/")[2] or arn
            account = self.accounts[number]["name"] or number
            known = NamedResource(name, kind_of(kind, arn), account, number, arn)
            self._about[key] = known
        return known

    @cached_property
    def _about(self) -> dict[tuple[str, str, str], NamedResource]:
        return {}

    def key(self, row: ResultRow) -> str:
        """The identifier of what a row says of: a control for a resource in an account."""
        parts = row["control_id"], row["account_id"], row["resource"]
        found = self._keys.get(parts)
        if found is None:
            found = self._keys[parts] = identifier(*parts)
        return found

    @cached_property
    def _keys(self) -> dict[tuple[str, str, str], str]:
        return {}

    def resource(self, row: ResultRow) -> str:
        """The identifier of the resource of a row."""
        parts = row["account_id"], row["resource"]
        found = self._resources.get(parts)
        if found is None:
            found = self._resources[parts] = identifier("resource", *parts)
        return found

    @cached_property
    def _resources(self) -> dict[tuple[str, str], str]:
        return {}

    def headline(self, row: ResultRow) -> str:
        """A failure in one sentence; of another verdict the control's title."""
        control = self.control(row)
        if row["verdict"] != "fail":
            return control.title
        return prose(control.finding.one, self.about(row), control.parameters)

    def fix(self, row: ResultRow) -> str:
        """How to mend it: the console's way, else the commands."""
        control = self.control(row)
        fixed = self._fixed.get(control.id)
        if fixed:
            return fixed
        about = self.about(row)
        if control.remediation.console:
            return prose(control.remediation.console, about, control.parameters)
        return command(control.remediation.cli_for(about.kind), about, control.parameters)

    @cached_property
    def _fixed(self) -> dict[str, str]:
        """The controls' ways by the console that speak of no resource."""
        nobody = NamedResource("", "", "", "", "")
        return {
            control.id: prose(console, nobody, control.parameters)
            for control in self.catalogue.controls.values()
            if (console := control.remediation.console)
            and not set(placeholders(console)) & set(OF_ONE)
        }

    def link(self, row: ResultRow) -> str:
        """The first address among the control's references; empty where there is none."""
        return next((r.url for r in self.control(row).references if r.url), "")

    def waiver(self, row: ResultRow) -> Waiver | None:
        """The waiver in force for a failure."""
        if row["verdict"] != "fail":
            return None
        return self.register.waiver(row["control_id"], row["account_id"], row["resource"], self.day)

    def response(self, row: ResultRow) -> Response | None:
        """Management's response to a failure."""
        return self.register.response(row["control_id"], row["account_id"], row["resource"])

    def requirements(self, control_id: str) -> list[tuple[str, str]]:
        """(framework, requirement) that a control supports, in the order of the catalogue."""
        return self._requirements.get(control_id, [])

    @cached_property
    def _requirements(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for framework in self.catalogue.frameworks.values():
            for requirement in framework.requirements:
                for support in requirement.controls:
                    pair = (framework.short, requirement.id)
                    listed = found.setdefault(support.control, [])
                    if pair not in listed:
                        listed.append(pair)
        return found


def partition(arn: str) -> str:
    """The partition of an ARN; aws of what is none."""
    return arn.split(":")[1] if arn.startswith("arn:") and arn.count(":") >= 5 else "aws"


def region(arn: str) -> str:
    """The region of an ARN, empty of what is global."""
    return arn.split(":")[3] if arn.startswith("arn:") and arn.count(":") >= 5 else ""
