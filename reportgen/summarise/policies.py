"""Policy optimisation: what to remove, merge and narrow."""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.report.audit import Proposal
from reportgen.report.words import ProposalKind
from reportgen.summarise.frames import MonthEnd


def proposals(last: MonthEnd, names: Mapping[str, str]) -> tuple[Proposal, ...]:
    """The proposals of every account with the concrete change: removals, mergers, narrowings."""
    order = list(ProposalKind)
    rows = [
        Proposal(
            account=names[account.info.account_id],
            account_id=account.info.account_id,
            kind=ProposalKind(row["kind"]),
            resource=row["resource"],
            what=row["what"],
            proposal=row["proposal"],
            document=row["document"],
        )
        for account in last.accounts
        for row in account.lists.get("proposals", [])
    ]
    return tuple(sorted(rows, key=lambda p: (order.index(p.kind), p.account_id, p.resource)))
