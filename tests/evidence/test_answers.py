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


SAID = "An error occurred (AccessDenied) when calling the ListRoles operation: no"


@pytest.mark.parametrize(
    ("size", "read"), [(19_999, True), (20_000, True), (20_001, False)], ids=str
)
def test_an_error_of_the_aws_cli_is_short(size: int, read: bool) -> None:
    """Up to 20,000 bytes: a policy or a report that speaks of an error is none."""
    found = answers.cli_error(SAID.encode().ljust(size))
    assert (found is not None) is read


@pytest.mark.parametrize("start", ["{", "[", "user,"])
def test_an_answer_that_speaks_of_an_error_is_no_error(start: str) -> None:
    assert answers.cli_error(f"{start} {SAID}".encode()) is None
    assert answers.cli_error(b"nothing of the kind") is None
    assert answers.cli_error(b"\xff\xfe\x00") is None


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ('{"Roles": [', True),
        ('{"Roles": [1 2], "a": 1}', False),
        ('{"R": [1,', True),
        ('{"R": [-', True),
        ('{"R": ["half a te', True),
        ('{"R": [1]}}\n', False),
        ('{"R": [1 2]', False),
    ],
)
def test_a_file_that_ends_in_the_middle_is_told(text: str, cut: bool) -> None:
    with pytest.raises(AnswerError, match="is not JSON") as raised:
        answers.parse("roles", text.encode(), ("Roles",))
    assert ("(the file seems cut off)" in str(raised.value)) is cut


@pytest.mark.parametrize("text", ["[]", "[1]", '[{"Roles": []}, 7]', "7", "null"])
def test_pages_are_objects_all_of_them(text: str) -> None:
    with pytest.raises(AnswerError, match="a JSON object was expected"):
        answers.parse("roles", text.encode(), ("Roles",))


def test_one_of_the_keys_is_enough_and_what_is_there_is_told_in_short() -> None:
    assert answers.parse("alarms", b'{"B": []}', ("A", "B")) == {"B": []}
    answer = dict.fromkeys("gfedcba", 1)
    with pytest.raises(AnswerError, match=r"\(it has a, b, c, d, e, f\)"):
        answers.parse("roles", json.dumps(answer).encode(), ("Roles",))
    with pytest.raises(AnswerError, match=r"\(it has nothing\)"):
        answers.parse("roles", b"{}", ("Roles",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"GeneratedTime": "x"}', "it has no Content"),
        (b"[]", "it has no Content"),
        (b'{"Content": "dXNlcixhcm4K!"}', "neither CSV nor base64"),
        (b"   ", "lacks the columns user, arn"),
        (b"user,name\n", "lacks the columns user, arn"),
        (b'user,arn\n"a" b,c\n', "is not CSV"),
    ],
)
def test_what_is_no_credential_report_is_told(content: bytes, said: str) -> None:
    with pytest.raises(AnswerError, match=said):
        answers.parse_credential_report(content)


def test_a_report_may_have_the_two_columns_alone() -> None:
    assert answers.parse_credential_report(b"user,arn\nu,a\n").rows == [{"user": "u", "arn": "a"}]
