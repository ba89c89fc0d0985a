"""Reads a time stamp (RFC 3161, 2.4.2): what was stamped, when, and by whom.

Standard library only: it travels in the pack.
"""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.pack.cms import MESSAGE_LIMIT, SignedMessage, read_cms
from reportgen.pack.der import (
    GENERAL_TIME,
    INTEGER,
    OBJECT_ID,
    OCTETS,
    SEQUENCE,
    one_der,
)

# SHA-256, in which manifests are stamped.
_SHA256_ID = bytes.fromhex("608648016503040201")


@dataclass(frozen=True)
class TimeStamp:
    """``digest`` is the SHA-256 of what was stamped, ``moment`` YYYYMMDDHHMMSS in UTC."""

    digest: bytes
    moment: str
    signed: SignedMessage


def read_timestamp(content: bytes) -> TimeStamp:
    """Read an authority's answer. Raises ValueError for what has no time stamp over a SHA-256."""
    if len(content) > MESSAGE_LIMIT:
        raise ValueError(f"a time stamp of more than {MESSAGE_LIMIT} bytes")
    answer = one_der(content).of(SEQUENCE)
    status = answer[0].of(INTEGER)[0].number
    if status not in (0, 1) or len(answer) != 2:
        raise ValueError(f"an answer without a time stamp (status {status})")
    signed = read_cms(answer[1])
    if signed.content is None:
        raise ValueError("a time stamp of nothing")
    told = one_der(signed.content).of(INTEGER, OBJECT_ID, SEQUENCE, INTEGER, GENERAL_TIME)
    about, digest = told[2].of(SEQUENCE, OCTETS)
    if about.of(OBJECT_ID)[0].content != _SHA256_ID:
        raise ValueError("a time stamp over another hash than SHA-256")
    return TimeStamp(digest.content, told[4].moment, signed)
