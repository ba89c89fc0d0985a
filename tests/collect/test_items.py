"""What a read came to as evidence: the bytes, the envelope around them, and back again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reportgen import __version__
from reportgen.collect.items import Failure, Read, Whose, item_of, jsonable, reading_of
from reportgen.evidence.seal import sha256
from reportgen.model import AwsRequest, Grade, Status
from reportgen.sources.source import ReadError, Reading, Scope, Source, single

WHOSE = Whose("aws", "111122223333", "arn:aws:iam::111122223333:user/auditor")
SOURCE = Source("roles", "roles", ("iam:ListRoles",), single("iam", "list_roles"), ("Roles",))
AT = "2026-09-30T00:00:00Z"
HOME = "us-east-1"


def read(outcome: Reading | Failure, region: str = "") -> Read:
    source = replace(SOURCE, scope=Scope.REGION) if region else SOURCE
    return Read(source, region, AT, outcome)


def failed(status: Status = Status.DENIED) -> Failure:
    request = AwsRequest("req-1", "", 403, 0)
    error = ReadError(status, "AccessDenied", "no")
    return Failure(status, error, Reading(requests=[request], bodies=[b"<Error/>"]))


def test_an_answer_is_kept_as_the_aws_cli_prints_it() -> None:
    data = {"Roles": [{"RoleName": "ä", "CreateDate": datetime(2026, 1, 2, 3, tzinfo=UTC)}]}
    item = item_of(read(Reading(data, {"MaxItems": 1000}, bodies=[b"{}", b"<x/>"])), WHOSE, HOME)
    assert item.content.decode() == (
        '{\n "Roles": [\n  {\n   "RoleName": "ä",\n'
        '   "CreateDate": "2026-01-02T03:00:00+00:00"\n  }\n ]\n}\n'
    )
    envelope = item.envelope
    assert (envelope.file, envelope.sha256) == ("roles.json", sha256(item.content))
    assert envelope.bytes == len(item.content)
    assert (envelope.status, envelope.detail) == (Status.COLLECTED, "")
    assert (envelope.grade, envelope.origin) == (Grade.GOOD, "aws")
    assert (envelope.source, envelope.operation) == ("roles", SOURCE.operation)
    assert envelope.parameters == {"MaxItems": 1000}
    assert (envelope.account_id, envelope.partition) == (WHOSE.account_id, "aws")
    assert (envelope.caller_arn, envelope.collected_at) == (WHOSE.caller, AT)
    assert envelope.tool_version == __version__


def test_wire_answers_are_numbered_and_named_by_what_they_are() -> None:
    item = item_of(read(Reading({"Roles": []}, bodies=[b'{"a":1}', b"<x/>", b""])), WHOSE, HOME)
    assert item.raw == [b'{"a":1}', b"<x/>", b""]
    assert item.envelope.raw == [
        ["raw/roles-0001.json", sha256(b'{"a":1}')],
        ["raw/roles-0002.xml", sha256(b"<x/>")],
        ["raw/roles-0003.xml", sha256(b"")],
    ]


def test_a_report_is_kept_as_it_came() -> None:
    reading = Reading(content=b"user,arn\r\n", generated_time="2026-09-29T23:00:00Z")
    item = item_of(read(reading), WHOSE, HOME)
    assert (item.envelope.file, item.content) == ("roles.csv", b"user,arn\r\n")
    assert item.envelope.generated_time == "2026-09-29T23:00:00Z"
    assert item_of(read(Reading(content=b"")), WHOSE, HOME).envelope.file == "roles.csv"


def test_a_failure_has_no_file_and_keeps_what_aws_answered() -> None:
    item = item_of(read(failed()), WHOSE, HOME)
    assert (item.content, item.envelope.file, item.envelope.sha256) == (b"", "", "")
    assert item.envelope.bytes == 0
    assert (item.envelope.status, item.envelope.detail) == (Status.DENIED, "AccessDenied: no")
    assert [request.request_id for request in item.envelope.requests] == ["req-1"]
    assert item.raw == [b"<Error/>"]


def test_what_is_short_of_a_whole_answer_is_said() -> None:
    item = item_of(read(Reading({"Roles": []}, detail="2 of 3 regions")), WHOSE, HOME)
    assert (item.envelope.status, item.envelope.detail) == (Status.COLLECTED, "2 of 3 regions")


def test_a_region_is_in_the_key_and_the_callers_own_is_not() -> None:
    regional = item_of(read(Reading({"Roles": []}), "eu-west-1"), WHOSE, HOME).envelope
    assert (regional.region, regional.scope) == ("eu-west-1", "region")
    assert (regional.key, regional.file) == ("roles@eu-west-1", "roles@eu-west-1.json")
    plain = item_of(read(Reading({"Roles": []})), WHOSE, HOME).envelope
    assert (plain.region, plain.scope, plain.key) == (HOME, "account", "roles")


def test_secret_seeds_are_blanked_in_the_answer_and_on_the_wire() -> None:
    reading = Reading(
        {"Roles": [{"Base32StringSeed": "JBSWY3DP"}]},
        bodies=[b"<Base32StringSeed>JBSWY3DP</Base32StringSeed>"],
    )
    item = item_of(read(reading), WHOSE, HOME)
    assert item.envelope.redacted == ["Base32StringSeed"]
    assert b"JBSWY3DP" not in item.content + b"".join(item.raw)
    assert item.envelope.sha256 == sha256(item.content)
    assert item.envelope.raw[0][1] == sha256(item.raw[0])


def test_what_was_kept_can_be_read_again() -> None:
    """As a run does that goes on where another was interrupted."""
    data = {"Roles": [{"RoleName": "r"}]}
    again = reading_of(item_of(read(Reading(data, {"MaxItems": 1})), WHOSE, HOME))
    assert again is not None
    assert (again.data, again.parameters, again.content) == (data, {"MaxItems": 1}, None)
    report = item_of(read(Reading(content=b"user\n", generated_time=AT)), WHOSE, HOME)
    again = reading_of(report)
    assert again is not None
    assert (again.content, again.generated_time) == (b"user\n", AT)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.COLLECTED])
def test_what_gave_no_answer_is_not_read_again(status: Status) -> None:
    assert reading_of(item_of(read(failed(status)), WHOSE, HOME)) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(datetime(2026, 9, 30, tzinfo=UTC), "2026-09-30T00:00:00+00:00"), (b"\x00\xff", "AP8=")],
)
def test_dates_and_bytes_have_a_text(value: Any, text: str) -> None:
    assert json.loads(json.dumps(value, default=jsonable)) == text


def test_what_has_no_text_is_no_answer() -> None:
    with pytest.raises(TypeError, match="an answer holds a set"):
        jsonable({1})
