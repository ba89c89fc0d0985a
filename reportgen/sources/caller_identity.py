"""Who asks, and of which account (API_GetCallerIdentity; no policy can forbid it)."""

from __future__ import annotations

from reportgen.sources.source import Source, single

SOURCE = Source(
    name="caller-identity",
    about="account and ARN of the caller",
    operations=("sts:GetCallerIdentity",),
    read=single("sts", "get_caller_identity", "Account"),
    keys=("Account",),
    exports=("get-caller-identity.json",),
)
