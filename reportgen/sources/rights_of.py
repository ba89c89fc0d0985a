"""What gives each user and role its rights, as a digest: it changes when the rights do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from reportgen.sources.source import text_of


def digests(details: Mapping[str, Any]) -> dict[str, str]:
    """ARN of each user and role of the authorisation details -> a digest.

    Of its own record (policies inline and attached, boundary, groups, who may assume it), its
    groups, and the default version of each attached policy. When it was last used, and tags, are
    no part of it. Raises ReadError for records that are not whole.
    """
    groups = {text_of(g, "GroupName"): g for g in _list(details, "GroupDetailList")}
    versions = {
        text_of(policy, "Arn"): policy.get("DefaultVersionId")
        for policy in _list(details, "Policies")
    }
    found = {}
    for user in _list(details, "UserDetailList"):
        own = [groups.get(name) for name in user.get("GroupList", [])]
        found[text_of(user, "Arn")] = _digest([user, *own], versions)
    for role in _list(details, "RoleDetailList"):
        found[text_of(role, "Arn")] = _digest([role], versions)
    return found


_KEYS = (
    "Arn",
    "UserId",
    "RoleId",
    "GroupId",
    "UserPolicyList",
    "RolePolicyList",
    "GroupPolicyList",
    "AttachedManagedPolicies",
    "PermissionsBoundary",
    "GroupList",
    "AssumeRolePolicyDocument",
)


def _digest(records: list[Any], versions: Mapping[str, Any]) -> str:
    said = []
    for record in records:
        about = {key: record.get(key) for key in _KEYS} if isinstance(record, dict) else {}
        attached = [
            policy.get("PolicyArn") for policy in about.get("AttachedManagedPolicies") or []
        ]
        boundary = (about.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        said.append([about, [versions.get(str(arn)) for arn in (*attached, boundary)]])
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _list(details: Mapping[str, Any], key: str) -> list[Any]:
    found = details.get(key)
    return found if isinstance(found, list) else []
