"""One row for each control and resource, whatever the lists repeat or leave out."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.judge import (
    USER,
    Judgement,
    Opinion,
    counted,
    days,
    each,
    judged,
    or_none,
    passed,
)
from reportgen.assess.organisation import find_organisation, read_organisation
from reportgen.assess.records import Unreadable
from reportgen.assess.run import Assessor, positions
from reportgen.audit.register import Register
from reportgen.catalogue import load_catalogue
from reportgen.config import Config, Settings
from reportgen.model import CONFIGURATION, Result
from reportgen.policy.escalation import Escalations
from tests.assess.facts.holding import facts_of
from tests.given import ACCOUNT, AS_OF, authorization_details, credential_report, store_with
from tests.policies import OWN, account, allow, user


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


def verdicts(tmp_path: Path, files: dict[str, str], control: str) -> dict[str, str]:
    found = results(tmp_path, files)
    rows = [r for r in found if r.control_id == control]
    return {r.resource.split("/")[-1]: r.verdict.value for r in rows}


EVERYTHING = allow()
UNREAD = {"PolicyName": "gone", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/gone"}
LIMIT = {"PermissionsBoundary": {"PermissionsBoundaryArn": UNREAD["PolicyArn"]}}


def inline(document: dict[str, Any]) -> dict[str, Any]:
    return {"UserPolicyList": [{"PolicyName": "p", "PolicyDocument": document}]}


def test_what_an_unread_boundary_or_policy_leaves_is_not_evaluated(tmp_path: Path) -> None:
    names = ("bounded", "partly", "absent")
    on = {"password_enabled": "true", "access_key_1_active": "true"}
    users = [
        {"UserName": "bounded", **inline(EVERYTHING), **LIMIT},
        {"UserName": "partly", "AttachedManagedPolicies": [UNREAD]},
    ]
    files = {
        "credential-report": credential_report([{"user": n, **on} for n in names]),
        "authorization-details": json.dumps(authorization_details({"users": users})),
    }
    both = {"bounded": "not-evaluated", "partly": "not-evaluated"}
    assert verdicts(tmp_path / "a", files, "LP-01") == both
    # A user that the details lack spoils its own row, not the control.
    for control in ("MFA-08", "KEY-06"):
        assert verdicts(tmp_path / control, files, control) == {**both, "absent": "not-evaluated"}


def test_roles_are_judged_where_the_credential_report_was_denied(tmp_path: Path) -> None:
    used = {"RoleLastUsed": {"LastUsedDate": "2026-09-29T00:00:00+00:00"}}
    roles = [
        {
            "RoleName": "r",
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": EVERYTHING}],
            **used,
        }
    ]
    given = {"users": [{"UserName": "u", **inline(EVERYTHING)}], "roles": roles}
    files = {"authorization-details": json.dumps(authorization_details(given))}
    assert verdicts(tmp_path, files, "LP-03") == {"r": "pass", "u": "not-evaluated"}


def test_an_scp_that_cannot_be_read_forbids_nothing() -> None:
    policies = [
        {"Id": "p-1", "Name": "x", "Content": content, "Targets": [{"TargetId": "r-1"}]}
        for content in ("{broken", None)
    ]
    enabled = {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}
    found = read_organisation(
        {
            "Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
            "Roots": [{"Id": "r-1", "PolicyTypes": [enabled]}],
            "Accounts": [{"Id": OWN, "ParentId": "r-1"}],
            "Policies": policies,
        }
    )
    boss = account(user("u", allow()))
    levels = {OWN: (found.scps(OWN)[0],)}
    assert Escalations([boss], levels).standings[f"arn:aws:iam::{OWN}:user/u"].admin == "full"
    assert len(found.problems) == 2


def organisation_file(count: int, **more: Any) -> str:
    """An organisation with so many accounts."""
    enabled = {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}
    accounts = [{"Id": f"{n:012}", "ParentId": "r-1"} for n in range(count)]
    answer = {
        "Organization": {"Id": "o-1", "MasterAccountId": ACCOUNT},
        "Roots": [{"Id": "r-1", "PolicyTypes": [enabled]}],
        "OrganizationalUnits": [],
        "Accounts": accounts,
        "Policies": [],
    }
    return json.dumps({**answer, **more})


@pytest.mark.parametrize(
    ("hours", "problems"), [(-1, 0), (0, 1), (1, 1)], ids=["older", "same", "newer"]
)
def test_an_answer_passed_over_for_an_older_one_is_said(
    tmp_path: Path, hours: int, problems: int
) -> None:
    other = "444455556666"
    whole = {"organization": organisation_file(2)}
    cut = {"organization": organisation_file(1, NextToken="t")}
    store_with(tmp_path, dict(whole), ACCOUNT, AS_OF - timedelta(days=2))
    moment = AS_OF - timedelta(days=2) + timedelta(hours=hours)
    store, _ = store_with(tmp_path, dict(cut), other, moment)
    found = find_organisation(positions(store.snapshots(), AS_OF), AS_OF, 45)
    assert found is not None
    assert len(found.accounts) == 2
    assert len(found.problems) == problems
    assert all(other in said and "an older one" in said for said in found.problems)


def test_a_permission_set_that_was_not_read_whole_has_no_pass(tmp_path: Path) -> None:
    full = {"Name": "AdministratorAccess", "Arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    whole = {
        "PermissionSetArn": "arn:aws:sso:::permissionSet/x/Admin",
        "Name": "Admin",
        "AttachedManagedPolicies": [full],
        "CustomerManagedPolicyReferences": [],
        "InlinePolicy": "",
        "Assignments": [],
    }
    plain = {**whole, "Name": "Plain", "AttachedManagedPolicies": []}
    plain["PermissionSetArn"] += "Plain"

    def of(number: int, record: dict[str, Any]) -> str:
        answer = {"Instances": [{"PermissionSets": [record]}]}
        files = {"identity-center": json.dumps(answer)}
        (verdict,) = verdicts(tmp_path / str(number), files, "IDC-06").values()
        return verdict

    def without(record: dict[str, Any], key: str) -> dict[str, Any]:
        return {k: v for k, v in record.items() if k != key}

    assert of(0, plain) == "pass"
    lists = ("AttachedManagedPolicies", "CustomerManagedPolicyReferences", "InlinePolicy")
    for number, key in enumerate(lists, start=1):
        assert of(number, without(plain, key)) == "not-evaluated", key
    # An administrator's set that nobody approved fails, whoever has it; PlatformAdmin* is approved.
    assert of(7, {**whole, "Name": "PlatformAdmin"}) == "pass"
    assert of(8, {**without(whole, "Assignments"), "Name": "PlatformAdmin"}) == "not-evaluated"
    assert of(9, without(whole, "Assignments")) == "fail"


def test_an_scp_whose_targets_were_not_read_leaves_no_level_bare() -> None:
    enabled = {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}
    full = {"Id": "p-1", "Name": "full", "Content": json.dumps(allow())}

    def standing(**more: Any) -> str:
        found = read_organisation(
            {
                "Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
                "Roots": [{"Id": "r-1", "PolicyTypes": [enabled]}],
                "Accounts": [{"Id": OWN, "ParentId": "r-1"}],
                "Policies": [{**full, **more}],
            }
        )
        boss = account(user("u", allow()))
        levels = {OWN: found.scps(OWN)}
        assert len(found.problems) == (0 if "Targets" in more else 1)
        return Escalations([boss], levels).standings[f"arn:aws:iam::{OWN}:user/u"].admin

    # Attached to nothing, it leaves the level bare, and nothing is allowed (SCP evaluation).
    assert standing(Targets=[]) == "none"
    assert standing() == "full"


def test_a_reason_is_a_sentence_and_numbers_have_their_noun() -> None:
    assert [days(n) for n in (0, 1, 2, 1234)] == ["0 days", "1 day", "2 days", "1,234 days"]
    assert [counted(n, "change") for n in (1, 2)] == ["1 change", "2 changes"]


def test_what_is_unreadable_is_not_evaluated_with_a_sentence(tmp_path: Path) -> None:
    def opinion() -> Opinion:
        raise Unreadable("mfa_active is 'x', neither true nor false")

    facts = facts_of(tmp_path, {"account-aliases": {"AccountAliases": []}})
    row = judged(facts, "arn", USER, opinion)
    assert (row.verdict, row.incomplete) == ("not-evaluated", False)
    assert row.reason == "Mfa_active is 'x', neither true nor false."


def test_each_thing_has_its_own_evidence_and_no_other_s(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"account-aliases": {"AccountAliases": []}})

    def opinion(asked: bool) -> Opinion:
        return passed(f"{facts.environment if asked else 'Not'} asked.")

    things = [(name, USER, name == "b") for name in "abc"]
    rows = list(each(facts, things, opinion))
    own = [row.evidence for row in rows]
    assert own[1] == {CONFIGURATION}
    assert not own[0]
    assert not own[2]
    assert facts.noted == frozenset()


def test_a_list_gives_its_rows_and_one_more_where_there_is_more_to_say(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"account-aliases": {"AccountAliases": []}})
    row = Judgement("arn", USER, *passed("Fine."))

    def of(rows: list[Judgement], *gaps: str) -> list[tuple[str, str, bool]]:
        found = or_none(facts, rows, "There is none.", gaps)
        return [(r.verdict.value, r.reason, r.incomplete) for r in found]

    fine = ("pass", "Fine.", False)
    assert of([row]) == [fine]
    assert of([]) == [("not-applicable", "There is none.", False)]
    said = ("not-evaluated", "The list is not complete: a; b.", True)
    assert of([row], "a", "b", "a") == [fine, said]
    assert of([], "a", "b") == [said]


def test_controls_of_users_have_a_row_where_there_are_none(tmp_path: Path) -> None:
    files = {
        "credential-report": credential_report([]),
        "authorization-details": json.dumps(authorization_details({})),
    }
    found = results(tmp_path, files)
    for control in ("MFA-01", "MFA-02", "MFA-08", "KEY-03", "KEY-06"):
        rows = [(r.verdict, r.incomplete) for r in found if r.control_id == control]
        assert rows == [("not-applicable", False)], control


def test_a_report_that_nothing_shows_to_be_whole_has_a_row_that_says_so(tmp_path: Path) -> None:
    found = results(tmp_path, {"credential-report": credential_report([{"user": "u"}])})
    for control in ("MFA-01", "KEY-03", "IDC-08"):
        rows = {r.resource.split(":")[-1]: r for r in found if r.control_id == control}
        assert set(rows) == {"user/u", "root"}
        assert (rows["root"].verdict, rows["root"].incomplete) == ("not-evaluated", True)
        assert "account-summary was not collected" in rows["root"].reason
