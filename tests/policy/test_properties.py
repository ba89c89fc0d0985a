"""Laws of the policy engine that hold for any input."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.policy.account import read_account
from reportgen.policy.actions import database
from reportgen.policy.analyse import analyse
from reportgen.policy.cases import simulate
from reportgen.policy.decision import ALLOWED
from reportgen.policy.document import parse
from reportgen.policy.glob import covers, matches, matches_arn, overlap_arn
from reportgen.policy.jsontext import JsonFault, Located
from reportgen.policy.lint import lint_text
from tests.policies import OWN, account, ask, managed, policy, user

# Read before the first example, which would be blamed for it.
database()
ACTIONS = [
    "s3:GetObject",
    "s3:PutObject",
    "iam:PutUserPolicy",
    "iam:*",
    "s3:*",
    "*",
    "s3:Get?bject",
]
RESOURCES = ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", f"arn:aws:iam::{OWN}:user/*"]
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"StringEquals": {"aws:RequestedRegion": ["ap-southeast-2"]}},
    {"StringNotLike": {"aws:PrincipalArn": "*role/x"}},
]


@st.composite
def statements(draw: Any, effects: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    action = draw(st.sampled_from(["Action", "NotAction"]))
    resource = draw(st.sampled_from(["Resource", "NotResource"]))
    found = {
        "Effect": draw(st.sampled_from(effects)),
        action: draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3)),
        resource: draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)),
    }
    condition = draw(st.sampled_from(CONDITIONS))
    return {**found, "Condition": condition} if condition else found


CASES = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["s3:GetObject", "iam:PutUserPolicy", "s3:PutObject"]),
        "resource": st.sampled_from(["arn:aws:s3:::b/k", f"arn:aws:iam::{OWN}:user/dana", "*"]),
        "context": st.sampled_from(
            [{}, {"aws:MultiFactorAuthPresent": "true"}, {"aws:RequestedRegion": "ap-southeast-2"}]
        ),
    }
)


def decided(case: dict[str, Any], listed: list[dict[str, Any]], **more: Any) -> bool:
    rest = {k: v for k, v in case.items() if k != "action"}
    return ask(case["action"], policy(*listed), **rest, **more).decision == ALLOWED


@given(CASES, st.lists(statements(), max_size=4), statements(effects=("Deny",)))
def test_a_deny_never_adds_access(case: Any, listed: list[Any], more: dict[str, Any]) -> None:
    assert decided(case, listed) or not decided(case, [*listed, more])


@given(CASES, st.lists(statements(), max_size=4), st.lists(statements(), max_size=3))
def test_a_boundary_never_adds_access(case: Any, listed: list[Any], limit: list[Any]) -> None:
    bounded = decided(case, listed, permissions_boundary=policy(*limit))
    assert decided(case, listed) or not bounded


@given(CASES, st.lists(statements(), max_size=4), st.lists(statements(), max_size=3))
def test_an_scp_never_adds_access(case: Any, listed: list[Any], limit: list[Any]) -> None:
    assert decided(case, listed) or not decided(case, listed, scps=[[policy(*limit)]])


@given(CASES, st.lists(statements(), max_size=5), st.randoms())
def test_order_never_matters(case: Any, listed: list[Any], random: Any) -> None:
    mixed = list(listed)
    random.shuffle(mixed)
    assert decided(case, listed) == decided(case, mixed)


RANK = {"none": 0, "escalation": 1, "conditional": 2, "full": 3}


@settings(max_examples=40, deadline=None)
@given(st.lists(statements(), max_size=4), statements(effects=("Deny",)))
def test_a_deny_never_makes_an_administrator(listed: list[Any], more: dict[str, Any]) -> None:
    def rank(*documents: Any) -> int:
        return RANK[analyse([account(user("u", *documents))])[0]["admin"]]

    assert rank(policy(*listed), policy(more)) <= rank(policy(*listed))


@settings(max_examples=40, deadline=None)
@given(st.lists(statements(), max_size=4), st.lists(statements(), max_size=3))
def test_a_boundary_never_makes_an_administrator(listed: list[Any], limit: list[Any]) -> None:
    def rank(boundary: str) -> int:
        record = user("u", policy(*listed), boundary=boundary)
        return RANK[analyse([account(record, managed("b", policy(*limit)))])[0]["admin"]]

    assert rank("b") <= rank("")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ["Version", "Statement", "Effect", "Action", "Resource", "Principal", "Condition", "Sid", "x"]
)
POLICY_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(ACTIONS) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@given(st.lists(statements(), max_size=4))
def test_parse_print_parse_is_the_identity(listed: list[Any]) -> None:
    document = parse(policy(*listed))
    assert parse(document.to_json()) == document
    assert parse(json.dumps(document.to_json())) == document


@settings(deadline=None)
@given(JSON | POLICY_LIKE | st.text() | st.binary())
def test_nothing_raises(anything: Any) -> None:
    document = parse(anything)
    parse(document.to_json())
    text = anything if isinstance(anything, (str, bytes)) else json.dumps(anything)
    lint_text(text)
    analyse([account(user("u", anything))])


@given(JSON)
def test_the_reader_with_positions_agrees_with_json(value: Any) -> None:
    assert Located(json.dumps(value)).value == value
    assert Located(json.dumps(value, indent=2)).value == value


@given(st.text(alphabet='{}[]",:x1 \\tn', max_size=30))
def test_the_reader_with_positions_refuses_what_json_refuses(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = JsonFault
    try:
        found = Located(text).value
    except JsonFault:
        found = JsonFault
    assert found == expected


PATTERN = st.text(alphabet="ab*?:", max_size=8)
PLAIN = st.text(alphabet="ab:", max_size=8)


def naive(pattern: str, text: str) -> bool:
    """Match one character at a time, trying every length for a star."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(naive(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and naive(pattern[1:], text[1:])


