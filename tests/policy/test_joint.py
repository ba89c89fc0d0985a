"""One request for all: conditions that hold one by one, and not together."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.policy.conditions import Condition, Context, condition_of, evaluate
from reportgen.policy.document import parse
from reportgen.policy.joint import CHOSEN, OPEN, Answer, Can, Domain, Term, can_hold, possible
from tests.policies import policy, statement

AGENT, REGION, MFA = "aws:UserAgent", "aws:RequestedRegion", "aws:MultiFactorAuthPresent"
EMPTY = Context({}, is_open=True)


def one(operator: str, key: str, *values: str) -> Condition:
    return condition_of(operator, key, values)


def mine(_: str) -> Domain:
    return CHOSEN


def theirs(_: str) -> Domain:
    return OPEN


def allow(*conditions: Condition) -> list[Term]:
    return [Term(conditions)]


def deny(*conditions: Condition) -> list[Term]:
    return [Term(conditions, wanted=False)]


def asked(*clauses: list[Term], domain: Any = mine, context: Context = EMPTY) -> Answer:
    return possible(clauses, context, domain)


def test_an_allow_for_one_value_and_a_deny_for_all_others_of_another_leave_nothing() -> None:
    """The keys are ANDed in one request (IAM User Guide, "Policy evaluation logic")."""
    only_x, but_y = one("StringEquals", AGENT, "x"), one("StringNotEquals", AGENT, "y")
    assert can_hold((only_x,), EMPTY, mine).can is Can.YES
    assert can_hold((but_y,), EMPTY, mine, wanted=False).can is Can.YES
    assert asked(allow(only_x), deny(but_y)).can is Can.NO
    found = asked(allow(only_x), deny(one("StringNotEquals", AGENT, "x", "y")))
    assert (found.can, found.request) == (Can.YES, ((AGENT.lower(), ("x",)),))


CONTRADICTIONS = [
    ("StringLike a*", "StringLike *b", Can.YES),
    ("StringLike a?", "StringLike ?b", Can.YES),
    ("StringLike a*", "StringNotLike *", Can.NO),
    ("StringLike a*", "StringNotLike a?*", Can.YES),
    ("StringLike a?*", "StringNotLike a*", Can.NO),
    ("StringEqualsIgnoreCase AB", "StringNotEquals AB", Can.YES),
    ("StringEqualsIgnoreCase AB", "StringNotEqualsIgnoreCase ab", Can.NO),
    ("NumericLessThan 5", "NumericGreaterThan 5", Can.NO),
    ("NumericLessThanEquals 5", "NumericGreaterThanEquals 5", Can.YES),
    ("NumericLessThan 5", "NumericGreaterThanEquals 5", Can.NO),
    ("NumericLessThan 6", "NumericGreaterThan 5", Can.YES),
    ("DateLessThan 2026-01-01", "DateGreaterThan 2026-01-01", Can.NO),
    ("DateLessThanEquals 2026-01-01", "DateGreaterThanEquals 2026-01-01", Can.YES),
    ("DateLessThan 2026-01-02", "DateGreaterThan 2026-01-01", Can.YES),
    ("IpAddress 10.0.0.0/8", "NotIpAddress 10.0.0.0/9", Can.YES),
    ("IpAddress 10.0.0.0/9", "NotIpAddress 10.0.0.0/8", Can.NO),
    ("IpAddress 2001:db8::/32", "IpAddress 10.0.0.0/8", Can.NO),
    ("Bool true", "Bool false", Can.NO),
    ("Null true", "StringEquals x", Can.NO),
    ("Null true", "StringEqualsIfExists x", Can.YES),
    ("Null true", "Null false", Can.NO),
    ("ArnLike arn:aws:iam::*:role/a", "ArnNotLike arn:*:*:*:*:*", Can.NO),
    ("ArnLike arn:aws:iam::*:role/a*", "ArnLike arn:*:iam::1*:*/ab", Can.YES),
    ("ArnLike arn:aws:iam::1:role/a*", "ArnLike arn:aws:iam::2*:*", Can.NO),
]


@pytest.mark.parametrize(("first", "second", "expected"), CONTRADICTIONS)
def test_two_conditions_on_one_key(first: str, second: str, expected: Can) -> None:
    both = tuple(one(o, "aws:k", v) for o, v in (first.split(), second.split()))
    found = can_hold(both, EMPTY, mine)
    assert (found.can, found.settled) == (expected, True)


def test_what_others_hold_is_a_maybe_that_names_it() -> None:
    """Multi-factor authentication is not the caller's to leave out."""
    held, region = one("Bool", MFA, "true"), one("StringEquals", REGION, "eu-west-1")

    def domain(key: str) -> Domain:
        return OPEN if key == MFA.lower() else CHOSEN

    found = asked(allow(held, region), domain=domain)
    assert (found.can, found.hangs_on) == (Can.MAYBE, ((held, True),))
    assert dict(found.request)[REGION.lower()] == ("eu-west-1",)
    without = one("BoolIfExists", MFA, "false")
    found = asked(allow(region), deny(without), domain=domain)
    assert (found.can, found.hangs_on) == (Can.MAYBE, ((without, False),))
    # Another way that needs nobody is taken before the one with the second factor.
    found = asked([*allow(held), *allow(region)], domain=domain)
    assert (found.can, found.hangs_on) == (Can.YES, ())


