"""The account's alias."""

from __future__ import annotations

from reportgen.sources.source import Source, single

SOURCE = Source(
    name="account-aliases",
    about="the account's alias",
    operations=("iam:ListAccountAliases",),
    read=single("iam", "list_account_aliases", "AccountAliases"),
    keys=("AccountAliases",),
    exports=("list-account-aliases.json",),
)
