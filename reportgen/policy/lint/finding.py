"""A lint finding, and how bad each kind is."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.policy.document import Document, Path, Statement

ERROR = "error"
SECURITY = "security-warning"
WARNING = "warning"
SUGGESTION = "suggestion"

# Issue codes. Those that IAM Access Analyzer's policy validation has are its own ("IAM Access
# Analyzer policy check reference") and mean the same; the block at the end is ours.
SEVERITY: dict[str, str] = {
    "JSON_SYNTAX_ERROR": ERROR,
    "DATA_TYPE_MISMATCH": ERROR,
    "DUPLICATE_KEYS_WITH_DIFFERENT_CASE": ERROR,
    "INVALID_ACTION": ERROR,
    "INVALID_ARN_ACCOUNT": ERROR,
    "INVALID_ARN_PREFIX": ERROR,
    "INVALID_ARN_REGION": ERROR,
    "INVALID_ARN_RESOURCE": ERROR,
    "INVALID_ARN_SERVICE_CASE": ERROR,
    "INVALID_CONDITION_DATA_TYPE": ERROR,
    "INVALID_CONDITION_OPERATOR": ERROR,
    "INVALID_EFFECT": ERROR,
    "INVALID_GLOBAL_CONDITION_KEY": ERROR,
    "INVALID_PARTITION": ERROR,
    "INVALID_POLICY_ELEMENT": ERROR,
    "INVALID_PRINCIPAL_FORMAT": ERROR,
    "INVALID_PRINCIPAL_KEY": ERROR,
    "INVALID_SERVICE_CONDITION_KEY": ERROR,
    "INVALID_SERVICE_IN_ACTION": ERROR,
    "INVALID_VERSION": ERROR,
    "MISSING_ACTION": ERROR,
    "MISSING_ARN_FIELD": ERROR,
    "MISSING_BRACE_IN_VARIABLE": ERROR,
    "EMPTY_VARIABLE": ERROR,
    "MISSING_EFFECT": ERROR,
    "MISSING_PRINCIPAL": ERROR,
    "MISSING_QUALIFIER": ERROR,
    "MISSING_RESOURCE": ERROR,
    "MISSING_STATEMENT": ERROR,
    "NULL_WITH_IF_EXISTS": ERROR,
    "PRIVATE_IP_ADDRESS": ERROR,
    "SCP_SYNTAX_ERROR_PRINCIPAL": ERROR,
    "UNIQUE_SIDS_REQUIRED": ERROR,
    "UNSUPPORTED_ELEMENT_COMBINATION": ERROR,
    "UNSUPPORTED_SID": ERROR,
    "UNSUPPORTED_WILDCARD_IN_PRINCIPAL": ERROR,
    "VARIABLE_UNSUPPORTED_IN_ELEMENT": ERROR,
    "VARIABLE_UNSUPPORTED_IN_VERSION": ERROR,
    "ALLOW_WITH_NOT_PRINCIPAL": SECURITY,
    "FORALLVALUES_WITH_SINGLE_VALUED_KEY": SECURITY,
    "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL": SECURITY,
    "PASS_ROLE_WITH_NOT_RESOURCE": SECURITY,
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE": SECURITY,
    "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE": SECURITY,
    "PASS_ROLE_WITH_STAR_IN_RESOURCE": SECURITY,
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE": SECURITY,
    "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": SECURITY,
    "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL": SECURITY,
    "INVALID_DATE_VALUE": WARNING,
    "MISSING_VERSION": WARNING,
    "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA": WARNING,
    "UNIQUE_SIDS_RECOMMENDED": WARNING,
    "WILDCARD_WITHOUT_LIKE_OPERATOR": WARNING,
    "EMPTY_ARRAY_ACTION": SUGGESTION,
    "EMPTY_ARRAY_CONDITION": SUGGESTION,
    "EMPTY_ARRAY_PRINCIPAL": SUGGESTION,
    "EMPTY_ARRAY_RESOURCE": SUGGESTION,
    "IMPROVE_IP_RANGE": SUGGESTION,
    "NULL_WITH_QUALIFIER": SUGGESTION,
    "REDUNDANT_ACTION": SUGGESTION,
    "REDUNDANT_RESOURCE": SUGGESTION,
    "REDUNDANT_STATEMENT": SUGGESTION,
    # Ours.
    "DUPLICATE_KEYS": ERROR,
    "NOT_A_POLICY": ERROR,
    "DENY_WITHOUT_MFA_LOCKS_OUT_ROLES": ERROR,
    "TRUST_STATEMENT_INERT": ERROR,
    "OIDC_SUBJECT_NEVER_MATCHES": ERROR,
    "ALLOW_EVERYTHING": SECURITY,
    "ALLOW_WITH_NOT_ACTION": SECURITY,
    "ALLOW_WITH_NOT_RESOURCE": SECURITY,
    "PRIVILEGE_ESCALATION": SECURITY,
    "EXISTING_ROLES_WITHIN_REACH": SECURITY,
    "MFA_DENY_WITHOUT_IF_EXISTS": SECURITY,
    "MFA_ALLOW_WITH_IF_EXISTS": SECURITY,
    "MFA_NULL_TEST": SECURITY,
    "MFA_EXEMPTION_TOO_WIDE": SECURITY,
    "IF_EXISTS_OPENS_ALLOW": SECURITY,
    "PUBLIC_PRINCIPAL": SECURITY,
    "EXTERNAL_ID_OPEN": SECURITY,
    "CONDITION_ALWAYS_TRUE": SECURITY,
    "MFA_SELF_SERVICE_MISSING": WARNING,
    "REGION_DENY_MISSES_GLOBAL_SERVICES": WARNING,
    "REGION_DENY_BLOCKS_ROOT_ALARM": WARNING,
    "REGION_DENY_WITHOUT_EXEMPTION": WARNING,
    "PLACEHOLDER_VALUE": WARNING,
    "CONDITION_KEY_NOT_IN_ACTION": WARNING,
    "RESOURCE_NOT_IN_ACTION": WARNING,
    "SERVICE_WILDCARD": WARNING,
    "WHOLE_ACCOUNT_TRUSTED": WARNING,
    "EVENT_PATTERN_MISSES_ROOT_API_CALLS": WARNING,
    "DELETED_PRINCIPAL": WARNING,
    "SOURCE_IP_IN_ALLOW": SUGGESTION,
    "SOURCE_IP_DENIES_SERVICES": SUGGESTION,
}


@dataclass(frozen=True)
class Finding:
    """One finding: issue code, message, where in the document, and the statement from 1."""

    code: str
    message: str
    path: Path = ()
    statement: int | None = None

    @property
    def severity(self) -> str:
        """error, security-warning, warning or suggestion."""
        return SEVERITY[self.code]


@dataclass(frozen=True)
class Subject:
    """What is linted. ``kind``: identity, scp, rcp, trust or resource; ``account`` the own one."""

    document: Document
    kind: str
    account: str = ""


def at(statement: Statement, code: str, message: str, *steps: str | int) -> Finding:
    """A finding in a statement, at an element of it."""
    return Finding(code, message, (*statement.path, *steps), statement.index + 1)


def action_key(statement: Statement) -> str:
    """Action or NotAction."""
    return "NotAction" if statement.not_action else "Action"


def resource_key(statement: Statement) -> str:
    """Resource or NotResource."""
    return "NotResource" if statement.not_resource else "Resource"


def some(names: list[str], most: int = 4) -> str:
    """Names in one text, telling how many are left out."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
