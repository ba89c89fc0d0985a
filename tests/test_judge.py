"""One row for each control and resource, whatever the lists repeat or leave out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from reportgen.assess.run import Assessor
from reportgen.audit.register import Register
from reportgen.catalogue import load_catalogue
from reportgen.config import Config, Settings
from reportgen.model import Result
from tests.evidence import ACCOUNT, AS_OF, authorization_details, credential_report, store_with


def results(tmp_path: Path, files: dict[str, str]) -> list[Result]:
    _, snapshot = store_with(tmp_path, dict(files))
    assessor = Assessor(load_catalogue(), Config(Settings(), tmp_path), Register())
    return list(assessor.assess(ACCOUNT, snapshot, AS_OF).results)


def test_a_user_listed_twice_is_not_evaluated_once(tmp_path: Path) -> None:
    alice = {"user": "alice", "password_enabled": "true", "mfa_active": "true"}
    bare = {"password_enabled": "true", "mfa_active": "true", "arn": ""}
    rows = [alice, {**alice, "mfa_active": "false"}, {"user": "b", **bare}, {"user": "c", **bare}]
    files = {
        "credential-report": credential_report(rows),
        "authorization-details": json.dumps(
            authorization_details({"users": [{"UserName": n} for n in ("alice", "b", "c")]})
        ),
    }
    found = results(tmp_path, files)
    mfa = {r.resource.split("/")[-1]: r.verdict for r in found if r.control_id == "MFA-01"}
    assert mfa == {"alice": "not-evaluated", "b": "pass", "c": "pass"}
    assert max(Counter((r.control_id, r.resource) for r in found).values()) == 1


def test_a_damaged_list_gives_one_row_for_the_account(tmp_path: Path) -> None:
    details = authorization_details({"users": [{"UserName": "a"}, {"UserName": "a"}]})
    details["UserDetailList"] += [7, {"UserName": "no arn"}]
    details["RoleDetailList"] = [None]
    details["IsTruncated"] = True
    found = results(tmp_path, {"authorization-details": json.dumps(details)})
    assert max(Counter((r.control_id, r.resource) for r in found).values()) == 1
    purpose = {r.resource.split(":")[-1]: r for r in found if r.control_id == "IDC-02"}
    assert purpose["user/a"].verdict == "fail"
    for gap in ("listed twice", "item 3 has no Arn", "more pages"):
        assert gap in purpose["root"].reason
