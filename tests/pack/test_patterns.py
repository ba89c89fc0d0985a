"""Patterns under pseudonyms fit what they fitted, wherever a piece of a name ends."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reportgen.pack import patterns
from reportgen.pack.disguised_policy import PolicyDisguise
from reportgen.pack.patterns import Patterns
from reportgen.pack.pseudonyms import Pseudonyms
from reportgen.policy.glob import matches

KEY = b"k" * 32
NAME = st.text("abA-", min_size=1, max_size=7).filter(lambda t: t.strip("-"))
PATTERN = st.text("abA-*?", min_size=1, max_size=6)
HEAD = "arn:aws:iam::111122223333:role/"


def known(*found: str) -> tuple[Pseudonyms, Patterns]:
    names = Pseudonyms(KEY, ["break-glass"])
    told = Patterns(names)
    for name in found:
        names.value(HEAD + name)
    told.know()
    return names, told


@given(st.lists(NAME, min_size=1, max_size=6), PATTERN)
@example(["A"], "??*")
def test_what_a_pattern_fits_it_goes_on_fitting(found: list[str], pattern: str) -> None:
    names, told = known(*found)
    made = told.of(HEAD + pattern)
    for name in found:
        fits = any(matches(one, names.value(HEAD + name)) for one in made)
        wanted = matches(HEAD + pattern, HEAD + name)
        # A question mark counts letters, of which a pseudonym has others: it may fit more names.
        assert fits >= wanted if "?" in pattern else fits == wanted, (name, made)


def test_a_piece_is_completed_once() -> None:
    names, told = known("app-prod", "app-prod-web", "app-production", "app-dev", "appx")
    plain = names.value(HEAD + "app-pro*")
    wanted = {names.value(HEAD + n) + "*" for n in ("app-prod", "app-production")}
    assert told.of(HEAD + "app-pro*") == [plain, *sorted(wanted)]
    # One that ends with a piece stays one.
    assert told.of(HEAD + "app-*") == [names.value(HEAD + "app-*")]
    assert told.of(HEAD + "app-prod") == [names.value(HEAD + "app-prod")]
    assert told.of("*") == ["*"]
    assert told.of(HEAD + "${aws:username}*") == [names.value(HEAD + "${aws:username}*")]


def test_a_wildcard_before_a_name() -> None:
    names, told = known("web-admin", "api-admin", "admin-web")
    made = told.of(HEAD + "*-admin")
    wanted = {f"{HEAD}*{names.given[n]}" for n in ("web-admin", "api-admin")}
    assert set(made[1:]) == wanted
    # Its wildcards are where they were.
    (_, beside) = told.of(HEAD + "*i-admi*")
    assert beside == f"{HEAD}*{names.given['api-admin']}*"


def test_a_name_that_comes_later_changes_nothing_before() -> None:
    names, told = known("app-prod")
    before = told.of(HEAD + "app-pro*")
    names.value(HEAD + "app-production")
    assert told.of(HEAD + "app-pro*") == before
    assert told.know()
    assert told.of(HEAD + "app-pro*")[: len(before)] != told.of(HEAD + "app-pro*")
    # Nothing new: nothing to be gone over again.
    assert not told.know()


@pytest.mark.parametrize(("name", "again"), [("app-production", True), ("web", False)])
def test_what_was_written_is_gone_over_again_where_a_name_fits_it(name: str, again: bool) -> None:
    names, told = known("break-glass")
    for pattern in ("app-pro*", "data-pro*"):
        assert len(told.of(HEAD + pattern)) == 1
    names.value(HEAD + name)
    assert told.know() is again


@pytest.mark.parametrize(("over", "told_apart"), [(-1, True), (0, False), (1, False)])
def test_a_pattern_of_too_many_names_is_left(over: int, told_apart: bool) -> None:
    # The pattern itself is one of those that stand in its place.
    _, told = known(*(f"a{n}x" for n in range(patterns.MOST + over)))
    made = told.of(HEAD + "*x")
    assert (len(made) > 1) is told_apart
    assert told.left == (set() if told_apart else {HEAD + "*x"})


def test_in_a_policy_one_becomes_a_list() -> None:
    names = Pseudonyms(KEY)
    disguise = PolicyDisguise(names)
    names.value(HEAD + "app-prod")
    disguise.patterns.know()
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": HEAD + "app-pro*",
        "NotResource": [HEAD + "x", HEAD + "app-pro*"],
        "Condition": {"ArnLike": {"aws:PrincipalArn": HEAD + "app-pro*"}},
    }
    made = disguise.policy({"Statement": statement})["Statement"]
    assert len(made["Resource"]) == len(made["Condition"]["ArnLike"]["aws:PrincipalArn"]) == 2
    assert len(made["NotResource"]) == 3
    assert "app" not in json.dumps(made).replace("Effect", "")