@given(PATTERN, PLAIN)
def test_globs_agree_with_a_naive_matcher(pattern: str, text: str) -> None:
    assert matches(pattern, text) == naive(pattern, text)


@given(PATTERN, PATTERN, PLAIN)
def test_covers_and_overlap_are_right_about_every_text(a: str, b: str, text: str) -> None:
    both = matches_arn(a, text) and matches_arn(b, text)
    assert overlap_arn(a, b) or not both
    if covers(a, b) and naive(b, text):
        assert matches_arn(a, text)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["s3", "iam", "ec2", "*", "s?"]), st.text(alphabet="GetPu*?bjcO", max_size=6)
)
def test_expansions_agree_with_a_naive_matcher(service: str, name: str) -> None:
    db = database()
    pattern = f"{service}:{name}"
    expression = re.compile(
        "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern), re.I
    )
    expected = [n for n in db.names if expression.fullmatch(n)]
    assert list(db.list(db.expand(pattern))) == expected


@pytest.mark.parametrize("service", ["s3", "codestar", "acm"])
def test_each_name_is_found_by_its_beginning(service: str) -> None:
    db = database()
    names = [n for n in db.names if n.startswith(f"{service}:")]
    assert names
    for name in names:
        for size in range(len(service) + 1, len(name) + 1):
            begin = name[:size]
            expected = [n for n in names if n.lower().startswith(begin.lower())]
            assert list(db.list(db.expand(f"{begin}*"))) == expected
        assert name in db.list(db.expand(f"{name[:-1]}?"))
    assert db.expand(f"{service}:zzzz*") == db.expand(f"{service}x:*") == 0


def test_large_and_odd_documents() -> None:
    big = policy(
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::" + "x" * 100 + str(i) for i in range(50_000)],
        }
    )
    text = json.dumps(big)
    assert len(text) > 5_500_000
    assert lint_text(text, "managed")
    assert parse(text).statements
    many = policy(
        *(
            {
                "Sid": f"S{i}",
                "Effect": "Allow",
                "Action": [f"s3:Get*{i}", "s3:*a*b*c*d"],
                "Resource": f"arn:aws:s3:::b{i}/*",
            }
            for i in range(10_000)
        )
    )
    assert lint_text(json.dumps(many))
    assert "nested" in lint_text("[" * 100_000)[0]["message"]
    assert lint_text('{"a":' * 5000)[0]["code"] == "JSON_SYNTAX_ERROR"
    odd = policy({"Effect": "Allow", "Action": "s3:\u0000*", "Resource": "arn:\u0000"})
    assert {r["code"] for r in lint_text(json.dumps(odd))} >= {
        "INVALID_ACTION",
        "MISSING_ARN_FIELD",
    }


KEYS = st.sampled_from(
    [
        "id",
        "principal",
        "action",
        "resource",
        "resource_account",
        "context",
        "identity_policies",
        "permissions_boundary",
        "session_policy",
        "scps",
        "rcps",
        "resource_policy",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, POLICY_LIKE | JSON, max_size=8))
def test_any_case_gets_one_row(case: dict[str, Any]) -> None:
    given_ = {"principal": f"arn:aws:iam::{OWN}:user/u", "action": "s3:GetObject", **case}
    rows = list(simulate([json.dumps(given_)]))
    assert len(rows) == 1
    assert ("error" in rows[0]) == (rows[0]["decision"] is None)


RECORDS = st.dictionaries(
    st.sampled_from(
        [
            "Arn",
            "UserName",
            "RoleName",
            "Path",
            "GroupList",
            "UserPolicyList",
            "RolePolicyList",
            "AttachedManagedPolicies",
            "PermissionsBoundary",
            "AssumeRolePolicyDocument",
            "Tags",
            "PolicyVersionList",
            "PolicyName",
        ]
    ),
    POLICY_LIKE | st.sampled_from([f"arn:aws:iam::{OWN}:user/a", f"arn:aws:iam::{OWN}:role/b"]),
    max_size=8,
)
LISTS = st.lists(RECORDS | JSON, max_size=4) | JSON


@settings(deadline=None)
@given(LISTS, LISTS, LISTS, LISTS)
def test_any_account_is_read(users: Any, roles: Any, groups: Any, policies: Any) -> None:
    answer = {
        "UserDetailList": users,
        "RoleDetailList": roles,
        "GroupDetailList": groups,
        "Policies": policies,
    }
    analyse([read_account(answer)])
