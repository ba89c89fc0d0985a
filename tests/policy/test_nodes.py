"""The trail of somebody whom a principal can act as: every step once, in the order of doing."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.policy.access import NONE, Access, Level
from reportgen.policy.escalation import Escalations
from reportgen.policy.nodes import Node
from reportgen.policy.standing import Standing
from tests.policies import OWN, account, user

SURE, UNSURE = Access(Level.YES), Access(Level.MAYBE, ("with MFA",))


@pytest.fixture(scope="module")
def standings() -> dict[str, Standing]:
    found = Escalations([account(*(user(name) for name in "uabc"))]).standings
    return {name: found[f"arn:aws:iam::{OWN}:user/{name}"] for name in "uabc"}


def test_who_was_there_before_took_no_step(standings: dict[str, Standing]) -> None:
    me = Node(standings["u"])
    assert (me.trail(), me.arn) == ({}, f"arn:aws:iam::{OWN}:user/u")


def test_who_acts_comes_before_the_step_and_whom_it_needs_after(
    standings: dict[str, Standing],
) -> None:
    """Whoever was changed is acted as once that is done."""
    me = Node(standings["u"])
    a = Node(standings["a"], "u becomes a", SURE, actor=me)
    b = Node(standings["b"], "u becomes b", UNSURE, actor=me)
    more = Node(standings["b"], "a gives b rights", SURE, actor=a, whose=b)
    assert list(more.trail().items()) == [
        ("u becomes a", SURE),
        ("a gives b rights", SURE),
        ("u becomes b", UNSURE),
    ]
    last = Node(standings["c"], "b becomes c", SURE, actor=more)
    assert list(last.trail()) == [*more.trail(), "b becomes c"]


def test_who_changes_itself_must_be_acted_as_before(standings: dict[str, Standing]) -> None:
    me = Node(standings["u"])
    a = Node(standings["a"], "u becomes a", SURE, actor=me)
    changed = Node(standings["a"], "a gives itself rights", SURE, actor=a, whose=a)
    assert list(changed.trail()) == ["u becomes a", "a gives itself rights"]
    # Known by two ways it is the same one that acts.
    again = Node(standings["a"], "b becomes a", SURE, actor=me)
    other = Node(standings["a"], "a gives itself rights", SURE, actor=again, whose=a)
    assert list(other.trail()) == ["u becomes a", "a gives itself rights"]


def test_a_step_that_two_need_is_taken_once(standings: dict[str, Standing]) -> None:
    me = Node(standings["u"])
    a = Node(standings["a"], "u becomes a", UNSURE, actor=me)
    b = Node(standings["b"], "a becomes b", SURE, actor=a)
    c = Node(standings["c"], "a becomes c", SURE, actor=a)
    more = Node(standings["c"], "b gives c rights", SURE, actor=b, whose=c)
    assert list(more.trail()) == ["u becomes a", "a becomes b", "b gives c rights", "a becomes c"]
    assert more.trail()["u becomes a"] is UNSURE


@pytest.mark.parametrize("spared", [(), ("u becomes a",), ("u becomes a", "a becomes b")])
def test_what_was_not_needed_is_not_told(
    spared: tuple[str, ...], standings: dict[str, Standing]
) -> None:
    a = Node(standings["a"], "u becomes a", SURE, actor=Node(standings["u"]))
    b: Any = Node(standings["b"], "a becomes b", NONE, actor=a, spared=spared)
    assert [s for s in ("u becomes a", "a becomes b") if s not in spared] == list(b.trail())


def test_two_that_say_the_same_are_two(standings: dict[str, Standing]) -> None:
    """To compare all that led to each would take longer the further the search is."""
    one, other = Node(standings["u"]), Node(standings["u"])
    assert one != other
    assert len({one, other}) == 2
