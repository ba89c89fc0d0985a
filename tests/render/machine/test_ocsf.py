"""OCSF Compliance Findings: the class, and what each verdict becomes."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.render.machine.judged import identifier
from reportgen.render.machine.ocsf import as_ocsf
from tests.render.machine.given import judged


@pytest.fixture
def findings(sample: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in as_ocsf(judged(sample))]


@given(st.lists(st.text(), max_size=3))
def test_identifiers_are_uuids_of_version_5(parts: list[str]) -> None:
    # RFC 9562, 5.5, by the standard library.
    top = uuid.uuid5(uuid.NAMESPACE_URL, "urn:reportgen:results")
    said = "\x1f".join(parts).encode("utf-8", "replace").decode()
    assert identifier(*parts) == str(uuid.uuid5(top, said))


def test_each_line_is_a_finding_of_the_class(findings: list[dict[str, Any]], sample: Path) -> None:
    rows = judged(sample).results["results"]
    assert len(findings) == sum(row["verdict"] != "not-applicable" for row in rows)
    for finding in findings:
        # type_uid is class_uid * 100 + activity_id.
        assert finding["type_uid"] == finding["class_uid"] * 100 + finding["activity_id"] == 200301
        # 2026-09-30T02:10:00Z in milliseconds.
        assert finding["time"] == 1790734200000


def test_verdicts_become_the_classs_own_states(findings: list[dict[str, Any]]) -> None:
    told = {(f["unmapped"]["verdict"], f["compliance"]["status_id"]) for f in findings}
    assert told <= {("pass", 1), ("fail", 3), ("not-evaluated", 0)}
    assert {("pass", 1), ("fail", 3)} <= told
    assert all(f["severity_id"] == 1 for f in findings if f["compliance"]["status_id"] != 3)


def test_a_waiver_suppresses_and_is_told(findings: list[dict[str, Any]], sample: Path) -> None:
    held = judged(sample)
    waived = [w for row in held.results["results"] if (w := held.waiver(row))]
    suppressed = [f for f in findings if f["status_id"] == 3]
    assert [f["comment"] for f in suppressed] == [
        f"{w.id}: {w.reason} Until {w.expires}." for w in waived
    ]


def test_requirements_are_named_with_their_framework(findings: list[dict[str, Any]]) -> None:
    named = next(f for f in findings if f["compliance"]["control"] == "MFA-01")
    for requirement in named["compliance"]["requirements"]:
        assert any(requirement.startswith(s) for s in named["compliance"]["standards"])