def test_what_others_hold_cannot_be_two_things_at_once() -> None:
    inside, outside = (
        one("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        one("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
    )
    assert asked(allow(inside), deny(inside), domain=theirs).can is Can.NO
    assert asked(allow(inside), deny(outside), domain=theirs).can is Can.MAYBE
    # Denied both inside and outside is denied wherever one is.
    assert asked(deny(inside), deny(outside), domain=theirs).can is Can.NO


def test_known_keys_stay_as_they_are() -> None:
    context = Context({AGENT: "x", "aws:Gone": []}, is_open=True)
    assert can_hold((one("StringEquals", AGENT, "y"),), context, mine).can is Can.NO
    assert can_hold((one("StringEquals", AGENT, "x"),), context, theirs).can is Can.YES
    assert can_hold((one("Null", "aws:Gone", "false"),), context, mine).can is Can.NO


DOMAINS = [
    (Domain(chosen=True, absent=False), "Null true", Can.NO),
    (Domain(chosen=True, absent=False), "Null false", Can.YES),
    (Domain(chosen=True, present=False), "Null false", Can.NO),
    (Domain(chosen=True, present=False), "StringNotEquals x", Can.YES),
    (Domain(chosen=True, values=("a", "b")), "StringEquals c", Can.NO),
    (Domain(chosen=True, values=("a", "b")), "StringEquals b", Can.YES),
    (Domain(chosen=True, absent=False, lowest="2026"), "DateLessThan 2026-01-01", Can.NO),
    (Domain(chosen=True, absent=False, lowest="2026"), "DateLessThanEquals 2026-01-01", Can.YES),
    (Domain(chosen=True, absent=False, lowest="7"), "NumericLessThan 7", Can.NO),
    (Domain(chosen=True, absent=False, lowest="7"), "NumericLessThan 8", Can.YES),
]  # fmt: skip


@pytest.mark.parametrize(("domain", "condition", "expected"), DOMAINS)
def test_a_domain_limits_what_a_key_can_be(domain: Domain, condition: str, expected: Can) -> None:
    operator, value = condition.split()
    assert can_hold((one(operator, "aws:k", value),), EMPTY, lambda _: domain).can is expected


def test_a_key_of_many_values_can_hold_two_at_once() -> None:
    """IAM User Guide, "Set operators for multivalued context keys"."""
    has_a, has_b = (one("ForAnyValue:StringEquals", "aws:TagKeys", v) for v in "ab")
    assert can_hold((has_a, has_b), EMPTY, mine).can is Can.NO
    found = can_hold((has_a, has_b), EMPTY, lambda _: Domain(chosen=True, many=True))
    assert (found.can, found.request) == (Can.YES, (("aws:tagkeys", ("a", "b")),))
    only_a = one("ForAllValues:StringEquals", "aws:TagKeys", "a")
    many = can_hold((only_a, has_b), EMPTY, lambda _: Domain(chosen=True, many=True))
    assert many.can is Can.NO


def test_a_variable_ties_two_keys() -> None:
    """A tag of the resource compared with one of the caller."""
    same = one("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")
    assert asked(allow(same)).can is Can.YES
    assert asked(allow(same), deny(same)).can is Can.NO
    red = one("StringEquals", "aws:ResourceTag/team", "red")
    found = asked(allow(same, red))
    assert dict(found.request)["aws:principaltag/team"] == ("red",)
    assert asked(
        allow(same, red), deny(one("StringEquals", "aws:PrincipalTag/team", "red"))
    ).can is (Can.NO)
    known = Context({"aws:PrincipalTag/team": "blue"}, is_open=True)
    assert asked(allow(same, red), context=known).can is Can.NO
    assert asked(allow(same), context=known).can is Can.YES


def test_an_operator_that_is_not_one_never_opens() -> None:
    odd = one("StringMatches", AGENT, "x")
    assert asked(allow(odd)).can is Can.NO
    assert asked(deny(odd)).can is Can.NO
    other = one("StringEquals", REGION, "eu-west-1")
    assert asked(deny(odd, other)).can is Can.YES


def test_a_term_is_made_of_a_statement() -> None:
    condition: dict[str, Any] = {"Condition": {"StringEquals": {AGENT: "x"}}}
    document = parse(policy(statement(**condition), statement("Deny", **condition)))
    yes, no = (Term.of(s) for s in document.statements)
    assert (yes.wanted, no.wanted) == (True, False)
    assert possible([[yes], [no]], EMPTY, mine).can is Can.NO


def test_nothing_asked_is_granted_and_an_empty_layer_closes() -> None:
    assert asked().can is Can.YES
    assert asked([]).can is Can.NO


def test_what_cannot_be_settled_is_a_maybe() -> None:
    patterns = [one("StringLike", "aws:k", "*" + "?".join(f"{n:03}") + "*") for n in range(60)]
    found = can_hold((*patterns, one("StringEquals", "aws:k", "x")), EMPTY, mine)
    assert (found.can, found.settled) == (Can.MAYBE, False)


# -- against trying everything ------------------------------------------------------------

LETTERS = [""] + ["".join(p) for size in (1, 2, 3) for p in product("abz", repeat=size)]
TEXTS = ["a", "b", "ab", "a*", "*b", "?b", "*", "a?"]
TEXT_OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]
NUMBERS = ["1", "2", "3"]
NUMBER_OPERATORS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan"]
ALL_NUMBERS = ["0", "1", "1.5", "2", "2.5", "3", "4"]
SUFFIXES = ["", "IfExists"]


