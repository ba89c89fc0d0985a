"""A fact is worked out once, and whoever asks notes what it rests on."""

from __future__ import annotations

import pytest

from reportgen.assess.facts.noting import Noting, remembered
from reportgen.assess.records import Unavailable, Unreadable


class Facts(Noting):
    """Facts that count how often they are worked out."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[str] = []

    @remembered
    def count(self) -> int:
        self.times.append("count")
        self._note("E-count")
        return 7

    @remembered
    def of(self, name: str) -> str:
        self.times.append(f"of {name}")
        self._note(f"E-{name}")
        return f"{name}, one of {self.count()}"

    @remembered
    def lost(self) -> int:
        self.times.append("lost")
        self._note("absent:lost")
        raise Unavailable("lost was not collected")

    @remembered
    def bad(self) -> int:
        self.times.append("bad")
        raise Unreadable("the record is damaged")

    @remembered
    def broken(self) -> int:
        self.times.append("broken")
        raise KeyError("a fault of ours")


def test_each_view_notes_what_a_fact_rests_on_that_was_worked_out_for_another() -> None:
    facts = Facts()
    first, second = facts.opened(), facts.opened()
    assert first.of("a") == second.of("a") == "a, one of 7"
    assert first.noted == second.noted == {"E-a", "E-count"}
    assert facts.noted == frozenset()
    assert facts.times == ["of a", "count"]


def test_arguments_tell_one_answer_from_another() -> None:
    facts = Facts()
    assert (facts.of("a"), facts.of("b")) == ("a, one of 7", "b, one of 7")
    assert facts.noted == {"E-a", "E-b", "E-count"}
    assert facts.times == ["of a", "count", "of b"]


def test_what_cannot_be_had_is_said_and_noted_each_time() -> None:
    facts = Facts()
    for _ in range(2):
        view = facts.opened()
        with pytest.raises(Unavailable, match=r"^lost was not collected$"):
            view.lost()
        assert view.noted == {"absent:lost"}
        with pytest.raises(Unreadable, match=r"^the record is damaged$"):
            view.bad()
    assert facts.times == ["lost", "bad"]


def test_a_fault_of_the_program_is_no_answer() -> None:
    facts = Facts()
    for _ in range(2):
        with pytest.raises(KeyError):
            facts.broken()
    assert facts.times == ["broken", "broken"]
    facts.count()
    # The note that was begun for it is over.
    assert facts.noted == {"E-count"}


def test_what_one_resource_asks_is_noted_apart_also_from_memory() -> None:
    facts = Facts()
    for _ in range(2):
        view = facts.opened()
        with view.noting() as own:
            view.count()
        assert (own, view.noted) == ({"E-count"}, frozenset())


def test_a_row_rests_on_what_was_asked_until_then() -> None:
    facts = Facts()
    own = frozenset({"E-own"})
    assert facts.rests_on(frozenset()) == ()
    assert facts.rests_on(own) == ("E-own",)
    facts.count()
    assert facts.rests_on(own) == ("E-count", "E-own")
    assert facts.rests_on(frozenset({"E-count"})) == facts.rests_on(frozenset()) == ("E-count",)
    assert facts.opened().rests_on(own) == ("E-own",)


def test_a_row_rests_on_the_note_also_where_nobody_asked_before() -> None:
    facts = Facts()
    facts.count()
    assert facts.rests_on(frozenset()) == ("E-count",)
    view = facts.opened()
    view.count()
    assert view.rests_on(frozenset()) == ("E-count",)


def test_what_one_row_asked_besides_is_not_the_next_one_s() -> None:
    facts = Facts()
    facts.count()
    assert facts.rests_on(frozenset({"E-own"})) == ("E-count", "E-own")
    assert facts.rests_on(frozenset()) == ("E-count",)
