"""Runs the example of a control: its short form as evidence, judged by the control alone."""

from __future__ import annotations

from pathlib import Path

from reportgen.assess.facts import AccountFacts
from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import find_check, run_control
from reportgen.catalogue import Catalogue, Control, Example
from reportgen.evidence.store import Snapshot
from reportgen.model import AccountInfo, Result
from tests.given import ACCOUNT, AS_OF, short_form, store_with


def run_example(
    catalogue: Catalogue, control: Control, example: Example, folder: Path
) -> tuple[list[Result], Snapshot]:
    """The rows of one example, and the snapshot that they rest on."""
    files = short_form(example.given) or {"account-aliases": '{"AccountAliases": []}'}
    _, snapshot = store_with(folder, dict(files))
    around = dict(example.account)
    more = {key: around.pop(key, ()) for key in ("known_accounts", "third_parties")}
    facts = AccountFacts(
        AccountInfo(ACCOUNT, "Test", **around),
        snapshot,
        AS_OF,
        45,
        {control.id: "attested"} if example.attested else {},
        find_organisation({ACCOUNT: snapshot}, AS_OF, 45),
        **more,
    )
    rows = run_control(control, find_check(catalogue, control), facts, control.parameters)
    return rows, snapshot
