"""Several things asked for by name: what is refused of some, of all, and of none."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from reportgen.model import AwsRequest, Status
from reportgen.sources.each import ask_of_each
from reportgen.sources.source import Answer, Aws, ReadError


class Silent:
    """A session that nobody asks."""

    def call(self, service: str, method: str, /, *, region: str = "", **_: Any) -> Answer:
        return Answer({}, AwsRequest("", "", 200, 0), b"")


def asked(names: list[str], *refused: str) -> tuple[list[dict[str, Any]], Aws]:
    def ask(_: Aws, name: str) -> Mapping[str, Any]:
        if name in refused:
            raise ReadError(Status.DENIED, "AccessDenied", name)
        return {"Value": name.upper(), "Name": "another"}

    aws = Aws(Silent())
    return ask_of_each(aws, ask, names, "Name"), aws


def test_each_has_its_answer_and_its_own_name() -> None:
    found, aws = asked(["a", "b"])
    assert found == [{"Value": "A", "Name": "a"}, {"Value": "B", "Name": "b"}]
    assert (aws.reading.detail, aws.reading.parameters) == ("", {})


def test_one_that_is_refused_is_named_and_spoils_no_other() -> None:
    found, aws = asked(["a", "b", "c"], "b")
    assert [row["Name"] for row in found] == ["a", "b", "c"]
    assert found[1] == {"Name": "b", "Error": "AccessDenied"}
    assert aws.reading.parameters == {"Refused": ["b"]}
    assert aws.reading.detail == "1 of 3 could not be read: AccessDenied: b"


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_where_all_are_refused_there_is_no_answer(names: list[str]) -> None:
    with pytest.raises(ReadError, match="AccessDenied: a"):
        asked(names, *names)


def test_nothing_to_ask_is_an_answer() -> None:
    assert asked([])[0] == []


def test_four_are_asked_at_once_and_no_more() -> None:
    together, most, lock = 0, 0, threading.Lock()
    full = threading.Barrier(4, timeout=30)

    def ask(_: Aws, name: str) -> Mapping[str, Any]:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        full.wait()
        with lock:
            together -= 1
        return {}

    ask_of_each(Aws(Silent()), ask, [str(n) for n in range(8)], "Name")
    assert most == 4
