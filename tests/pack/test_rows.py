"""Rows of accounts, one behind the other: what the files of a control have by their definition."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.evidence.seal import canonical
from reportgen.model import AccountAssessment, AccountInfo, Result, Severity, Verdict
from reportgen.pack.results import row_files, rows_by_control
from reportgen.pack.rows import write_rows

ACCOUNTS = {"111122223333": "=One", "444455556666": 'Two, "b"\r\n'}
CONTROLS = ("C-1", "C-2")
NOW = datetime(2026, 9, 30, tzinfo=UTC)
texts = st.sampled_from(["user/a", "user/é", "@b", 'q",', "\\", "\ud800", "\r\n", "", "%s"])


def results(account: str) -> st.SearchStrategy[Result]:
    return st.builds(
        Result,
        control_id=st.sampled_from(CONTROLS),
        account_id=st.just(account),
        resource=texts,
        resource_type=st.sampled_from(["AWS::IAM::User", ""]),
        verdict=st.sampled_from(Verdict),
        severity=st.sampled_from(Severity),
        reason=texts,
        evidence=st.sampled_from([(), ("E-1",), ("E-1", "absent:1/x")]),
        parameters=st.sampled_from([(), (("days", "90"),)]),
        incomplete=st.booleans(),
    )


def judged(account: str) -> st.SearchStrategy[AccountAssessment]:
    rows = st.lists(results(account), max_size=12).map(tuple)
    info = AccountInfo(account, "another name")
    return st.builds(
        lambda own, variants: AccountAssessment(info, NOW, NOW, "s", {}, own, variants), rows, rows
    )


def safe(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "@", "\r")) else text


@given(st.tuples(*map(judged, ACCOUNTS)))
@settings(max_examples=60, deadline=None)
def test_files_by_their_definition(found: tuple[AccountAssessment, ...]) -> None:
    before: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for one in found:
            write_rows(one, ACCOUNTS[one.info.account_id], dict(before), folder)
            before.update(r.control_id for r in one.results)
        rows = rows_by_control(folder)
        for control in CONTROLS:
            here = rows.get(control, {})
            read = {n.split("/")[-1]: f.read() for n, f in row_files(control, here).items()}
            _hold(control, found, read)
            for account, index in here.items():
                own = next(f for f in found if f.info.account_id == account).results
                said = Counter(r.verdict.value for r in own if r.control_id == control)
                assert Counter(index.controls[control]["verdicts"]) == said


def test_a_run_that_goes_on_writes_an_account_again(tmp_path: Path) -> None:
    """Where a run was killed the folder is there, with more in it than there should be."""
    account = next(iter(ACCOUNTS))
    rows = [
        Result(
            control_id="C-1", account_id=account, resource=name, resource_type="",
            verdict=Verdict.PASS, severity=Severity.LOW, reason="", evidence=(),
        )
        for name in ("a", "b")
    ]  # fmt: skip
    info = AccountInfo(account, "")
    whole = AccountAssessment(info, NOW, NOW, "s", {}, tuple(rows), ())
    write_rows(whole, "", {}, tmp_path)
    once = replace(whole, results=tuple(rows[:1]))
    for folder in (tmp_path, tmp_path / "fresh"):
        write_rows(once, "", {}, folder)
    for file in (tmp_path / "fresh" / "rows" / account).iterdir():
        assert (tmp_path / "rows" / account / file.name).read_bytes() == file.read_bytes()


def _hold(control: str, found: tuple[AccountAssessment, ...], read: dict[str, bytes]) -> None:
    lines, rows, things = [], [], []
    for one in found:
        name = ACCOUNTS[one.info.account_id]
        own = [r for r in one.results if r.control_id == control]
        mine = [(r, False) for r in own]
        mine += [(r, True) for r in one.variants if r.control_id == control]
        for r, variant in mine:
            said = {**r.to_json(), "parameters": dict(r.parameters), "variant": variant}
            lines.append(canonical(said) + b"\n")
        for r in own:
            rows.append(
                [
                    str(len(rows) + 1),
                    r.account_id,
                    safe(name),
                    r.resource_type,
                    safe(r.resource),
                    r.verdict.value,
                    r.severity.value,
                    safe(r.reason),
                    " ".join(r.evidence),
                ]
            )
        seen = dict.fromkeys((r.resource_type, r.resource) for r in own)
        things += [[one.info.account_id, safe(name), kind, safe(what)] for kind, what in seen]
    assert read["results.jsonl"] == b"".join(lines)
    for file, wanted in (("results.csv", rows), ("population.csv", things)):
        table = io.StringIO(read[file].decode("utf-8-sig"), newline="")
        heading, *there = csv.reader(table)
        assert heading[:2] == (["row", "account_id"] if file == "results.csv" else
                               ["account_id", "account"])  # fmt: skip
        assert there == [[c.encode("utf-8", "replace").decode() for c in row] for row in wanted]
