"""Last accessed: who is asked for, how often, who is not asked again, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

from reportgen.collect.items import reading_of
from reportgen.evidence.store import Item
from reportgen.model import Status
from reportgen.sources import last_accessed
from reportgen.sources.source import Before
from tests.collect.account import collected
from tests.conftest import Front
from tests.policies import allow
from tests.shapes import Asked
from tests.standing.iam import MADE
from tests.standing.iam import last_accessed as ready

START, FETCH = "iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails"
ARN = "arn:aws:iam::123456789012:"
TRUST = json.dumps(allow(Action="sts:AssumeRole", Resource=None, Principal={"Service": "x"}))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited; the day is that after the reports were made."""
    waited: list[float] = []
    monkeypatch.setattr(last_accessed, "pause", waited.append)
    monkeypatch.setattr(last_accessed, "now", lambda: MADE + timedelta(days=1))
    return waited


@pytest.fixture
def three(front: Front, pauses: list[float]) -> Front:
    """Two users, a role, and a service-linked role."""
    iam = boto3.client("iam")
    for name in ("ana", "ben"):
        iam.create_user(UserName=name)
    iam.create_role(RoleName="batch", AssumeRolePolicyDocument=TRUST)
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    return front


def told(item: Item) -> dict[str, Any]:
    return {row["Arn"]: row for row in json.loads(item.content)["LastAccessed"]}


def read(name: str = "last-accessed", **how: Any) -> Item:
    return collected(name, **how)[name]


def before(item: Item, **changed: Any) -> dict[str, Before]:
    reading = reading_of(item)
    assert reading is not None
    for row in reading.data["LastAccessed"]:
        row.update(changed)
    return {"last-accessed": Before(reading, item.envelope.id)}


def test_every_user_and_role_takes_two_requests(three: Front, pauses: list[float]) -> None:
    item = read()
    assert set(told(item)) == {f"{ARN}user/ana", f"{ARN}user/ben", f"{ARN}role/batch"}
    row = told(item)[f"{ARN}user/ana"]
    assert row["ServicesLastAccessed"][0]["ServiceNamespace"] == "s3"
    assert row["JobCompletionDate"].startswith("2026-09-30T09:00:00")
    assert (three.asked[START], three.asked[FETCH]) == (3, 3)
    assert pauses == []
    assert item.envelope.parameters["Granularity"] == "SERVICE_LEVEL"
    assert item.envelope.parameters["Refused"] == {}


def test_what_is_not_ready_is_fetched_once_more(three: Front, pauses: list[float]) -> None:
    first: set[str] = set()

    def slowly(asked: Asked) -> dict[str, Any]:
        job = asked.parameters["JobId"]
        if job not in first:
            first.add(job)
            return {**ready(asked), "JobStatus": "IN_PROGRESS"}
        return ready(asked)

    three.answers[FETCH] = slowly
    assert len(told(read())) == 3
    assert (three.asked[START], three.asked[FETCH]) == (3, 6)
    assert pauses == [10.0]


def test_what_is_never_ready_is_told_after_three_requests(three: Front) -> None:
    three.answers[FETCH] = lambda asked: {**ready(asked), "JobStatus": "IN_PROGRESS"}
    item = read()
    assert item.envelope.status is Status.FAILED
    assert item.envelope.detail.startswith("InProgress")
    assert three.asked[START] + three.asked[FETCH] == 9


def test_one_refusal_loses_one_principal(three: Front) -> None:
    three.faults[f"{START}?user/ben"] = "deny"
    item = read()
    assert item.envelope.status is Status.COLLECTED
    assert item.envelope.parameters["Refused"] == {f"{ARN}user/ben": "AccessDenied"}
    assert "1 of 3 principals" in item.envelope.detail
    assert set(told(item)) == {f"{ARN}user/ana", f"{ARN}role/batch"}


