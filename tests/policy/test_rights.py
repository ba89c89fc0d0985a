"""Rights short of an administrator's that are taken, or given, and lead on (IAM API Reference)."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy import rights
from tests.policies import (
    OWN,
    allow,
    attached,
    deny,
    judged,
    managed,
    policy,
    role,
    statement,
    user,
)

R, U, P = (f"arn:aws:iam::{OWN}:{kind}" for kind in ("role", "user", "policy"))
BOSS = role("boss", {"AWS": OWN}, allow())
LEADS = allow(Action="sts:AssumeRole", Resource=f"{R}/boss")
# Nothing that some path takes.
BLANK = allow(Action="s3:ListAllMyBuckets")


def may(action: Any, resource: Any = "*") -> dict[str, Any]:
    return allow(Action=action, Resource=resource)


def attaches(*names: str, to: str = f"{U}/u") -> dict[str, Any]:
    """An Allow to attach some policies only."""
    only = {"ArnEquals": {"iam:PolicyARN": [f"{P}/{name}" for name in names]}}
    kind = "User" if ":user/" in to else "Role"
    return allow(Action=f"iam:Attach{kind}Policy", Resource=to, Condition=only)


def told(*records: dict[str, Any]) -> dict[str, str]:
    return {path["id"]: path["explanation"] for path in judged(*records)["u"]["paths"]}


def test_a_policy_that_leads_on_is_attached_though_most_of_it_does_not() -> None:
    mixed = policy(
        statement(Action="s3:GetObject"),
        statement(Action="sts:AssumeRole", Resource=f"{R}/boss"),
        statement("Deny", Action="s3:PutObject"),
    )
    assert told(user("u", attaches("dev")), managed("dev", mixed), BOSS) == {
        "iam-008": "1. iam:AttachUserPolicy of policy/dev on itself; 2. user/u assumes role/boss, "
        "whose trust opens it to the account; 3. role/boss is an administrator."
    }
    assert told(user("u", attaches("dev")), managed("dev", BLANK), BOSS) == {}


def test_a_policy_that_says_little_is_attached_and_then_rewritten() -> None:
    writes = may("iam:CreatePolicyVersion", f"{P}/dev")
    found = told(user("u", attaches("dev"), writes), managed("dev", BLANK))
    assert list(found) == ["iam-008"]
    assert found["iam-008"].startswith(
        "1. iam:AttachUserPolicy of policy/dev on itself; 2. iam:Cre"
    )
    # An older version that there is not cannot be restored, and another policy is another.
    assert (
        told(
            user("u", attaches("dev"), may("iam:SetDefaultPolicyVersion", f"{P}/dev")),
            managed("dev", BLANK),
        )
        == {}
    )
    other = may("iam:CreatePolicyVersion", f"{P}/x")
    assert told(user("u", attaches("dev"), other), managed("dev", BLANK)) == {}


def test_a_policy_that_only_takes_a_deny_away_leads_on() -> None:
    both = ["iam:AttachUserPolicy", "iam:DetachUserPolicy"]
    records = [
        user("u", allow(NotAction=both), attaches("dev"), AttachedManagedPolicies=attached("no")),
        managed("no", deny(NotAction=both)),
    ]
    assert told(*records, managed("dev", may(both[1], f"{U}/other"))) == {}
    assert list(told(*records, managed("dev", may(both[1], f"{U}/u")))) == ["iam-008"]


@pytest.mark.parametrize(("asked", "found"), [("limit", ["iam-008"]), ("other", [])])
def test_whoever_is_given_a_policy_has_the_boundary_that_it_has(
    asked: str, found: list[str]
) -> None:
    # Service Authorization Reference, AttachUserPolicy: iam:PermissionsBoundary.
    only = {
        "ArnEquals": {"iam:PolicyARN": f"{P}/dev"},
        "StringEquals": {"iam:PermissionsBoundary": f"{P}/{asked}"},
    }
    gives = allow(Action="iam:AttachUserPolicy", Resource=f"{U}/u", Condition=only)
    limit = managed("limit", may(["iam:AttachUserPolicy", "sts:AssumeRole"]))
    others = [managed("other", BLANK), managed("dev", LEADS), BOSS]
    assert list(told(user("u", gives, boundary="limit"), limit, *others)) == found


def test_of_two_policies_of_one_text_the_one_that_can_be_rewritten_counts() -> None:
    text = may("sts:AssumeRole", f"{R}/none")
    writes = may("iam:CreatePolicyVersion", f"{P}/b")
    both = [managed("a", text), managed("b", text)]
    found = told(user("u", attaches("a", "b"), writes), *both)
    assert found["iam-008"].startswith("1. iam:AttachUserPolicy of policy/b on itself; 2. iam:Cre")
    assert told(user("u", attaches("a"), writes), *both) == {}


def test_another_is_put_in_a_group_that_leads_on() -> None:
    arn = f"arn:aws:iam::{OWN}:group/g"
    group = {
        "GroupName": "g",
        "Arn": arn,
        "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": LEADS}],
    }
    adds = may("iam:AddUserToGroup", arn)
    takes = may("iam:CreateAccessKey", f"{U}/t")
    # The user may not itself: its boundary holds it.
    limit = managed("limit", may(["iam:AddUserToGroup", "iam:CreateAccessKey"]))
    records = [user("u", adds, takes, boundary="limit"), user("t"), group, limit, BOSS]
    assert told(*records) == {
        "iam-013": "1. iam:AddUserToGroup puts user/t in group/g; "
        "2. iam:CreateAccessKey on user/t takes it over; 3. user/t assumes role/boss, whose trust "
        "opens it to the account; 4. role/boss is an administrator."
    }
    assert told(user("u", adds), group, BOSS)["iam-013"].startswith(
        "1. iam:AddUserToGroup puts it in group/g; 2. user/u assumes role/boss"
    )


def test_an_older_version_without_the_deny_is_restored() -> None:
    held = policy(*LEADS["Statement"], statement("Deny", Action="sts:*"))
    sets = may("iam:SetDefaultPolicyVersion", f"{P}/dev")
    mine = user("u", sets, AttachedManagedPolicies=attached("dev"))
    assert list(told(mine, managed("dev", held, LEADS), BOSS)) == ["extra-014"]
    assert told(mine, managed("dev", held, BLANK), BOSS) == {}


def test_an_older_version_is_restored_for_what_only_it_allows() -> None:
    sets = may("iam:SetDefaultPolicyVersion", f"{P}/dev")
    mine = user("u", sets, AttachedManagedPolicies=attached("dev"))
    boss = role("boss", {"Service": "lambda.amazonaws.com"}, allow())
    runs = may(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])
    assert list(told(mine, managed("dev", BLANK, runs), boss)) == ["extra-014"]
    assert told(mine, managed("dev", BLANK, may("iam:PassRole")), boss) == {}


def test_a_boundary_is_put_in_place_of_another() -> None:
    only = {"ArnEquals": {"iam:PermissionsBoundary": f"{P}/wider"}}
    action = "iam:PutUserPermissionsBoundary"
    puts = allow(Action=action, Resource=f"{U}/u", Condition=only)
    mine = user("u", LEADS, puts, boundary="tight")
    tight = managed("tight", may(["iam:Put*", "s3:*"]))
    assert told(mine, tight, managed("wider", may("sts:*")), BOSS)["extra-010"].startswith(
        "1. iam:PutUserPermissionsBoundary on itself puts policy/wider in place of its boundary; 2."
    )
    assert told(mine, tight, managed("wider", BLANK), BOSS) == {}
    assert told(mine, tight, managed("other", may("sts:*")), BOSS) == {}


@pytest.mark.parametrize(("most", "sure"), [(2, False), (3, True)])
def test_of_very_many_policies_so_many_are_tried(
    most: int, sure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "_MOST_RIGHTS", most)
    names = ["a", "b", "c"]
    others = [managed(n, may("sts:AssumeRole", f"{R}/{n}")) for n in names[:2]]
    records = [user("u", attaches(*names)), *others, managed("c", LEADS), BOSS]
    (path,) = judged(*records)["u"]["paths"]
    assert path["id"] == "iam-008"
    assert path["hurdles"] == ([] if sure else [rights.UNTRIED])
