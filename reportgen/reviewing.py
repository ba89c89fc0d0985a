"""Populations, samples and access reviews of a store: one function for each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import Assessor, positions
from reportgen.clock import to_text
from reportgen.errors import UsageError
from reportgen.evidence.store import Snapshot, Store
from reportgen.model import AccountAssessment
from reportgen.pipeline import Rules
from reportgen.review.population import Kind, Population, population


def population_of(store: Path, rules: Rules, kind: Kind, as_of: datetime | None) -> Population:
    """One population as the store shows it at ``as_of`` (default: its latest snapshot's moment)."""
    accounts = accounts_at(Store.open(store).snapshots(), rules, as_of, verdicts=not kind.sources)
    return population(kind, accounts)


def accounts_at(
    snapshots: list[Snapshot], rules: Rules, as_of: datetime | None, *, verdicts: bool = False
) -> list[AccountAssessment]:
    """Every account at a moment, with the lists of its populations; ``verdicts``: judged as well.

    Raises UsageError where the store shows nothing of that moment.
    """
    if not snapshots:
        raise UsageError("The store holds no complete snapshot.")
    moment = as_of or snapshots[-1].collected_at
    found = positions(snapshots, moment)
    if not found:
        raise UsageError(
            f"No snapshot was collected at or before {to_text(moment)}.",
            f"The first is of {to_text(snapshots[0].collected_at)}.",
        )
    catalogue = rules.catalogue
    if not verdicts:
        catalogue = replace(catalogue, controls={})
    assessor = Assessor(catalogue, rules.config, rules.register)
    age = rules.config.settings.evidence.maximum_age_days
    organisation = find_organisation(found, moment, age)
    return [
        assessor.assess(account, snapshot, moment, organisation=organisation, populations=True)
        for account, snapshot in sorted(found.items())
    ]