@pytest.mark.parametrize("operation", [START, FETCH])
def test_refused_for_all_it_is_denied(three: Front, operation: str) -> None:
    three.faults[operation] = "deny"
    assert read().envelope.status is Status.DENIED


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"JobStatus": "FAILED", "Error": {"Message": "no", "Code": "X"}}, "ReportFailed"),
        ({"ServicesLastAccessed": []}, ""),
    ],
)
def test_a_report_that_failed_is_none(three: Front, answer: dict[str, Any], code: str) -> None:
    three.answers[FETCH] = lambda asked: {**ready(asked), **answer}
    item = read()
    assert (item.envelope.status is Status.FAILED) is bool(code)
    assert code in item.envelope.detail


@pytest.mark.parametrize("field", ["JobStatus", "ServicesLastAccessed", "JobCompletionDate"])
def test_a_report_without_a_field_is_no_report(three: Front, field: str) -> None:
    from tests.wire import Fault

    three.faults[FETCH] = Fault("missing", field=field)
    assert read().envelope.status is Status.FAILED


def test_pages_are_joined(three: Front) -> None:
    def paged(asked: Asked) -> dict[str, Any]:
        if "Marker" in asked.parameters:
            return ready(asked)
        return {**ready(asked), "IsTruncated": True, "Marker": "more"}

    three.answers[FETCH] = paged
    assert {len(row["ServicesLastAccessed"]) for row in told(read()).values()} == {2}


# -- what is not asked again ---------------------------------------------------------------------


def test_the_unchanged_is_taken_over_byte_for_byte(three: Front) -> None:
    first = read()
    three.asked.clear()
    second = read(before=before(first))
    assert three.asked[START] + three.asked[FETCH] == 0
    assert second.content == first.content
    assert second.envelope.parameters["Reused"] == {first.envelope.id: sorted(told(first))}
    assert second.envelope.parameters["Arns"] == []


@pytest.mark.parametrize(
    ("age", "asked"),
    [
        (timedelta(days=7) - timedelta(seconds=1), 0),
        (timedelta(days=7), 0),
        (timedelta(days=7, seconds=1), 3),
        (timedelta(0), 0),
        # The clock was set back.
        (-timedelta(seconds=1), 3),
    ],
)
def test_only_what_is_not_old_is_taken_over(
    three: Front, monkeypatch: pytest.MonkeyPatch, age: timedelta, asked: int
) -> None:
    first = read()
    three.asked.clear()
    monkeypatch.setattr(last_accessed, "now", lambda: MADE + age)
    read(before=before(first))
    assert three.asked[START] == asked


def test_who_has_other_rights_is_asked_for_again(three: Front) -> None:
    first = read()
    three.asked.clear()
    boto3.client("iam").put_user_policy(
        UserName="ben", PolicyName="p", PolicyDocument=json.dumps(allow())
    )
    item = read(before=before(first))
    assert item.envelope.parameters["Arns"] == [f"{ARN}user/ben"]
    assert (three.asked[START], three.asked[FETCH]) == (1, 1)
    assert len(told(item)) == 3


@pytest.mark.parametrize("changed", [{"JobCompletionDate": "soon"}, {"JobType": "ACTION_LEVEL"}])
def test_what_cannot_be_dated_or_is_another_is_asked_for(
    three: Front, changed: dict[str, str]
) -> None:
    first = read()
    three.asked.clear()
    read(before=before(first, **changed))
    assert three.asked[START] == 3


def test_actions_are_read_on_request(three: Front) -> None:
    assert "last-accessed-actions" not in collected("account-aliases")
    item = read("last-accessed-actions", also=("last-accessed-actions",))
    services = [row["ServicesLastAccessed"][0] for row in told(item).values()]
    assert {s["TrackedActionsLastAccessed"][0]["ActionName"] for s in services} == {"ListBuckets"}
    assert item.envelope.parameters["Granularity"] == "ACTION_LEVEL"
