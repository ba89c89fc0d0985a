"""An account in which every source has something to read: the management account of a test AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3

from reportgen.examples.form import credential_report, root_row
from tests.policies import allow, deny
from tests.shapes import Asked, Refused
from tests.standing.iam import MADE
from tests.wire import Front

OWN, HOME = "123456789012", "ap-southeast-2"
CODES = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
TRUST = json.dumps(allow(Action="sts:AssumeRole", Resource=None, Principal={"Service": "x"}))
ELSEWHERE = "logs-of-another-account"
BUCKET_PARTS = (
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketVersioning",
    "GetObjectLockConfiguration",
    "GetPublicAccessBlock",
    "GetBucketLifecycleConfiguration",
    "GetBucketEncryption",
)
CREATED = datetime(2026, 9, 1, tzinfo=UTC)


def furnish(front: Front) -> None:
    """Fill it; the requests that this takes are not counted."""
    _users(front)
    _organisation()
    _directory()
    _analyzers(front)
    _account(front)
    trail(front)
    _workloads(front)
    front.calls.clear()
    front.asked.clear()


def _users(front: Front) -> None:
    """Two users, one with MFA and a signing certificate; a group, a role, policies, providers."""
    iam = boto3.client("iam")
    for name in ("ana", "ben"):
        iam.create_user(UserName=name)
    serial = f"arn:aws:iam::{OWN}:u2f/user/ana/key"
    iam.enable_mfa_device(UserName="ana", SerialNumber=serial, **CODES)
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ana")
    iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(allow(Action="s3:GetObject")))
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.create_open_id_connect_provider(
        Url="https://token.example.com", ThumbprintList=["a" * 40], ClientIDList=["sts"]
    )
    iam.update_account_password_policy(MinimumPasswordLength=16)
    ana = {"user": "ana", "mfa_active": "true", "cert_1_active": "true"}
    rows = [
        {**row, "arn": f"arn:aws:iam::{OWN}:user/{row['user']}"} for row in (ana, {"user": "ben"})
    ]
    report = credential_report([{**root_row(), "arn": f"arn:aws:iam::{OWN}:root"}, *rows])
    front.answers["iam:GetCredentialReport"] = {
        "Content": report.encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": MADE,
    }
    front.answers["iam:GenerateCredentialReport"] = {"State": "COMPLETE"}
    front.answers["iam:ListSigningCertificates"] = {"Certificates": [], "IsTruncated": False}
    front.answers["iam:ListOrganizationsFeatures"] = {
        "OrganizationId": "o-abcdefghij",
        "EnabledFeatures": ["RootCredentialsManagement", "RootSessions"],
    }


def organise(email: str = "a@example.org") -> dict[str, str]:
    """An organisation of one unit and one member (of ``email``), an SCP at the unit; ids."""
    client: Any = boto3.client("organizations", region_name="us-east-1")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit = client.create_organizational_unit(ParentId=root, Name="Work")["OrganizationalUnit"]["Id"]
    made = client.create_account(Email=email, AccountName="Member")
    member = made["CreateAccountStatus"]["AccountId"]
    client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    scp = client.create_policy(
        Content=json.dumps(deny(Action="organizations:LeaveOrganization")),
        Description="x",
        Name="stay",
        Type="SERVICE_CONTROL_POLICY",
    )["Policy"]["PolicySummary"]["Id"]
    client.attach_policy(PolicyId=scp, TargetId=unit)
    return {"root": root, "unit": unit, "member": member, "scp": scp}


def _organisation() -> None:
    member = organise("member@example.com")["member"]
    client: Any = boto3.client("organizations", region_name="us-east-1")
    client.register_delegated_administrator(
        AccountId=member, ServicePrincipal="guardduty.amazonaws.com"
    )


def _directory() -> None:
    """A permission set with an assignment to a group that has a user."""
    center: Any = boto3.client("sso-admin")
    instance = center.list_instances()["Instances"][0]
    which = {"InstanceArn": instance["InstanceArn"]}
    made = center.create_permission_set(**which, Name="Everything")
    made_arn = made["PermissionSet"]["PermissionSetArn"]
    directory: Any = boto3.client("identitystore")
    store = {"IdentityStoreId": instance["IdentityStoreId"]}
    group = directory.create_group(**store, DisplayName="admins")["GroupId"]
    person = {"GivenName": "Ana", "FamilyName": "A"}
    user = directory.create_user(**store, UserName="ana", DisplayName="Ana", Name=person)["UserId"]
    directory.create_group_membership(**store, GroupId=group, MemberId={"UserId": user})
    center.provision_permission_set(
        **which, PermissionSetArn=made_arn, TargetType="AWS_ACCOUNT", TargetId=OWN
    )
    center.create_account_assignment(
        **which,
        TargetId=OWN,
        TargetType="AWS_ACCOUNT",
        PermissionSetArn=made_arn,
        PrincipalType="GROUP",
        PrincipalId=group,
    )


def _analyzers(front: Front) -> None:
    def analyzers(asked: Asked) -> dict[str, Any]:
        arn = f"arn:aws:access-analyzer:{asked.region}:{OWN}:analyzer/out"
        about = {"arn": arn, "name": "out", "type": "ACCOUNT", "createdAt": CREATED}
        return {"analyzers": [{**about, "status": "ACTIVE"}]}

    front.answers["accessanalyzer:ListAnalyzers"] = analyzers


def _account(front: Front) -> None:
    def contact(asked: Asked) -> dict[str, Any]:
        kind = asked.parameters["AlternateContactType"]
        if kind == "BILLING":
            raise Refused("ResourceNotFoundException", "none", 404)
        return {"AlternateContact": {"Name": "Duty desk", "EmailAddress": "duty@example.com"}}

    front.answers["account:GetAlternateContact"] = contact


def arn(service: str, tail: str) -> str:
    return f"arn:aws:{service}:{HOME}:{OWN}:{tail}"


def trail(front: Front) -> None:
    """A trail with its bucket and log group, one whose bucket lies in another account, an event
    data store, and an empty event history.
    """
    boto3.client("s3").create_bucket(
        Bucket="trail-logs", CreateBucketConfiguration={"LocationConstraint": HOME}
    )
    group = arn("logs", "log-group:trail")
    every = {
        "Name": "all",
        "TrailARN": arn("cloudtrail", "trail/all"),
        "HomeRegion": HOME,
        "S3BucketName": "trail-logs",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "LogFileValidationEnabled": True,
        "CloudWatchLogsLogGroupArn": f"{group}:*",
    }
    far = {
        "Name": "far",
        "TrailARN": arn("cloudtrail", "trail/far"),
        "HomeRegion": HOME,
        "S3BucketName": ELSEWHERE,
        "IsMultiRegionTrail": False,
    }
    front.answers |= {f"s3:{operation}": _bucket for operation in BUCKET_PARTS}
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True}
    data_store = arn("cloudtrail", "eventdatastore/a")
    front.answers |= {
        "cloudtrail:DescribeTrails": {"trailList": [every, far]},
        "cloudtrail:GetTrailStatus": {"IsLogging": True},
        "cloudtrail:GetEventSelectors": {
            "TrailARN": every["TrailARN"],
            "EventSelectors": [selector],
        },
        "cloudtrail:ListEventDataStores": {
            "EventDataStores": [{"EventDataStoreArn": data_store, "Name": "audit"}]
        },
        "cloudtrail:GetEventDataStore": {
            "EventDataStoreArn": data_store,
            "Name": "audit",
            "RetentionPeriod": 400,
        },
        "cloudtrail:LookupEvents": {"Events": []},
        "logs:DescribeLogGroups": {
            "logGroups": [{"logGroupName": "trail", "arn": group, "retentionInDays": 400}]
        },
        "events:ListRules": {
            "Rules": [
                {"Name": "r", "EventPattern": '{"source": ["aws.guardduty"]}', "State": "ENABLED"}
            ]
        },
        "events:ListTargetsByRule": {"Targets": [{"Id": "1", "Arn": arn("sns", "t")}]},
    }


def _bucket(asked: Asked) -> None:
    """Another account's bucket is closed; the account's own is in moto."""
    if asked.parameters["Bucket"] == ELSEWHERE:
        raise Refused("AccessDenied", "Access Denied", 403)


def _workloads(front: Front) -> None:
    """A task, a project, an instance and a detector."""
    project = {
        "name": "build",
        "arn": arn("codebuild", "project/build"),
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": "i",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
    }
    task = {"family": "t", "taskDefinitionArn": arn("ecs", "task-definition/t:1")}
    instance = {"InstanceId": "i-1", "State": {"Name": "running"}}
    front.answers |= {
        "ecs:ListTaskDefinitionFamilies": {"families": ["t"]},
        "ecs:DescribeTaskDefinition": {"taskDefinition": task},
        "codebuild:ListProjects": {"projects": ["build"]},
        "codebuild:BatchGetProjects": {"projects": [project]},
        "ec2:DescribeInstances": {"Reservations": [{"Instances": [instance]}]},
        "ec2:DescribeInstanceAttribute": {"InstanceId": "i-1", "UserData": {"Value": "IyE="}},
        "guardduty:ListDetectors": {"DetectorIds": ["d"]},
        "guardduty:GetDetector": {"Status": "ENABLED", "ServiceRole": "r"},
        "securityhub:DescribeHub": {"HubArn": arn("securityhub", "hub/default")},
    }
