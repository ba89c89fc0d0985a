"""One request for all: conditions that hold one by one, and not together."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.policy import assignment
from reportgen.policy.actions import database
from reportgen.policy.assignment import MFA, UNSETTLED, Assignment, assign
from reportgen.policy.conditions import Condition, Context, condition_of, evaluate
from reportgen.policy.document import Statement
from reportgen.policy.options import Holder

database()
REFERER, REGION, NOT_MINE = "aws:Referer", "aws:RequestedRegion", "aws:SourceVpce"
MFA_KEY = "aws:MultiFactorAuthPresent"
EMPTY = Context({}, is_open=True)
USER, ROLE = Holder(True), Holder(False)


def one(operator: str, key: str, *values: str) -> Condition:
    return condition_of(operator, key, values)


def statement(effect: str, *conditions: Condition) -> Statement:
    return Statement(0, "", effect, ("*",), resources=("*",), conditions=conditions)


def allow(*conditions: Condition) -> Statement:
    return statement("Allow", *conditions)


def deny(*conditions: Condition) -> Statement:
    return statement("Deny", *conditions)


def asked(*statements: Statement, context: Context = EMPTY, who: Holder = ROLE) -> Any:
    allows = [s for s in statements if s.effect == "Allow"]
    return assign(allows, [s for s in statements if s.effect == "Deny"], context, who)


def test_an_allow_for_one_value_and_a_deny_for_all_others_of_another_leave_nothing() -> None:
    """The keys are ANDed in one request (IAM User Guide, "Policy evaluation logic")."""
    only_x, but_y = one("StringEquals", REFERER, "x"), one("StringNotEquals", REFERER, "y")
    assert asked(allow(only_x)) == Assignment((), (("aws:referer", ("x",)),))
    assert asked(deny(but_y)) == Assignment((), (("aws:referer", ("y",)),))
    assert asked(allow(only_x), deny(but_y)) is None
    found = asked(allow(only_x), deny(one("StringNotEquals", REFERER, "x", "y")))
    assert found == Assignment((), (("aws:referer", ("x",)),))


CONTRADICTIONS = [
    ("StringLike a*", "StringLike *b", True),
    ("StringLike a?", "StringLike ?b", True),
    ("StringLike a*", "StringNotLike *", False),
    ("StringLike a*", "StringNotLike a?*", True),
    ("StringLike a?*", "StringNotLike a*", False),
    ("StringEqualsIgnoreCase AB", "StringNotEquals AB", True),
    ("StringEqualsIgnoreCase AB", "StringNotEquals AB,ab,Ab", True),
    ("StringEqualsIgnoreCase AB", "StringNotEquals AB,ab,Ab,aB", False),
    ("StringEqualsIgnoreCase AB", "StringNotEqualsIgnoreCase ab", False),
    ("NumericLessThan 5", "NumericGreaterThan 5", False),
    ("NumericLessThanEquals 5", "NumericGreaterThanEquals 5", True),
    ("NumericLessThan 5", "NumericGreaterThanEquals 5", False),
    ("NumericLessThan 6", "NumericGreaterThan 5", True),
    ("NumericLessThan 5", "NumericNotEquals 4", True),
    ("NumericGreaterThan 5", "NumericNotEquals 6", True),
    ("DateLessThan 2026-01-01", "DateGreaterThan 2026-01-01", False),
    ("DateLessThanEquals 2026-01-01", "DateGreaterThanEquals 2026-01-01", True),
    ("DateLessThan 2026-01-02", "DateGreaterThan 2026-01-01", True),
    ("DateLessThan 2026-01-01", "DateNotEquals 2025-12-31", True),
    ("DateGreaterThan 2026-01-01", "DateNotEquals 2026-01-02", True),
    ("IpAddress 8.0.0.0/8", "NotIpAddress 8.0.0.0/9", True),
    ("IpAddress 8.0.0.0/9", "NotIpAddress 8.0.0.0/8", False),
    ("IpAddress 2600::/32", "IpAddress 8.0.0.0/8", False),
    ("Bool true", "Bool false", False),
    ("Null true", "StringEquals x", False),
    ("Null true", "StringEqualsIfExists x", True),
    ("Null true", "Null false", False),
    ("ArnLike arn:aws:iam::*:role/a", "ArnNotLike arn:*:*:*:*:*", False),
    ("ArnLike arn:aws:iam::*:role/a*", "ArnLike arn:*:iam::1*:*/ab", True),
    ("ArnLike arn:aws:iam::1:role/a*", "ArnLike arn:aws:iam::2*:*", False),
    ("ArnLike arn:aws:iam::1:role/a*", "StringNotLike *ab", True),
    ("ArnEquals *", "StringEquals x", True),
    ("ArnEquals x*", "StringEquals xy", False),
]


@pytest.mark.parametrize(("first", "second", "expected"), CONTRADICTIONS)
def test_two_conditions_on_one_key(first: str, second: str, expected: bool) -> None:
    both = [
        one(operator, REFERER, *values.split(","))
        for operator, values in (first.split(), second.split())
    ]
    found = asked(allow(*both))
    assert (found is not None) == expected
    assert found is None or found.hurdles == ()


def test_what_others_hold_is_a_hurdle_that_names_it() -> None:
    """Multi-factor authentication is not the caller's to leave out."""
    held, region = one("Bool", MFA_KEY, "true"), one("StringEquals", REGION, "eu-west-1")
    found = asked(allow(held, region))
    assert found == Assignment(
        (MFA,), ((MFA_KEY.lower(), ("true",)), (REGION.lower(), ("eu-west-1",)))
    )
    assert asked(deny(one("BoolIfExists", MFA_KEY, "false")), who=USER).hurdles == (MFA,)
    # Access keys carry no such key; only users have them (IAM User Guide, "MFA condition keys").
    assert asked(deny(one("Bool", MFA_KEY, "false")), who=USER) == Assignment()
    endpoint = one("StringEquals", NOT_MINE, "vpce-1")
    assert asked(allow(endpoint)).hurdles == (f"if StringEquals {NOT_MINE} vpce-1",)
    other = one("StringNotEquals", NOT_MINE, "vpce-1")
    assert asked(deny(other)).hurdles == (f"unless StringNotEquals {NOT_MINE} vpce-1",)
    either = asked(deny(other, one("StringEquals", "aws:PrincipalIsAWSService", "false")))
    assert either.hurdles == (
        f"unless StringNotEquals {NOT_MINE} vpce-1 or "
        "unless StringEquals aws:PrincipalIsAWSService false",
    )


