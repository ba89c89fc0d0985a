"""One account's reads: in which order, what follows from which, and what breaks none of the others.

No AWS here: a session that answers by hand, and sources of a few lines.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from reportgen.collect.run import AccountRun
from reportgen.collect.session import Session
from reportgen.errors import CollectError
from reportgen.evidence.store import Item
from reportgen.model import AwsRequest, Status
from reportgen.sources.source import Answer, Aws, Before, ReadError, Reading, Scope, Source

OWN, HOME, OTHER = "111122223333", "eu-west-1", "us-east-1"
ME = {"Account": OWN, "Arn": f"arn:aws-cn:sts::{OWN}:assumed-role/r/s"}
REGIONS = {"Regions": [{"RegionName": OTHER}, {"RegionName": HOME}]}
Read = Callable[[Aws], Any]


class Silent:
    """A session of a region; it notes which regions were let go of."""

    region = HOME

    def __init__(self) -> None:
        self.released: list[str] = []

    def call(self, service: str, method: str, /, *, region: str = "", **_: Any) -> Answer:
        return Answer({"Region": region}, AwsRequest("r", "", 200, 0), b"{}")

    def release(self, region: str) -> None:
        self.released.append(region)


def source(name: str, read: Read | Any, **more: Any) -> Source:
    """A source that reads by a function, or gives an answer, or fails with an error."""

    def reads(aws: Aws) -> Any:
        if isinstance(read, Exception):
            raise read
        return read(aws) if callable(read) else read

    return Source(name, name, (f"x:{name}",), reads, ("K",), **more)


def known(*sources: Source, me: Any = ME, regions: Any = REGIONS) -> dict[str, Source]:
    first = [source("caller-identity", me), source("regions", regions)]
    return {s.name: s for s in (*first, *sources)}


def run(sources: Mapping[str, Source], session: Silent | None = None, **more: Any) -> AccountRun:
    way = cast("Session", session or Silent())
    return AccountRun(way, sources, more.pop("progress", lambda *_: None), **more)


def items(sources: Mapping[str, Source], **more: Any) -> dict[str, Item]:
    return {item.envelope.key: item for item in run(sources, **more).items()}


ERRORS = [
    AttributeError("x"),
    KeyError("x"),
    IndexError("x"),
    TypeError("x"),
    ValueError("secret"),
    RuntimeError("x"),
    ZeroDivisionError("x"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_a_source_that_stumbles_spoils_itself_alone(error: Exception) -> None:
    found = items(known(source("bad", error), source("good", {"K": 1})))
    assert found["bad"].envelope.status is Status.FAILED
    assert type(error).__name__ in found["bad"].envelope.detail
    assert "secret" not in found["bad"].envelope.detail
    assert found["good"].envelope.status is Status.COLLECTED


@pytest.mark.parametrize(
    ("code", "status"), [("Gone", Status.NOT_ENABLED), ("AccessDenied", Status.DENIED)]
)
def test_what_is_absent_is_not_enabled(code: str, status: Status) -> None:
    error = ReadError(Status.DENIED, code, "said")
    found = items(known(source("thing", error, absent=frozenset({"Gone"}))))
    assert found["thing"].envelope.status is status
    assert found["thing"].envelope.detail == f"{code}: said"


def test_a_source_comes_after_those_that_it_needs() -> None:
    order: list[str] = []

    def noted(name: str) -> Read:
        def read(aws: Aws) -> dict[str, Any]:
            order.append(name)
            return {"K": [r.data for n in ("a", "b") if (r := _earlier(aws, n))]}

        return read

    found = items(
        known(
            source("c", noted("c"), after=("b", "elsewhere")),
            source("b", noted("b"), after=("a",)),
            source("a", noted("a")),
        )
    )
    assert order == ["a", "b", "c"]
    assert set(found) == {"caller-identity", "regions", "a", "b", "c"}


def _earlier(aws: Aws, name: str) -> Reading | None:
    try:
        return aws.earlier(name)
    except ReadError:
        return None


@pytest.mark.parametrize(
    ("before", "status", "said"),
    [
        (ReadError(Status.DENIED, "AccessDenied", ""), Status.FAILED, "was not read"),
        (ReadError(Status.NOT_ENABLED, "None", ""), Status.NOT_ENABLED, "is not there"),
        ({"K": 1}, Status.COLLECTED, ""),
    ],
)
def test_what_needs_a_source_that_was_not_read(before: Any, status: Status, said: str) -> None:
    needy = source("needy", lambda aws: {"K": aws.earlier("first").data}, after=("first",))
    found = items(known(source("first", before), needy))["needy"].envelope
    assert found.status is status
    assert said in found.detail


def test_regional_sources_are_read_in_every_region_and_need_their_own() -> None:
    here = source("here", lambda aws: {"K": aws.region}, scope=Scope.REGION)
    then = source(
        "then",
        lambda aws: {"K": aws.earlier("here").data["K"]},
        scope=Scope.REGION,
        after=("here",),
    )
    session = Silent()
    found = items(known(here, then, source("all", {"K": 1})), session=session)
    for region in (HOME, OTHER):
        assert found[f"then@{region}"].content.split() == [
            b"{",
            b'"K":',
            f'"{region}"'.encode(),
            b"}",
        ]
        assert found[f"then@{region}"].envelope.region == region
    assert found["all"].envelope.region == HOME
    # Each is let go of once, when nothing of it is left to read.
    assert sorted(session.released) == ["", HOME, OTHER]


def test_reads_go_side_by_side() -> None:
    """Two that wait for one another would never end one after the other."""
    both = threading.Barrier(2, timeout=30)
    meet = lambda _: {"K": both.wait() and 0}  # noqa: E731
    found = items(known(source("one", meet), source("two", meet)))
    assert found["one"].envelope.status is found["two"].envelope.status is Status.COLLECTED


def test_ten_are_read_at_once_and_no_more() -> None:
    together, most, lock = 0, 0, threading.Lock()
    full = threading.Barrier(10, timeout=60)

    def read(_: Aws) -> dict[str, Any]:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        full.wait()
        with lock:
            together -= 1
        return {"K": 1}

    items(known(*(source(f"s{n:02}", read) for n in range(20))))
    assert most == 10


def test_what_is_kept_is_not_read_again_and_serves_others() -> None:
    kept = items(known(source("first", {"K": [7]})))
    never = source("first", ValueError("read again"))
    needy = source("needy", lambda aws: {"K": aws.earlier("first").data["K"]}, after=("first",))
    told: list[str] = []
    found = items(
        known(never, needy, me=ValueError("x"), regions=ValueError("x")),
        kept=kept,
        progress=lambda key, *_: told.append(key),
    )
    assert set(found) == {"needy"}
    assert told == ["needy"]
    assert b"7" in found["needy"].content
    assert found["needy"].envelope.account_id == OWN
    assert found["needy"].envelope.partition == "aws-cn"


def test_a_failure_that_is_kept_stays_one() -> None:
    lost = source("first", ReadError(Status.DENIED, "AccessDenied", "no"))
    kept = items(known(lost))
    needy = source("needy", lambda aws: {"K": aws.earlier("first").data}, after=("first",))
    found = items(known(lost, needy), kept=kept)
    assert found["needy"].envelope.status is Status.FAILED
    assert "first, which was not read" in found["needy"].envelope.detail


def test_the_last_snapshot_s_answer_is_handed_on() -> None:
    given = {"again": Before(Reading(data={"K": 1}), "evidence-1")}
    again = source("again", lambda aws: {"K": aws.before.evidence if aws.before else None})
    assert b"evidence-1" in items(known(again), before=given)["again"].content
    assert b"null" in items(known(again))["again"].content


def test_how_many_reads_there_will_be_is_told_once() -> None:
    planned: list[int] = []
    sources = known(source("a", {"K": 1}), source("r", {"K": 1}, scope=Scope.REGION))
    items(sources, planned=planned.append)
    assert planned == [2 + 1 + 2]
    kept = {"a": items(sources)["a"]}
    items(sources, planned=planned.append, kept=kept)
    assert planned[1:] == [2 + 2]


def test_credentials_that_end_leave_what_had_ended() -> None:
    sources = known(source("a", CollectError("expired", "sign in")))
    given: list[str] = []

    def take() -> None:
        for item in run(sources).items():
            given.append(item.envelope.key)

    with pytest.raises(CollectError, match="expired"):
        take()
    assert given == ["caller-identity", "regions"]


@pytest.mark.parametrize(
    ("me", "answer", "expected"),
    [
        (ME, {}, ("aws-cn", OWN, ME["Arn"])),
        ({"Account": OWN, "Arn": "odd"}, {}, ("aws", OWN, "odd")),
        (
            {"Account": "1"},
            {"K": [f"arn:aws-us-gov:iam::{OWN}:role/r"]},
            ("aws-us-gov", OWN, ""),
        ),
        (ReadError(Status.DENIED, "x", ""), {"K": f"arn:aws:sts::{OWN}:x"}, ("aws", OWN, "")),
    ],
)
def test_whose_it_is(me: Any, answer: dict[str, Any], expected: tuple[str, str, str]) -> None:
    found = items(known(source("a", answer), me=me))
    about = {
        (e.partition, e.account_id, e.caller_arn) for e in (i.envelope for i in found.values())
    }
    assert about == {expected}


def test_nothing_tells_whose_it_is() -> None:
    with pytest.raises(CollectError, match="tells which account this is"):
        items(known(source("a", {"K": 1}), me={}))
    one, two = (ReadError(Status.DENIED, "AccessDenied", said) for said in ("one", "two"))
    with pytest.raises(CollectError, match="none of the requests; the first: AccessDenied: one"):
        items(known(me=one, regions=two))


def test_bytes_are_kept_as_they_came() -> None:
    found = items(known(source("report", b"user,arn\n")))["report"]
    assert (found.content, found.envelope.file) == (b"user,arn\n", "report.csv")
