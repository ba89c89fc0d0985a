"""Redundant patterns: as each compared with each would find them, and in time near linear."""

from __future__ import annotations

import itertools
import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reportgen.policy.actions import Actions, database
from reportgen.policy.glob import covers, matches, probes
from reportgen.policy.lint import MOST, lint_text
from reportgen.policy.lint.redundancy import covered
from tests.policies import deny, policy, statement

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("patterns", "spare"),
    [
        (["s3:Get*", "s3:GetObject"], [1]),
        (["s3:GetObject", "s3:Get*"], [0]),
        (["s3:Get*", "s3:*Object"], []),
        (["s3:*ob*", "s3:GetJobs"], [1]),
        (["s3:Get?", "s3:GetA"], [1]),
        (["s3:GetA", "s3:Get?", "s3:Get*"], [0, 1]),
        (["*", "s3:*"], [1]),
        # Of two that match the same, one stays.
        (["a", "a"], [1]),
        (["a*", "a**"], [1]),
        (["*?", "?*"], [1]),
        # A question mark takes one character, a star any number.
        (["s3:Get?", "s3:Get*"], [0]),
        (["s3:Get??", "s3:Get*?*?*"], [0]),
    ],
)
def test_what_another_covers(patterns: list[str], spare: list[int]) -> None:
    assert covered(patterns).spare == spare


@pytest.mark.parametrize(
    ("patterns", "spare"),
    [
        (["arn:aws:s3:::b*", "arn:aws:s3:::b/a"], [1]),
        # A star does not cross the first five fields.
        (["arn:aws:iam::*:role/a", "arn:aws:iam::1:user:role/a"], []),
        (["arn:aws:iam::*:role/a", "arn:aws:iam::210987654321:role/a"], [1]),
        # AWS refuses a pattern of fewer fields; it is compared as text.
        (["arn:aws:s3:*", "arn:aws:s3:::b"], [1]),
        (["*", "arn:aws:s3:::b"], [1]),
    ],
)
def test_arns_are_compared_field_by_field(patterns: list[str], spare: list[int]) -> None:
    assert covered(patterns, arns=True).spare == spare


@example(["?*", "*?", "*?*", "?**"])
@given(st.lists(st.text(alphabet="ab*?:", min_size=1, max_size=8), max_size=8, unique=True))
def test_the_same_as_comparing_each_with_each(patterns: list[str]) -> None:
    found = {patterns[i] for i in covered(patterns).spare}
    # Whatever stays is covered by nothing else that stays, and whatever goes is covered.
    kept = [p for p in patterns if p not in found]
    for one, other in itertools.permutations(kept, 2):
        assert not within(one, other)
    for pattern in found:
        assert any(within(k, pattern) for k in kept)


TEXTS = ["".join(t) for n in range(6) for t in itertools.product("ab:", repeat=n)]


@given(*(st.text(alphabet="ab*?:", min_size=1, max_size=6) for _ in "ab"))
def test_covering_is_never_claimed_wrongly(wide: str, narrow: str) -> None:
    if covers(wide, narrow):
        assert all(matches(wide, t) for t in TEXTS if matches(narrow, t))


def within(wide: str, narrow: str) -> bool:
    return all(matches(wide, probe) for probe in probes(wide, narrow))


def seconds(text: str, kind: str = "identity") -> float:
    start = time.process_time()
    rows = lint_text(text, kind)
    spent = time.process_time() - start
    assert len(rows) <= 6 * (MOST + 1)
    return spent


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        (
            "many wildcards",
            [f"s3:Get{a}{b}{c}*" for a in LETTERS for b in LETTERS for c in LETTERS[:15]],
        ),
        ("wildcards in the service", [f"*{a}{b}*" for a in LETTERS for b in LETTERS]),
        ("unknown services", [f"service{i}:Get" for i in range(20_000)]),
        ("unknown actions", [f"ec2:DescribeThing{i}" for i in range(20_000)]),
        (
            "many of one letter",
            [f"s3:*{a}*{b}*{c}*" for a in LETTERS for b in LETTERS for c in "aeiou"],
        ),
    ],
)
def test_long_lists_of_actions_take_a_few_seconds(name: str, actions: list[str]) -> None:
    assert seconds(json.dumps(deny(Action=actions))) < 6


def test_resources_and_statements_too() -> None:
    arns = [f"arn:aws:s3:::*{a}{b}{c}*" for a in LETTERS for b in LETTERS for c in LETTERS[:10]]
    assert seconds(json.dumps(deny(Action="s3:GetObject", Resource=arns))) < 6
    many = [
        statement("Deny", Action=f"s3:Get{i}*", Resource=f"arn:aws:s3:::b{i}") for i in range(5_000)
    ]
    assert seconds(json.dumps(policy(*many))) < 6


def test_twice_as_many_take_no_more_than_thrice_as_long() -> None:
    def spent(count: int) -> float:
        actions = [f"s3:Get{i}*" for i in range(count)] + [f"s3:Get{i}Object" for i in range(count)]
        start = time.process_time()
        covered(actions)
        return time.process_time() - start

    spent(1_000)
    assert spent(40_000) < 3 * spent(20_000) + 0.2


def test_the_output_is_bounded_and_says_how_many_more() -> None:
    for count, more in ((MOST, None), (MOST + 1, 1), (20_000, 20_000 - MOST)):
        rows = lint_text(json.dumps(deny(Action=[f"service{i}:Get" for i in range(count)])))
        found = [r["message"] for r in rows if r["code"] == "INVALID_SERVICE_IN_ACTION"]
        said = [] if more is None else [f"There are {more:,} more of these."]
        assert [m for m in found if "more of these" in m] == said
        assert len(found) == MOST + len(said)


def test_a_list_that_cannot_be_compared_in_full_says_so() -> None:
    # Each holds all the texts that the others could be looked up by.
    patterns = [f"s3:*{'a*' * i}aab{i % 2}" for i in range(700)]
    assert not covered(patterns).whole or len(covered(patterns).spare) == len(patterns) - 2


def test_a_pattern_with_a_wildcard_in_the_service_means_what_it_did() -> None:
    known: Actions = database()
    for pattern in ("*ob*", "s*:getobject", "*:get*", "?3:*", "*x*q*", "*", "s3*"):
        wanted = {name for name in known.names if matches(pattern, name.lower())}
        assert set(known.list(known.expand(pattern))) == wanted
