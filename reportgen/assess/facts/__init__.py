"""Evidence of one account as typed tables, by subject."""

from __future__ import annotations

from collections.abc import Iterable

from reportgen.assess.facts.detectors import DetectorFacts
from reportgen.assess.facts.directory import DirectoryFacts
from reportgen.assess.facts.mfa import MfaFacts
from reportgen.assess.facts.past import PastFacts
from reportgen.assess.facts.people import PeopleFacts
from reportgen.assess.facts.policies import PolicyFacts
from reportgen.assess.facts.workloads import WorkloadFacts


class AccountFacts(
    PeopleFacts,
    MfaFacts,
    PolicyFacts,
    DetectorFacts,
    WorkloadFacts,
    DirectoryFacts,
    PastFacts,
):
    """All facts of one account; see the files of this folder for those of each subject."""


def first_reason(reasons: Iterable[str], more: str = "more") -> str:
    """Join up to three reasons; says how many it leaves out."""
    told = list(reasons)
    shown = "; ".join(told[:3])
    return shown if len(told) <= 3 else f"{shown}; and {len(told) - 3} {more}"
