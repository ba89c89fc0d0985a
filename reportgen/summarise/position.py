"""The position at the period's end: findings counted, accounts, owners, families, controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from reportgen.catalogue import Catalogue
from reportgen.clock import to_text
from reportgen.config import Config
from reportgen.report.findings import FindingRow
from reportgen.report.position import (
    AccountPosition,
    Ageing,
    BySeverity,
    ControlResult,
    Family,
    FamilyCell,
    FindingCounts,
    Owner,
    TrendMonth,
)
from reportgen.report.words import AgeBand, Disposition
from reportgen.summarise import annexes, score
from reportgen.summarise.account import AccountHistory
from reportgen.summarise.findings import by_severity, severity_counts
from reportgen.summarise.frames import MonthEnd
from reportgen.summarise.periods import Period

NOT_STATED = "not stated"


def finding_counts(register: Sequence[FindingRow], previous: TrendMonth | None) -> FindingCounts:
    """Count the register; ``previous`` is the position at the last period's end."""
    open_rows = [row for row in register if row.disposition is Disposition.OPEN]
    accepted = [row for row in register if row.disposition is Disposition.ACCEPTED]
    return FindingCounts(
        open=len(open_rows),
        open_previous=previous.open if previous else None,
        open_by_severity=by_severity(open_rows),
        open_by_severity_previous=previous.open_by_severity if previous else None,
        accepted=len(accepted),
        accepted_by_severity=by_severity(accepted),
        overdue=sum(row.overdue for row in register),
        unconfirmed=sum(not row.confirmed for row in register),
        ageing=tuple(_ageing(band, open_rows) for band in AgeBand),
    )


def _ageing(band: AgeBand, open_rows: Iterable[FindingRow]) -> Ageing:
    rows = [row for row in open_rows if row.age_band is band]
    return Ageing(band=band, total=len(rows), **severity_counts(row.severity for row in rows))


def accounts(
    histories: Iterable[AccountHistory],
    register: Sequence[FindingRow],
    months: Sequence[MonthEnd],
    period: Period,
    config: Config,
) -> tuple[AccountPosition, ...]:
    """Every account, the lowest score first and those without one last."""
    last = months[-1]
    figures = score.by(last.tests, "account_id")
    earlier: dict[str, score.Figures] = {}
    for month in months:
        if month.day == period.previous_end:
            earlier = score.by(month.tests, "account_id")
    open_rows: dict[str, list[FindingRow]] = {}
    for row in register:
        if row.disposition is Disposition.OPEN:
            open_rows.setdefault(row.account_id, []).append(row)
    rows = []
    for history in histories:
        number, account = history.account_id, history.last
        mine = open_rows.get(number, [])
        now = figures.get(number, score.NOTHING)
        rows.append(
            AccountPosition(
                account_id=number,
                name=account.info.name,
                environment=account.info.environment or NOT_STATED,
                owner=account.info.owner,
                score=now.score,
                score_previous=earlier.get(number, score.NOTHING).score,
                coverage=now.coverage,
                open=len(mine),
                open_by_severity=by_severity(mine),
                collected_at=to_text(history.collected_at) if history.collected_at else None,
                carried_from=annexes.iso(account.carried),
                unread=annexes.unread([account]),
            )
        )
    rows += [
        _never_collected(number, config, figures.get(number, score.NOTHING))
        for number in last.absent
    ]
    return tuple(sorted(rows, key=lambda a: (a.score is None, a.score, a.account_id)))


def _never_collected(number: str, config: Config, now: score.Figures) -> AccountPosition:
    known = config.account(number)
    return AccountPosition(
        account_id=number,
        name=known.name if known else number,
        environment=(known.environment if known else None) or NOT_STATED,
        owner=known.owner if known else "",
        score=now.score,
        score_previous=None,
        coverage=now.coverage,
        open=0,
        open_by_severity=BySeverity(),
        collected_at=None,
        carried_from="",
        unread=("every source: never collected",),
    )


def owners(register: Iterable[FindingRow], listed: Sequence[AccountPosition]) -> tuple[Owner, ...]:
    """Owners of accounts, the one with most to do first: by critical, then high, then all open.

    An account without an owner is counted under "not stated".
    """
    names = {account.account_id: account.owner or NOT_STATED for account in listed}
    mine: dict[str, list[FindingRow]] = {owner: [] for owner in names.values()}
    for row in register:
        if row.disposition is Disposition.OPEN:
            mine.setdefault(names.get(row.account_id, NOT_STATED), []).append(row)
    rows = [
        Owner(
            owner=owner,
            accounts=sum(name == owner for name in names.values()),
            open=len(mine[owner]),
            open_by_severity=by_severity(mine[owner]),
            overdue=sum(row.overdue for row in mine[owner]),
            oldest_days=max((row.age_days for row in mine[owner]), default=None),
        )
        for owner in sorted(set(names.values()))
    ]
    return tuple(sorted(rows, key=_most_to_do))


def _most_to_do(owner: Owner) -> tuple[int | str, ...]:
    counts = owner.open_by_severity
    worst_first = (counts.critical, counts.high, counts.medium, counts.low, owner.open)
    return (*(-count for count in worst_first), owner.owner)


def families(
    tests: pd.DataFrame, last: MonthEnd, catalogue: Catalogue, names: Mapping[str, str]
) -> tuple[Family, ...]:
    """The heat map: for each control family a score overall and in each account."""
    order = [a.info.account_id for a in last.accounts] + list(last.absent)
    tests = _with_families(tests, catalogue)
    overall = score.by(tests, "family")
    cells = tests["family"] + "\n" + tests["account_id"].astype(object)
    each = score.by(tests.assign(cell=cells), "cell")
    return tuple(
        Family(
            family=family,
            score=overall.get(family, score.NOTHING).score,
            coverage=overall.get(family, score.NOTHING).coverage,
            accounts=tuple(
                FamilyCell(
                    account_id=account,
                    account=names[account],
                    score=each.get(f"{family}\n{account}", score.NOTHING).score,
                )
                for account in order
            ),
        )
        for family in catalogue.families
    )


def family_scores(tests: pd.DataFrame, catalogue: Catalogue) -> dict[str, float | None]:
    """The score of each control family."""
    figures = score.by(_with_families(tests, catalogue), "family")
    return {family: figure.score for family, figure in figures.items()}


def _with_families(tests: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    family_of = {control.id: control.family for control in catalogue.controls.values()}
    return tests.assign(family=tests["control_id"].map(family_of).astype(object))


def controls(tests: pd.DataFrame, catalogue: Catalogue) -> tuple[ControlResult, ...]:
    """Every control of the catalogue with its counts over all accounts."""
    sums = tests.groupby("control_id", observed=True)[score.COUNTS].sum().to_dict("index")
    # Here an attested control has a score too; it counts towards none but its own.
    figures = score.by(tests.assign(scored=True), "control_id")
    rows = []
    for control in catalogue.controls.values():
        counts = sums.get(control.id, dict.fromkeys(score.COUNTS, 0))
        rows.append(
            ControlResult(
                control_id=control.id,
                title=control.title,
                family=control.family,
                severity=control.severity,
                cadence=control.cadence,
                observability=control.observability,
                scored=control.scored,
                score=figures.get(control.id, score.NOTHING).score,
                passed=int(counts["pass"]),
                fail=int(counts["fail"]),
                not_evaluated=int(counts["not-evaluated"]),
                not_applicable=int(counts["not-applicable"]),
            )
        )
    return tuple(rows)
