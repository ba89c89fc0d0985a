"""EventBridge patterns, operator by operator, after the EventBridge User Guide."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.assess.events import NotUnderstood
from reportgen.assess.events.activities import ROOT_USE, activities
from reportgen.assess.events.rules import sees

EVENT = {
    "source": "aws.iam",
    "detail-type": "AWS API Call via CloudTrail",
    "detail": {
        "userIdentity": {"type": "Root"},
        "eventName": "CreateUser",
        "count": 5,
        "flag": True,
        "nothing": None,
        "address": "198.51.100.7",
        "tags": ["a", "b"],
        "list": [{"k": "x"}, {"k": "y"}],
    },
}


def of(**detail: Any) -> str:
    return json.dumps({"detail": detail})


@pytest.mark.parametrize(
    ("pattern", "right"),
    [
        ('{"source": ["aws.iam"]}', True),
        ('{"source": ["aws.ec2", "aws.iam"]}', True),
        ('{"source": ["AWS.iam"]}', False),
        ('{"source": ["aws.iam"], "region": ["x"]}', False),
        (of(userIdentity={"type": ["Root"]}), True),
        (of(userIdentity={"type": ["IAMUser"]}), False),
        # A field below a text, and one that is not there.
        (of(eventName={"x": ["y"]}), False),
        (of(missing=["x"]), False),
        (of(count=[5]), True),
        (of(count=["5"]), False),
        (of(flag=[True]), True),
        (of(flag=[1]), False),
        (of(nothing=[None]), True),
        (of(missing=[None]), False),
        (of(eventName=[{"prefix": "Create"}]), True),
        (of(eventName=[{"prefix": "create"}]), False),
        (of(eventName=[{"prefix": {"equals-ignore-case": "create"}}]), True),
        (of(eventName=[{"suffix": "User"}]), True),
        (of(eventName=[{"equals-ignore-case": "createuser"}]), True),
        (of(eventName=[{"wildcard": "C*User"}]), True),
        (of(eventName=[{"wildcard": "Create?ser"}]), False),
        (of(eventName=[{"anything-but": "CreateUser"}]), False),
        (of(eventName=[{"anything-but": ["DeleteUser", "x"]}]), True),
        (of(eventName=[{"anything-but": {"prefix": "Delete"}}]), True),
        (of(eventName=[{"anything-but": {"prefix": ["Delete", "Create"]}}]), False),
        # What is not there is not anything but something.
        (of(missing=[{"anything-but": "x"}]), False),
        (of(missing=[{"exists": False}]), True),
        (of(eventName=[{"exists": False}]), False),
        (of(eventName=[{"exists": True}]), True),
        (of(count=[{"numeric": [">", 4]}]), True),
        (of(count=[{"numeric": [">", 5]}]), False),
        (of(count=[{"numeric": [">=", 5, "<", 6]}]), True),
        (of(eventName=[{"numeric": ["=", 5]}]), False),
        (of(address=[{"cidr": "198.51.100.0/24"}]), True),
        (of(address=[{"cidr": "203.0.113.0/24"}]), False),
        # Arrays: one that fits is enough.
        (of(tags=["b"]), True),
        (of(tags=["c"]), False),
        (of(list={"k": ["y"]}), True),
        ('{"$or": [{"source": ["x"]}, {"detail": {"eventName": ["CreateUser"]}}]}', True),
        ('{"$or": [{"source": ["x"]}, {"source": ["y"]}]}', False),
        (of(**{"$or": [{"eventName": ["x"]}, {"count": [5]}]}), True),
    ],
)
def test_patterns(pattern: str, right: bool) -> None:
    assert sees(pattern, EVENT) is right


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "null",
        "{}",
        "[]",
        '{"source": "aws.iam"}',
        '{"source": [["aws.iam"]]}',
        '{"source": [{"sounds-like": "x"}]}',
        '{"source": [{"prefix": "a", "suffix": "b"}]}',
        '{"source": [{"prefix": 5}]}',
        '{"source": [{"anything-but": {"numeric": ["=", 1]}}]}',
        '{"source": [{"cidr": "x"}]}',
        '{"detail": {"count": [{"numeric": ["~", 1]}]}}',
        '{"$or": {"source": ["x"]}}',
    ],
)
def test_what_cannot_be_read_is_said(pattern: str) -> None:
    with pytest.raises(NotUnderstood):
        sees(pattern.replace("address", "address"), EVENT)


@given(
    st.text()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda i: (
            st.lists(i)
            | st.dictionaries(
                st.sampled_from(["source", "detail", "$or", "prefix", "cidr", "numeric", "exists"]),
                i,
            )
        ),
    ).map(json.dumps)
)
def test_any_text_is_read_or_refused(pattern: str) -> None:
    with contextlib.suppress(NotUnderstood):
        assert sees(pattern, EVENT) in (True, False)


def test_the_usual_rule_for_root_sees_both_events() -> None:
    both = ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"]
    rule = json.dumps({"detail-type": both, "detail": {"userIdentity": {"type": ["Root"]}}})
    half = json.dumps({"detail-type": both[:1], "detail": {"userIdentity": {"type": ["Root"]}}})
    events = [o.as_event("us-east-1", "111122223333") for o in activities()[ROOT_USE]]
    assert [sees(rule, event) for event in events] == [True, True]
    assert [sees(half, event) for event in events] == [False, True]
    others = [o for name, group in activities().items() if name != ROOT_USE for o in group]
    assert not any(sees(rule, o.as_event("us-east-1", "111122223333")) for o in others)
