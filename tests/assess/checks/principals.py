"""Users, roles and policies in short form, and a control judged over them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.assess.checks.cases import reasons
from tests.given import ACCOUNT, AS_OF


def doc(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, resource: Any = "*") -> dict[str, Any]:
    return {**allow(*actions, resource=resource), "Effect": "Deny"}


def ago(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()


def role(name: str, *statements: Any, **more: Any) -> dict[str, Any]:
    held = [{"PolicyName": "p", "PolicyDocument": doc(*statements)}] if statements else []
    return {"RoleName": name, "RolePolicyList": held, **more}


def user(name: str, *statements: Any, **more: Any) -> dict[str, Any]:
    held = [{"PolicyName": "p", "PolicyDocument": doc(*statements)}] if statements else []
    return {"UserName": name, "UserPolicyList": held, **more}


def policy(name: str, *statements: Any) -> dict[str, Any]:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": doc(*statements)}
    return {"PolicyName": name, "PolicyVersionList": [version]}


def attached(*names: str) -> dict[str, Any]:
    listed = [{"PolicyName": n, "PolicyArn": f"arn:aws:iam::aws:policy/{n}"} for n in names]
    return {"AttachedManagedPolicies": listed}


def of(folder: Path, control: str, *records: Any, **more: Any) -> dict[str, str]:
    """Judge users (who have a UserName) and roles."""
    users = [r for r in records if "UserName" in r]
    roles = [r for r in records if "RoleName" in r]
    details = {"users": users, "roles": roles, "policies": more.pop("policies", [])}
    given = {"authorization-details": {**details, **more.pop("details", {})}}
    return reasons(folder, control, {**given, **more.pop("given", {})}, **more)


def signing(**cells: str) -> dict[str, Any]:
    """A report of one user with a password and an active key."""
    cells = {"access_key_1_active": "true", "password_enabled": "true", **cells}
    return {"credential-report": [{"user": "u", **cells}]}


ALL = allow("*")
ESCALATES = allow("iam:AttachUserPolicy")
OWN = f"arn:aws:iam::{ACCOUNT}:policy/limit"
BOUND = {"PermissionsBoundary": {"PermissionsBoundaryArn": OWN}}
LIMIT = policy("limit", allow("s3:*", "iam:*"))
READ = allow("s3:GetObject")


SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