@st.composite
def conditions(draw: Any) -> Condition:
    key = draw(st.sampled_from(["aws:k", "aws:l", "aws:n"]))
    if draw(st.integers(0, 5)) == 0:
        return one("Null", key, draw(st.sampled_from(["true", "false"])))
    suffix = draw(st.sampled_from(SUFFIXES))
    qualifier = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
    if key == "aws:n":
        operator = "Numeric" + draw(st.sampled_from(NUMBER_OPERATORS))
        values = draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2))
    else:
        operator = draw(st.sampled_from(TEXT_OPERATORS))
        values = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2))
    return one(f"{qualifier}{operator}{suffix}", key, *values)


TERMS = st.builds(
    lambda found, wanted: Term(tuple(found), wanted),
    st.lists(conditions(), min_size=1, max_size=2),
    st.booleans(),
)
CLAUSES = st.lists(st.lists(TERMS, min_size=1, max_size=2), min_size=1, max_size=3)
LIMITS = {
    "aws:k": Domain(chosen=True),
    "aws:l": Domain(chosen=True, absent=False),
    "aws:n": Domain(),
}


def met(clauses: Any, request: dict[str, Any]) -> bool:
    context = Context(request)
    return all(
        any(
            all(evaluate(c, context) is True for c in term.conditions) is term.wanted
            for term in clause
        )
        for clause in clauses
    )


