"""docs/policy-checks.md against the linter: nothing done that is not there, nothing there untold."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from reportgen.policy.document import parse
from reportgen.policy.lint import lint
from reportgen.policy.lint.codes import AWS, OWN, SEVERITY
from tests.policy.lint_cases import CASES

DOCS = Path(__file__).parents[2] / "docs"
TABLE = (DOCS / "policy-checks.md").read_text()
SECTIONS = {
    "Errors": "error",
    "General warnings": "warning",
    "Security warnings": "security-warning",
    "Suggestions": "suggestion",
}
_ROW = re.compile(r"^\| ([A-Z0-9_]+) \| (done|not done) \| ?(.*?) ?\|$", re.MULTILINE)


def rows() -> list[tuple[str, str, str, str]]:
    """Severity, code, whether it is done, and the note of each row."""
    found = []
    for section in TABLE.split("\n## ")[1:]:
        severity = SECTIONS[section.split("\n", 1)[0]]
        found += [(severity, *match) for match in _ROW.findall(section)]
    return found


def test_what_is_done_is_what_the_linter_has() -> None:
    done = {code: severity for severity, code, state, _ in rows() if state == "done"}
    assert done == AWS
    assert set(done) <= set(CASES)


def test_what_is_not_done_has_a_reason_and_is_not_found() -> None:
    left = {code: note for _, code, state, note in rows() if state == "not done"}
    assert len(left) == 10
    assert all(len(note) > 30 for note in left.values())
    assert not set(left) & set(SEVERITY)


def test_each_check_of_the_reference_stands_once() -> None:
    # 156 headings, of which JSON_SYNTAX_ERROR, UNSUPPORTED_ACTION_IN_POLICY and
    # UNSUPPORTED_RESOURCE_ARN_IN_POLICY stand twice.
    counted = Counter(code for _, code, _, _ in rows())
    assert set(counted.values()) == {1}
    assert len(counted) == 153
    assert TABLE.count("\n| ") == 153 + 4
    assert f"{len(AWS)} of {len(counted)} are done" in TABLE


def test_the_linters_own_codes_are_in_its_documentation() -> None:
    text = (DOCS / "policy.md").read_text()
    assert {code for code in OWN if f"`{code}`" not in text} == set()


@pytest.fixture(scope="module")
def managed() -> dict[str, set[str]]:
    """For each code the AWS managed policies that have it."""
    found: dict[str, set[str]] = {}
    for name, policy in json.loads(aws_managed_policies_data).items():
        for finding in lint(parse(policy["Document"]), "identity"):
            found.setdefault(finding.code, set()).add(name)
    return found


# What the reference itself says of AWS's managed policies, of those that are still there.
SAID_BY_AWS = {
    "CREATE_SLR_WITH_STAR_IN_RESOURCE": {"PowerUserAccess", "AWSOrganizationsServiceTrustPolicy"},
    "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE": {"AdministratorAccess", "IAMFullAccess"},
    "PASS_ROLE_WITH_STAR_IN_RESOURCE": {
        "AdministratorAccess-Amplify",
        "AWSElasticBeanstalkService",
        "AWSServiceRoleForAmazonEKSNodegroup",
        "AmazonDynamoDBFullAccesswithDataPipeline",
        "AmazonElasticMapReduceFullAccess",
    },
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE": {"AdministratorAccess", "IAMFullAccess"},
    "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS": {
        "AmazonSecurityLakeAdministrator",
        "AWSCodePipeline_FullAccess",
        "AWSCodePipeline_ReadOnlyAccess",
        "S3UnlockBucketPolicy",
        "SQSUnlockQueuePolicy",
    },
}


@pytest.mark.parametrize("code", SAID_BY_AWS)
def test_what_aws_says_of_its_own_policies_is_found(
    code: str, managed: dict[str, set[str]]
) -> None:
    assert SAID_BY_AWS[code] <= managed[code]


def test_aws_own_policies_have_few_errors(managed: dict[str, set[str]]) -> None:
    """AWS checks its policies, so that an error in them is more often ours than theirs.

    Those that are left are what the codes say: an ARN that ends at its colon, and condition keys
    that the action reference does not list for an action.
    """
    errors = {code: names for code, names in managed.items() if SEVERITY[code] == "error"}
    assert set(errors) <= {"INVALID_ARN_RESOURCE", "UNSUPPORTED_ACTION_FOR_CONDITION_KEY"}
    assert len(set().union(*errors.values())) <= 12
