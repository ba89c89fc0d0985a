"""The forms in which answers come."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.clock import parse_moment
from reportgen.evidence import answers
from reportgen.evidence.answers import AnswerError
from reportgen.sources import own_sources
from tests.given import credential_report

CSV = credential_report([{"user": "alice", "mfa_active": "true"}])
ENCODED = base64.b64encode(CSV.encode()).decode()


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("utf-16"),
        CSV.replace("\n", "\r\n").encode(),
        ENCODED.encode(),
        (ENCODED[:60] + "\n" + ENCODED[60:] + "\n").encode(),
        json.dumps({"Content": ENCODED, "GeneratedTime": "2026-09-30T00:00:00Z"}).encode(),
        json.dumps({"Content": str(CSV.encode())}).encode(),
    ],
    ids=["csv", "bom", "utf-16", "crlf", "base64", "folded", "cli json", "default=str"],
)
def test_credential_report_forms(content: bytes) -> None:
    report = answers.parse_credential_report(content)
    assert [row["user"] for row in report.rows] == ["alice"]
    assert report.rows[0]["mfa_active"] == "true"


def test_credential_report_unknown_columns_are_kept() -> None:
    report = answers.parse_credential_report(b"user,ARN,new_column\nalice,arn:x,7\n")
    assert report.rows == [{"user": "alice", "arn": "arn:x", "new_column": "7"}]


def test_a_stray_comma_spoils_its_line_alone() -> None:
    report = answers.parse_credential_report(b"user,arn,mfa_active\na,x,true,oops\nb,y,true\n")
    assert report.rows == [
        {"user": "a", "arn": "x"},
        {"user": "b", "arn": "y", "mfa_active": "true"},
    ]


@given(st.binary(max_size=400), st.sampled_from(sorted(own_sources())))
def test_any_bytes_parse_or_are_refused(content: bytes, source: str) -> None:
    with contextlib.suppress(AnswerError):
        assert isinstance(answers.parse(source, content, own_sources()[source].keys), dict)
    with contextlib.suppress(AnswerError):
        assert "user" in answers.parse_credential_report(content).columns


def test_pages_are_merged() -> None:
    pages = [
        {"AccountAliases": ["a"], "IsTruncated": True},
        {"AccountAliases": ["b"], "IsTruncated": False},
    ]
    merged = answers.parse("account-aliases", json.dumps(pages).encode(), ["AccountAliases"])
    assert merged == {"AccountAliases": ["a", "b"], "IsTruncated": False}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-30T01:02:03Z", "2026-09-30T01:02:03+00:00"),
        ("2026-09-30T01:02:03.456+00:00", "2026-09-30T01:02:03.456000+00:00"),
        ("2026-09-30 11:02:03.456789+10:00", "2026-09-30T01:02:03.456789+00:00"),
        ("2026-09-30T01:02:03.123456789Z", "2026-09-30T01:02:03.123456+00:00"),
        ("2026-09-30T01:02+0930", "2026-09-29T15:32:00+00:00"),
    ],
)
def test_dates(text: str, expected: str) -> None:
    assert parse_moment(text).isoformat() == expected


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_moment(text).tzinfo is not None


def test_seeds_of_mfa_devices_are_blanked() -> None:
    secret = b'{"Base32StringSeed": "ABCDEF", "SerialNumber": "s", "QRCodePNG" : "xyz"}'
    content, names = answers.redact(secret + b"<Base32StringSeed>QUJD</Base32StringSeed>")
    assert names == ["Base32StringSeed", "QRCodePNG"]
    for hidden in (b"ABCDEF", b"xyz", b"QUJD"):
        assert hidden not in content


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([{"Roles": [], "IsTruncated": True, "Marker": "m"}], True),
        ([{"Roles": [], "IsTruncated": "true"}], True),
        ([{"Roles": [], "NextToken": "t"}], True),
        ([{"Roles": [], "IsTruncated": False}], False),
        ([{"Roles": [], "NextToken": ""}], False),
        ([{"Roles": []}], False),
        ([{"Roles": [1], "IsTruncated": True, "Marker": "m"}, {"Roles": [2]}], False),
        ([{"Roles": [1]}, {"Roles": [2], "IsTruncated": True, "Marker": "m"}], True),
    ],
)
def test_the_last_page_says_whether_there_is_more(pages: list[Any], expected: bool) -> None:
    answer = answers.parse("roles", json.dumps(pages).encode(), ["Roles"])
    assert answers.is_cut_off(answer) is expected
