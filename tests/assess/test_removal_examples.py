"""What is lost never helps, over every example of every control and every source it gives.

For each control: which read, if it failed, could turn this into a pass? Each source of an example
is removed, denied, cut short or damaged; no verdict turns to pass, a failing row does not vanish
without one that is not evaluated, and the share of passes does not rise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.assess.facts import AccountFacts
from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import Check, find_check, run_control
from reportgen.catalogue import Control, Example, load_catalogue
from reportgen.errors import UsageError
from reportgen.examples.form import key_of
from reportgen.model import AccountInfo, Result, Verdict
from reportgen.sources import own_sources
from tests.assess.test_removal import DAMAGES, Damage, denied
from tests.given import ACCOUNT, AS_OF, short_form, store_with

CATALOGUE = load_catalogue()
NOTHING = {"account-aliases": b'{"AccountAliases": []}'}
Rows = dict[str, Result]


def without_keys(content: bytes) -> bytes | None:
    """The answer with null in place of each of its lists."""
    if not content.lstrip().startswith(b"{"):
        return None
    answer = json.loads(content)
    lists = [key for key, value in answer.items() if isinstance(value, list)]
    return json.dumps({**answer, **dict.fromkeys(lists)}).encode() if lists else None


ALL_DAMAGES: dict[str, Damage] = {**DAMAGES, "null lists": without_keys}


def refused(example: Example) -> list[str]:
    """The evidence keys of the reads that AWS refused."""
    return [key_of(name, own_sources()) for name in example.denied]


def judge(
    control: Control, check: Check, example: Example, files: dict[str, bytes], folder: Path
) -> Rows:
    _, snapshot = store_with(folder, dict(files or NOTHING), memory=True)
    around = dict(example.account)
    more = {key: around.pop(key, ()) for key in ("known_accounts", "third_parties")}
    facts = AccountFacts(
        AccountInfo(ACCOUNT, "Test", **around),
        snapshot,
        AS_OF,
        45,
        {control.id: "attested"} if example.attested is True else {},
        find_organisation({ACCOUNT: snapshot}, AS_OF, 45),
        **more,
    )
    rows = run_control(control, check, facts, {**control.parameters, **example.parameters})
    return {row.resource: row for row in rows}


def share(rows: Rows) -> float:
    tested = [r for r in rows.values() if r.verdict is not Verdict.NOT_APPLICABLE]
    return sum(r.verdict is Verdict.PASS for r in tested) / max(len(tested), 1)


def faults(whole: Rows, after: Rows) -> Iterator[str]:
    unknown = any(row.verdict is Verdict.NOT_EVALUATED for row in after.values())
    for arn, row in after.items():
        before = whole[arn].verdict if arn in whole else None
        if row.verdict is Verdict.PASS and before not in (Verdict.PASS, None):
            yield f"{arn}: {before} became a pass: {row.reason}"
        if row.verdict is Verdict.PASS and before is None and not unknown:
            yield f"{arn}: a pass from nowhere: {row.reason}"
    for arn, row in whole.items():
        gone = arn not in after or after[arn].verdict is Verdict.NOT_APPLICABLE
        if row.verdict is Verdict.FAIL and gone and not unknown:
            yield f"{arn}: a failing row vanished"
    if not unknown and share(after) > share(whole) + 1e-9:
        yield f"the score rose from {share(whole):.2f} to {share(after):.2f}"


def damaged(files: dict[str, bytes]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Each way to lose each of the files, and what is left."""
    for source, content in files.items():
        for name, damage in ALL_DAMAGES.items():
            left = damage(content)
            rest = {s: c for s, c in files.items() if s != source}
            if left is not None:
                rest[source] = left
            elif name != "removed":
                continue
            yield f"{source}, {name}", rest


@pytest.mark.parametrize("control", CATALOGUE.controls.values(), ids=lambda c: c.id)
def test_no_read_that_fails_makes_a_pass(control: Control, tmp_path: Path) -> None:
    check = find_check(CATALOGUE, control)
    wrong = []
    for number, example in enumerate(control.examples):
        files = {s: text.encode() for s, text in short_form(example.given).items()}
        files |= dict.fromkeys(refused(example), denied(b""))
        if not files:
            continue
        whole = judge(control, check, example, files, tmp_path / str(number))
        for turn, (name, rest) in enumerate(damaged(files)):
            try:
                after = judge(control, check, example, rest, tmp_path / f"{number}-{turn}")
            except UsageError:
                # Refused on the way in: the store keeps no such file.
                continue
            wrong += [f"{example.name}: {name}: {said}" for said in faults(whole, after)]
    assert wrong == []
