"""What auditors commonly ask for, by words of the request, and where a pack holds it.

A line: words (any of them, each from the start of a word), then paths; ``controls/XYZ-`` stands for
the controls of a family. It is an offer to look at, not an understanding of the request.
"""

from __future__ import annotations

TOPICS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("mfa", "multi-factor", "multifactor", "two-factor", "2fa"), ("controls/MFA-",)),
    (("root",), ("controls/ROOT-",)),
    (("access key", "api key", "credential rotation", "key rotation"),
     ("tables/keys.csv", "controls/KEY-")),
    (("password",), ("controls/KEY-",)),
    (("user list", "list of user", "list of all user", "user listing", "all users",
      "population of user", "iam users"), ("tables/users.csv", "populations/totals.csv")),
    (("role",), ("tables/roles.csv", "controls/ROLE-")),
    (("permission set", "identity center", "sso", "single sign-on"),
     ("tables/permission-sets.csv", "controls/IDC-")),
    (("privilege", "administrator", "admin access", "least privilege"), ("controls/LP-",)),
    (("boundar",), ("controls/BND-",)),
    (("service control polic", "scp", "guardrail"), ("controls/SCP-",)),
    (("access review", "user access review", "recertif"),
     ("tables/access.csv", "tables/users.csv", "tables/roles.csv")),
    (("exception", "waiver", "risk accept", "accepted risk"), ("tables/waivers.csv",)),
    (("finding", "deficienc", "remediation", "action plan", "management response"),
     ("tables/findings.csv", "tables/responses.csv")),
    (("attest", "management statement", "assertion"), ("tables/attestations.csv",)),
    (("complete", "control total", "reconcil", "ipe", "information produced"),
     ("populations/totals.csv", "populations/contradictions.csv", "collection/log.csv")),
    (("who collected", "how was the evidence", "collection log", "request id", "chain of custody"),
     ("collection/log.csv", "collection/not-read.csv")),
    (("configuration of the tool", "settings", "thresholds", "test criteria"),
     ("configuration/reportgen.yaml",)),
    (("report",), ("report/",)),
    (("break-glass", "break glass", "emergency access"), ("controls/ROOT-15", "controls/LP-01")),
)  # fmt: skip
