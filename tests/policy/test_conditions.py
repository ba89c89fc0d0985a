"""Every operator at its limits: IAM User Guide, "IAM JSON policy elements: Condition operators"."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.conditions import (
    Context,
    Missing,
    condition_of,
    evaluate,
    moment,
    network,
    number,
    resolve,
)


def holds(operator: str, wanted: Any, value: Any) -> bool | None:
    values = tuple(wanted) if isinstance(wanted, list) else (wanted,)
    return evaluate(condition_of(operator, "aws:k", values), Context({"aws:k": value}))


# The operator, the policy's value, values of the key that match it, and values that do not.
OPERATORS: list[tuple[str, Any, list[Any], list[Any]]] = [
    ("StringEquals", "ab", ["ab"], ["AB", "a", "abc", "", "a*"]),
    ("StringEquals", "a*", ["a*"], ["ab", "a"]),
    ("StringEquals", ["a", "b"], ["a", "b"], ["c", "ab"]),
    ("StringEqualsIgnoreCase", "aB", ["ab", "AB", "aB"], ["a", "abc"]),
    ("StringLike", "a*", ["a", "ab", "a*", "a/b:c\n"], ["ba", "A", ""]),
    ("StringLike", "a?c", ["abc", "a?c"], ["ac", "abbc"]),
    ("StringLike", "*", ["", "x"], []),
    ("NumericEquals", "10", ["10", "10.0", "1e1", "+10", 10], ["9.999", "10.001", "ten", "1_0"]),
    ("NumericLessThan", "10", ["9", "9.999", "-11"], ["10", "10.001", "11", "x", ""]),
    ("NumericLessThanEquals", "10", ["9", "10"], ["10.001", "11"]),
    ("NumericGreaterThan", "10", ["11", "10.001"], ["10", "9.999", "x"]),
    ("NumericGreaterThanEquals", "10", ["10", "11"], ["9.999", "9"]),
    ("DateEquals", "2026-07-01", ["2026-07-01T00:00:00Z", "1782864000", "2026-07-01T10:00:00+10:00", "2026-07"], ["2026-07-01T00:00:01Z", "1782863999", "1782864001"]),
    ("DateLessThan", "2026-07-01T00:00:00Z", ["2026-06-30T23:59:59Z", "1782863999", "2026"], ["2026-07-01T00:00:00Z", "1782864000", "2026-07-01T00:00:01Z", "x"]),
    ("DateLessThanEquals", "2026-07-01T00:00:00Z", ["1782863999", "1782864000"], ["1782864001", "2026-07-01T00:00:01Z"]),
    ("DateGreaterThan", "1782864000", ["2026-07-01T00:00:01Z", "1782864001"], ["2026-07-01T00:00:00Z", "1782863999"]),
    ("DateGreaterThanEquals", "2026-07-01", ["1782864000", "2026-07-02"], ["1782863999", "2026-06-30"]),
    ("Bool", "true", ["true", "True", "TRUE", True], ["false", "1", "yes", ""]),
    ("Bool", "false", ["false", False], ["true", "0"]),
    ("Bool", "yes", [], ["yes", "true", "false"]),
    ("BinaryEquals", "QmluYXJ5", ["QmluYXJ5"], ["qmluYXJ5", "QmluYXJ5MA=="]),
    ("IpAddress", "203.0.113.0/24", ["203.0.113.0", "203.0.113.255"], ["203.0.112.255", "203.0.114.0", "x", "2001:db8::1"]),
    ("IpAddress", "203.0.113.9", ["203.0.113.9"], ["203.0.113.8", "203.0.113.10"]),
    ("IpAddress", "203.0.113.9/24", ["203.0.113.0", "203.0.113.255"], ["203.0.114.0"]),
    ("IpAddress", "2001:db8::/32", ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:0DB8:0::1"], ["2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "203.0.113.1"]),
    ("IpAddress", ["10.0.0.0/8", "2001:db8::1"], ["10.255.255.255", "2001:db8::1"], ["11.0.0.0", "9.255.255.255", "2001:db8::2"]),
    ("IpAddress", "0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "::ffff:10.0.0.1"]),
    ("ArnLike", "arn:aws:iam::*:role/app-*", ["arn:aws:iam::111122223333:role/app-1/x"], ["arn:aws:iam::111122223333:user/app-1", "arn:aws:iam:::::role/app-1", "x"]),
    ("ArnEquals", "arn:aws:iam::*:role/app-?", ["arn:aws:iam::111122223333:role/app-1"], ["arn:aws:iam::111122223333:role/app-12"]),
    ("ArnLike", "arn:aws:sns:*:topic", [], ["arn:aws:sns:eu-west-1:111122223333:topic"]),
    ("ArnLike", "*", ["arn:aws:iam::111122223333:role/a"], []),
]  # fmt: skip
NEGATED = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
    "ArnLike": "ArnNotLike",
    "ArnEquals": "ArnNotEquals",
}


@pytest.mark.parametrize(("operator", "wanted", "inside", "outside"), OPERATORS)
def test_an_operator_at_its_limits(
    operator: str, wanted: Any, inside: list[Any], outside: list[Any]
) -> None:
    for value in inside:
        assert holds(operator, wanted, value) is True, value
    for value in outside:
        assert holds(operator, wanted, value) is False, value
    # A key that is there is not helped by IfExists.
    assert all(holds(f"{operator}IfExists", wanted, v) is True for v in inside)
    assert all(holds(f"{operator}IfExists", wanted, v) is False for v in outside)
    # Of a set of one value, all and any are the same.
    for qualifier in ("ForAllValues", "ForAnyValue"):
        assert all(holds(f"{qualifier}:{operator}", wanted, v) is True for v in inside)
        assert all(holds(f"{qualifier}:{operator}", wanted, v) is False for v in outside)


@pytest.mark.parametrize(
    ("operator", "wanted", "inside", "outside"), [o for o in OPERATORS if o[0] in NEGATED]
)
def test_a_negated_operator_says_the_opposite(
    operator: str, wanted: Any, inside: list[Any], outside: list[Any]
) -> None:
    negated = NEGATED[operator]
    assert all(holds(negated, wanted, v) is False for v in inside)
    assert all(holds(negated, wanted, v) is True for v in outside)


def absent(operator: str, *wanted: str) -> bool | None:
    return evaluate(condition_of(operator, "aws:k", wanted), Context({}))


POSITIVE = [
    "StringEquals", "StringEqualsIgnoreCase", "StringLike", "NumericEquals", "NumericLessThan",
    "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals",
    "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool",
    "BinaryEquals", "IpAddress", "ArnLike", "ArnEquals",
]  # fmt: skip


@pytest.mark.parametrize("operator", [*POSITIVE, *NEGATED.values()])
def test_an_absent_key(operator: str) -> None:
    """No key: false, but true for a negated operator, for IfExists, and for all of none."""
    assert absent(operator, "1") is ("Not" in operator)
    assert absent(f"{operator}IfExists", "1") is True
    assert absent(f"ForAllValues:{operator}", "1") is True
    assert absent(f"ForAnyValue:{operator}", "1") is False
    assert absent(f"ForAnyValue:{operator}IfExists", "1") is True


@pytest.mark.parametrize("operator", [*POSITIVE, *NEGATED.values(), "Null"])
def test_an_unknown_key_is_not_guessed(operator: str) -> None:
    condition = condition_of(operator, "aws:k", ("true",))
    assert evaluate(condition, Context({}, is_open=True)) is None
    assert evaluate(condition, Context({}, absent=["AWS:K"], is_open=True)) is not None


SETS = [
    ("ForAllValues:StringEquals", ["a", "b"], ["a"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
    ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
    ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], False),
    ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], True),
    ("ForAllValues:StringNotEquals", ["a"], ["b", "a"], False),
    ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True),
    ("ForAnyValue:StringNotEquals", ["a"], ["a", "a"], False),
    ("StringEquals", ["a"], ["b", "a"], True),
    ("StringNotEquals", ["a"], ["b", "a"], False),
    ("ForAllValues:NumericLessThan", ["3"], ["1", "2"], True),
    ("ForAllValues:NumericLessThan", ["3"], ["2", "3"], False),
    ("ForAnyValue:ArnLike", ["arn:aws:iam::*:role/a"], ["x", "arn:aws:iam::1:role/a"], True),
]


@pytest.mark.parametrize(("operator", "wanted", "values", "expected"), SETS)
def test_sets_of_values(
    operator: str, wanted: list[str], values: list[str], expected: bool
) -> None:
    """IAM User Guide, "Set operators for multivalued context keys"."""
    assert holds(operator, wanted, values) is expected


NULLS = [
    ("true", {}, True),
    ("true", {"aws:k": []}, True),
    ("true", {"aws:k": None}, True),
    ("true", {"aws:k": ""}, False),
    ("true", {"aws:k": "x"}, False),
    ("false", {}, False),
    ("FALSE", {"aws:k": "x"}, True),
    ("yes", {"aws:k": "x"}, False),
    ("yes", {}, False),
]


@pytest.mark.parametrize(("wanted", "context", "expected"), NULLS)
def test_null_asks_whether_a_key_is_there(
    wanted: str, context: dict[str, Any], expected: bool
) -> None:
    assert evaluate(condition_of("Null", "aws:k", (wanted,)), Context(context)) is expected


@pytest.mark.parametrize(
    "operator",
    ["StringMatches", "", "ForSomeValues:StringEquals", "StringEquals ", "IfExists",
     "NumericLike", "ForAllValues:", "BoolNot", "DateLess"],
)  # fmt: skip
def test_an_operator_that_is_not_one_is_a_fault_and_says_nothing(operator: str) -> None:
    condition = condition_of(operator, "aws:k", ("x",))
    assert "is not an operator" in condition.fault
    assert evaluate(condition, Context({"aws:k": "x"})) is None


def test_operators_and_keys_are_read_without_regard_to_case() -> None:
    condition = condition_of("forallvalues:STRINGLIKEifexists", "AWS:PrincipalTag/Team", ("r*",))
    assert (condition.base, condition.qualifier, condition.if_exists) == ("StringLike", "all", True)
    assert evaluate(condition, Context({"aws:principaltag/TEAM": "red"})) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1.0), ("-0.5", -0.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), (" 7 ", 7.0),
     ("", None), ("1,000", None), ("1_000", None), ("NaN", None), ("Infinity", None),
     ("0x10", None), ("\u0661", None), ("1e1000", None), ("9" * 400, None)],
)  # fmt: skip
def test_numbers(text: str, expected: float | None) -> None:
    found = number(text)
    assert (None if found is None else float(found)) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026", 1767225600),
        ("2026-07", 1782864000),
        ("2026-07-01", 1782864000),
        ("2026-07-01T00:00Z", 1782864000),
        ("2026-07-01T00:00:00Z", 1782864000),
        ("2026-07-01T00:00:00.5Z", 1782864000.5),
        ("2026-07-01T00:00:00", 1782864000),
        ("2026-06-30T19:00:00-05:00", 1782864000),
        ("1782864000", 1782864000),
        ("1782864000000", 1782864000),
        ("10000", 10000),
        ("-10000", -10000),
        ("20260701", 20260701),
        ("2026-07-01 00:00:00", None),
        ("2026-W27-3", None),
        ("2026-13", None),
        ("2026-02-30", None),
        ("99999", 99999),
        ("999", None),
        ("9" * 40, None),
        ("July 1", None),
        ("", None),
    ],
)
def test_dates(text: str, seconds: float | None) -> None:
    """W3C's profile of ISO 8601, or seconds since 1970."""
    found = moment(text)
    assert (None if found is None else found.timestamp()) == seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10.0.0.1", "10.0.0.1/32"), ("10.0.0.1/8", "10.0.0.0/8"), ("::1", "::1/128"),
     ("2001:DB8::/32", "2001:db8::/32"), ("10.0.0.0/33", None), ("10.0.0/8", None),
     ("10.0.0.0/255.0.0.0", None), ("fe80::1%eth0", None), ("5", None), ("", None)],
)  # fmt: skip
def test_networks(text: str, expected: str | None) -> None:
    found = network(text)
    assert (None if found is None else str(found)) == expected


