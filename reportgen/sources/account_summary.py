"""Numbers of the account: what root has, how many users there are (API_GetAccountSummary)."""

from __future__ import annotations

from reportgen.sources.source import Source, single

SOURCE = Source(
    name="account-summary",
    about="counts of users, roles and policies, and what root has",
    operations=("iam:GetAccountSummary",),
    read=single("iam", "get_account_summary", "SummaryMap"),
    keys=("SummaryMap",),
    exports=("get-account-summary.json",),
)
