"""What is lost never helps: no source, removed or damaged, makes a verdict better.

For each source of the sample organisation and each way to lose it: no verdict turns to pass, a
failing row does not vanish without a not-evaluated one of its control in its account, and the share
of passes, weighted as in the score, does not rise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import Assessor, positions
from reportgen.collect.exports import files_in
from reportgen.config import load_config
from reportgen.model import Result, Verdict
from reportgen.pipeline import prepare
from reportgen.resources import data_folder
from reportgen.sources import own_sources
from tests.given import store_with

AS_OF = datetime(2026, 9, 30, 3, tzinfo=UTC)
MONTH = data_folder("samples") / "organisation" / "2026-09-30"
ACCOUNTS = sorted(path.name for path in MONTH.iterdir() if path.is_dir())
Key = tuple[str, str, str]
Damage = Callable[[bytes], bytes | None]


def denied(_: bytes) -> bytes:
    return b"\nAn error occurred (AccessDenied) when calling the X operation: not authorized\n"


def cut_short(content: bytes) -> bytes | None:
    """The first page alone: half of each list, and AWS's word that there is more."""
    if not content.lstrip().startswith(b"{"):
        return None
    answer = json.loads(content)
    for key, value in answer.items():
        if isinstance(value, list):
            answer[key] = value[: len(value) // 2]
    return json.dumps({**answer, "IsTruncated": True, "Marker": "m"}).encode()


def without_lines(content: bytes) -> bytes | None:
    """A credential report without the last half of its users."""
    if content.lstrip().startswith(b"{"):
        return None
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: 1 + len(lines) // 2])


def without_lists(content: bytes) -> bytes | None:
    """What collect puts together itself, each record without the lists that it looked up."""
    if not content.lstrip().startswith(b"{"):
        return None
    answer = json.loads(content)
    looked_up = {"Rules": {"Name", "EventPattern", "State"}, "Buckets": {"Name"}}
    looked_up |= {"TrailStatuses": {"TrailARN"}, "Trails": {"TrailARN"}}
    looked_up |= {"EventDataStores": {"EventDataStoreArn"}, "Detectors": {"DetectorId"}}
    if not {"Instances", "Policies", *looked_up} & set(answer) or "UserDetailList" in answer:
        return None
    for key, kept in looked_up.items():
        for record in answer.get(key) or []:
            for name in set(record) - kept:
                record.pop(name)
    for instance in answer.get("Instances", []):
        instance.pop("UserData", None)
        for record in instance.get("PermissionSets", []):
            for key in ("AttachedManagedPolicies", "Assignments", "InlinePolicy"):
                record.pop(key)
    for policy in answer.get("Policies", []):
        policy.pop("Content")
        policy.pop("Targets")
    return json.dumps(answer).encode()


DAMAGES: dict[str, Damage] = {
    "removed": lambda _: None,
    "denied": denied,
    "cut short": cut_short,
    "without lines": without_lines,
    "without lists": without_lists,
}


@cache
def assessor() -> Assessor:
    """One for all: what it works out of an answer, it keeps by the answer's content."""
    path = data_folder("samples") / "reportgen.yaml"
    rules = prepare(path)
    return Assessor(rules.catalogue, load_config(path), rules.register)


def judged(folder: Path, files: dict[str, dict[str, bytes]]) -> dict[Key, Result]:
    snapshots = [
        store_with(folder, dict(sources), account, AS_OF, memory=True)[1]
        for account, sources in files.items()
        if sources
    ]
    found = positions(snapshots, AS_OF)
    around = find_organisation(found, AS_OF, 45)
    return {
        (row.control_id, row.account_id, row.resource): row
        for account, snapshot in found.items()
        for row in assessor().assess(account, snapshot, AS_OF, organisation=around).results
    }


@cache
def whole_files() -> dict[str, dict[str, bytes]]:
    return {
        account: {s: p.read_bytes() for s, p in files_in(MONTH / account).items()}
        for account in ACCOUNTS
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, Result]:
    return judged(tmp_path_factory.mktemp("whole"), whole_files())


def share(rows: dict[Key, Result]) -> float:
    """Weighted passes of what is tested; not evaluated counts as not passed."""
    tested = [r for r in rows.values() if r.verdict is not Verdict.NOT_APPLICABLE]
    passes = sum(r.severity.weight for r in tested if r.verdict is Verdict.PASS)
    return passes / max(sum(r.severity.weight for r in tested), 1)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("source", own_sources())
def test_what_is_lost_never_helps(
    source: str, damage: str, whole: dict[Key, Result], tmp_path: Path
) -> None:
    files = {account: dict(sources) for account, sources in whole_files().items()}
    touched = 0
    for sources in files.values():
        if source in sources:
            left = DAMAGES[damage](sources[source])
            if left is None and damage != "removed":
                continue
            touched += 1
            if left is None:
                del sources[source]
            else:
                sources[source] = left
    if not touched:
        pytest.skip("no account has it, or it cannot be damaged so")
    after = judged(tmp_path, files)
    unknown = {(c, a) for (c, a, _), row in after.items() if row.verdict is Verdict.NOT_EVALUATED}
    better = [
        (key, row.reason)
        for key, row in after.items()
        if row.verdict is Verdict.PASS
        and key in whole
        and whole[key].verdict in (Verdict.FAIL, Verdict.NOT_EVALUATED)
    ]
    assert better == []
    vanished = [
        key
        for key, row in whole.items()
        if row.verdict is Verdict.FAIL
        and (key not in after or after[key].verdict is Verdict.NOT_APPLICABLE)
        and key[:2] not in unknown
    ]
    assert vanished == []
    accounts = {a for _, a, _ in after}
    same = {key: row for key, row in whole.items() if key[1] in accounts}
    if damage in ("removed", "denied"):
        assert share(after) <= share(same) + 1e-9
