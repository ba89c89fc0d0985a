"""Trails and what hangs on them, rules, the event history: what is asked, what a refusal costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reportgen.model import AwsRequest, Status
from reportgen.sources import cloudtrail_events, own_sources
from reportgen.sources.source import Answer, Aws, ReadError, Reading

HERE = "ap-southeast-2"
Reply = dict[str, Any] | ReadError | Callable[..., dict[str, Any]]


class Account:
    """Answers by method; notes what was asked."""

    def __init__(self, **answers: Reply) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, method: str, /, *, region: str = "", **parameters: Any) -> Answer:
        self.asked.append((method, parameters))
        answer = self.answers[method]
        if callable(answer):
            answer = answer(**parameters)
        if isinstance(answer, ReadError):
            raise answer
        return Answer(answer, AwsRequest("r", "", 200, 0), b"{}")


def refused(code: str = "AccessDenied") -> ReadError:
    return ReadError(Status.DENIED, code, "no")


def read(source: str, account: Account, **earlier: dict[str, Any]) -> tuple[dict[str, Any], Aws]:
    known = {name.replace("_", "-"): Reading(data=data) for name, data in earlier.items()}
    aws = Aws(account, HERE, known)
    answer = own_sources()[source].read(aws)
    assert not isinstance(answer, bytes)
    return dict(answer), aws


def trail(name: str, home: str = HERE, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:cloudtrail:{home}:111122223333:trail/{name}"
    return {"Name": name, "TrailARN": arn, "HomeRegion": home, **more}


TRAILS = {"trailList": [trail("a"), trail("b"), trail("shadow", "us-east-1")]}


def test_status_is_asked_where_a_trail_lives_and_by_arn() -> None:
    account = Account(get_trail_status={"IsLogging": True})
    answer, _ = read("trail-status", account, cloudtrail_trails=TRAILS)
    assert [asked["Name"] for _, asked in account.asked] == [
        t["TrailARN"] for t in TRAILS["trailList"][:2]
    ]
    assert answer == {
        "TrailStatuses": [
            {"IsLogging": True, "TrailARN": t["TrailARN"]} for t in TRAILS["trailList"][:2]
        ]
    }


@pytest.mark.parametrize("source", ["trail-status", "trail-event-selectors"])
def test_one_trail_that_is_refused_spoils_no_other(source: str) -> None:
    def ask(**asked: str) -> dict[str, Any]:
        if next(iter(asked.values())).endswith("/b"):
            raise refused()
        return {"IsLogging": True, "EventSelectors": []}

    account = Account(get_trail_status=ask, get_event_selectors=ask)
    answer, aws = read(source, account, cloudtrail_trails=TRAILS)
    (found,) = answer.values()
    assert [each.get("Error") for each in found] == [None, "AccessDenied"]
    assert aws.reading.detail == "1 of 2 could not be read: AccessDenied: no"


def test_all_refused_is_a_refusal() -> None:
    with pytest.raises(ReadError, match="AccessDenied"):
        read("trail-status", Account(get_trail_status=refused()), cloudtrail_trails=TRAILS)


def test_nothing_is_asked_where_there_is_no_trail() -> None:
    for source in ("trail-status", "trail-event-selectors", "trail-buckets", "trail-log-groups"):
        account = Account()
        answer, _ = read(source, account, cloudtrail_trails={"trailList": []})
        assert list(answer.values()) == [[]]
        assert account.asked == []


def test_a_bucket_tells_what_is_not_there_from_what_was_refused() -> None:
    account = Account(
        get_bucket_policy=ReadError(Status.FAILED, "NoSuchBucketPolicy", ""),
        get_bucket_policy_status={"PolicyStatus": {"IsPublic": False}},
        get_bucket_versioning={},
        get_object_lock_configuration=refused(),
        get_public_access_block=ReadError(
            Status.FAILED, "NoSuchPublicAccessBlockConfiguration", ""
        ),
        get_bucket_lifecycle_configuration={"Rules": []},
        get_bucket_encryption=ReadError(Status.THROTTLED, "SlowDown", ""),
    )
    both = {"trailList": [trail("a", S3BucketName="logs"), trail("b", S3BucketName="logs")]}
    answer, aws = read("trail-buckets", account, cloudtrail_trails=both)
    (bucket,) = answer["Buckets"]
    assert bucket["Policy"] is None
    assert bucket["PublicAccessBlock"] is None
    assert bucket["Versioning"] == {}
    assert bucket["Errors"] == {"ObjectLock": "AccessDenied", "Encryption": "SlowDown"}
    assert not {"ObjectLock", "Encryption"} & set(bucket)
    assert aws.reading.detail == "not read whole: logs: AccessDenied"
    assert aws.reading.parameters == {"Refused": ["logs"]}
    assert len(account.asked) == 7


# Every part of a bucket that has them all.
OPEN: dict[str, Any] = {
    "Policy": "{}",
    "PolicyStatus": {"IsPublic": False},
    "ObjectLockConfiguration": {},
    "PublicAccessBlockConfiguration": {},
    "Rules": [],
    "ServerSideEncryptionConfiguration": {},
}
CLOSED = (
    "get_bucket_policy",
    "get_bucket_policy_status",
    "get_bucket_versioning",
    "get_object_lock_configuration",
    "get_public_access_block",
    "get_bucket_lifecycle_configuration",
    "get_bucket_encryption",
)


@pytest.mark.parametrize(
    ("listed", "parameters"),
    [
        ({"Buckets": [{"Name": "logs"}]}, {"Refused": ["logs"]}),
        ({"Buckets": [{"Name": "other"}]}, {"Elsewhere": ["logs"]}),
        ({"Buckets": []}, {"Elsewhere": ["logs"]}),
        # Whose it is cannot be told.
        (refused(), {"Refused": ["logs"]}),
        ({}, {"Refused": ["logs"]}),
    ],
)
def test_a_bucket_that_shows_nothing_is_missing_unless_it_is_another_accounts(
    listed: Reply, parameters: dict[str, Any]
) -> None:
    account = Account(**dict.fromkeys(CLOSED, refused()), list_buckets=listed)
    trails = {"trailList": [trail("a", S3BucketName="logs")]}
    answer, aws = read("trail-buckets", account, cloudtrail_trails=trails)
    assert aws.reading.parameters == parameters
    assert bool(aws.reading.detail) is ("Refused" in parameters)
    (bucket,) = answer["Buckets"]
    assert set(bucket["Errors"].values()) == {"AccessDenied"}
    assert len(bucket["Errors"]) == 7


def test_one_that_is_closed_and_one_that_is_elsewhere_are_told_apart() -> None:
    def ask(**asked: str) -> dict[str, Any]:
        if asked["Bucket"] == "open":
            return OPEN
        raise refused()

    account = Account(
        **dict.fromkeys(CLOSED, ask), list_buckets={"Buckets": [{"Name": "own"}, {"Name": "open"}]}
    )
    names = ("own", "open", "far")
    trails = {"trailList": [trail(name, S3BucketName=name) for name in names]}
    _, aws = read("trail-buckets", account, cloudtrail_trails=trails)
    assert aws.reading.parameters == {"Refused": ["own"], "Elsewhere": ["far"]}
    assert aws.reading.detail == "not read whole: own: AccessDenied"


def test_a_bucket_that_is_gone_is_an_answer() -> None:
    gone = ReadError(Status.FAILED, "NoSuchBucket", "")
    account = Account(**dict.fromkeys(CLOSED, gone))
    trails = {"trailList": [trail("a", S3BucketName="logs")]}
    answer, aws = read("trail-buckets", account, cloudtrail_trails=trails)
    assert set(answer["Buckets"][0]["Errors"].values()) == {"NoSuchBucket"}
    assert (aws.reading.detail, aws.reading.parameters) == ("", {})


@pytest.mark.parametrize("policy", ["<html>proxy error", "[]", "", None])
def test_a_page_in_place_of_a_bucket_s_policy_is_none(policy: str | None) -> None:
    answers: dict[str, Reply] = {
        **dict.fromkeys(CLOSED, OPEN),
        "get_bucket_policy": {"Policy": policy},
    }
    trails = {"trailList": [trail("a", S3BucketName="logs")]}
    answer, aws = read("trail-buckets", Account(**answers), cloudtrail_trails=trails)
    assert answer["Buckets"][0]["Errors"] == {"Policy": "MalformedAnswer"}
    assert aws.reading.parameters == {"Refused": ["logs"]}


@pytest.mark.parametrize("method", [m for m in CLOSED if m != "get_bucket_versioning"])
def test_a_part_of_a_bucket_without_its_field_is_none(method: str) -> None:
    """Versioning is empty where it never was switched on: of the others that is no answer."""
    answers: dict[str, Reply] = {**dict.fromkeys(CLOSED, OPEN), method: {}}
    trails = {"trailList": [trail("a", S3BucketName="logs")]}
    answer, aws = read("trail-buckets", Account(**answers), cloudtrail_trails=trails)
    assert list(answer["Buckets"][0]["Errors"].values()) == ["MalformedAnswer"]
    assert aws.reading.parameters == {"Refused": ["logs"]}


HOLLOW: dict[str, dict[str, Reply]] = {
    "trail-status": {"get_trail_status": {}},
    "trail-event-selectors": {"get_event_selectors": {}},
    "event-data-stores": {
        "list_event_data_stores": {"EventDataStores": [{"EventDataStoreArn": "a"}]},
        "get_event_data_store": {"EventDataStoreArn": "a"},
    },
    "guardduty-detectors": {"list_detectors": {"DetectorIds": ["d"]}, "get_detector": {}},
    "open-id-connect-providers": {
        "list_open_id_connect_providers": {"OpenIDConnectProviderList": [{"Arn": "a"}]},
        "get_open_id_connect_provider": {},
    },
}


@pytest.mark.parametrize("source", HOLLOW)
def test_an_answer_without_what_it_is_asked_for_is_none(source: str) -> None:
    with pytest.raises(ReadError, match="MalformedAnswer: the answer has no "):
        read(source, Account(**HOLLOW[source]), cloudtrail_trails=TRAILS)


def test_a_bucket_out_of_reach_is_no_answer() -> None:
    """Throttled or broken throughout: nothing says whose it is, and that it is another account's
    explains nothing."""
    slow = ReadError(Status.THROTTLED, "SlowDown", "")
    account = Account(**dict.fromkeys(CLOSED, slow), list_buckets={"Buckets": []})
    trails = {"trailList": [trail("a", S3BucketName="logs")]}
    _, aws = read("trail-buckets", account, cloudtrail_trails=trails)
    assert aws.reading.parameters == {"Refused": ["logs"]}


def test_a_log_group_is_the_trail_s_own_and_not_one_that_begins_like_it() -> None:
    arn = f"arn:aws:logs:{HERE}:111122223333:log-group:audit:*"
    groups = [{"logGroupName": "audit", "retentionInDays": 400}, {"logGroupName": "audit-of-app"}]
    account = Account(describe_log_groups={"logGroups": groups})
    listed = {"trailList": [trail("a", CloudWatchLogsLogGroupArn=arn), trail("b")]}
    answer, _ = read("trail-log-groups", account, cloudtrail_trails=listed)
    assert answer == {"logGroups": groups[:1]}
    assert account.asked == [("describe_log_groups", {"logGroupNamePrefix": "audit"})]


def test_targets_are_asked_for_rules_that_watch() -> None:
    pattern = '{"detail-type": ["AWS API Call via CloudTrail"]}'
    rules = [
        {"Name": "watch", "EventPattern": pattern},
        {"Name": "nightly", "ScheduleExpression": "rate(1 day)"},
        {"Name": "app", "EventPattern": '{"source": ["app"]}'},
    ]
    account = Account(
        list_rules={"Rules": rules}, list_targets_by_rule={"Targets": [{"Id": "1", "Arn": "a"}]}
    )
    answer, _ = read("event-rules", account)
    assert [rule.get("Targets") for rule in answer["Rules"]] == [
        [{"Id": "1", "Arn": "a"}],
        None,
        None,
    ]


def test_an_event_data_store_s_retention_is_asked_for() -> None:
    account = Account(
        list_event_data_stores={"EventDataStores": [{"EventDataStoreArn": "a", "Name": "n"}]},
        get_event_data_store={"EventDataStoreArn": "a", "RetentionPeriod": 2557},
    )
    answer, _ = read("event-data-stores", account)
    assert answer["EventDataStores"] == [{"EventDataStoreArn": "a", "RetentionPeriod": 2557}]


def test_projects_are_asked_for_by_the_hundred() -> None:
    names = [f"p{n}" for n in range(101)]
    account = Account(
        list_projects={"projects": names},
        batch_get_projects=lambda names: {"projects": [{"name": n} for n in names if n != "p7"]},
    )
    answer, aws = read("codebuild-projects", account)
    assert len(answer["projects"]) == 100
    assert aws.reading.detail == "1 of 101 projects were not given"
    assert aws.reading.parameters == {"Refused": ["p7"]}
    assert [len(a["names"]) for m, a in account.asked if m == "batch_get_projects"] == [100, 1]


def test_a_project_that_is_gone_since_it_was_listed_is_not_missing() -> None:
    account = Account(
        list_projects={"projects": ["a", "b"]},
        batch_get_projects={"projects": [{"name": "a"}], "projectsNotFound": ["b"]},
    )
    _, aws = read("codebuild-projects", account)
    assert (aws.reading.detail, aws.reading.parameters) == ("", {})


def test_instances_that_are_gone_are_not_asked_for_user_data() -> None:
    states = {"i-1": "running", "i-2": "terminated", "i-3": "stopped"}
    listed = {
        "Reservations": [
            {"Instances": [{"InstanceId": i, "State": {"Name": s}} for i, s in states.items()]}
        ]
    }
    account = Account(describe_instance_attribute={"UserData": {}})
    answer, _ = read("ec2-user-data", account, ec2_instances=listed)
    assert [i["InstanceId"] for i in answer["Instances"]] == ["i-1", "i-3"]


@pytest.mark.parametrize("answer", [{}, {"UserData": None}, {"UserData": "x"}])
def test_user_data_that_is_not_told_is_not_none(answer: dict[str, Any]) -> None:
    listed = {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]}
    with pytest.raises(ReadError, match="the answer has no UserData"):
        read("ec2-user-data", Account(describe_instance_attribute=answer), ec2_instances=listed)


@pytest.mark.parametrize("answer", [{}, {"taskDefinition": None}, {"taskDefinition": "x"}])
def test_a_task_that_is_not_told_has_no_configuration_to_be_looked_at(
    answer: dict[str, Any],
) -> None:
    account = Account(
        list_task_definition_families={"families": ["t"]}, describe_task_definition=answer
    )
    with pytest.raises(ReadError, match="the answer has no taskDefinition"):
        read("ecs-task-definitions", account)


def test_the_event_history_is_asked_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(cloudtrail_events, "pause", pauses.append)

    def ask(**asked: Any) -> dict[str, Any]:
        assert (asked["EndTime"] - asked["StartTime"]).days == 31
        (attribute,) = asked["LookupAttributes"]
        more = attribute["AttributeValue"] == "iam.amazonaws.com"
        number = len(account.asked)
        event = {"EventId": f"e{number}" if more else "same", "CloudTrailEvent": "{}"}
        return {"Events": [event], **({"NextToken": f"t{number}"} if more else {})}

    account = Account(lookup_events=ask)
    nobody: dict[str, Any] = {"RoleDetailList": []}
    answer, aws = read("cloudtrail-events", account, authorization_details=nobody)
    assert answer["Cut"] == ["iam"]
    assert "iam" in aws.reading.detail
    assert aws.reading.parameters["Refused"] == ["iam"]
    assert len(account.asked) == 40 + 4
    # Two requests a second at most.
    assert all(seconds >= 0.5 for seconds in pauses)
    assert len(pauses) == 40 + 4 - 1
    assert len({e["EventId"] for e in answer["Events"]}) == len(answer["Events"]) == 41


def role(name: str, *policies: str, owner: str = "aws") -> dict[str, Any]:
    attached = [
        {"PolicyName": p, "PolicyArn": f"arn:aws:iam::{owner}:policy/{p}"} for p in policies
    ]
    return {"Arn": f"arn:aws:iam::111122223333:role/{name}", "AttachedManagedPolicies": attached}


def asked_for_roles(monkeypatch: pytest.MonkeyPatch, roles: Any) -> tuple[list[str], Any]:
    """The ARNs that the history was asked for, and the evidence's Refused."""
    monkeypatch.setattr(cloudtrail_events, "pause", lambda _: None)
    account = Account(lookup_events={"Events": []})
    earlier = {} if roles is None else {"authorization_details": {"RoleDetailList": roles}}
    answer, aws = read("cloudtrail-events", account, **earlier)
    keys = [asked["LookupAttributes"][0] for _, asked in account.asked]
    assert answer["Cut"] == aws.reading.parameters["Refused"]
    arns = [key["AttributeValue"] for key in keys if key["AttributeKey"] == "ResourceName"]
    return arns, answer["Cut"]


