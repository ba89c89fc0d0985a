"""Filter patterns of CloudWatch Logs, and those of CIS against the events they are meant for."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.assess.events import NotUnderstood
from reportgen.assess.events.activities import ROOT_USE, activities
from reportgen.assess.events.filters import sees

EVENT = {
    "eventName": "CreateUser",
    "errorCode": "Client.UnauthorizedOperation",
    "userIdentity": {"type": "Root", "mfa": False},
    "count": 5,
    "nothing": None,
    "list": [{"k": "x"}],
    "odd-name": "a?b",
}


@pytest.mark.parametrize(
    ("pattern", "right"),
    [
        ('{ $.eventName = "CreateUser" }', True),
        ("{$.eventName=CreateUser}", True),
        ('{ $.eventName = "createuser" }', False),
        ('{ $.eventName = "Create*" }', True),
        ('{ $.errorCode = "*UnauthorizedOperation" }', True),
        ("{ $.errorCode = *Operation }", True),
        ('{ $.eventName != "CreateUser" }', False),
        ('{ $.eventName != "x" }', True),
        ('{ $.missing != "x" }', False),
        ('{ $.missing = "x" }', False),
        ("{ $.missing NOT EXISTS }", True),
        ("{ $.eventName NOT EXISTS }", False),
        ("{ $.eventName EXISTS }", True),
        ("{ $.userIdentity.mfa IS FALSE }", True),
        ("{ $.userIdentity.mfa IS TRUE }", False),
        ("{ $.nothing IS NULL }", True),
        ("{ $.count = 5 }", True),
        ("{ $.count >= 5 }", True),
        ("{ $.count > 5 }", False),
        ("{ $.count < 6 }", True),
        ("{ $.eventName > 5 }", False),
        ('{ $.list[0].k = "x" }', True),
        ('{ $.list[1].k = "x" }', False),
        ("{ $.['odd-name'] = a?b }", False),
        ("{ $['odd-name'] = a?b }", True),
        ("{ $['odd-name'] = a?c }", False),
        ("{ $.eventName = %^Create% }", True),
        ("{ $.eventName = %Delete% }", False),
        # && binds more tightly than ||.
        ("{ $.count = 5 || $.count = 6 && $.eventName = x }", True),
        ("{ ($.count = 5 || $.count = 6) && $.eventName = x }", False),
        ("{ (($.count = 5)) && ($.eventName = CreateUser) }", True),
    ],
)
def test_patterns(pattern: str, right: bool) -> None:
    if pattern.startswith("{ $.["):
        with pytest.raises(NotUnderstood):
            sees(pattern, EVENT)
    else:
        assert sees(pattern, EVENT) is right


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "Root",
        "[a, b]",
        "{}",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a = b",
        "{ ($.a = b }",
        "{ $.a = b) }",
        "{ a = b }",
        "{ $.a = b $.c = d }",
        "{ $.a > b }",
        "{ $.a = %(a+)+$% }",
        "{" + "(" * 5000 + "$.a = b" + ")" * 5000 + "}",
    ],
)
def test_what_cannot_be_read_is_said(pattern: str) -> None:
    with pytest.raises(NotUnderstood):
        sees(pattern, EVENT)


@given(st.text(alphabet="{}()$.ab=\"&|!<>%*[]' 1") | st.text())
def test_any_text_is_read_or_refused(pattern: str) -> None:
    with contextlib.suppress(NotUnderstood):
        assert sees(pattern, EVENT) in (True, False)


def one_of(names: str) -> str:
    return " || ".join(f"($.eventName = {name})" for name in names.split())


# In the form in which benchmarks and consoles give them.
USUAL = {
    ROOT_USE: '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && '
    '$.eventType != "AwsServiceEvent" }',
    "unauthorised-calls": '{ ($.errorCode = "*UnauthorizedOperation") || '
    '($.errorCode = "AccessDenied*") }',
    "sign-in-without-mfa": '{ ($.eventName = "ConsoleLogin") && '
    '($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && '
    '($.responseElements.ConsoleLogin = "Success") }',
    "sign-in-failures": "{ ($.eventName = ConsoleLogin) && "
    '($.errorMessage = "Failed authentication") }',
    "trail-changes": "{ "
    + one_of("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging")
    + " }",
}


@pytest.mark.parametrize("activity", USUAL)
def test_the_usual_filter_sees_its_activity_and_no_other(activity: str) -> None:
    for name, occurrences in activities().items():
        found = {sees(USUAL[activity], dict(o.record)) for o in occurrences}
        assert found == {name == activity}, name


def test_a_filter_that_forgets_a_call_does_not_cover_the_activity() -> None:
    short = "{ " + one_of("CreateTrail UpdateTrail DeleteTrail StartLogging") + " }"
    found = {o.name: sees(short, dict(o.record)) for o in activities()["trail-changes"]}
    assert [name for name, seen in found.items() if not seen] == ["StopLogging"]