def test_what_can_be_met_one_by_one_may_need_others_together() -> None:
    """Outside the network alone, or with the key left out, and not both."""
    absent = one("Null", NOT_MINE, "true")
    named = one("StringEquals", REGION, "eu-west-1")
    found = asked(
        allow(named), deny(absent, named), deny(one("StringNotEqualsIfExists", NOT_MINE, "v"))
    )
    assert found.hurdles
    assert dict(found.keys)[NOT_MINE.lower()] == ("v",)


def test_what_others_hold_cannot_be_two_things_at_once() -> None:
    inside, outside = (
        one("IpAddress", "aws:SourceIp", "8.0.0.0/8"),
        one("NotIpAddress", "aws:SourceIp", "8.0.0.0/8"),
    )
    assert asked(allow(inside), deny(inside)) is None
    assert asked(allow(inside), deny(outside)).hurdles == (
        "if IpAddress aws:SourceIp 8.0.0.0/8",
        "unless NotIpAddress aws:SourceIp 8.0.0.0/8",
    )
    # Denied both inside and outside is denied wherever one is.
    assert asked(deny(inside), deny(outside)) is None
    # Everybody can be elsewhere.
    assert asked(allow(outside)).hurdles == ()
    # aws:SourceIp is a public address (RFC 1918): nobody comes from within a private range.
    private = one("IpAddress", "aws:SourceIp", "10.0.0.0/8")
    assert asked(allow(private)) is None
    wide = one("IpAddress", "aws:SourceIp", "10.0.0.0/7")
    assert asked(allow(wide, one("NotIpAddress", "aws:SourceIp", "11.255.255.255"))) is not None


def test_known_keys_stay_as_they_are() -> None:
    context = Context({REFERER: "x", "aws:Gone": []}, is_open=True)
    assert asked(allow(one("StringEquals", REFERER, "y")), context=context) is None
    assert asked(allow(one("StringEquals", REFERER, "x")), context=context) == Assignment()
    assert asked(allow(one("Null", "aws:Gone", "false")), context=context) is None


