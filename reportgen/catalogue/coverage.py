"""How far evidence reaches into a framework: the counts of its requirements, and one framework."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reportgen.catalogue.model import Framework, Requirement


class EvidenceReach(StrEnum):
    """How far evidence reaches: all of it, part of it, a statement alone, or nothing."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    STATEMENT = "statement"
    OUTSIDE = "outside"


_WORDS = {
    "tested": EvidenceReach.SUPPORTED,
    "partly": EvidenceReach.PARTLY,
    "attestation": EvidenceReach.STATEMENT,
    "none": EvidenceReach.OUTSIDE,
}
UNSURE = ("unverified", "recall")


def reach_of(requirement: Requirement) -> EvidenceReach:
    """How far evidence reaches into one requirement."""
    return _WORDS[requirement.reach]


@dataclass(frozen=True)
class ReachCounts:
    """Requirements of a framework, or of one of its levels, by how far evidence reaches.

    ``level`` is empty for the whole framework. ``counted`` are listed by id and not shown;
    ``unsure`` those of the shown whose text or id is unverified or from memory.
    """

    framework: str
    title: str
    level: str
    supported: int
    partly: int
    statement: int
    outside: int
    counted: int
    unsure: int

    @property
    def listed(self) -> int:
        """All requirements that the file lists."""
        return self.supported + self.partly + self.statement + self.outside + self.counted


def coverage_of(framework: Framework) -> list[ReachCounts]:
    """The counts of the whole framework, then of each of its levels."""
    return [_counts(framework, level) for level in ("", *framework.levels)]


def _counts(framework: Framework, level: str) -> ReachCounts:
    mine = [r for r in framework.requirements if not level or level in r.levels]
    by_reach = Counter(reach_of(r) for r in mine)
    return ReachCounts(
        framework.id,
        framework.title,
        level,
        supported=by_reach[EvidenceReach.SUPPORTED],
        partly=by_reach[EvidenceReach.PARTLY],
        statement=by_reach[EvidenceReach.STATEMENT],
        outside=by_reach[EvidenceReach.OUTSIDE],
        counted=sum(len(c.ids) for c in framework.counted if not level or level in c.levels),
        unsure=sum(r.confidence in UNSURE for r in mine),
    )


def narrowed(
    framework: Framework,
    level: str | None = None,
    reach: EvidenceReach | None = None,
    control: str | None = None,
) -> Sequence[Requirement]:
    """The requirements of a level, of a reach and that a control supports; None for any."""
    return [
        r
        for r in framework.requirements
        if (level is None or level in r.levels)
        and (reach is None or reach_of(r) is reach)
        and (control is None or any(s.control == control for s in r.controls))
    ]
