"""Time stamps as an authority answers: what was stamped, when, and by whom."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from asn1crypto import tsp
from hypothesis import given
from hypothesis import strategies as st

from reportgen.pack.cms import MESSAGE_LIMIT
from reportgen.pack.timestamp import read_timestamp
from tests.pack import certified

DIGEST = hashlib.sha256(b"manifest").digest()
MOMENT = datetime(2026, 10, 1, 12, 30, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def stamp() -> bytes:
    return certified.time_stamp(DIGEST, MOMENT, certified.certificate("Example time stamps"))


def test_a_whole_one(stamp: bytes) -> None:
    found = read_timestamp(stamp)
    assert (found.digest, found.moment) == (DIGEST, "20261001123005")
    assert found.signed.good is True
    assert found.signed.certificate is not None
    assert found.signed.certificate.name == "Example time stamps"


def test_a_time_that_was_changed_is_not_signed(stamp: bytes) -> None:
    changed = stamp.replace(b"20261001123005Z", b"20251001123005Z")
    found = read_timestamp(changed)
    assert (found.moment, found.signed.good) == ("20251001123005", False)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        # PKIStatusInfo with status 2, "rejection" (RFC 3161, 2.4.2); one of granted without more.
        (bytes.fromhex("30053003020102"), "status 2"),
        (bytes.fromhex("30053003020100"), "without a time stamp"),
        (b"<html>proxy error", "DER"),
        (b"", "DER"),
    ],
)
def test_answers_without_one(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_timestamp(content)


@pytest.mark.parametrize(("status", "good"), [(0, True), (1, True), (2, False), (3, False)])
def test_what_was_granted_counts(stamp: bytes, status: int, good: bool) -> None:
    """RFC 3161, 2.4.2: granted, or with modifications; with another status there is no stamp."""
    answer = tsp.TimeStampResp.load(stamp)
    answer["status"] = {"status": status}
    if good:
        assert read_timestamp(answer.dump()).signed.good is True
    else:
        with pytest.raises(ValueError, match=f"status {status}"):
            read_timestamp(answer.dump())


def test_a_stamp_without_its_content_is_refused(stamp: bytes) -> None:
    answer = tsp.TimeStampResp.load(stamp)
    signed = answer["time_stamp_token"]["content"]
    signed["encap_content_info"] = {"content_type": "tst_info"}
    with pytest.raises(ValueError, match="a time stamp of nothing"):
        read_timestamp(answer.dump())


def test_an_answer_is_of_bounded_length() -> None:
    for over, said in ((0, "something behind it"), (1, "more than 1048576 bytes")):
        with pytest.raises(ValueError, match=said):
            read_timestamp(b"\x30" * (MESSAGE_LIMIT + over))


def test_another_hash_is_refused() -> None:
    digest = hashlib.sha512(b"manifest").digest()
    stamp = certified.time_stamp(digest, MOMENT, certified.certificate(), "sha512")
    with pytest.raises(ValueError, match="another hash"):
        read_timestamp(stamp)


@given(st.data())
def test_what_is_cut_or_changed_is_read_or_refused(data: st.DataObject) -> None:
    stamp = _STAMP.setdefault(
        "", certified.time_stamp(DIGEST, MOMENT, certified.certificate("Example time stamps"))
    )
    at = data.draw(st.integers(min_value=0, max_value=len(stamp) - 1))
    for content in (stamp[:at], stamp[:at] + bytes([stamp[at] ^ 0x55]) + stamp[at + 1 :]):
        try:
            found = read_timestamp(content)
        except ValueError:
            continue
        if found.signed.good:
            assert (found.digest, found.moment) == (DIGEST, "20261001123005")


_STAMP: dict[str, bytes] = {}
