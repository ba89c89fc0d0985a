"""DER: what cryptography's and asn1crypto's encoders write is read, anything else is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from reportgen.pack.der import (
    BITS,
    GENERAL_TIME,
    INTEGER,
    OBJECT_ID,
    OCTETS,
    SEQUENCE,
    SET,
    UTC_TIME,
    Der,
    first_der,
    one_der,
)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 24])
def test_lengths_at_their_limits(size: int) -> None:
    """X.690, 8.1.3: up to 127 in one byte, else its bytes counted before it."""
    whole = core.OctetString(b"x" * size).dump()
    found = one_der(whole)
    assert (found.tag, found.content, found.whole) == (OCTETS, b"x" * size, whole)
    assert first_der(whole + b"more") == found
    for broken in (whole + b"x", whole[:-1], whole[:1], b""):
        with pytest.raises(ValueError, match="DER"):
            one_der(broken)


@pytest.mark.parametrize("text", ["3080", "308500000000020100", "1f0100", "bf0100", "0281"])
def test_forms_that_der_does_not_have(text: str) -> None:
    """Without an end, longer than four bytes tell, a tag of several bytes, a length cut off."""
    with pytest.raises(ValueError, match="DER"):
        one_der(bytes.fromhex(text))


@given(st.integers(min_value=-(2**200), max_value=2**200))
def test_integers(number: int) -> None:
    assert one_der(core.Integer(number).dump()).number == number


MOMENT = datetime(2026, 11, 26, tzinfo=UTC)


def test_tags_are_those_of_another_encoder() -> None:
    made = (
        core.Integer(1), core.BitString((1,)), core.OctetString(b"x"), core.ObjectIdentifier("1.2"),
        core.SequenceOf([], spec=core.Null), core.SetOf([], spec=core.Null),
        core.UTCTime(MOMENT), core.GeneralizedTime(MOMENT),
    )  # fmt: skip
    tags = (INTEGER, BITS, OCTETS, OBJECT_ID, SEQUENCE, SET, UTC_TIME, GENERAL_TIME)
    assert tags == tuple(one_der(value.dump()).tag for value in made)


@pytest.mark.parametrize("text", ["0200", "040105"])
def test_no_integers(text: str) -> None:
    """X.690, 8.3.1: an integer has at least one byte."""
    with pytest.raises(ValueError, match="no integer"):
        _ = one_der(bytes.fromhex(text)).number


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_a_sequence_has_its_parts(contents: list[bytes]) -> None:
    body = b"".join(core.OctetString(c).dump() for c in contents)
    found = one_der(b"\x30\x82" + len(body).to_bytes(2, "big") + body)
    assert [part.content for part in found.of(*[OCTETS] * len(contents))] == contents
    with pytest.raises(ValueError, match="another kind"):
        found.of(*[OCTETS] * len(contents), SEQUENCE)


@pytest.mark.parametrize(
    ("tag", "text", "moment"),
    [
        # RFC 5280, 4.1.2.5.1: years from 50 on are of the last century.
        (0x17, b"500101000000Z", "19500101000000"),
        (0x17, b"491231235959Z", "20491231235959"),
        (0x18, b"20500101000000Z", "20500101000000"),
        (0x18, b"20261126031500.25Z", "20261126031500"),
        (0x17, b"20261126031500Z", None),
        (0x18, b"261126031500Z", None),
        (0x18, b"20261126031500", None),
        (0x17, b"2611260315Z", None),
    ],
)
def test_times(tag: int, text: bytes, moment: str | None) -> None:
    found = Der(tag, text, b"")
    if moment is None:
        with pytest.raises(ValueError, match="no time"):
            _ = found.moment
    else:
        assert found.moment == moment


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        found = first_der(content)
        parts = found.parts()
    except ValueError:
        return
    assert content.startswith(found.whole)
    assert b"".join(part.whole for part in parts) == found.content
