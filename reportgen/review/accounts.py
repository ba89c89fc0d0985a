"""The accounts as a store shows them at a moment, with the lists that reviews start from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from reportgen.assess.organisation import find_organisation
from reportgen.assess.run import Assessor, collections, positions
from reportgen.clock import to_text
from reportgen.errors import UsageError
from reportgen.evidence.store import Holdings
from reportgen.model import AccountAssessment
from reportgen.verdicts.basis import Rules


def accounts_at(
    held: Holdings,
    rules: Rules,
    as_of: datetime | None,
    *,
    verdicts: bool = False,
    only: Collection[str] | None = None,
) -> list[AccountAssessment]:
    """Every account at a moment, with the lists of its populations; ``verdicts``: judged as well.

    ``only`` limits it to some accounts. Raises UsageError where the store shows nothing of that
    moment.
    """
    snapshots = held.snapshots
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
    collected = collections([*snapshots, *held.pruned])
    return [
        assessor.assess(
            account,
            snapshot,
            moment,
            organisation=organisation,
            populations=True,
            collected=collected[account],
        )
        for account, snapshot in sorted(found.items())
        if only is None or account in only
    ]
