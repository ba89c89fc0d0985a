"""Reads DER (ITU-T X.690, 8 and 10): values with a tag, a length and content, one in another.

Standard library only: it travels in the pack. What is read is hostile: every length is held against
what is there, and nothing is opened but what is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Tags (X.690, 8.1.2; X.680, 8.6).
INTEGER, BITS, OCTETS, OBJECT_ID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
UTC_TIME, GENERAL_TIME = 0x17, 0x18
_TIME = re.compile(rb"(\d{2})?(\d{2})(\d{10})(?:\.\d{1,9})?Z")


@dataclass(frozen=True)
class Der:
    """One value: its tag, its content, and the bytes of all of it."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> list[Der]:
        """The values that it is made of. Raises ValueError."""
        # A view: to copy what is left for each of many parts would take for ever.
        found, rest = [], memoryview(self.content)
        while rest:
            one = first_der(rest)
            found.append(one)
            rest = rest[len(one.whole) :]
        return found

    def of(self, *tags: int) -> list[Der]:
        """Its parts, which begin with these tags. Raises ValueError where they do not."""
        found = self.parts()
        if [one.tag for one in found[: len(tags)]] != list(tags):
            raise ValueError("DER of another kind")
        return found

    @property
    def number(self) -> int:
        """An integer."""
        if self.tag != INTEGER or not self.content:
            raise ValueError("no integer")
        return int.from_bytes(self.content, "big", signed=True)

    @property
    def moment(self) -> str:
        """A time as YYYYMMDDHHMMSS in UTC (RFC 5280, 4.1.2.5; RFC 3161, 2.4.2)."""
        match = _TIME.fullmatch(self.content)
        if match is None or (match[1] is None) != (self.tag == UTC_TIME):
            raise ValueError("no time")
        if match[1] is not None:
            return match[0][:14].decode()
        century = b"19" if match[2] >= b"50" else b"20"
        return (century + match[2] + match[3]).decode()


def first_der(content: bytes | memoryview) -> Der:
    """The value at the start, whatever follows it. Raises ValueError."""
    if len(content) < 2 or content[0] & 0x1F == 0x1F:
        raise ValueError("no DER")
    size, at = content[1], 2
    if size & 0x80:
        count = size & 0x7F
        at += count
        size = int.from_bytes(content[2:at], "big")
        if not 1 <= count <= 4:
            raise ValueError("DER with a length that is none")
    if len(content) < at + size:
        raise ValueError("DER that is cut off")
    whole = bytes(content[: at + size])
    return Der(whole[0], whole[at:], whole)


def one_der(content: bytes) -> Der:
    """The value that these bytes are. Raises ValueError for more than one."""
    found = first_der(content)
    if len(found.whole) != len(content):
        raise ValueError("DER with something behind it")
    return found
