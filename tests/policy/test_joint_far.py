"""Ways over several principals: far ones, what is told of them, and what is not tried."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy import influence
from tests.policies import OWN, admin, allow, attached, deny, judged, managed, role, user

R, U, P = (f"arn:aws:iam::{OWN}:{kind}" for kind in ("role", "user", "policy"))
CHIEF = allow(Action=["iam:*", "s3:*", "ec2:RunInstances", "kms:*"])
TIGHT = managed("tight", allow(Action="s3:Get*"))
FREES = "iam:DeleteRolePermissionsBoundary"
UNTRIED = ["if one of very many that were not tried leads on"]


def may(action: Any, resource: Any = "*") -> dict[str, Any]:
    return allow(Action=action, Resource=resource)


def by(name: str, kind: str = "user") -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{OWN}:{kind}/{name}"}


def told(*records: dict[str, Any], name: str = "u") -> dict[str, str]:
    return {path["id"]: path["explanation"] for path in judged(*records)[name]["paths"]}


@pytest.mark.parametrize("between", [3, 17, 18, 19, 40])
def test_one_of_many_whom_one_can_act_as_frees_another(between: int) -> None:
    # Those between come first by their names; the first look goes over twenty.
    others = [role(f"r{n:02}", by("u"), may("s3:Get*")) for n in range(between)]
    records = [
        user("u", may("sts:AssumeRole")),
        *others,
        role("y", by("u"), may(FREES, f"{R}/z")),
        role("z", by("u"), CHIEF, boundary="tight"),
        TIGHT,
    ]
    assert told(*records) == {
        "extra-009": "1. user/u assumes role/y, whose trust names it; "
        "2. as role/y, iam:DeleteRolePermissionsBoundary on role/z takes its boundary away; "
        "3. user/u assumes role/z, whose trust names it; 4. role/z is then an administrator."
    }
    # Nobody else has a way, and without the one that frees the user has none.
    rows = judged(*records)
    assert {name for name, row in rows.items() if row["admin"] != "none"} == {"u"}
    assert admin(*[r for r in records if r.get("RoleName") != "y"]) == "none"


def test_what_a_first_look_at_another_did_not_reach_is_looked_at_later() -> None:
    # Both have the same rights; the trust policies of the last two name only one of them.
    takes = (may("sts:AssumeRole"), may("iam:DetachUserPolicy", f"{U}/none"))
    both = {"AWS": [f"{U}/first", f"{U}/u"]}
    records = [
        user("first", *takes),
        user("u", *takes),
        *[role(f"r{n:02}", both, may("s3:Get*")) for n in range(25)],
        role("y", by("u"), may(FREES, f"{R}/z")),
        role("z", by("u"), CHIEF, boundary="tight"),
        TIGHT,
    ]
    rows = judged(*records)
    assert {name for name, row in rows.items() if row["admin"] != "none"} == {"u"}


def test_who_can_act_as_somebody_with_such_a_way_has_one_too() -> None:
    records = [
        user("first", may("sts:AssumeRole", f"{R}/m")),
        role("m", by("first"), may("sts:AssumeRole", [f"{R}/y", f"{R}/z"])),
        role("y", {"AWS": f"{R}/m"}, may(FREES, f"{R}/z")),
        role("z", {"AWS": f"{R}/m"}, CHIEF, boundary="tight"),
        user("other", may("sts:AssumeRole", f"{R}/y")),
        TIGHT,
    ]
    rows = judged(*records)
    found = {name: [p["id"] for p in row["paths"]] for name, row in rows.items()}
    assert found == {"first": ["sts-001"], "m": ["extra-009"], "y": [], "z": [], "other": []}
    assert told(*records, name="first")["sts-001"].startswith("1. user/first assumes role/m, whose")


def test_a_group_that_is_given_everything_is_told_by_its_name() -> None:
    group = {"GroupName": "g", "Arn": f"arn:aws:iam::{OWN}:group/g", "GroupPolicyList": []}
    strong = managed("strong", allow())
    only = {"ArnEquals": {"iam:PolicyARN": f"{P}/strong"}}
    gives = allow(Action="iam:AttachGroupPolicy", Resource=group["Arn"], Condition=only)
    records = [
        user("u", may("sts:AssumeRole", f"{R}/m"), gives),
        role("m", by("u"), may("iam:CreateAccessKey", f"{U}/t")),
        user("t", GroupList=["g"]),
        group,
        strong,
    ]
    assert told(*records) == {
        "iam-010": "1. iam:AttachGroupPolicy of policy/strong on group/g gives it an "
        "administrator's rights; 2. user/u assumes role/m, whose trust names it; "
        "3. as role/m, iam:CreateAccessKey on user/t takes it over; "
        "4. user/t is then an administrator."
    }


def test_an_inline_deny_of_another_is_written_over() -> None:
    # IAM API Reference, PutRolePolicy: it replaces an inline policy of the same name.
    records = [
        user("u", may("iam:PutRolePolicy", f"{R}/t"), may("sts:AssumeRole", f"{R}/m")),
        role("m", by("u"), may("sts:AssumeRole", f"{R}/t")),
        role("t", {"AWS": f"{R}/m"}, deny(NotAction="s3:*")),
    ]
    assert list(told(*records)) == ["iam-005"]
    # A managed one stays where it is.
    held = role("t", {"AWS": f"{R}/m"}, AttachedManagedPolicies=attached("no"))
    assert told(*records[:2], held, managed("no", deny(NotAction="s3:*"))) == {}


def test_of_several_changes_of_another_only_those_that_are_needed_are_told() -> None:
    records = [
        user("u", may(["iam:DetachRolePolicy", "sts:AssumeRole"], f"{R}/t")),
        role("t", by("u"), CHIEF, AttachedManagedPolicies=attached("first", "second", "harmless")),
        managed("first", deny(Action="iam:*")),
        managed("second", deny(Action=["iam:*", "kms:*"])),
        managed("harmless", deny(Action="s3:DeleteBucket")),
    ]
    (said,) = told(*records).values()
    assert said.count("iam:DetachRolePolicy on role/t") == 2
    assert "harmless" not in said
    assert "policy first" in said
    assert "policy second" in said


@pytest.mark.parametrize("what", ["grips", "pairs", "states"])
def test_more_is_tried_the_more_principals_there_are(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        user("u", may(FREES, f"{R}/t"), may("sts:AssumeRole", f"{R}/t")),
        role("t", {"AWS": OWN}, may("s3:Get*"), boundary="tight"),
        TIGHT,
    ]
    monkeypatch.setitem(influence.MOST, what, (0, 10))
    assert admin(*records) == "none"
    monkeypatch.setitem(influence.MOST, what, (0, 0))
    assert judged(*records)["u"]["paths"][0]["hurdles"] == UNTRIED


def test_what_was_not_tried_of_those_whom_one_can_act_as_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = [
        user("u", may("sts:AssumeRole", f"{R}/m")),
        role("m", by("u"), may("iam:TagRole"), may("sts:AssumeRole")),
        role("t", {"AWS": f"{R}/m"}, may("s3:Get*")),
    ]
    assert admin(*records) == "none"
    monkeypatch.setitem(influence.MOST, "grips", (0, 0))
    rows = judged(*records)
    (own,) = rows["m"]["paths"]
    assert (own["id"], own["actions"]) == ("control-001", ["iam:TagRole"])
    assert own["explanation"].startswith("iam:TagRole changes one of very many (if one of")
    (found,) = rows["u"]["paths"]
    assert found["hurdles"] == UNTRIED


PERSONAL = {"StringEquals": {"aws:PrincipalArn": f"{R}/b"}}


def test_of_two_alike_the_one_that_a_trust_policy_asks_for_counts() -> None:
    # Both may free the boundary's holder, and only the second may then become it.
    alike = [may(FREES, f"{R}/t"), may("sts:AssumeRole", f"{R}/t")]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": OWN},
                "Action": "sts:AssumeRole",
                "Condition": PERSONAL,
            }
        ],
    }
    service = {"Service": "ec2.amazonaws.com"}
    records = [
        role("a", service, *alike),
        role("b", service, *alike),
        role("t", trust, CHIEF, boundary="tight"),
        TIGHT,
    ]
    rows = judged(*records)
    assert {name: row["admin"] for name, row in rows.items()} == {
        "a": "none",
        "b": "escalation",
        "t": "none",
    }


@pytest.mark.parametrize("inline", [(), (may("s3:Get*"),)])
@pytest.mark.parametrize(
    ("action", "path_id", "older"),
    [
        ("iam:CreatePolicyVersion", "iam-001", ()),
        ("iam:SetDefaultPolicyVersion", "extra-014", (CHIEF,)),
    ],
)
def test_a_policy_of_another_is_rewritten_whatever_else_it_has(
    inline: tuple[Any, ...], action: str, path_id: str, older: tuple[Any, ...]
) -> None:
    records = [
        user("u", may(action, f"{P}/dev"), may("sts:AssumeRole", f"{R}/m")),
        role("m", by("u"), may("sts:AssumeRole", f"{R}/t")),
        role("t", {"AWS": f"{R}/m"}, *inline, AttachedManagedPolicies=attached("dev")),
        managed("dev", may("s3:GetObject"), *older),
    ]
    assert list(told(*records)) == [path_id]
    other = user("u", may(action, f"{P}/x"), may("sts:AssumeRole", f"{R}/m"))
    assert told(other, *records[1:]) == {}


def test_a_group_and_a_boundary_are_changed_of_whom_has_them() -> None:
    group = {
        "GroupName": "g",
        "Arn": f"arn:aws:iam::{OWN}:group/g",
        "GroupPolicyList": [{"PolicyName": "no", "PolicyDocument": deny(Action="iam:*")}],
    }
    takes = may("iam:DeleteGroupPolicy", group["Arn"])
    keys = may("iam:CreateAccessKey", f"{U}/t")
    member = user("t", CHIEF, GroupList=["g"])
    assert list(told(user("u", takes, keys), member, group)) == ["deny-001"]
    assert told(user("u", takes, keys), user("t", may("s3:*"), GroupList=["g"]), group) == {}
    sets = may("iam:PutUserPermissionsBoundary", f"{U}/t")
    held = user("t", CHIEF, boundary="tight")
    assert list(told(user("u", sets, keys), held, TIGHT)) == ["extra-010"]
    # A boundary in which there is nothing to gain.
    assert told(user("u", sets, keys), user("t", may("s3:*"), boundary="tight"), TIGHT) == {}


def test_those_who_can_act_as_each_other_are_asked_once() -> None:
    ring = [
        role(f"r{n}", {"AWS": OWN}, may("sts:AssumeRole", f"{R}/r{(n + 1) % 4}")) for n in range(3)
    ]
    last = role("r3", {"AWS": OWN}, may("sts:AssumeRole", f"{R}/r0"), may("iam:TagRole"))
    marked = {"StringEquals": {"aws:PrincipalTag/team": "admin"}}
    assert {row["admin"] for row in judged(*ring, last).values()} == {"none"}
    chief = role("r4", {"AWS": f"{R}/r2"}, allow(Condition=marked))
    assert [row["admin"] for row in judged(*ring, last, chief).values()] == [
        *["escalation"] * 4,
        "none",
    ]
