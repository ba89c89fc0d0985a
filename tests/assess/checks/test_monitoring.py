"""Logging: whether calls are recorded, records are safe, and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.checks.monitoring import (
    _bucket_days,
    _denies_deletion,
    key_use_recorded,
)
from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold
from tests.assess.facts.holding import facts_of
from tests.given import authorization_details, credential_report, root_row


@pytest.mark.parametrize(("control", "example"), examples_of("monitoring"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def statement(**more: Any) -> dict[str, Any]:
    base = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        "Resource": "arn:aws:s3:::logs/*",
    }
    return {key: value for key, value in {**base, **more}.items() if value is not None}


@pytest.mark.parametrize(
    ("statements", "right"),
    [
        ([statement()], True),
        ([statement(Action="s3:Delete*")], True),
        ([statement(Action="s3:*", Principal={"AWS": "*"})], True),
        # Two statements may forbid it together.
        ([statement(Action="s3:DeleteObject"), statement(Action="S3:DELETEOBJECTVERSION")], True),
        ([statement(Action="s3:DeleteObject")], False),
        ([statement(Effect="Allow")], False),
        ([statement(Principal={"AWS": "arn:aws:iam::111122223333:root"})], False),
        ([statement(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::1:root"})], False),
        ([statement(Action=None, NotAction="s3:GetObject")], False),
        ([statement(Resource="arn:aws:s3:::logs")], False),
        ([statement(Resource="arn:aws:s3:::logs/2025*")], False),
        ([statement(Resource="arn:aws:s3:::logs/AWSLogs/*")], False),
        ([statement(Resource="arn:aws:s3:::other/*")], False),
        ([statement(Resource="arn:aws:s3:::*")], True),
        ([statement(Resource="*")], True),
        ([statement(Resource="arn:aws-cn:s3:::logs/*")], True),
        ([statement(Resource=None, NotResource="arn:aws:s3:::logs/x/*")], False),
        ([statement(Condition={"StringNotEquals": {"aws:PrincipalArn": "x"}})], False),
        ([], False),
        ("nonsense", False),
    ],
)
def test_a_policy_that_forbids_to_delete(statements: Any, right: bool) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    assert _denies_deletion({"Policy": policy}, "logs") is right


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ([], None),
        ([{"Status": "Enabled", "Expiration": {"Days": 30}}], 30),
        ([{"Status": "Disabled", "Expiration": {"Days": 30}}], None),
        ([{"Status": "Enabled", "Transitions": [{"Days": 9, "StorageClass": "GLACIER"}]}], 9),
        ([{"Status": "Enabled", "Transitions": [{"Days": 9, "StorageClass": "DEEP_ARCHIVE"}]}], 9),
        ([{"Status": "Enabled", "Transitions": [{"Days": 9, "StorageClass": "GLACIER_IR"}]}], None),
        # The soonest counts; a day on the calendar has come or will come.
        (
            [
                {"Status": "Enabled", "Expiration": {"Days": 400}},
                {"Status": "Enabled", "Expiration": {"Days": 90}},
            ],
            90,
        ),
        ([{"Status": "Enabled", "Expiration": {"Date": "2026-01-01T00:00:00Z"}}], 0),
        # Old versions and delete markers are none of the logs.
        ([{"Status": "Enabled", "Expiration": {"ExpiredObjectDeleteMarker": True}}], None),
        ([{"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}], None),
    ],
)
def test_days_until_a_bucket_lets_go(rules: Any, days: int | None) -> None:
    assert _bucket_days({"Rules": rules}) == days
    assert _bucket_days(None) is None


@pytest.mark.parametrize(
    ("active", "listed", "verdict"),
    [
        ("false", ["ann"], "not-applicable"),
        # What cannot be read, or a user of whom the report knows nothing yet, may have a key.
        ("perhaps", ["ann"], "fail"),
        ("true", ["ann"], "fail"),
        ("false", ["ann", "new"], "fail"),
    ],
)
def test_only_where_no_key_is_shown_nobody_need_record_its_use(
    tmp_path: Path, active: str, listed: list[str], verdict: str
) -> None:
    files = {
        "credential-report": credential_report(
            [root_row(), {"user": "ann", "access_key_1_active": active}]
        ),
        "authorization-details": authorization_details(
            {"users": [{"UserName": n} for n in listed]}
        ),
        "regions": {"Regions": [{"RegionName": "eu-west-1"}]},
        "cloudtrail-trails@eu-west-1": {"trailList": []},
    }
    (row,) = key_use_recorded(facts_of(tmp_path, files))
    assert row.verdict == verdict