def test_keys_of_every_request_cannot_be_left_out() -> None:
    """IAM User Guide, "AWS global condition context keys": always included."""
    for key in ("aws:UserAgent", "aws:SourceIp", "aws:SecureTransport", REGION):
        assert asked(allow(one("Null", key, "true"))) is None
        assert asked(allow(one("Null", key, "false"))).hurdles == ()
    assert asked(allow(one("Null", REFERER, "true"))) == Assignment()


def test_a_session_is_issued_now_and_not_in_the_past() -> None:
    """IAM User Guide, "Revoking IAM role temporary security credentials"."""
    old = one("DateLessThan", "aws:TokenIssueTime", "2026-01-01T00:00:00Z")
    now, then = (Holder(False, datetime(y, 1, 1, tzinfo=UTC)) for y in (2026, 2025))
    assert asked(deny(old), who=now) == Assignment(
        (), (("aws:tokenissuetime", ("2026-01-01T00:00:00+00:00",)),)
    )
    assert asked(deny(old), who=then) is None
    assert asked(deny(old), who=Holder(True, then.at)) == Assignment()


def test_a_key_of_many_values_can_hold_two_at_once() -> None:
    """IAM User Guide, "Set operators for multivalued context keys"."""
    has_a, has_b = (one("ForAnyValue:StringEquals", "aws:TagKeys", v) for v in "ab")
    assert asked(allow(has_a, has_b)).keys == (("aws:tagkeys", ("a", "b")),)
    only_a = one("ForAllValues:StringEquals", "aws:TagKeys", "a")
    assert asked(allow(only_a, has_b)) is None
    # The referer is one value.
    pair = [one("ForAnyValue:StringEquals", REFERER, v) for v in "ab"]
    assert asked(allow(*pair)) is None


SAME = one("StringEquals", "aws:RequestTag/team", "${aws:PrincipalTag/team}")


def test_a_variable_ties_two_keys() -> None:
    """IAM User Guide, "Policy variables": a tag of the request compared with one of the caller."""
    # Whatever its own tag is, the caller can ask for the same.
    assert asked(allow(SAME)).hurdles == ()
    assert asked(allow(SAME), deny(SAME)) is None
    red = one("StringEquals", "aws:RequestTag/team", "red")
    found = asked(allow(SAME, red))
    assert dict(found.keys)["aws:principaltag/team"] == ("red",)
    assert found.hurdles
    not_red = deny(one("StringEquals", "aws:PrincipalTag/team", "red"))
    assert asked(allow(SAME, red), not_red) is None
    known = Context({"aws:PrincipalTag/team": "blue"}, is_open=True)
    assert asked(allow(SAME, red), context=known) is None
    assert asked(allow(SAME), context=known).keys == (("aws:requesttag/team", ("blue",)),)


def test_two_keys_of_others_are_a_hurdle() -> None:
    same = one("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")
    assert asked(allow(same)).hurdles == (
        "if StringEquals aws:ResourceTag/team ${aws:PrincipalTag/team}",
    )
    # A default stands where the tag is absent.
    other = one("StringEquals", "aws:RequestTag/team", "${aws:PrincipalTag/team, 'none'}")
    found = asked(allow(other), allow(one("Null", "aws:PrincipalTag/team", "true")))
    assert found == Assignment((), (("aws:requesttag/team", ("none",)),))


def test_an_operator_that_is_not_one_never_opens() -> None:
    odd = one("StringMatches", REFERER, "x")
    assert asked(allow(odd)) is None
    assert asked(deny(odd)) is None
    other = one("StringEquals", REGION, "eu-west-1")
    assert asked(deny(odd, other)).hurdles == ()


def test_nothing_asked_is_granted() -> None:
    assert asked() == Assignment()
    assert asked(allow()) == Assignment()
    assert asked(deny()) is None


# -- a search cut short is a perhaps that says so ---------------------------------------------


