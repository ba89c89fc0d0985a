"""What an alarm should ring for: events as CloudTrail records them, by activity.

An alarm covers an activity when each of its events rings. The names of calls are those of the CIS
AWS Foundations Benchmark's monitoring section and of the services' API references; the fields are
those of the CloudTrail User Guide, "CloudTrail record contents" and "AWS console sign-in events".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

ROOT_USE = "root-use"


@dataclass(frozen=True)
class Occurrence:
    """One event: CloudTrail's record, and the name that EventBridge gives its service.

    ``everywhere``: it can happen in any region; else it is recorded in the region of global
    services. ``management``: it happens in the organisation's management account alone.
    """

    name: str
    record: Mapping[str, Any]
    everywhere: bool = False
    management: bool = False

    def as_event(self, region: str, account: str) -> dict[str, Any]:
        """The event that EventBridge makes of the record."""
        sign_in = self.record["eventType"] == "AwsConsoleSignIn"
        service = str(self.record["eventSource"]).partition(".")[0]
        kind = "AWS Console Sign In" if sign_in else "AWS API Call"
        return {
            "version": "0",
            "id": "0",
            "source": f"aws.{service}",
            "detail-type": f"{kind} via CloudTrail",
            "account": account,
            "region": region,
            "time": "2026-01-01T00:00:00Z",
            "resources": [],
            "detail": {**self.record, "awsRegion": region},
        }


def _record(source: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": True,
        "readOnly": False,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "x",
        "userIdentity": {
            "type": "IAMUser",
            "arn": "arn:aws:iam::111122223333:user/x",
            "userName": "x",
            "accountId": "111122223333",
        },
        **more,
    }


_ROOT = {
    "type": "Root",
    "arn": "arn:aws:iam::111122223333:root",
    "accountId": "111122223333",
    "principalId": "111122223333",
}


def _sign_in(outcome: str, mfa: str, **more: Any) -> dict[str, Any]:
    return _record(
        "signin",
        "ConsoleLogin",
        eventType="AwsConsoleSignIn",
        responseElements={"ConsoleLogin": outcome},
        additionalEventData={"MFAUsed": mfa, "MobileVersion": "No"},
        **more,
    )


_POLICY_CHANGES = (
    "PutUserPolicy PutGroupPolicy PutRolePolicy DeleteUserPolicy DeleteGroupPolicy "
    "DeleteRolePolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion "
    "AttachUserPolicy AttachGroupPolicy AttachRolePolicy DetachUserPolicy DetachGroupPolicy "
    "DetachRolePolicy"
)
_TRAIL_CHANGES = "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"
_ORGANISATION_CHANGES = (
    "AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeleteOrganization "
    "DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType "
    "InviteAccountToOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy "
    "UpdateOrganizationalUnit"
)
# Changes that the CIS benchmark watches beside those of identity, by service.
_OTHER_CHANGES: Mapping[str, tuple[str, str]] = {
    "kms-key-changes": ("kms", "DisableKey ScheduleKeyDeletion"),
    "bucket-policy-changes": (
        "s3",
        "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication "
        "DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
    ),
    "config-changes": (
        "config",
        "StopConfigurationRecorder PutConfigurationRecorder DeleteDeliveryChannel "
        "PutDeliveryChannel",
    ),
    "security-group-changes": (
        "ec2",
        "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
        "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup",
    ),
    "network-acl-changes": (
        "ec2",
        "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry "
        "ReplaceNetworkAclEntry ReplaceNetworkAclAssociation",
    ),
    "gateway-changes": (
        "ec2",
        "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway "
        "CreateInternetGateway DeleteInternetGateway DetachInternetGateway",
    ),
    "route-table-changes": (
        "ec2",
        "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation "
        "DeleteRouteTable DeleteRoute DisassociateRouteTable",
    ),
    "vpc-changes": (
        "ec2",
        "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection "
        "CreateVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection",
    ),
}


@cache
def activities() -> Mapping[str, tuple[Occurrence, ...]]:
    """Activity -> its events."""

    def calls(source: str, names: str, **more: bool) -> tuple[Occurrence, ...]:
        return tuple(Occurrence(name, _record(source, name), **more) for name in names.split())

    def refused(source: str, name: str, code: str) -> Occurrence:
        return Occurrence(code, _record(source, name, errorCode=code), everywhere=True)

    return {
        ROOT_USE: (
            Occurrence("root's sign-in", _sign_in("Success", "Yes", userIdentity=_ROOT)),
            Occurrence("root's API call", _record("iam", "CreateAccessKey", userIdentity=_ROOT)),
        ),
        "unauthorised-calls": (
            refused("ec2", "RunInstances", "Client.UnauthorizedOperation"),
            refused("s3", "PutBucketPolicy", "AccessDenied"),
        ),
        "sign-in-without-mfa": (Occurrence("a sign-in without MFA", _sign_in("Success", "No")),),
        "sign-in-failures": (
            Occurrence(
                "a failed sign-in",
                _sign_in("Failure", "No", errorMessage="Failed authentication"),
            ),
        ),
        "iam-policy-changes": calls("iam", _POLICY_CHANGES),
        "trail-changes": calls("cloudtrail", _TRAIL_CHANGES, everywhere=True),
        "organisation-changes": calls("organizations", _ORGANISATION_CHANGES, management=True),
        **{
            activity: calls(service, names, everywhere=True)
            for activity, (service, names) in _OTHER_CHANGES.items()
        },
    }
