"""What tests of checks share: a control judged over evidence in short form, and its examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts import AccountFacts
from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import find_check, run_control
from reportgen.catalogue import Control, Example, load_catalogue
from reportgen.examples.run import differences, evidence_of, judged
from reportgen.model import AccountInfo, Result
from tests.given import ACCOUNT, AS_OF, short_form, store_with

CATALOGUE = load_catalogue()


def name_of(row: Result) -> str:
    """The last part of a row's ARN; ``account`` for the account as a whole."""
    return "account" if row.resource.endswith(":root") else row.resource.split("/")[-1]


def judge(
    folder: Path,
    control_id: str,
    given: dict[str, Any],
    *,
    files: dict[str, str] | None = None,
    parameters: dict[str, Any] | None = None,
    attested: str = "",
    known_accounts: tuple[str, ...] = (),
    third_parties: tuple[str, ...] = (),
    **account: Any,
) -> list[Result]:
    """The rows of one control; ``files`` are whole answers beside those in short form."""
    _, snapshot = store_with(folder, {**short_form(given), **(files or {})})
    facts = AccountFacts(
        AccountInfo(ACCOUNT, "Test", **account),
        snapshot,
        AS_OF,
        45,
        {control_id: attested} if attested else {},
        find_organisation({ACCOUNT: snapshot}, AS_OF, 45),
        known_accounts,
        third_parties,
    )
    control = CATALOGUE.controls[control_id]
    values = {**control.parameters, **(parameters or {})}
    return run_control(control, find_check(CATALOGUE, control), facts, values)


def reasons(folder: Path, control_id: str, given: dict[str, Any], **more: Any) -> dict[str, str]:
    """Name -> "verdict: reason"."""
    rows = judge(folder, control_id, given, **more)
    assert len({row.resource for row in rows}) == len(rows)
    return {name_of(row): f"{row.verdict.value}: {row.reason}" for row in rows}


def verdicts(folder: Path, control_id: str, given: dict[str, Any], **more: Any) -> dict[str, str]:
    """Name -> verdict."""
    return {n: said.split(":")[0] for n, said in reasons(folder, control_id, given, **more).items()}


def examples_of(room: str) -> list[Any]:
    """The examples of every control whose check lies in one file."""
    return [
        pytest.param(control, example, id=f"{control.id} {example.name}")
        for control in CATALOGUE.controls.values()
        if control.check.split(".")[0] == room
        for example in control.examples
    ]


def hold(control: Control, example: Example, folder: Path) -> None:
    """Assert that an example gives what it says."""
    evidence = evidence_of(control, example, folder)
    parameters = {**control.parameters, **example.parameters}
    found = judged(control, find_check(CATALOGUE, control), evidence.facts, parameters)
    assert differences(example, found, evidence) == []
