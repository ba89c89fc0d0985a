"""The test AWS itself: protocols understood, answers checked, faults as the SDK meets them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from tests.bent import bent
from tests.conftest import Front
from tests.shapes import Asked, Refused, checked
from tests.standing import standing_answers
from tests.wire import KINDS, Fault

MOMENT = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)
ANALYZER = {
    "arn": "arn:aws:access-analyzer:us-east-1:123456789012:analyzer/one",
    "name": "one",
    "type": "ACCOUNT",
    "createdAt": MOMENT,
    "status": "ACTIVE",
}
# Client, method, parameters -> operation, the parameters as AWS sees them, an answer.
EACH_PROTOCOL = [
    (
        "iam", "list_service_specific_credentials", {"AllUsers": True, "MaxItems": 2},
        "iam:ListServiceSpecificCredentials", {"AllUsers": True, "MaxItems": 2},
        {"ServiceSpecificCredentials": [{"UserName": "a", "Status": "Active",
          "CreateDate": MOMENT, "ServiceSpecificCredentialId": "ACCAEXAMPLEEXAMPLE123",
          "ServiceName": "codecommit.amazonaws.com"}], "IsTruncated": False},
    ),
    (
        "organizations", "list_delegated_administrators", {"MaxResults": 5},
        "organizations:ListDelegatedAdministrators", {"MaxResults": 5},
        {"DelegatedAdministrators": [{"Id": "111122223333", "DelegationEnabledDate": MOMENT}]},
    ),
    (
        "accessanalyzer", "list_archive_rules", {"analyzerName": "one"},
        "accessanalyzer:ListArchiveRules", {"analyzerName": "one"},
        {"archiveRules": [{"ruleName": "r", "filter": {"isPublic": {"eq": ["false"]}},
          "createdAt": MOMENT, "updatedAt": MOMENT}]},
    ),
    (
        "accessanalyzer", "list_analyzers", {"type": "ACCOUNT"},
        "accessanalyzer:ListAnalyzers", {"type": "ACCOUNT"}, {"analyzers": [ANALYZER]},
    ),
    (
        "s3", "get_object_lock_configuration", {"Bucket": "trail"},
        "s3:GetObjectLockConfiguration", {"Bucket": "trail"},
        {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled",
          "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}},
    ),
    (
        "s3", "get_bucket_lifecycle_configuration", {"Bucket": "trail"},
        "s3:GetBucketLifecycleConfiguration", {"Bucket": "trail"},
        {"Rules": [{"ID": "x", "Status": "Enabled", "Expiration": {"Days": 400},
          "Filter": {"Prefix": ""}}]},
    ),
    (
        "ec2", "describe_instance_attribute", {"InstanceId": "i-1", "Attribute": "userData"},
        "ec2:DescribeInstanceAttribute", {"InstanceId": "i-1", "Attribute": "userData"},
        {"InstanceId": "i-1", "UserData": {"Value": "IyE="}},
    ),
    (
        "cloudwatch", "describe_alarms", {"AlarmNames": ["a"]},
        "cloudwatch:DescribeAlarms", {"AlarmNames": ["a"]},
        {"MetricAlarms": [], "CompositeAlarms": []},
    ),
    (
        "identitystore", "list_group_memberships",
        {"IdentityStoreId": "d-1234567890", "GroupId": "1" * 36},
        "identitystore:ListGroupMemberships", {"GroupId": "1" * 36},
        {"GroupMemberships": [{"IdentityStoreId": "d-1234567890", "MembershipId": "m" * 36,
          "MembershipArn": "arn:aws:identitystore:::membership/" + "0" * 36}]},
    ),
]  # fmt: skip


def client(service: str, attempts: int = 1, **more: Any) -> Any:
    config = Config(retries={"total_max_attempts": attempts}, **more)
    return boto3.client(service, config=config)  # type: ignore[call-overload]


@pytest.mark.parametrize("row", EACH_PROTOCOL, ids=lambda row: row[3])
def test_an_answer_comes_back_as_it_was_given(front: Front, row: tuple[Any, ...]) -> None:
    service, method, parameters, name, seen, answer = row
    met: list[Asked] = []

    def tell(asked: Asked) -> Any:
        met.append(asked)
        return answer

    front.answers[name] = tell
    found = getattr(client(service), method)(**parameters)
    found.pop("ResponseMetadata")
    assert found == answer
    assert front.asked[name] == 1
    assert {key: met[0].parameters[key] for key in seen} == seen
    assert (met[0].region, met[0].account) == ("ap-southeast-2", "123456789012")


@pytest.mark.parametrize("row", EACH_PROTOCOL, ids=lambda row: row[3])
def test_each_protocol_is_denied_as_aws_does_it(front: Front, row: tuple[Any, ...]) -> None:
    service, method, parameters, name, _, _ = row
    front.faults[name] = "deny"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(client(service), method)(**parameters)
    code = caught.value.response["Error"]["Code"]
    assert code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize(
    ("operation", "wrong"),
    [
        ("ListAnalyzers", {"analyzers": [{**ANALYZER, "colour": "red"}]}),
        ("ListAnalyzers", {"analyzers": "one"}),
        ("ListAnalyzers", {"analyzers": [{"name": "no arn"}]}),
        ("ListAnalyzers", {"analysers": []}),
    ],
)
def test_an_answer_that_aws_cannot_give_is_a_mistake(operation: str, wrong: Any) -> None:
    with pytest.raises(AssertionError):
        checked("accessanalyzer", operation, wrong)


def test_a_mistake_is_kept_for_the_fixture(front: Front) -> None:
    front.answers["ListAnalyzers"] = {"analysers": []}
    with pytest.raises(botocore.exceptions.ClientError):
        client("accessanalyzer").list_analyzers()
    assert len(front.mistakes) == 1
    front.mistakes.clear()


def test_every_standing_answer_is_one_of_its_operation() -> None:
    for name, answer in standing_answers().items():
        service, _, operation = name.partition(":")
        try:
            given = answer(Asked(service, operation)) if callable(answer) else answer
        except (Refused, KeyError):
            continue
        checked(service, operation, given)


# What the SDK makes of each fault; None: it is none.
MET = {
    "deny": botocore.exceptions.ClientError,
    "throttle": botocore.exceptions.ClientError,
    "expire": botocore.exceptions.ClientError,
    "error": botocore.exceptions.ClientError,
    "malformed": Exception,
    "truncate": Exception,
    "cut": Exception,
    "drop": botocore.exceptions.HTTPClientError,
    "slow": None,
    "missing": None,
    "loop": None,
    "bent": None,
}


def test_each_fault_is_known() -> None:
    assert set(MET) == set(KINDS)


def test_a_bent_answer_differs_in_one_place_and_is_the_same_every_time() -> None:
    answer = {"Users": [{"Name": "a", "Tags": []}], "IsTruncated": False}
    body = json.dumps(answer).encode()
    seen = {bent(body, seed) for seed in range(60)}
    assert len(seen) > 10
    assert body not in seen
    assert bent(body, 7) == bent(body, 7)
    text = b"<R><User><Name>a</Name></User></R>"
    assert {bent(text, seed) for seed in range(20)} == {
        b"<R><User><Name></Name></User></R>",
        b"<R><User><Name><x>1</x></Name></User></R>",
    }
    assert bent(b"{}", 1) == b"{}"
    assert bent(b"<R/>", 1) == b"<R/>"


@pytest.mark.parametrize("kind", [k for k, error in MET.items() if error])
def test_faults_that_end_a_request(front: Front, kind: Any) -> None:
    boto3.client("iam").create_user(UserName="a")
    front.faults["ListUsers"] = kind
    with pytest.raises(MET[kind]):
        client("iam").list_users()


def test_a_slow_answer_comes_late(front: Front) -> None:
    front.faults["ListUsers"] = Fault("slow", seconds=0.3)
    start = time.monotonic()
    assert client("iam").list_users()["Users"] == []
    assert time.monotonic() - start >= 0.3
    front.faults["ListUsers"] = Fault("slow", seconds=2)
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        client("iam", read_timeout=0.2).list_users()


def test_one_field_or_all_are_missing(front: Front) -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="a")
    front.faults["ListUsers"] = Fault("missing", field="Users")
    answer = client("iam").list_users()
    assert "Users" not in answer
    assert answer["IsTruncated"] is False
    front.faults["ListUsers"] = "missing"
    assert set(client("iam").list_users()) == {"ResponseMetadata"}
    front.faults["ListAnalyzers"] = "missing"
    front.answers["ListAnalyzers"] = {"analyzers": [ANALYZER]}
    assert set(client("accessanalyzer").list_analyzers()) == {"ResponseMetadata"}


def test_page_tokens_repeat_for_ever(front: Front) -> None:
    front.faults["ListUsers"] = front.faults["ListAnalyzers"] = "loop"
    front.answers["ListAnalyzers"] = {"analyzers": [ANALYZER]}
    answer = client("iam").list_users()
    assert (answer["IsTruncated"], answer["Marker"]) == (True, "again")
    assert client("accessanalyzer").list_analyzers()["nextToken"] == "again"


def test_a_fault_begins_late_and_ends(front: Front) -> None:
    front.faults["ListUsers"] = Fault("error", after=2, times=2)
    iam = client("iam")

    def fails() -> bool:
        try:
            iam.list_users()
        except botocore.exceptions.ClientError:
            return True
        return False

    assert [fails() for _ in range(6)] == [False, False, True, True, False, False]


def test_what_is_throttled_twice_is_read_at_the_third_try(front: Front) -> None:
    front.faults["ListUsers"] = Fault("throttle", times=2)
    assert client("iam", attempts=3).list_users()["Users"] == []
    assert front.calls["ListUsers"] == 3


def test_a_fault_of_one_question_alone(front: Front) -> None:
    for name in ("ana", "ben"):
        boto3.client("iam").create_user(UserName=name)
    front.faults["iam:ListMFADevices?UserName=ben"] = "deny"
    assert client("iam").list_mfa_devices(UserName="ana")["MFADevices"] == []
    with pytest.raises(botocore.exceptions.ClientError):
        client("iam").list_mfa_devices(UserName="ben")


def test_an_operation_of_the_same_name_elsewhere_is_not_meant(front: Front) -> None:
    """ListAccounts is one of Organizations and of SSO, ListRoles of IAM and of SSO."""
    front.faults["organizations:ListRoles"] = "deny"
    assert client("iam").list_roles()["Roles"] == []
