"""Roles that services lend: where the file shows none, and where the actions meet on nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import OWN, allow, judged, role, user

STACKS = f"arn:aws:cloudformation:eu-west-1:{OWN}:stack/{{}}/*"
CHANGE, EXECUTE = "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"


def may(action: Any, resource: str = "*") -> dict[str, Any]:
    return allow(Action=action, Resource=resource)


def ids(*documents: Any, others: tuple[Any, ...] = ()) -> dict[str, str]:
    """The paths of a user, each with where it leads."""
    found = judged(user("u", *documents), *others)["u"]["paths"]
    return {path["id"]: path["via"] for path in found}


UNKNOWN = "existing roles, which the file does not show"


def test_what_is_at_work_already_may_have_a_role_that_the_file_does_not_show() -> None:
    assert ids(may("cloudformation:UpdateStack")) == {"cloudformation-002": UNKNOWN}
    # A file with roles says what they are: this one is no administrator's.
    shown = role("worker", {"Service": "cloudformation.amazonaws.com"}, may("s3:GetObject"))
    assert ids(may("cloudformation:UpdateStack"), others=(shown,)) == {}


@pytest.mark.parametrize(("executed", "leads"), [("a", True), ("b", False)])
def test_actions_on_two_resources_lead_nowhere(executed: str, leads: bool) -> None:
    mine = (may(CHANGE, STACKS.format("a")), may(EXECUTE, STACKS.format(executed)))
    assert ids(*mine) == ({"cloudformation-005": UNKNOWN} if leads else {})


@pytest.mark.parametrize(("called", "leads"), [("a", True), ("b", False)])
def test_a_role_is_passed_to_what_is_then_used(called: str, leads: bool) -> None:
    function = f"arn:aws:lambda:eu-west-1:{OWN}:function:{{}}"
    mine = (
        may("iam:PassRole"),
        may("lambda:CreateFunction", function.format("a")),
        may("lambda:InvokeFunction", function.format(called)),
    )
    assert ids(*mine) == ({"lambda-001": "any role"} if leads else {})
