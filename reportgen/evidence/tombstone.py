"""A tombstone: the link of the chain that records which snapshots were removed by retention.

Standard library only: it travels with ``seal.py`` and ``chain.py`` (``bundle.py``).

It stands in the chain like a seal, with a number and the root before it, so that it can be neither
put in later nor taken out unseen. The seals of the snapshots that it names stay where they are;
only what they seal is gone. A deletion that no tombstone names is a flaw as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Union

from reportgen.evidence.seal import (
    HEX,
    MOMENT,
    Seal,
    canonical,
    parse_seal,
    seal_name,
    sha256,
    strict_json,
)

TOMBSTONE_FORMAT = "reportgen-tombstone"
TOMBSTONE_VERSION = 1
# Who, by which rule: a line each.
TEXT_LIMIT = 500


@dataclass(frozen=True)
class Tombstone:
    """What was pruned, when, by whom, by which rule.

    ``pruned`` has ranges of sequence numbers, first and last, in order; ``recorded_at`` is UTC.
    """

    sequence: int
    previous: str
    recorded_at: str
    by: str
    rule: str
    pruned: tuple[tuple[int, int], ...]
    root: str = ""

    def __str__(self) -> str:
        said = f"pruned, as recorded on {self.recorded_at} by {self.by} ({self.rule})"
        said += f" in {seal_name(self.sequence)}"
        return "".join(c if c.isprintable() else "\ufffd" for c in said)

    @property
    def count(self) -> int:
        """How many snapshots it names."""
        return sum(last - first + 1 for first, last in self.pruned)

    def numbers(self) -> Iterator[int]:
        """The sequence number of every snapshot that it names."""
        for first, last in self.pruned:
            yield from range(first, last + 1)

    def sealed(self) -> tuple[Tombstone, bytes]:
        """This tombstone with its root, and its bytes in the store."""
        data = {"format": TOMBSTONE_FORMAT, "version": TOMBSTONE_VERSION, **asdict(self)}
        del data["root"]
        root = sha256(canonical(data))
        return replace(self, root=root), canonical({**data, "root": root})


# Union, as Python 3.9 runs this too.
Link = Union[Seal, Tombstone]  # noqa: UP007


def ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Sequence numbers as the fewest ranges, first and last, in order."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


# Whoever adds many snapshots reads the chain before each.
@lru_cache(maxsize=1 << 14)
def parse_link(content: bytes) -> Link:
    """Read a seal or a tombstone that is whole in itself. Raises ValueError in words."""
    # Most are seals, and 2,555 are read at every start: look before reading twice.
    if TOMBSTONE_FORMAT.encode() in content:
        data = strict_json(content)
        if isinstance(data, dict) and data.get("format") == TOMBSTONE_FORMAT:
            return _tombstone(data, content)
    return parse_seal(content)


def _tombstone(data: dict[str, Any], content: bytes) -> Tombstone:
    if data.get("version") != TOMBSTONE_VERSION:
        raise ValueError(f"a tombstone of version {data.get('version')!r}")
    kept = {k: v for k, v in data.items() if k not in ("format", "version")}
    if set(kept) != set(Tombstone.__dataclass_fields__) or not _is_well_formed(kept):
        raise ValueError("a tombstone without the right fields")
    if canonical(data) != content:
        raise ValueError("a tombstone that is not in canonical form")
    del data["root"]
    root = sha256(canonical(data))
    if root != kept["root"]:
        raise ValueError(f"content of root {root} under the root {kept['root']}")
    return Tombstone(**{**kept, "pruned": tuple((a, b) for a, b in kept["pruned"])})


def _is_well_formed(data: dict[str, Any]) -> bool:
    texts = ("previous", "recorded_at", "by", "rule", "root")
    return (
        all(isinstance(data[key], str) for key in texts)
        and type(data["sequence"]) is int
        and all(HEX.fullmatch(data[key]) for key in ("previous", "root"))
        and MOMENT.fullmatch(data["recorded_at"]) is not None
        and all(0 < len(data[key]) <= TEXT_LIMIT for key in ("by", "rule"))
        and _are_ranges(data["pruned"], data["sequence"])
    )


def _are_ranges(pruned: Any, sequence: int) -> bool:
    """Whether they are in order, apart from one another, and all before the tombstone."""
    if not isinstance(pruned, list) or not pruned:
        return False
    # The first number of all is 1.
    before = -1
    for one in pruned:
        if not isinstance(one, list) or [type(n) for n in one] != [int, int]:
            return False
        first, last = one
        # Ranges that touch would be one: each set of numbers has one form.
        if not before + 2 <= first <= last < sequence:
            return False
        before = last
    return True
