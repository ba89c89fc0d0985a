"""What AWS itself fixes, whatever the policies of an account say.

Pure questions about an action and an ARN; decisions, effective access and escalation all ask here.
A resource may be a pattern too: the answer then holds where everything it matches is fenced.
"""

from __future__ import annotations

from functools import lru_cache

# IAM User Guide, "Permissions for GetSessionToken": a user needs none, and a policy that names the
# action, to allow or to deny it, has no effect; AWS STS API Reference, GetSessionToken: only with
# the long-term credentials of a user or of root.
_LONG_TERM = frozenset({"sts:getsessiontoken"})
# AWS STS API Reference, GetCallerIdentity: no permission is required, and a policy that denies the
# action does not stop it.
_UNDENIABLE = _LONG_TERM | {"sts:getcalleridentity"}
# By their names, for those who judge what a policy leaves open: it is not the policy's to say.
NOT_FOR_POLICIES = ("sts:GetCallerIdentity", "sts:GetSessionToken")

# IAM User Guide, "Managed policies and inline policies": an AWS managed policy cannot be changed.
_POLICY_CHANGES = frozenset(
    f"iam:{name}"
    for name in (
        "createpolicy",
        "createpolicyversion",
        "deletepolicy",
        "deletepolicyversion",
        "setdefaultpolicyversion",
        "tagpolicy",
        "untagpolicy",
    )
)
# IAM API Reference, error UnmodifiableEntity: the actions that refuse a role which only AWS
# modifies. The description of a service-linked role may be edited, so UpdateRole is not here.
_ROLE_CHANGES = frozenset(
    f"iam:{name}"
    for name in (
        "addroletoinstanceprofile",
        "attachrolepolicy",
        "createrole",
        "deleterole",
        "deleterolepermissionsboundary",
        "deleterolepolicy",
        "detachrolepolicy",
        "putrolepermissionsboundary",
        "putrolepolicy",
        "removerolefrominstanceprofile",
        "updateassumerolepolicy",
    )
)
# AWS KMS Developer Guide, "Aliases": the prefix alias/aws/ is reserved for AWS managed keys.
_ALIAS_CHANGES = frozenset({"kms:createalias", "kms:updatealias", "kms:deletealias"})


def aws_policy(arn: str) -> bool:
    """Whether AWS owns a managed policy: ``arn:*:iam::aws:policy/*``, in every partition."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return False
    return parts[2:5] == ["iam", "", "aws"] and parts[5].startswith("policy/")


def service_linked_role(arn: str) -> bool:
    """Whether a role belongs to a service (IAM User Guide, "Using service-linked roles")."""
    return _role(arn).startswith("role/aws-service-role/")


def reserved_role(arn: str) -> bool:
    """Whether a role lies under ``/aws-reserved/``, where Identity Center keeps those it makes."""
    return _role(arn).startswith("role/aws-reserved/")


def aws_role(arn: str) -> bool:
    """Whether only AWS can change a role: a service-linked or a reserved one."""
    return service_linked_role(arn) or reserved_role(arn)


def aws_alias(arn: str) -> bool:
    """Whether an alias of KMS is of a key that AWS manages: ``alias/aws/*``."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[2] == "kms" and parts[5].startswith("alias/aws/")


def cannot_be_denied(action: str) -> bool:
    """Whether policies have no say: a caller with credentials needs no Allow, a Deny is void."""
    return action.lower() in _UNDENIABLE


def needs_long_term(action: str) -> bool:
    """Whether AWS refuses an action to whoever comes with temporary credentials, as roles do."""
    return action.lower() in _LONG_TERM


def fence(action: str, resource: str) -> str:
    """Why AWS refuses a change whatever policies allow; empty where it leaves it to them."""
    return _fence(action.lower(), resource)


@lru_cache(maxsize=65536)
def _fence(action: str, resource: str) -> str:
    if action in _POLICY_CHANGES and aws_policy(resource):
        return "an AWS managed policy cannot be changed by an account"
    if action in _ROLE_CHANGES and aws_role(resource):
        kind = "a service-linked role" if service_linked_role(resource) else "a reserved role"
        return f"{kind} can be changed by AWS alone"
    if action in _ALIAS_CHANGES and aws_alias(resource):
        return "aliases under alias/aws/ are AWS's"
    return ""


def _role(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[5] if len(parts) == 6 and parts[2] == "iam" else ""
