"""Rows that rest on a source which their control does not declare are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.assess.chain import refuse_undeclared, sources_of
from reportgen.assess.run import find_check, run_control
from reportgen.catalogue import load_catalogue
from reportgen.errors import ConfigError
from reportgen.evidence.store import Snapshot
from reportgen.examples.run import evidence_of
from reportgen.model import CONFIGURATION, REGISTER, Result, absent
from tests.given import ACCOUNT, short_form, store_with

CATALOGUE = load_catalogue()
CONTROL = CATALOGUE.controls["ROOT-02"]


def rows_of_an_example(folder: Path) -> tuple[list[Result], Snapshot]:
    evidence = evidence_of(CONTROL, CONTROL.examples[0], folder)
    check = find_check(CATALOGUE, CONTROL)
    return run_control(CONTROL, check, evidence.facts, CONTROL.parameters), evidence.snapshot


def test_undeclared_use_is_refused_with_file_and_line(tmp_path: Path) -> None:
    rows, snapshot = rows_of_an_example(tmp_path)
    refuse_undeclared(CATALOGUE, CONTROL, rows, snapshot.envelopes)
    short = CONTROL.model_copy(update={"sources": ["virtual-mfa-devices"]})
    said = r"ROOT-02\.yaml:\d+: sources: ROOT-02 uses account-summary and does not declare it"
    with pytest.raises(ConfigError, match=said):
        refuse_undeclared(CATALOGUE, short, rows, snapshot.envelopes)


def test_a_control_without_a_file_is_refused_by_its_id(tmp_path: Path) -> None:
    rows, snapshot = rows_of_an_example(tmp_path)
    own = CONTROL.model_copy(update={"id": "OWN-01", "sources": []})
    with pytest.raises(ConfigError, match=r"^sources: OWN-01 uses account-summary"):
        refuse_undeclared(CATALOGUE, own, rows, snapshot.envelopes)


def test_what_evidence_stands_for(tmp_path: Path) -> None:
    _, snapshot = store_with(tmp_path, dict(short_form({"account-summary": {"Users": 0}})))
    (envelope,) = snapshot.envelopes
    said = (envelope.id, absent(ACCOUNT, "roles"), CONFIGURATION, REGISTER)
    assert sources_of(said, snapshot.envelopes) == {"account-summary", "roles"}