def test_too_many_patterns_are_a_perhaps() -> None:
    patterns = [one("StringLike", REFERER, "*" + "?".join(f"{n:03}") + "*") for n in range(60)]
    assert asked(allow(*patterns)).hurdles == (UNSETTLED,)
    start = time.process_time()
    asked(allow(*patterns, one("StringNotEquals", REFERER, "x")))
    assert time.process_time() - start < 2


def test_too_many_combinations_are_a_perhaps(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"aws:RequestTag/{n}" for n in range(6)]
    allows = [allow(one("StringEquals", key, "a", "b")) for key in keys]
    # Every pair of keys must differ: with two values for six keys that is not to be had.
    denies = [
        deny(one("StringEquals", x, v), one("StringEquals", y, v))
        for x, y in combinations(keys, 2)
        for v in "ab"
    ]
    assert asked(*allows, *denies) is None
    monkeypatch.setattr(assignment, "MOST_STEPS", 10)
    assert asked(*allows, *denies).hurdles == (UNSETTLED,)


@pytest.mark.parametrize(("most", "settled"), [(1, False), (2, True), (3, True)])
def test_the_steps_of_the_search_are_counted(
    monkeypatch: pytest.MonkeyPatch, most: int, settled: bool
) -> None:
    # One value of the referer, then one of the region: a Deny of any region is not escaped.
    monkeypatch.setattr(assignment, "MOST_STEPS", most)
    found = asked(allow(one("StringEquals", REFERER, "x")), deny(one("StringLike", REGION, "*")))
    assert found == (None if settled else Assignment((UNSETTLED,)))


def test_a_deny_whose_known_condition_holds_applies_and_one_that_fails_does_not() -> None:
    known = EMPTY.with_keys({"aws:PrincipalAccount": "1"})
    mine, other = (one("StringEquals", "aws:PrincipalAccount", v) for v in "12")
    assert asked(allow(), deny(mine), context=known) is None
    assert asked(allow(), deny(other), context=known) == Assignment()
    only_x = one("StringEquals", REFERER, "x")
    assert asked(allow(only_x), deny(mine, only_x), context=known) is None
    assert asked(allow(only_x), deny(other, only_x), context=known).hurdles == ()


def test_of_two_values_that_serve_the_one_that_needs_nobody_is_told() -> None:
    inside = one("IpAddress", "aws:SourceIp", "8.8.8.0/24")
    found = asked(allow(inside, one("StringNotEquals", NOT_MINE, "vpce-1")))
    assert found.hurdles == ("if IpAddress aws:SourceIp 8.8.8.0/24",)
    # To come from no endpoint at all is in nobody's hand but the caller's.
    assert [key for key, _ in found.keys] == ["aws:sourceip"]


# -- against trying everything ----------------------------------------------------------------

LETTERS = ["".join(p) for size in (1, 2, 3) for p in product("abz", repeat=size)]
TEXTS = ["a", "b", "ab", "a*", "*b", "?b", "*", "a?"]
TEXT_OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]
NUMBERS = ["1", "2", "3"]
NUMBER_OPERATORS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan"]
ALL_NUMBERS = ["0", "1", "1.5", "2", "2.5", "3", "4"]
# The caller's to choose or leave out; the caller's, and in every request; somebody else's.
MINE, ALWAYS, THEIRS = "aws:requesttag/k", "aws:useragent", "aws:principaltag/n"


@st.composite
def conditions(draw: Any) -> Condition:
    key = draw(st.sampled_from([MINE, ALWAYS, THEIRS]))
    if draw(st.integers(0, 5)) == 0:
        return one("Null", key, draw(st.sampled_from(["true", "false"])))
    suffix = draw(st.sampled_from(["", "IfExists"]))
    qualifier = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
    if key == THEIRS:
        operator = "Numeric" + draw(st.sampled_from(NUMBER_OPERATORS))
        values = draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2))
    else:
        operator = draw(st.sampled_from(TEXT_OPERATORS))
        values = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2))
    return one(f"{qualifier}{operator}{suffix}", key, *values)


def met(statements: list[Statement], request: dict[str, Any]) -> bool:
    context = Context(request)
    return all(
        all(evaluate(c, context) is True for c in s.conditions) is (s.effect == "Allow")
        for s in statements
    )