def test_variables_are_replaced_for_strings_and_arns_only() -> None:
    """IAM User Guide, "IAM policy elements: Variables and tags"."""
    context = Context({"aws:k": "5", "aws:five": "5"})
    for operator, expected in (("StringEquals", True), ("NumericEquals", False)):
        condition = condition_of(operator, "aws:k", ("${aws:five}",))
        assert evaluate(condition, context) is expected
        assert evaluate(condition, context, variables=False) is False
    # A variable without a value equals nothing, and so is unequal to everything.
    gone = condition_of("StringNotEquals", "aws:k", ("${aws:gone}",))
    assert evaluate(gone, context) is True


def test_a_wildcard_in_a_variable_matches_itself() -> None:
    context = Context({"aws:k": "ab", "aws:star": "*"})
    assert evaluate(condition_of("StringLike", "aws:k", ("${aws:star}",)), context) is False
    assert evaluate(condition_of("StringLike", "aws:k", ("a*",)), context) is True


def test_an_unknown_variable_is_told_before_an_absent_one() -> None:
    open_ = Context({"aws:a": ["x", "y"]}, absent=["aws:b"], is_open=True)
    assert resolve("${aws:b}${aws:c}", open_) is Missing.UNKNOWN
    assert resolve("${aws:b}", open_) is Missing.ABSENT
    assert resolve("${aws:a}", open_) is Missing.ABSENT
    assert resolve("${aws:b, 'd'}", open_) == "d"


