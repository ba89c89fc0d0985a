"""Month ends as data frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from reportgen.catalogue import Catalogue, Control
from reportgen.model import AccountAssessment, Result, Verdict

_COLUMNS = [
    "account_id",
    "control_id",
    "resource",
    "resource_type",
    "verdict",
    "severity",
    "reason",
    "weight",
    "scored",
    "family",
    "carried",
    "whole",
]


@dataclass(frozen=True)
class MonthEnd:
    """The position of every account at the end of a month (or of the period).

    ``carried`` names the accounts without a snapshot within the month and the date of the one
    that stands for them; ``absent`` those configured but never collected.
    """

    day: date
    accounts: tuple[AccountAssessment, ...]
    carried: Mapping[str, date] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


def results_frame(month: MonthEnd, catalogue: Catalogue) -> pd.DataFrame:
    """All results of a month end, one row each, with what is needed to count them.

    Columns: account_id, control_id, resource, resource_type, verdict, severity, reason, weight,
    scored, family, carried, whole. An account never collected has one not-evaluated row for each
    control.
    """
    rows = []
    for account in month.accounts:
        carried = account.info.account_id in month.carried
        for result in account.results:
            rows.append(_row(result, catalogue.controls[result.control_id], carried))
    for account_id in month.absent:
        for control in catalogue.controls.values():
            result = Result(
                control.id,
                account_id,
                f"arn:aws:iam::{account_id}:root",
                "AWS::::Account",
                Verdict.NOT_EVALUATED,
                control.severity,
                "No evidence was ever collected from this account.",
                incomplete=True,
            )
            rows.append(_row(result, control, False))
    return pd.DataFrame(rows, columns=_COLUMNS)


def variants_frame(month: MonthEnd, catalogue: Catalogue) -> pd.DataFrame:
    """Results under thresholds of a framework's own: as ``results_frame``, with parameters."""
    rows = []
    for account in month.accounts:
        carried = account.info.account_id in month.carried
        for result in account.variants:
            control = catalogue.controls[result.control_id]
            rows.append((*_row(result, control, carried), result.parameters))
    return pd.DataFrame(rows, columns=[*_COLUMNS, "parameters"])


def _row(result: Result, control: Control, carried: bool) -> tuple[object, ...]:
    return (
        result.account_id,
        result.control_id,
        result.resource,
        result.resource_type,
        result.verdict.value,
        result.severity.value,
        result.reason,
        control.severity.weight,
        control.scored,
        control.family,
        carried,
        not result.incomplete,
    )