def made_of(listed: st.SearchStrategy[Condition]) -> st.SearchStrategy[list[Statement]]:
    one_of = st.builds(
        lambda effect, found: statement(effect, *found),
        st.sampled_from(["Allow", "Deny"]),
        st.lists(listed, min_size=1, max_size=3),
    )
    return st.lists(one_of, min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(made_of(conditions()))
def test_the_answer_is_that_of_trying_every_request(statements: list[Statement]) -> None:
    used = {c.lowered for s in statements for c in s.conditions}
    texts = [*LETTERS, *(t for t in TEXTS if {*t} & {*"*?"})]
    ks = [[], *([t] for t in texts)] if MINE in used else [[]]
    ls = [[t] for t in texts] if ALWAYS in used else [["z"]]
    ns = [[], *([n] for n in ALL_NUMBERS)] if THEIRS in used else [[]]
    found = asked(*statements)
    pairs = list(product(ks, ls))

    def some(n: list[str]) -> bool:
        return any(met(statements, {MINE: k, ALWAYS: a, THEIRS: n}) for k, a in pairs)

    # What nobody else need hold: no such tag.
    if some([]):
        assert found is not None
        assert found.hurdles == ()
    elif any(some(n) for n in ns):
        assert found is not None
        assert found.hurdles not in ((), (UNSETTLED,))
    else:
        assert found is None
    if found is not None:
        assert met(statements, {ALWAYS: "z", **{k: list(v) for k, v in found.keys}})


SETS = [[], *([list(c) for size in (1, 2, 3) for c in combinations("abcz", size)])]


@st.composite
def on_sets(draw: Any) -> Condition:
    qualifier = draw(st.sampled_from(["ForAllValues:", "ForAnyValue:", ""]))
    operator = draw(st.sampled_from(["StringEquals", "StringNotEquals"]))
    values = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=2))
    # Without a set operator a key of many values is one value (IAM User Guide).
    return one(f"{qualifier}{operator}", "aws:tagkeys", *values)


@settings(max_examples=200, deadline=None)
@given(made_of(on_sets()))
def test_sets_of_values_are_those_of_trying_every_set(statements: list[Statement]) -> None:
    found = asked(*statements)
    truth = any(met(statements, {"aws:tagkeys": values}) for values in SETS)
    qualified = any(c.qualifier for s in statements for c in s.conditions)
    if qualified:
        assert (found is not None) == truth
        assert not truth or found.hurdles == ()


X, Y = "aws:requesttag/x", "aws:requesttag/y"
TIES = ["a", "b", f"${{{X}}}", f"${{{Y}}}", f"${{{Y}, 'a'}}"]


@st.composite
def tied(draw: Any) -> Condition:
    key = draw(st.sampled_from([X, Y]))
    operator = draw(st.sampled_from(["StringEquals", "StringNotEquals", "StringEqualsIfExists"]))
    return one(operator, key, *draw(st.lists(st.sampled_from(TIES), min_size=1, max_size=2)))


@settings(max_examples=200, deadline=None)
@given(made_of(tied()))
def test_tied_keys_are_those_of_trying_every_pair(statements: list[Statement]) -> None:
    found = asked(*statements)
    values: list[list[str]] = [[], ["a"], ["b"], ["p"], ["q"]]
    truth = any(met(statements, {X: x, Y: y}) for x, y in product(values, values))
    assert (found is not None) == truth
    assert not truth or found.hurdles == ()


RANGES = [f"8.0.0.{n}/{size}" for size in (28, 30, 31, 32) for n in range(0, 16, 1 << (32 - size))]
ADDRESSES = [*(f"8.0.0.{n}" for n in range(16)), "9.9.9.9"]
NETWORK = "aws:vpcsourceip"


@settings(max_examples=200, deadline=None)
@given(
    made_of(
        st.builds(
            lambda operator, found: one(operator, NETWORK, *found),
            st.sampled_from(["IpAddress", "NotIpAddress"]),
            st.lists(st.sampled_from(RANGES), min_size=1, max_size=3),
        )
    )
)
def test_networks_are_those_of_trying_every_address(statements: list[Statement]) -> None:
    given_ = allow(one("Null", NETWORK, "false"))
    found = asked(*statements, given_)
    assert (found is not None) == any(met(statements, {NETWORK: a}) for a in ADDRESSES)
