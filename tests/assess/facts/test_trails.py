"""Trails put together from four sources, each part where it was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts.trails import Trail
from reportgen.assess.records import Unreadable
from reportgen.model import CONFIGURATION
from tests.assess.facts.holding import facts_of
from tests.given import ACCOUNT

HERE = "ap-southeast-2"
REGIONS = {"regions": {"Regions": [{"RegionName": HERE}, {"RegionName": "us-east-1"}]}}


def arn(name: str, home: str = HERE, owner: str = ACCOUNT) -> str:
    return f"arn:aws:cloudtrail:{home}:{owner}:trail/{name}"


def record(name: str, home: str = HERE, owner: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {"Name": name, "TrailARN": arn(name, home, owner), "HomeRegion": home, **more}


def given(*records: dict[str, Any], **sources: Any) -> dict[str, Any]:
    listed = {f"cloudtrail-trails@{r}": {"trailList": list(records)} for r in (HERE, "us-east-1")}
    parts = {f"{name.replace('_', '-')}@{HERE}": value for name, value in sources.items()}
    return {**REGIONS, **listed, **parts}


def only(tmp_path: Path, files: dict[str, Any]) -> Trail:
    (trail,) = facts_of(tmp_path, files).trails().trails
    return trail


def test_a_trail_of_all_regions_is_one_trail(tmp_path: Path) -> None:
    found = facts_of(tmp_path, given(record("a"), record("b", "us-east-1"))).trails()
    assert [(t.name, t.home, t.owner) for t in found.trails] == [
        ("a", HERE, ACCOUNT),
        ("b", "us-east-1", ACCOUNT),
    ]
    assert found.gaps == []


def test_parts_are_asked_for_when_they_are_needed(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, given(record("a")))
    (trail,) = facts.trails().trails
    assert not any("trail-status" in note for note in facts.noted)
    with pytest.raises(Unreadable, match="trail-status@ap-southeast-2 was not collected"):
        trail.status.read()
    assert any("trail-status" in note for note in facts.noted)


def test_a_bare_answer_is_of_the_one_trail_and_of_no_other(tmp_path: Path) -> None:
    bare = {"IsLogging": True}
    assert only(tmp_path / "one", given(record("a"), trail_status=bare)).logging
    two = facts_of(tmp_path / "two", given(record("a"), record("b"), trail_status=bare)).trails()
    for trail in two.trails:
        with pytest.raises(Unreadable, match="has nothing of"):
            _ = trail.logging


def test_a_bare_answer_that_names_another_trail_is_not_taken(tmp_path: Path) -> None:
    answer = {"TrailARN": arn("other"), "EventSelectors": []}
    trail = only(tmp_path, given(record("a"), trail_event_selectors=answer))
    with pytest.raises(Unreadable):
        trail.unrecorded()


@pytest.mark.parametrize(
    ("status", "logging"),
    [
        ({"IsLogging": True}, True),
        ({"IsLogging": False}, False),
        ({"IsLogging": True, "LatestDeliveryError": "NoSuchBucket"}, False),
        ({"IsLogging": "yes"}, None),
        ({}, None),
        ({"Error": "AccessDenied"}, None),
    ],
)
def test_logging(tmp_path: Path, status: dict[str, Any], logging: bool | None) -> None:
    answer = {"TrailStatuses": [{"TrailARN": arn("a"), **status}]}
    trail = only(tmp_path, given(record("a"), trail_status=answer))
    if logging is None:
        with pytest.raises(Unreadable):
            _ = trail.logging
    else:
        assert trail.logging is logging


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


KMS, RDS = "kms.amazonaws.com", "rdsdata.amazonaws.com"


def basic(kind: str, *excluded: str) -> dict[str, Any]:
    """A basic selector of management events."""
    return {
        "ReadWriteType": kind,
        "IncludeManagementEvents": True,
        "ExcludeManagementEventSources": list(excluded),
    }


@pytest.mark.parametrize(
    ("selectors", "said"),
    [
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}, ""),
        (
            {"EventSelectors": [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]},
            "writes",
        ),
        (
            {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": False}]},
            "all management events",
        ),
        # What one leaves out, another may record.
        (
            {
                "EventSelectors": [
                    {
                        "ReadWriteType": "All",
                        "IncludeManagementEvents": True,
                        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                    },
                    {"ReadWriteType": "All", "IncludeManagementEvents": True},
                ]
            },
            "",
        ),
        # What records reads alone makes up for no writes that are left out, and the other way.
        (
            {"EventSelectors": [basic("ReadOnly"), basic("WriteOnly", KMS, RDS)]},
            "writes of kms.amazonaws.com, rdsdata.amazonaws.com",
        ),
        ({"EventSelectors": [basic("ReadOnly", KMS), basic("WriteOnly")]}, f"reads of {KMS}"),
        (
            {"EventSelectors": [basic("ReadOnly", KMS), basic("WriteOnly", RDS)]},
            f"writes of {RDS}; reads of {KMS}",
        ),
        (
            {"EventSelectors": [basic("ReadOnly", KMS), basic("WriteOnly", KMS)]},
            f"management events of {KMS}",
        ),
        ({"EventSelectors": [basic("ReadOnly", KMS), basic("All", RDS)]}, f"writes of {RDS}"),
        ({"EventSelectors": [basic("ReadOnly"), basic("WriteOnly")]}, ""),
        ({"EventSelectors": [basic("All", KMS)]}, f"management events of {KMS}"),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [MANAGEMENT]}]}, ""),
        (
            {
                "AdvancedEventSelectors": [
                    {"FieldSelectors": [MANAGEMENT, {"Field": "eventSource", "NotEquals": ["x"]}]}
                ]
            },
            "eventSource",
        ),
        ({"AdvancedEventSelectors": []}, None),
        ({"EventSelectors": "all"}, None),
    ],
)
def test_what_is_left_out(tmp_path: Path, selectors: dict[str, Any], said: str | None) -> None:
    answer = {"Trails": [{"TrailARN": arn("a"), **selectors}]}
    trail = only(tmp_path, given(record("a"), trail_event_selectors=answer))
    if said is None:
        with pytest.raises(Unreadable):
            trail.unrecorded()
    elif said:
        assert said in trail.unrecorded()
    else:
        assert trail.unrecorded() == ""


def test_a_field_that_is_neither_true_nor_false_is_not_false(tmp_path: Path) -> None:
    trail = only(tmp_path, given(record("a", IsMultiRegionTrail="true")))
    with pytest.raises(Unreadable, match="IsMultiRegionTrail"):
        trail.is_set("IsMultiRegionTrail")
    with pytest.raises(Unreadable, match="LogFileValidationEnabled of a is None"):
        trail.is_set("LogFileValidationEnabled")


def test_a_trail_without_an_arn_is_a_gap(tmp_path: Path) -> None:
    found = facts_of(tmp_path, given({"Name": "a"})).trails()
    assert found.trails == []
    assert found.gaps == [f"a trail in {r} has no ARN" for r in (HERE, "us-east-1")]


def test_the_organisation_s_trail_of_another_account(tmp_path: Path) -> None:
    own = record("own", IsOrganizationTrail=True)
    other = record("other", owner="999988887777", IsOrganizationTrail=True)
    foreign = record("foreign", owner="999988887777", IsOrganizationTrail=False)
    facts = facts_of(tmp_path, given(own, foreign, other))
    found = facts.organisation_trail_of_another(facts.trails())
    assert found is not None
    assert found.name == "other"


GROUP = f"arn:aws:logs:{HERE}:{ACCOUNT}:log-group:audit"


@pytest.mark.parametrize(
    ("group", "watched"),
    [
        (GROUP, (HERE, ACCOUNT, "audit")),
        (f"{GROUP}:*", (HERE, ACCOUNT, "audit")),
        (GROUP.removesuffix(":audit"), None),
        (None, None),
        ("", None),
    ],
)
def test_the_log_group_of_a_trail(
    tmp_path: Path, group: str | None, watched: tuple[str, str, str] | None
) -> None:
    groups = {"logGroups": [{"logGroupName": "audit", "retentionInDays": 7}]}
    one = record("a", CloudWatchLogsLogGroupArn=group)
    trail = only(tmp_path, given(one, trail_log_groups=groups))
    assert trail.watched_group == watched
    if watched:
        assert trail.log_group.read()["retentionInDays"] == 7
    else:
        with pytest.raises(Unreadable, match="has nothing of it"):
            trail.log_group.read()


def test_a_trail_has_its_bucket_and_its_home(tmp_path: Path) -> None:
    logs = {"Name": "logs", "Versioning": {"Status": "Enabled"}}
    buckets = {"Buckets": [{"Name": "other"}, logs]}
    trail = only(tmp_path / "a", given(record("a", S3BucketName="logs"), trail_buckets=buckets))
    assert trail.bucket.read()["Versioning"] == {"Status": "Enabled"}
    # Without a home region, the ARN says where it lives.
    bare = {key: value for key, value in record("a").items() if key != "HomeRegion"}
    assert only(tmp_path / "b", given(bare)).home == HERE


def test_what_nobody_asked_for_is_told_from_what_was_not_there(tmp_path: Path) -> None:
    assert only(tmp_path / "a", given(record("a"))).status.unasked
    nothing: dict[str, Any] = {"TrailStatuses": []}
    assert not only(tmp_path / "b", given(record("a"), trail_status=nothing)).status.unasked


def test_a_trail_without_a_name_is_called_by_its_arn(tmp_path: Path) -> None:
    bare = {key: value for key, value in record("a").items() if key != "Name"}
    assert only(tmp_path / "a", given(bare)).name == "a"
    assert only(tmp_path / "b", given({**bare, "Name": "called"})).name == "called"


def test_a_bare_answer_of_a_bucket_or_a_group_is_none(tmp_path: Path) -> None:
    """Only a trail's status and selectors are asked for by the trail, and answered bare."""
    one = record("a", S3BucketName="logs", CloudWatchLogsLogGroupArn=GROUP)
    files = given(
        one,
        trail_buckets={"Buckets": None, "Name": "logs"},
        trail_log_groups={"logGroups": None, "logGroupName": "audit"},
    )
    trail = only(tmp_path, files)
    for part in (trail.bucket, trail.log_group):
        with pytest.raises(Unreadable):
            part.read()


@pytest.mark.parametrize(
    "selectors",
    [
        {"EventSelectors": [], "AdvancedEventSelectors": []},
        {"EventSelectors": []},
        {"AdvancedEventSelectors": []},
        {},
    ],
)
def test_no_selectors_at_all_say_nothing_of_what_is_recorded(
    tmp_path: Path, selectors: dict[str, Any]
) -> None:
    """AWS always answers with the one kind or the other; what is empty is not "all" nor "none"."""
    listed = {"Trails": [{"TrailARN": arn("a"), **selectors}]}
    trail = only(tmp_path, given(record("a"), trail_event_selectors=listed))
    with pytest.raises(Unreadable, match="which events a records was not said"):
        trail.unrecorded()


def test_an_account_is_known_where_the_configuration_lists_it(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, given(record("a")), known_accounts=(ACCOUNT,))
    assert facts.knows(ACCOUNT)
    assert not facts.knows("999988887777")
    assert CONFIGURATION in facts.noted
