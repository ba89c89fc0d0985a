"""Judges points one by one, all of each row at hand and nothing kept: what a pack is made from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import Assessor
from reportgen.evidence.store import Snapshot
from reportgen.history.plan import HistoryPlan, Point
from reportgen.history.surroundings import Above
from reportgen.model import AccountAssessment
from reportgen.summarise.periods import Period
from reportgen.verdicts.basis import Rules


class PointJudge:
    """The points of a period, and the judgement of each.

    Evidence that is not what was stored raises IntegrityError: a pack is whole or is none.
    """

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        rules: Rules,
        period: Period,
        pruned: Sequence[Snapshot] = (),
    ) -> None:
        self._rules = rules
        self._period = period
        self._plan = HistoryPlan(snapshots, rules.config.zone, period, pruned)
        self._age = rules.config.settings.evidence.maximum_age_days
        self._above = Above(self._plan, self._age)

    def within(self) -> dict[str, list[Point]]:
        """The points of each account from the last before the period to its end, by day."""
        first = self._period.previous_end
        found = {
            account: sorted((p for p in points if p.day >= first), key=lambda p: p.day)
            for account, points in self._plan.points.items()
        }
        return {account: points for account, points in found.items() if points}

    def rests_on(self, point: Point) -> set[Snapshot]:
        """Every snapshot that a judgement of ``point`` reads, those of the organisation too."""
        above = (snapshot for _, snapshot in self._above.at(point.as_of).positions)
        return {point.snapshot, *above}

    def judge(self, point: Point) -> AccountAssessment:
        """Judge one account at one point; the lists of people come with the period's end."""
        positions = dict(self._above.at(point.as_of).positions)
        return self._assessor.assess(
            point.account,
            point.snapshot,
            point.as_of,
            organisation=find_organisation(positions, point.as_of, self._age),
            populations=point.last,
            collected=self._plan.moments(point.account),
        )

    @cached_property
    def _assessor(self) -> Assessor:
        rules = self._rules
        return Assessor(rules.catalogue, rules.config, rules.register)