@settings(max_examples=60, deadline=None)
@given(CLAUSES)
def test_the_answer_is_that_of_trying_every_request(clauses: Any) -> None:
    used = {c.lowered for clause in clauses for term in clause for c in term.conditions}
    texts = [*(t for t in LETTERS if t), *(t for t in TEXTS if {*t} & {*"*?"})]
    ks = [[], *([t] for t in texts)] if "aws:k" in used else [[]]
    ls = [[t] for t in texts] if "aws:l" in used else [["z"]]
    ns = [[], *([n] for n in ALL_NUMBERS)] if "aws:n" in used else [[]]
    found = possible(clauses, EMPTY, LIMITS.__getitem__)
    best = Can.NO
    for k, l_ in product(ks, ls):
        outcomes = [met(clauses, {"aws:k": k, "aws:l": l_, "aws:n": n}) for n in ns]
        best = max(best, Can.YES if all(outcomes) else Can.MAYBE if any(outcomes) else Can.NO)
    assert found.settled
    # Whether for all n is asked by what single conditions tell: a yes is sure, a maybe may be one.
    assert (found.can is Can.NO) == (best is Can.NO)
    assert found.can <= best
    if found.can is not Can.NO:
        request = {key: list(values) for key, values in found.request}
        filled = {"aws:k": [], "aws:l": ["z"], "aws:n": [], **request}
        assert found.can is Can.YES or met(clauses, filled)
        assert found.can is Can.MAYBE or all(met(clauses, {**filled, "aws:n": n}) for n in ns)


SETS = [[], *([list(c) for size in (1, 2, 3) for c in combinations("abcz", size)])]


@st.composite
def on_sets(draw: Any) -> Condition:
    qualifier = draw(st.sampled_from(["ForAllValues:", "ForAnyValue:", ""]))
    operator = draw(st.sampled_from(["StringEquals", "StringNotEquals"]))
    values = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=2))
    return one(f"{qualifier}{operator}", "aws:tagkeys", *values)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(on_sets(), st.booleans()), min_size=1, max_size=4))
def test_sets_of_values_are_those_of_trying_every_set(asked_: Any) -> None:
    clauses = [[Term((condition,), wanted)] for condition, wanted in asked_]
    found = possible(clauses, EMPTY, lambda _: Domain(chosen=True, many=True))
    truth = any(met(clauses, {"aws:tagkeys": values}) for values in SETS)
    assert (found.can is Can.YES, found.can is Can.NO) == (truth, not truth)


TIES = ["a", "b", "${aws:x}", "${aws:y}", "${aws:y, 'a'}"]


@st.composite
def tied(draw: Any) -> Condition:
    key = draw(st.sampled_from(["aws:x", "aws:y"]))
    operator = draw(st.sampled_from(["StringEquals", "StringNotEquals", "StringEqualsIfExists"]))
    return one(operator, key, *draw(st.lists(st.sampled_from(TIES), min_size=1, max_size=2)))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(tied(), st.booleans()), min_size=1, max_size=4))
def test_tied_keys_are_those_of_trying_every_pair(asked_: Any) -> None:
    clauses = [[Term((condition,), wanted)] for condition, wanted in asked_]
    found = possible(clauses, EMPTY, mine)
    values: list[list[str]] = [[], ["a"], ["b"], ["p"], ["q"]]
    truth = any(met(clauses, {"aws:x": x, "aws:y": y}) for x, y in product(values, values))
    assert found.settled
    assert (found.can is Can.YES, found.can is Can.NO) == (truth, not truth)
