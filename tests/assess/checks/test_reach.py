"""What keys hold, MFA of administrators, and policies that ask for MFA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from reportgen.policy.actions import database
from tests.assess.checks.cases import examples_of, hold
from tests.assess.checks.principals import (
    ALL,
    BOUND,
    ESCALATES,
    READ,
    allow,
    deny,
    of,
    policy,
    signing,
    user,
)


@pytest.mark.parametrize(("control", "example"), examples_of("reach"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


@pytest.mark.parametrize(
    ("statements", "cells", "expected"),
    [
        ([READ], {}, "pass: Its keys hold no whole service and lead to no administrator."),
        ([READ], {"access_key_1_active": "false"}, "not-applicable: Has no active access key."),
        (
            [allow("s3:*")],
            {"access_key_1_active": "false", "access_key_2_active": "true"},
            "fail: Has an active key and whole services: s3:* (inline policy p, statement 1).",
        ),
        ([ALL], {}, "fail: Has an active key and is an administrator: "),
        ([ESCALATES], {}, "fail: Has an active key and can become an administrator: "),
        ([allow("s3:*", resource="arn:aws:s3:::b/*")], {}, "pass"),
        ([allow("s3:*", resource=["arn:aws:s3:::b/*", "*"])], {}, "fail"),
        ([READ, deny("s3:*")], {}, "pass"),
        # All queues but one; nothing but what no rights take away; nothing at all.
        ([{"Effect": "Allow", "Action": "sqs:*", "NotResource": "arn:aws:sqs:x:1:q"}], {}, "fail"),
        ([{"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}, deny("iam:*")], {}, "fail"),
        ([{"Effect": "Allow", "NotAction": "*", "Resource": "*"}], {}, "pass"),
        (
            [ALL, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}],
            {},
            "fail: Has an active key and whole services: * (",
        ),
        ([allow("s3:*"), deny("s3:*")], {}, "pass"),
        ([allow("s3:*"), deny("s3:*", resource="arn:aws:s3:::b/*")], {}, "fail"),
        ([allow("s3:*"), deny("s3:Delete*")], {}, "fail"),
        ([allow("s3:*", resource="arn:aws:s3:::*")], {}, "fail"),
        ([allow("s3:**")], {}, "fail"),
        ([allow("s3:*", resource="arn:aws:s3:::b/*"), allow("s3:ListAllMyBuckets")], {}, "pass"),
    ],
)
def test_what_a_key_holds(
    tmp_path: Path, statements: list[Any], cells: dict[str, str], expected: str
) -> None:
    found = of(tmp_path, "KEY-06", user("u", *statements), given=signing(**cells))
    assert found["u"].lower().startswith(expected.lower())


def test_a_service_that_the_boundary_shuts_out_is_not_held(tmp_path: Path) -> None:
    open_, shut = policy("limit", allow("s3:*")), policy("limit", allow("sqs:*"))
    part = policy("limit", allow("s3:*", resource="arn:aws:s3:::b/*"))
    for folder, limit, expected in (("a", open_, "fail"), ("b", shut, "pass"), ("c", part, "pass")):
        record = user("u", allow("s3:*"), **BOUND)
        found = of(tmp_path / folder, "KEY-06", record, policies=[limit], given=signing())
        assert found["u"].startswith(expected)


@pytest.mark.parametrize(
    ("statements", "mfa", "expected"),
    [
        ([ALL], "true", "pass: Is an administrator and has MFA."),
        ([ALL], "false", "fail: Is an administrator and has no MFA device."),
        ([ESCALATES], "false", "fail: Can become an administrator and has no MFA device."),
        ([READ], "false", "not-applicable: Is no administrator and cannot become one."),
    ],
)
def test_mfa_of_administrators(
    tmp_path: Path, statements: list[Any], mfa: str, expected: str
) -> None:
    given = signing(mfa_active=mfa)
    assert of(tmp_path, "MFA-02", user("u", *statements), given=given)["u"] == expected


def test_a_user_that_the_details_do_not_list_is_not_evaluated(tmp_path: Path) -> None:
    for control in ("MFA-02", "MFA-08", "KEY-06"):
        found = of(tmp_path / control, control, given=signing())
        assert found["u"] == "not-evaluated: The authorisation details do not list this user."


GUARD = {
    "Effect": "Deny",
    "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}


@pytest.mark.parametrize(
    ("statements", "cells", "expected"),
    [
        ([READ], {"password_enabled": "false"}, "not-applicable: Has no console password."),
        ([READ], {}, "fail: Without MFA it can call 1 action "),
        ([READ, GUARD], {}, "pass: Without MFA, no policy lets it do more than enrol a device."),
    ],
)
def test_mfa_is_enforced(
    tmp_path: Path, statements: list[Any], cells: dict[str, str], expected: str
) -> None:
    found = of(tmp_path, "MFA-08", user("u", *statements), given=signing(**cells))
    assert found["u"].startswith(expected)
    assert ("(s3:GetObject)" in found["u"]) is expected.startswith("fail")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("false", "false", "pass"), ("true", "false", "fail"), ("false", "true", "fail")],
)
def test_keys_come_without_the_word_of_mfa(
    tmp_path: Path, first: str, second: str, expected: str
) -> None:
    """Bool does not match where the key is absent, as with an access key (IAM, condition keys)."""
    guard = {**GUARD, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    given = signing(access_key_1_active=first, access_key_2_active=second)
    found = of(tmp_path, "MFA-08", user("u", READ, guard), given=given)
    assert found["u"].startswith(expected)


def all_but(*more: str, kept: tuple[str, ...] = ("s3",)) -> dict[str, Any]:
    """Allows what is neither of another service than these nor one of these actions."""
    others = [f"{name}:*" for name in sorted(database().services) if name not in kept]
    return {"Effect": "Allow", "NotAction": [*others, *more], "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "held"),
    [
        ([all_but()], True),
        # Of S3 one action is left out: the service is not whole.
        ([all_but("s3:GetObject")], False),
        # Whole by this statement, and nothing of it is left by another.
        ([all_but(), deny("s3:*")], False),
        ([all_but(), deny("s3:Delete*")], True),
        # What is left is of another service, which is not whole.
        ([all_but("sqs:SendMessage", kept=("s3", "sqs")), deny("s3:*")], False),
    ],
)
def test_a_service_that_is_whole_because_it_is_not_named(
    tmp_path: Path, statements: list[Any], held: bool
) -> None:
    said = of(tmp_path, "KEY-06", user("u", *statements), given=signing())["u"]
    first = ", ".join(statements[0]["NotAction"][:3])
    if held:
        assert said.startswith(
            f"fail: Has an active key and whole services: all but {first} "
            "(inline policy p, statement 1)."
        )
    else:
        assert said.startswith("pass")