def test_null_with_both_values_always_holds_and_with_none_never() -> None:
    # IAM User Guide, "Condition operator to check existence of condition keys": values are ORed.
    both, none = condition_of("Null", "aws:k", ("true", "false")), condition_of("Null", "aws:k", ())
    for context in (Context({}), Context({"aws:k": "x"})):
        assert evaluate(both, context) is True
        assert evaluate(none, context) is False


def test_a_context_with_more_keys_keeps_those_it_had() -> None:
    context = Context({"A": "1"}, absent=["B"], is_open=True).with_keys({"C": 2}, ["D"])
    assert [context.get(key) for key in "abcde"] == [
        ("1",), Missing.ABSENT, ("2",), Missing.ABSENT, Missing.UNKNOWN,
    ]  # fmt: skip
    # A key that is told anew is what was told last.
    assert context.with_keys({"a": "3"}).get("a") == ("3",)


def test_one_value_of_which_nothing_is_known_leaves_the_answer_open() -> None:
    context = Context({"aws:k": "y"}, is_open=True)
    values = ("x", "${aws:PrincipalTag/a}")
    assert evaluate(condition_of("StringEquals", "aws:k", values), context) is None
    assert evaluate(condition_of("StringEquals", "aws:k", values[:1]), context) is False


def test_what_is_no_operator_is_nothing_else_either() -> None:
    found = condition_of("StringEqualz", "aws:k", ("x",))
    assert (found.base, found.qualifier, found.if_exists, found.negated) == ("", "", False, False)
