"""The known paths, and how long ways are told."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from reportgen.policy.access import Access, Level
from reportgen.policy.actions import database
from reportgen.policy.effects import gives_rights, target_kind
from reportgen.policy.paths import MOST_HURDLES, Route, Way, assume_path, known_paths, route
from tests.policies import OWN, account, allow, analyse, judged, role, user

EFFECTS = {
    "federate",
    "give",
    "join",
    "restore",
    "enter",
    "assume",
    "give+enter",
    "pass",
    "borrow",
    "free",
    "set",
}


def test_every_path_says_what_it_does() -> None:
    paths = known_paths()
    assert len(paths) == 115
    assert len({p.id for p in paths}) == len(paths)
    assert {p.effect for p in paths} == EFFECTS
    for path in paths:
        assert bool(path.services) == (path.effect in ("pass", "borrow")), path.id
        assert ("iam:PassRole" in path.actions) == (path.effect == "pass"), path.id
        assert all(database().bit(action) for action in path.actions), path.id
        if path.effect in ("give", "enter", "give+enter"):
            gives = [gives_rights(a) for a in path.actions]
            assert all(target_kind(a) for a in path.actions)
            assert any(gives) == (path.effect != "enter"), path.id
    assert assume_path().id == "sts-001"


@pytest.mark.parametrize(("length", "kept"), [(1, 1), (9, 9), (10, 10), (11, 9), (40, 9)])
def test_a_long_way_keeps_its_ends(length: int, kept: int) -> None:
    way = Way()
    for number in range(length, 0, -1):
        way = way.after(f"step {number}")
    assert (way.length, len(way.steps)) == (length, kept)
    assert (way.steps[0], way.steps[-1]) == ("step 1", f"step {length}")
    told = Route("x", (), "via", way.steps, (), (), way.length).explanation
    if length == 1:
        assert told == "step 1."
    elif length <= 10:
        assert "more steps" not in told
        assert told.endswith(f"{length}. step {length}.")
    else:
        assert f"6. step 6; … {length - 9} more steps …; {length - 2}. step {length - 2}" in told
        assert told.endswith(f"{length}. step {length}.")


def chain(count: int, wild: str = "") -> list[dict[str, Any]]:
    records = []
    for number in range(count):
        following = f"arn:aws:iam::{OWN}:role/r{number + 1}-{wild or 'x'}"
        last = number == count - 1
        does = allow() if last else allow(Action="sts:AssumeRole", Resource=following)
        records.append(role(f"r{number}-x", {"AWS": OWN}, does))
    return records


@pytest.mark.parametrize("wild", ["", "*"])
def test_a_chain_of_two_thousand_roles_stays_small_and_quick(wild: str) -> None:
    found = account(*chain(2_000, wild))
    start = time.process_time()
    rows = analyse([found])
    # Some 0.5 s; asking everybody in each round took 20 s.
    assert time.process_time() - start < 8
    assert sum(r["admin"] == "escalation" for r in rows) == 1_999
    # Some 1 KB a row; every step of every way would be 121 MB.
    assert len(json.dumps(rows)) < 4_000_000
    first = next(r for r in rows if r["arn"].endswith("/r0-x"))["paths"][0]["explanation"]
    assert "… 1,991 more steps …; 1998. role/r1997-x" in first


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def test_a_way_over_others_hangs_on_what_theirs_hang_on() -> None:
    assume = "sts:AssumeRole"
    arn = f"arn:aws:iam::{OWN}:role"
    boss = role("boss", {"AWS": f"{arn}/m"}, allow(Condition=MFA))
    middle = role("m", {"AWS": OWN}, allow(Action=assume, Resource=f"{arn}/boss"))
    first = user("u", allow(Action=assume, Resource=f"{arn}/m"))
    found = judged(first, middle, boss)
    assert found["boss"]["admin"] == "conditional"
    for name in ("m", "u"):
        (path,) = found[name]["paths"]
        assert path["hurdles"] == ["with MFA"], name


@pytest.mark.parametrize("count", [MOST_HURDLES, MOST_HURDLES + 1])
def test_of_very_many_hurdles_the_last_says_that_there_are_more(count: int) -> None:
    hurdles = tuple(f"if {n}" for n in range(count))
    told = route("x", (), "via", Way(hurdles=hurdles[2:]), Access(Level.MAYBE, hurdles[:3])).hurdles
    assert len(told) == MOST_HURDLES
    assert (told == hurdles) is (count == MOST_HURDLES)
    assert told[: MOST_HURDLES - 1] == hurdles[: MOST_HURDLES - 1]
    assert (told[-1] == "and on more than is told here") is (count > MOST_HURDLES)