def test_administrators_roles_are_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    roles = [
        role("admin", "AdministratorAccess"),
        role("iam", "ReadOnlyAccess", "IAMFullAccess"),
        role("reader", "ReadOnlyAccess"),
        # A policy of the account's own may be named like AWS's.
        role("own", "AdministratorAccess", owner="111122223333"),
        {"Arn": "arn:aws:iam::111122223333:role/bare"},
    ]
    arns, cut = asked_for_roles(monkeypatch, roles)
    assert arns == [roles[0]["Arn"], roles[1]["Arn"]]
    assert cut == []


@pytest.mark.parametrize(("more", "cut"), [(0, []), (1, ["privileged-roles"])])
def test_of_many_administrators_so_many_are_asked_for(
    more: int, cut: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    count = cloudtrail_events.ROLES + more
    roles = [role(f"admin{n:02}", "AdministratorAccess") for n in range(count)]
    arns, told = asked_for_roles(monkeypatch, roles)
    assert len(arns) == cloudtrail_events.ROLES
    assert told == cut


def test_where_the_roles_are_not_known_none_of_them_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert asked_for_roles(monkeypatch, None) == ([], ["privileged-roles"])


def test_an_event_keeps_who_when_and_whom_and_no_parameters() -> None:
    source = own_sources()["cloudtrail-events"]
    assert source.mask is not None
    record = (
        '{"eventName": "CreateLoginProfile", "userIdentity": {"type": "Root", "userName": "r"}, '
        '"requestParameters": {"userName": "ana", "password": "hunter22"}, '
        '"sourceIPAddress": "::1"}'
    )
    masked = source.mask({"Events": [{"EventId": "1", "CloudTrailEvent": record}]})
    assert masked["Events"][0]["CloudTrailEvent"] == {
        "eventName": "CreateLoginProfile",
        "sourceIPAddress": "::1",
        "userIdentity": {"type": "Root"},
        "requestParameters": {"userName": "ana"},
    }


def test_it_is_read_on_request_alone() -> None:
    assert own_sources()["cloudtrail-events"].on_request
