"""What makes a principal's own access to an EKS cluster that of one who may run pods there.

Amazon EKS User Guide, "Create access entries" and "Review access policy permissions": an entry
names a principal, and a policy associated with it says what that may do in the cluster, or in a
namespace of it. Who may create pods may run them as any service account there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from reportgen.policy.access import NONE, Access
from reportgen.policy.effective import Reach
from reportgen.policy.meeting import meets
from reportgen.policy.shapes import templates

_ENTER = "eks:CreateAccessEntry"
_GIVE = "eks:AssociateAccessPolicy"
# Each lets pods be created.
_POLICIES = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy")
_SCOPES = ("cluster", "namespace")


def enters(reach: Reach, actions: Sequence[str]) -> Access:
    """Whether actions are possible that give a principal, not another, access to a cluster."""
    found = meets(reach, actions, _carried(reach), _own_entries(reach))
    subject = reach.subject
    for call in found.calls:
        # A star in a policy goes past slashes: whose entry it is must stand in its place.
        whose = call.resource.split("/")[2:5]
        if call.action == _GIVE and whose != [_kind(reach), subject.account, subject.name]:
            return NONE
    return found


def _carried(reach: Reach) -> dict[str, dict[str, str]]:
    """The condition keys with which the calls lead on, by action."""
    head = f"arn:{reach.subject.partition}:eks::aws:cluster-access-policy"
    entry = {"eks:principalarn": reach.subject.arn, "eks:accessentrytype": "STANDARD"}
    gives = [
        {"eks:policyarn": f"{head}/{name}", "eks:accessscope": scope}
        for name, scope in product(_POLICIES, _SCOPES)
    ]
    own = _own_entries(reach)
    best = max(gives, key=lambda keys: reach.can(_GIVE, known=keys, on=own).level)
    return {_ENTER: entry, _GIVE: best}


def _own_entries(reach: Reach) -> dict[str, str]:
    """The principal's own access entries, as a pattern by the kind of resource."""
    subject = reach.subject
    entries = f"access-entry/*/{_kind(reach)}/{subject.account}/{subject.name}/*"
    (every,) = templates(_GIVE, subject.partition, subject.account)[0]
    return {every: f"{every.rpartition(':')[0]}:{entries}"}


def _kind(reach: Reach) -> str:
    return "user" if reach.subject.kind == "user" else "role"
