"""Policy optimisation: what to remove, merge and narrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reportgen.lists import ListedProposal
from reportgen.report.audit import Proposal
from reportgen.report.words import ProposalKind


def proposals(
    offered: Iterable[tuple[str, ListedProposal]], names: Mapping[str, str]
) -> tuple[Proposal, ...]:
    """The proposals of every account with the concrete change: removals, mergers, narrowings."""
    order = list(ProposalKind)
    rows = [
        Proposal(
            account=names[account],
            account_id=account,
            kind=ProposalKind(row["kind"]),
            resource=row["resource"],
            what=row["what"],
            proposal=row["proposal"],
            document=row["document"],
        )
        for account, row in offered
    ]
    return tuple(sorted(rows, key=lambda p: (order.index(p.kind), p.account_id, p.resource)))
