"""Each row names what its verdict rests on, and each control declares what its rows can rest on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from reportgen.assess.chain import sources_of
from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import Assessor, find_check, positions, run_control
from reportgen.audit.register import Attestation, Register
from reportgen.catalogue import Control, load_catalogue
from reportgen.config import Config, Settings
from reportgen.evidence.store import Snapshot, Store
from reportgen.examples.run import evidence_of
from reportgen.model import CONFIGURATION, REGISTER, Result, absent
from reportgen.pipeline import prepare
from tests.given import ACCOUNT, AS_OF, credential_report, short_form, store_with

CATALOGUE = load_catalogue()
DENIED = "\nAn error occurred (AccessDenied) when calling the X operation: not authorized\n"


@pytest.fixture(scope="module")
def used(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Control -> sources that its rows named, over the sample organisation and all examples."""
    found: dict[str, set[str]] = defaultdict(set)
    rules = prepare(sample / "reportgen.yaml")
    assessor = Assessor(rules.catalogue, rules.config, rules.register)
    snapshots = Store.open(sample / "store").snapshots()
    last = max(s.collected_at for s in snapshots)
    at = positions(snapshots, last)
    around = find_organisation(at, last, 45)
    envelopes = [e for snapshot in at.values() for e in snapshot.envelopes]
    named: dict[str, set[str]] = defaultdict(set)
    for account, snapshot in at.items():
        for row in assessor.assess(account, snapshot, last, organisation=around).results:
            named[row.control_id].update(row.evidence)
    for control_id, names in named.items():
        found[control_id] |= sources_of(names, envelopes)
    for control in CATALOGUE.controls.values():
        for number, example in enumerate(control.examples):
            folder = tmp_path_factory.mktemp(f"{control.id}-{number}")
            evidence = evidence_of(control, example, folder)
            parameters = {**control.parameters, **example.parameters}
            rows = run_control(control, find_check(CATALOGUE, control), evidence.facts, parameters)
            names = {name for row in rows for name in row.evidence}
            found[control.id] |= sources_of(names, evidence.snapshot.envelopes)
    return found


@pytest.mark.parametrize("control", CATALOGUE.controls.values(), ids=lambda c: c.id)
def test_declared_sources_are_those_used(control: Control, used: dict[str, set[str]]) -> None:
    assert sorted(used[control.id]) == sorted(control.sources)


def judged(
    tmp_path: Path,
    files: dict[str, str],
    *,
    settings: Settings | None = None,
    register: Register | None = None,
    organisation: bool = False,
) -> tuple[list[Result], Snapshot]:
    _, snapshot = store_with(tmp_path, dict(files))
    rules = Config(settings or Settings(), tmp_path)
    around = find_organisation({ACCOUNT: snapshot}, AS_OF, 45) if organisation else None
    assessor = Assessor(CATALOGUE, rules, register or Register())
    return list(assessor.assess(ACCOUNT, snapshot, AS_OF, organisation=around).results), snapshot


def of(rows: Iterable[Result], control: str) -> dict[str, Result]:
    return {r.resource.split("/")[-1]: r for r in rows if r.control_id == control}


def test_what_was_asked_for_one_user_is_not_named_for_another(tmp_path: Path) -> None:
    files = short_form(
        {
            "credential-report": [{"user": "with", "mfa_active": "true"}, {"user": "without"}],
            "virtual-mfa-devices": [],
            "mfa-devices": [
                {"UserName": "with", "SerialNumber": f"arn:aws:iam::{ACCOUNT}:u2f/user/with/k"}
            ],
        }
    )
    rows, snapshot = judged(tmp_path, files)
    ids = {e.source: e.id for e in snapshot.envelopes}
    found = of(rows, "MFA-07")
    assert ids["mfa-devices"] in found["with"].evidence
    assert ids["mfa-devices"] not in found["without"].evidence
    assert ids["credential-report"] in found["without"].evidence
    # That the report lists every user is part of each row, also where nothing could show it.
    assert absent(ACCOUNT, "authorization-details") in found["without"].evidence


def test_an_absent_source_is_named(tmp_path: Path) -> None:
    rows, _ = judged(tmp_path, {"account-aliases": '{"AccountAliases": []}'})
    (row,) = of(rows, "ROOT-01").values()
    assert row.verdict == "not-evaluated"
    assert row.incomplete
    assert row.evidence == (absent(ACCOUNT, "account-summary"),)


def test_a_denied_source_is_named_by_its_envelope(tmp_path: Path) -> None:
    rows, snapshot = judged(tmp_path, {"account-summary": DENIED})
    (row,) = of(rows, "ROOT-01").values()
    assert row.verdict == "not-evaluated"
    assert row.evidence == (snapshot.envelopes[0].id,)


def test_what_rests_on_the_organisation_names_it(tmp_path: Path) -> None:
    files = short_form(
        {
            "authorization-details": {"users": [{"UserName": "u"}]},
            "organization": {"accounts": {ACCOUNT: "r-root", "444455556666": "r-root"}},
        }
    )
    rows, snapshot = judged(tmp_path, files, organisation=True)
    above = next(e.id for e in snapshot.envelopes if e.source == "organization")
    for control in ("LP-01", "SCP-01", "SCP-02"):
        assert all(above in r.evidence for r in rows if r.control_id == control), control


def test_what_rests_on_the_configuration_or_the_register_says_so(tmp_path: Path) -> None:
    said = Attestation.model_validate(
        {
            "id": "A-1",
            "control": "MFA-06",
            "statement": "s",
            "by": "CISO",
            "signed": AS_OF.date(),
            "expires": AS_OF.date(),
        }
    )
    account = {"id": ACCOUNT, "name": "n", "environment": "production"}
    rows, _ = judged(
        tmp_path,
        {"credential-report": credential_report([{"user": "u"}])},
        settings=Settings.model_validate({"accounts": [account]}),
        register=Register(attestations=(said,)),
    )
    (attested,) = [r for r in rows if r.control_id == "MFA-06"]
    assert attested.verdict == "pass"
    assert REGISTER in attested.evidence
    (production,) = {r.evidence for r in rows if r.control_id == "MFA-03" and not r.incomplete}
    assert CONFIGURATION in production


def test_an_incomplete_list_is_a_field_of_its_row(tmp_path: Path) -> None:
    details = {"UserDetailList": [{"Arn": f"arn:aws:iam::{ACCOUNT}:user/u", "UserName": "u"}]}
    whole = json.dumps({**details, "GroupDetailList": [], "RoleDetailList": [], "Policies": []})
    cut = json.dumps({**json.loads(whole), "IsTruncated": True, "Marker": "m"})
    rows, _ = judged(tmp_path / "whole", {"authorization-details": whole})
    assert [r.incomplete for r in rows if r.control_id == "IDC-02"] == [False]
    rows, _ = judged(tmp_path / "cut", {"authorization-details": cut})
    assert sorted(r.incomplete for r in rows if r.control_id == "IDC-02") == [False, True]
