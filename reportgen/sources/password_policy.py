"""The account's password policy; there need not be one (API_GetAccountPasswordPolicy)."""

from __future__ import annotations

from reportgen.sources.source import NO_ENTITY, Source, single

SOURCE = Source(
    name="password-policy",
    about="what passwords of IAM users must be like",
    operations=("iam:GetAccountPasswordPolicy",),
    read=single("iam", "get_account_password_policy", "PasswordPolicy"),
    keys=("PasswordPolicy",),
    exports=("get-account-password-policy.json",),
    absent=NO_ENTITY,
)
