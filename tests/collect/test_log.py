"""The log of a run, and what it says of this machine's clock."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reportgen.collect.log import LOG, clock_told, log_of
from reportgen.evidence.seal import sha256
from reportgen.evidence.store import Item
from reportgen.model import AwsRequest, Envelope, Status
from tests.collect.test_totals import item

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def read(source: str, away: timedelta | None, *more: timedelta) -> Envelope:
    """A read that this machine dates so much later than AWS; None: AWS gave no date."""
    dates = [] if away is None else [f"{AT - d:%a, %d %b %Y %H:%M:%S} GMT" for d in (away, *more)]
    requests = [AwsRequest(f"r-{n}", date, 200, n) for n, date in enumerate(dates)]
    moment = f"{AT:%Y-%m-%dT%H:%M:%SZ}"
    return replace(item(source, "{}").envelope, collected_at=moment, requests=requests)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, ""),
        # AWS takes requests that are signed within five minutes of its own time.
        (300, ""),
        (-300, ""),
        (301, "1 reads, roles 0:05:01 after AWS's date"),
        (-301, "1 reads, roles 0:05:01 before AWS's date"),
    ],
)
def test_a_clock_is_wrong_beyond_five_minutes(seconds: int, said: str) -> None:
    told = clock_told([read("roles", timedelta(seconds=seconds))])
    assert told == (f"the clock of this machine is wrong: {said}" if said else "")


def test_the_read_that_is_furthest_away_is_named() -> None:
    away = [timedelta(minutes=6), timedelta(minutes=-90), timedelta(minutes=7), timedelta(0)]
    reads = [read(f"s{n}", d) for n, d in enumerate(away)]
    assert clock_told(reads).endswith(": 3 reads, s1 1:30:00 before AWS's date")
    # Of two that are as far away, the last by name; every run says the same.
    assert " b 0:06:00 " in clock_told([read(n, timedelta(minutes=6)) for n in "ab"])
    # Only a read's first answer is as old as the read; and some have no date, or none that is one.
    assert clock_told([read("a", timedelta(0), timedelta(hours=1)), read("b", None)]) == ""
    odd = replace(read("c", timedelta(0)), requests=[AwsRequest("r", "yesterday", 200, 0)])
    assert clock_told([odd]) == ""


def test_the_log_of_one_read_is_of_its_account() -> None:
    one = read("roles", timedelta(0))
    envelope = log_of("run-1", False, {"roles": Item(one)}, {}).envelope
    assert (envelope.account_id, envelope.partition) == (one.account_id, one.partition)


def test_the_log_is_evidence_of_who_read_what_and_when() -> None:
    early = replace(read("users", timedelta(0)), collected_at="2026-11-25T11:00:00Z")
    early = replace(early, caller_arn="arn:b", status=Status.DENIED, detail="AccessDenied")
    late = replace(read("roles", timedelta(0)), caller_arn="arn:a")
    items = {"users": Item(early), "roles": Item(late), "x": Item(replace(late, caller_arn=""))}
    log = log_of("run-1", True, items, {"accounts": []})
    body = json.loads(log.content)
    assert (body["run"], body["resumed"], body["accounts"]) == ("run-1", True, [])
    assert body["callers"] == ["arn:a", "arn:b"]
    assert [s["status"] for s in body["sources"]] == ["collected", "denied", "collected"]
    assert body["sources"][1]["detail"] == "AccessDenied"
    (request,) = body["sources"][0]["requests"]
    assert (request["id"], request["http_status"], request["retries"]) == ("r-0", 200, 0)
    envelope = log.envelope
    assert (envelope.source, envelope.status, envelope.file) == (
        LOG,
        Status.COLLECTED,
        f"{LOG}.json",
    )
    assert envelope.collected_at == late.collected_at
    assert (envelope.sha256, envelope.bytes) == (sha256(log.content), len(log.content))
