"""For each code of the linter a document that has it, and one beside it that has not.

A case is a document or (document, kind). The second is as near to the first as the rule allows: one
value, operator or element away.
"""

from __future__ import annotations

import json
from typing import Any

from tests.policies import OTHER, OWN, allow, deny, policy, resource_policy, statement, trust_policy

Case = Any
GITHUB = "token.actions.githubusercontent.com"
OIDC = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{GITHUB}"}
GITLAB = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/gitlab.com"}
SAML = {"Federated": f"arn:aws:iam::{OWN}:saml-provider/idp"}
WEB = "sts:AssumeRoleWithWebIdentity"
SNS = {"Service": "sns.amazonaws.com"}
EC2 = {"Service": "ec2.amazonaws.com"}
ROLES = f"arn:aws:iam::{OWN}:role/app"
NOT_APP = {"NotResource": ROLES}
NO_MFA = {"aws:MultiFactorAuthPresent": "false"}
# IAM User Guide, "Allows MFA-authenticated IAM users to manage their own credentials".
ENROLLING = [
    f"iam:{name}"
    for name in (
        "CreateVirtualMFADevice", "EnableMFADevice", "GetMFADevice", "GetUser", "ListMFADevices",
        "ListVirtualMFADevices", "ResyncMFADevice",
    )
]  # fmt: skip
RCP = {"Principal": "*", "Action": "s3:*"}


def when(operator: str, key: str, *values: Any, effect: str = "Allow", **elements: Any) -> Any:
    """One statement on one action with one condition."""
    listed = list(values) if len(values) != 1 else values[0]
    given = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::ledger/*", **elements}
    return policy(statement(effect, Condition={operator: {key: listed}}, **given))


def on(resource: str, action: str = "*") -> Any:
    """One statement on one resource."""
    return deny(Action=action, Resource=resource)


def web(subject: Any = None, principal: Any = OIDC, **keys: Any) -> Any:
    """A trust policy for an OIDC provider."""
    issuer = principal["Federated"].split("/", 1)[1]
    tests = {f"{issuer}:aud": "sts.amazonaws.com"}
    if subject is not None:
        tests[f"{issuer}:sub"] = subject
    given = {"StringEquals": tests, **keys}
    return trust_policy(principal, WEB, Condition=given)


def rcp(effect: str = "Deny", **elements: Any) -> Case:
    """A resource control policy of one statement."""
    return policy(statement(effect, **{**RCP, **elements})), "rcp"


def sized(most: int) -> str:
    """A policy of so many characters, none of them white space."""
    text = json.dumps(deny(Action="s3:GetObject", Sid=""), separators=(",", ":"))
    return text.replace('"Sid":""', f'"Sid":"{"x" * (most - len(text))}"')


def trust_sized(most: int) -> str:
    """The same for a trust policy."""
    text = json.dumps(trust_policy(EC2, Sid=""), separators=(",", ":"))
    return text.replace('"Sid":""', f'"Sid":"{"x" * (most - len(text))}"')


def slr(**elements: Any) -> Any:
    """An Allow to make service-linked roles."""
    return allow(**{"Action": "iam:CreateServiceLinkedRole", **elements})


def passes(**elements: Any) -> Any:
    """An Allow to pass roles."""
    return allow(**{"Action": "iam:PassRole", **elements})


TO_EC2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
FOR_ECS = {"StringEquals": {"iam:AWSServiceName": "ecs.amazonaws.com"}}
SOURCE = {"StringEquals": {"aws:SourceAccount": OWN}}
TAG = "aws:ResourceTag/team"
IN_BUCKET = "arn:aws:s3:::ledger/${aws:username}"

# code: (has it, has it not)
CASES: dict[str, tuple[Case, Case]] = {
    "ARN_ACCOUNT_NOT_ALLOWED": (on(f"arn:aws:s3::{OWN}:ledger"), on(f"arn:aws:s3:eu-west-1:{OWN}:accesspoint/a")),
    "ARN_REGION_NOT_ALLOWED": (on(f"arn:aws:iam:eu-west-1:{OWN}:role/a"), on(f"arn:aws:iam::{OWN}:role/a")),
    "DATA_TYPE_MISMATCH": ({"Statement": [5]}, deny()),
    "DUPLICATE_KEYS_WITH_DIFFERENT_CASE": (
        allow(Condition={"StringEquals": {"aws:userid": "a", "aws:UserId": "b"}}),
        allow(Condition={"StringEquals": {"aws:userid": "a"}, "StringLike": {"aws:UserId": "b"}}),
    ),
    "EMPTY_VARIABLE": (on("arn:aws:s3:::b/${}"), on("arn:aws:s3:::b/${$}")),
    "FEDERATED_PRINCIPAL_NOT_SUPPORTED": (resource_policy(SAML), trust_policy(SAML, "sts:AssumeRoleWithSAML")),
    "INVALID_ACTION": (deny(Action="s3:GetObjekt"), deny(Action="s3:GetObject")),
    "INVALID_ARN_ACCOUNT": (on("arn:aws:iam::21098765432:user/a"), on(f"arn:aws:iam::{OWN}:user/a")),
    "INVALID_ARN_PREFIX": (on("iam::user/a"), on(f"arn:aws:iam::{OWN}:user/a")),
    "INVALID_ARN_REGION": (on(f"arn:aws:sns:Sydney:{OWN}:t"), on(f"arn:aws:sns:us-gov-west-1:{OWN}:t")),
    "INVALID_ARN_RESOURCE": (on("arn:aws:s3:::"), on("arn:aws:s3:::b")),
    "INVALID_ARN_SERVICE_CASE": (on("arn:aws:S3:::b"), on("arn:aws:s3:::B")),
    "INVALID_CONDITION_DATA_TYPE": (when("Bool", "aws:SecureTransport", "true", False), when("NumericEquals", "s3:max-keys", 1, 1.5)),
    "INVALID_CONDITION_KEY_FORMAT": (when("StringEquals", "username", "x"), when("StringEquals", "aws:username", "x")),
    "INVALID_CONDITION_MULTIPLE_BOOLEAN": (when("Bool", "aws:SecureTransport", "true", "false"), when("Bool", "aws:SecureTransport", "true")),
    "INVALID_CONDITION_OPERATOR": (when("StringMatches", "aws:userid", "x"), when("stringlike", "aws:userid", "x")),
    "INVALID_EFFECT": (policy(statement("allow")), policy(statement("Deny"))),
    "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY": (trust_policy({"Federated": "the idp"}, WEB), trust_policy({"Federated": "accounts.google.com"}, WEB)),
    "INVALID_GLOBAL_CONDITION_KEY": (when("StringEquals", "aws:PrincipleArn", "x"), when("ArnEquals", "aws:PrincipalArn", ROLES)),
    "INVALID_KMS_KEY_VALUE": (
        when("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", "alias/a", Action="s3:PutObject"),
        when("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", f"arn:aws:kms:eu-west-1:{OWN}:key/a", Action="s3:PutObject"),
    ),
    "INVALID_PARTITION": (on("arn:awz:s3:::b"), on("arn:aws-cn:s3:::b")),
    "INVALID_POLICY_ELEMENT": (policy({**statement(), "Comment": "x"}), policy({**statement(), "Sid": "x"})),
    "INVALID_PRINCIPAL_FORMAT": (trust_policy("everyone"), trust_policy({"AWS": OTHER})),
    "INVALID_PRINCIPAL_KEY": (trust_policy({"Accounts": [OTHER]}), trust_policy({"AWS": [OTHER]})),
    "INVALID_REGION": (when("StringEquals", "aws:RequestedRegion", "Sydney"), when("StringLike", "aws:RequestedRegion", "eu-*")),
    "INVALID_SERVICE_CONDITION_KEY": (when("StringEquals", "s3:perfix", "x"), when("StringEquals", "s3:ExistingObjectTag/x", "x")),
    "INVALID_SERVICE_IN_ACTION": (deny(Action="s4:*"), deny(Action="S3:*")),
    "INVALID_SERVICE_PRINCIPAL_FORMAT": (trust_policy({"Service": "EC2"}), trust_policy({"Service": "ec2.amazonaws.com.cn"})),
    "INVALID_VARIABLE_FOR_OPERATOR": (when("DateEquals", "aws:CurrentTime", "${aws:CurrentTime}"), when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/${aws:username}")),
    "INVALID_VERSION": (policy(statement(), version="2012-10-18"), policy(statement(), version="2008-10-17")),
    "INVALID_VPC_FORMAT": (when("StringEquals", "aws:SourceVpc", "vpc-1234567"), when("StringEquals", "aws:SourceVpc", "vpc-12345678")),
    "INVALID_VPCE_FORMAT": (when("StringEquals", "aws:SourceVpce", "vpce-123456789"), when("StringEquals", "aws:SourceVpce", "vpce-12345678901234567")),
    "JSON_SYNTAX_ERROR": ('{"Statement": [}', '{"Statement": []}'),
    "MISMATCHED_ACTION_FOR_PRINCIPAL": (trust_policy(SAML, WEB), trust_policy(SAML, "sts:AssumeRoleWithSAML")),
    "MISSING_ACTION": (policy({"Effect": "Deny", "Resource": "*"}), policy({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"})),
    "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY": (
        trust_policy({"Service": "rolesanywhere.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"]),
        trust_policy({"Service": "rolesanywhere.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
    ),
    "MISSING_ARN_ACCOUNT": (on("arn:aws:dynamodb:eu-west-1::table/a"), on("arn:aws:dynamodb:eu-west-1:*:table/a")),
    "MISSING_ARN_FIELD": (on("arn:aws:s3::b"), on("arn:aws:s3:::b")),
    "MISSING_ARN_REGION": (on(f"arn:aws:dynamodb::{OWN}:table/a"), on(f"arn:aws:dynamodb:*:{OWN}:table/a")),
    "MISSING_BRACE_IN_VARIABLE": (on("arn:aws:s3:::b/${aws:username"), on("arn:aws:s3:::b/${aws:username}")),
    "MISSING_EFFECT": (policy({"Action": "s3:*", "Resource": "*"}), deny(Action="s3:*")),
    "MISSING_PRINCIPAL": ((deny(), "resource"), (deny(), "identity")),
    "MISSING_QUALIFIER": (when("StringEquals", "aws:TagKeys", "x"), when("ForAnyValue:StringEquals", "aws:TagKeys", "x")),
    "MISSING_QUOTE_IN_VARIABLE": (on("arn:aws:s3:::b/${aws:PrincipalTag/a, 'x}"), on("arn:aws:s3:::b/${aws:PrincipalTag/a, 'x'}")),
    "MISSING_RESOURCE": (policy({"Effect": "Deny", "Action": "s3:*"}), trust_policy(EC2)),
    "MISSING_STATEMENT": ({"Version": "2012-10-17"}, {"Version": "2012-10-17", "Statement": []}),
    "MISSING_TAG_KEY_IN_CONDITION": (when("StringEquals", "aws:ResourceTag", "x"), when("StringEquals", "aws:ResourceTag/x", "x")),
    "NULL_WITH_IF_EXISTS": (when("NullIfExists", "aws:TagKeys", "true"), when("Null", "aws:TagKeys", "true")),
    "POLICY_SIZE_EXCEEDS_RCP_QUOTA": ((sized(5_121), "rcp"), (sized(5_120), "rcp")),
    "POLICY_SIZE_EXCEEDS_SCP_QUOTA": ((sized(10_241), "scp"), (sized(10_240), "scp")),
    "PRIVATE_IP_ADDRESS": (when("IpAddress", "aws:SourceIp", "10.1.0.0/16"), when("IpAddress", "aws:VpcSourceIp", "10.1.0.0/16")),
    "PRIVATE_NOT_IP_ADDRESS": (when("NotIpAddress", "aws:SourceIp", "192.168.0.0/16", effect="Deny"), when("NotIpAddress", "aws:SourceIp", "192.169.0.0/16", effect="Deny")),
    "RCP_SYNTAX_ERROR_ACTION": (rcp(Action="ec2:*"), rcp(Action="s3:*")),
    "RCP_SYNTAX_ERROR_ALLOW": (rcp("Allow", Resource="arn:aws:s3:::b"), rcp("Allow", Action="*")),
    "RCP_SYNTAX_ERROR_NOTACTION": ((policy({"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}), "rcp"), rcp()),
    "RCP_SYNTAX_ERROR_PRINCIPAL": (rcp(Principal={"AWS": OTHER}), rcp()),
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL": (policy({"Effect": "Deny", "NotPrincipal": {"AWS": OWN}, "Action": "sts:AssumeRole"}), trust_policy(EC2)),
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE": ((trust_policy(EC2, Resource="*"), "trust"), (trust_policy(EC2), "trust")),
    "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL": (trust_policy("*"), trust_policy({"AWS": "*"})),
    "SCP_SYNTAX_ERROR_PRINCIPAL": ((deny(Principal="*"), "scp"), (deny(), "scp")),
    "TYPE_MISMATCH_IP_RANGE": (when("IpAddress", "aws:SourceIp", "300.1.1.1"), when("IpAddress", "aws:SourceIp", "8.1.1.1")),
    "UNIQUE_SIDS_REQUIRED": (policy(statement(Sid="A"), statement("Deny", Sid="A")), policy(statement(Sid="A"), statement("Deny", Sid="a"))),
    "UNSUPPORTED_ACTION_FOR_CONDITION_KEY": (
        when("StringEquals", "s3:x-amz-server-side-encryption", "AES256"),
        when("StringEquals", "s3:x-amz-server-side-encryption", "AES256", Action="s3:PutObject"),
    ),
    "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL": (
        resource_policy(SNS, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        resource_policy(SNS, Condition={"StringEquals": {"aws:SourceOrgID": "o-abcdefghij"}}),
    ),
    "UNSUPPORTED_ELEMENT_COMBINATION": (policy({**statement(), "NotAction": "s3:*"}), policy(statement(NotAction="s3:*"))),
    "UNSUPPORTED_GLOBAL_CONDITION_KEY": (when("ArnEquals", "aws:ARN", ROLES), when("ArnEquals", "aws:PrincipalArn", ROLES)),
    "UNSUPPORTED_PRINCIPAL": ((deny(Principal="*"), "identity"), (deny(Principal="*"), "resource")),
    "UNSUPPORTED_SID": (deny(Sid="no spaces"), (deny(Sid="no spaces", Principal="*"), "resource")),
    "UNSUPPORTED_SPACE_IN_VARIABLE": (on("arn:aws:s3:::b/${aws:user name}"), on("arn:aws:s3:::b/${aws:username, 'no name'}")),
    "UNSUPPORTED_WILDCARD_IN_PRINCIPAL": (trust_policy({"AWS": f"arn:aws:iam::{OTHER}:role/*"}), trust_policy({"AWS": f"arn:aws:iam::{OTHER}:role/a"})),
    "VARIABLE_UNSUPPORTED_IN_ELEMENT": (deny(Action="s3:${aws:username}"), on(IN_BUCKET)),
    "VARIABLE_UNSUPPORTED_IN_VERSION": (policy(statement(Resource=IN_BUCKET), version="2008-10-17"), on(IN_BUCKET)),
    "WILDCARD_USAGE_TOO_PERMISSIVE": (when("StringLike", "aws:userid", "a*:x"), when("StringLike", "aws:userid", "*:x*")),
    # Security warnings.
    "ALLOW_WITH_NOT_PRINCIPAL": (policy(statement(NotPrincipal={"AWS": OTHER})), policy(statement("Deny", NotPrincipal={"AWS": OTHER}))),
    "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": (
        policy(statement("Deny", NotAction="s3:*", Condition={"StringEquals": {TAG: "a"}})),
        policy(statement("Deny", NotAction="s3:*", Condition={"StringEqualsIfExists": {TAG: "a"}})),
    ),
    "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": (
        when("StringEquals", TAG, "a", effect="Deny", Action="support:DescribeCases", Resource="*"),
        when("StringEquals", TAG, "a", effect="Deny", Action="ec2:StopInstances", Resource="*"),
    ),
    "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT": (
        when("ForAllValues:StringEquals", "dynamodb:Attributes", "a", Action="dynamodb:Query"),
        allow(Action="dynamodb:Query", Condition={"ForAllValues:StringEquals": {"dynamodb:Attributes": "a"}, "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}}),
    ),
    "FORALLVALUES_WITH_SINGLE_VALUED_KEY": (when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1"), when("ForAllValues:StringEquals", "aws:TagKeys", "o-1")),
    "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE": (
        trust_policy(GITLAB, WEB, Condition={"ForAnyValue:StringEquals": {"gitlab.com:aud": "a"}}),
        trust_policy(GITLAB, WEB, Condition={"StringEquals": {"gitlab.com:aud": "a"}}),
    ),
    "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL": (web(principal=GITLAB), web("project_path:a/b:ref_type:branch:ref:main", GITLAB)),
    "MISSING_GITHUB_REPO_CONDITION_KEY": (web(), web("repo:org/app:ref:refs/heads/main")),
    "MISSING_PAIRED_CONDITION_KEYS": (
        when("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"),
        allow(Condition={"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:SourceVpc": "vpc-12345678"}}),
    ),
    "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE": (
        policy({"Effect": "Allow", "NotAction": "s3:*", **NOT_APP}),
        policy({"Effect": "Allow", "NotAction": "iam:*", **NOT_APP}),
    ),
    "PASS_ROLE_WITH_NOT_RESOURCE": (passes(**NOT_APP), passes(Resource=ROLES)),
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE": (passes(Action="iam:P*", **NOT_APP), passes(Action="iam:L*", **NOT_APP)),
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE": (passes(Action="iam:*"), passes(Action="iam:*", Condition=TO_EC2)),
    "PASS_ROLE_WITH_STAR_IN_RESOURCE": (passes(), passes(Condition=TO_EC2)),
    "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": (allow(NotAction="s3:*"), allow(NotAction=["s3:*", "iam:PassRole"])),
    "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL": (resource_policy(SNS, Action="sqs:SendMessage"), resource_policy(SNS, Action="sqs:SendMessage", Condition=SOURCE)),
    "S3_PREFIX_IN_NEGATIVE_CONTEXT": (
        when("StringLike", "s3:prefix", "private/*", effect="Deny", Action="s3:ListBucket"),
        when("StringNotLike", "s3:prefix", "home/*", effect="Deny", Action="s3:ListBucket"),
    ),
    "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS": (
        when("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/a*"),
        when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/a*"),
    ),
    "UNTRUSTWORTHY_CONDITION_KEY": (when("StringEquals", "aws:UserAgent", "x"), when("StringEquals", "aws:userid", "x")),
    # General warnings.
    "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE": (
        policy({"Effect": "Allow", "NotAction": "s3:*", **NOT_APP}),
        policy({"Effect": "Deny", "NotAction": "s3:*", **NOT_APP}),
    ),
    "CREATE_SLR_WITH_NOT_RESOURCE": (slr(**NOT_APP), slr(Resource="arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/*")),
    "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE": (slr(Action="iam:Create*", **NOT_APP), slr(Action="iam:Get*", **NOT_APP)),
    "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE": (slr(Action="iam:Create*"), slr(Action="iam:Create*", Condition=FOR_ECS)),
    "CREATE_SLR_WITH_STAR_IN_RESOURCE": (slr(), slr(Condition=FOR_ECS)),
    "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": (allow(NotAction="s3:*"), allow(NotAction="iam:*")),
    "INVALID_DATE_VALUE": (when("DateLessThan", "aws:CurrentTime", "1767225600"), when("DateLessThan", "aws:EpochTime", "1767225600")),
    "INVALID_ROLE_REFERENCE": (trust_policy({"AWS": "AROAEXAMPLEID12345678"}), trust_policy({"AWS": ROLES})),
    "INVALID_USER_REFERENCE": (trust_policy({"AWS": "AIDAEXAMPLEID12345678"}), trust_policy({"AWS": "AROAEXAMPLEID12345678"})),
    "MISSING_VERSION": ({"Statement": statement("Deny")}, deny()),
    "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA": ((sized(6_145), "managed"), (sized(6_144), "managed")),
    "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA": (trust_sized(2_049), trust_sized(2_048)),
    "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY": (
        rcp(Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}),
        rcp(Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}),
    ),
    "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY": (
        rcp(Condition={"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"}}),
        rcp(Condition={"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"}, "Bool": {"aws:PrincipalIsAWSService": "true"}}),
    ),
    "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK": (
        rcp(Condition={"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"}}),
        rcp(Condition={"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"}, "Null": {"aws:SourceAccount": "false"}}),
    ),
    "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED": (
        web(StringLike={f"{GITHUB}:sub": "repo:org/app:*"}),
        web(StringLike={f"{GITHUB}:sub": "repo:org/app:ref:refs/heads/main"}),
    ),
    "TYPE_MISMATCH": (when("IpAddress", "aws:userid", "8.8.8.8"), when("IpAddress", "aws:SourceIp", "8.8.8.8")),
    "TYPE_MISMATCH_BOOLEAN": (when("Bool", "aws:SecureTransport", "yes"), when("Bool", "aws:SecureTransport", "True")),
    "TYPE_MISMATCH_DATE": (when("DateLessThan", "aws:CurrentTime", "tomorrow"), when("DateLessThan", "aws:CurrentTime", "2026-01-01")),
    "TYPE_MISMATCH_NUMBER": (when("NumericLessThan", "aws:MultiFactorAuthAge", "soon"), when("NumericLessThan", "aws:MultiFactorAuthAge", "3600")),
    "TYPE_MISMATCH_STRING": (when("BinaryEquals", "aws:userid", "!"), when("BinaryEquals", "aws:userid", "eA==")),
    "UNIQUE_SIDS_RECOMMENDED": (
        policy(statement(Sid="A", Principal="*"), statement("Deny", Sid="A", Principal="*")),
        policy(statement(Sid="A"), statement("Deny", Sid="A")),
    ),
    "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES": (
        deny(Condition={"StringNotEquals": {"aws:VpceOrgID": "o-1"}}),
        deny(Action="s3:*", Condition={"StringNotEquals": {"aws:VpceOrgID": "o-1"}}),
    ),
    "WILDCARD_WITHOUT_LIKE_OPERATOR": (when("StringEquals", "aws:userid", "re*"), when("StringLike", "aws:userid", "re*")),
    # Suggestions.
    "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": (
        allow(NotAction="iam:*", Condition={"StringEquals": {TAG: "a"}}),
        allow(NotAction="iam:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}}),
    ),
    "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": (
        when("StringEquals", TAG, "a", Action="support:DescribeCases", Resource="*"),
        when("StringEquals", TAG, "a", Action="ec2:StopInstances", Resource="*"),
    ),
    "EMPTY_ARRAY_ACTION": (deny(Action=[]), deny(Action=["s3:*"])),
    "EMPTY_ARRAY_CONDITION": (when("StringEquals", "aws:userid"), when("StringEquals", "aws:userid", "a")),
    "EMPTY_ARRAY_CONDITION_FORALLVALUES": (when("ForAllValues:StringEquals", "aws:TagKeys"), when("ForAnyValue:StringEquals", "aws:TagKeys")),
    "EMPTY_ARRAY_CONDITION_FORANYVALUE": (when("ForAnyValue:StringEquals", "aws:TagKeys"), when("ForAllValues:StringEquals", "aws:TagKeys")),
    "EMPTY_ARRAY_CONDITION_IFEXISTS": (when("StringEqualsIfExists", "aws:userid"), when("StringEquals", "aws:userid")),
    "EMPTY_ARRAY_PRINCIPAL": (resource_policy({"AWS": []}), resource_policy({"AWS": [OTHER]})),
    "EMPTY_ARRAY_RESOURCE": (deny(Resource=[]), deny(Resource=["*"])),
    "EMPTY_OBJECT_CONDITION": (deny(Condition={}), deny()),
    "EMPTY_OBJECT_PRINCIPAL": (resource_policy({}), resource_policy({"AWS": []})),
    "EMPTY_SID_VALUE": (deny(Sid=""), deny(Sid="a")),
    "EQUIVALENT_TO_NULL_FALSE": (when("StringLike", "s3:ExistingObjectTag/a", "*"), when("StringLike", "s3:ExistingObjectTag/a", "?*")),
    "EQUIVALENT_TO_NULL_TRUE": (when("StringNotLike", "s3:ExistingObjectTag/a", "*"), when("StringNotLikeIfExists", "s3:ExistingObjectTag/a", "*")),
    "IMPROVE_IP_RANGE": (when("IpAddress", "aws:SourceIp", "8.8.8.8/16"), when("IpAddress", "aws:SourceIp", "8.8.0.0/16")),
    "NULL_WITH_QUALIFIER": (when("ForAnyValue:Null", "aws:TagKeys", "true"), when("Null", "aws:TagKeys", "true")),
    "PRIVATE_IP_ADDRESS_SUBSET": (when("IpAddress", "aws:SourceIp", "10.0.0.0/8", "8.8.8.8"), when("IpAddress", "aws:SourceIp", "10.0.0.0/8", "172.31.0.0/16")),
    "PRIVATE_NOT_IP_ADDRESS_SUBSET": (
        when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", "8.8.8.8", effect="Deny"),
        when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", effect="Deny"),
    ),
    "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL": (
        resource_policy(SNS, Condition={"StringEquals": {"aws:Referer": OWN}}),
        resource_policy(SNS, Condition={"StringEquals": {"aws:Referer": OWN, "aws:SourceAccount": OWN}}),
    ),
    "REDUNDANT_ACTION": (deny(Action=["s3:Get*", "s3:GetObject"]), deny(Action=["s3:Get*", "s3:*Object"])),
    "REDUNDANT_CONDITION_VALUE_NUM": (when("NumericLessThan", "aws:MultiFactorAuthAge", "2700", "3600"), when("NumericEquals", "aws:MultiFactorAuthAge", "2700", "3600")),
    "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION": (when("StringLike", "aws:userid", "*"), when("StringLike", "aws:userid", "a*")),
    "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY": (
        trust_policy({"AWS": [ROLES, f"arn:aws:sts::{OWN}:assumed-role/app/x"]}),
        trust_policy({"AWS": [ROLES, f"arn:aws:sts::{OWN}:assumed-role/other/x"]}),
    ),
    "REDUNDANT_RESOURCE": (deny(Resource=["arn:aws:s3:::b/*", "arn:aws:s3:::b/a"]), deny(Resource=["arn:aws:s3:::b/*", "arn:aws:s3:::b"])),
    "REDUNDANT_STATEMENT": (
        policy(statement(Sid="A", Action=["s3:*", "ec2:*"]), statement(Sid="B", Action=["ec2:*", "s3:*"])),
        policy(statement(Sid="A"), statement("Deny", Sid="B")),
    ),
    "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION": (when("StringNotLike", "aws:userid", "*"), when("StringNotLikeIfExists", "aws:userid", "*")),
    "WILDCARD_IN_SERVICE_NAME": (on(f"arn:aws:*code*::{OWN}:*"), on(f"arn:aws:codebuild:*:{OWN}:*")),
    # Ours.
    "DENY_WITHOUT_MFA_LOCKS_OUT_ROLES": (deny(Condition={"BoolIfExists": NO_MFA}), deny(Action="s3:*", Condition={"BoolIfExists": NO_MFA})),
    "DUPLICATE_KEYS": ('{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', '{"Version":"2012-10-17","Id":"2012-10-17","Statement":[]}'),
    "NOT_A_POLICY": ({"source": ["aws.signin"], "detail-type": ["x"]}, {"source": ["aws.signin"], "Statement": []}),
    "OIDC_SUBJECT_NEVER_MATCHES": (web("repo:a/b:*"), web("repo:a/b:ref:refs/heads/main")),
    "TRUST_STATEMENT_INERT": (trust_policy({"CanonicalUser": "a" * 64}), trust_policy(EC2)),
    "ALLOW_EVERYTHING": (allow(), allow(Action=["s3:*"])),
    "ALLOW_WITH_NOT_ACTION": (allow(NotAction="s3:*"), deny(NotAction="s3:*")),
    "ALLOW_WITH_NOT_RESOURCE": (allow(NotResource="arn:aws:s3:::b"), deny(NotResource="arn:aws:s3:::b")),
    "CONDITION_ALWAYS_TRUE": (when("IpAddress", "aws:SourceIp", "0.0.0.0/0"), when("IpAddress", "aws:SourceIp", "0.0.0.0/1")),
    "CONDITION_TESTS_PRESENCE_ONLY": (
        when("Null", "aws:PrincipalOrgID", "false"),
        allow(Condition={"Null": {"aws:PrincipalOrgID": "false"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    ),
    "EXISTING_ROLES_WITHIN_REACH": (allow(Action="ssm:SendCommand"), allow(Action="ssm:SendCommand", Resource=f"arn:aws:ec2:*:{OWN}:instance/i-1")),
    "EXTERNAL_ID_OPEN": (
        trust_policy({"AWS": OTHER}, Condition={"StringLike": {"sts:ExternalId": "*"}}),
        trust_policy({"AWS": OTHER}, Condition={"StringEquals": {"sts:ExternalId": "9f8e7d6c5b4a"}}),
    ),
    "IF_EXISTS_OPENS_ALLOW": (when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), when("StringEquals", "aws:PrincipalOrgID", "o-1")),
    "MFA_ALLOW_WITH_IF_EXISTS": (when("BoolIfExists", "aws:MultiFactorAuthPresent", "true"), when("Bool", "aws:MultiFactorAuthPresent", "true")),
    "MFA_DENY_WITHOUT_IF_EXISTS": (deny(Condition={"Bool": NO_MFA}), deny(Condition={"BoolIfExists": NO_MFA})),
    "MFA_EXEMPTION_TOO_WIDE": (
        deny(NotAction=["iam:*", "sts:*"], Condition={"BoolIfExists": NO_MFA}),
        deny(NotAction=["iam:ListUsers", "sts:GetSessionToken"], Condition={"BoolIfExists": NO_MFA}),
    ),
    "MFA_NULL_TEST": (when("Null", "aws:MultiFactorAuthPresent", "false"), when("Bool", "aws:MultiFactorAuthPresent", "true")),
    "PRIVILEGE_ESCALATION": (allow(Action="iam:PutUserPolicy"), allow(Action="iam:GetUserPolicy")),
    "PUBLIC_PRINCIPAL": (
        resource_policy("*", Action="s3:GetObject", Condition={"Null": {"aws:PrincipalOrgID": "false"}}),
        resource_policy("*", Action="s3:GetObject", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    ),
    "EVENT_PATTERN_MISSES_ROOT_API_CALLS": (
        {"source": ["aws.signin"], "detail-type": ["AWS Console Sign In via CloudTrail"]},
        {"source": ["aws.signin"], "detail-type": ["AWS API Call via CloudTrail"]},
    ),
    "MFA_SELF_SERVICE_MISSING": (
        deny(NotAction=["sts:GetSessionToken"], Condition={"BoolIfExists": NO_MFA}),
        # sts:GetSessionToken is not missing: no policy can deny it.
        deny(NotAction=ENROLLING, Condition={"BoolIfExists": NO_MFA}),
    ),
    "PLACEHOLDER_VALUE": (on("arn:aws:s3:::my-bucket"), on("arn:aws:s3:::ledger")),
    "REGION_DENY_BLOCKS_ROOT_ALARM": (deny(Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}), deny(Condition={"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}})),
    "REGION_DENY_MISSES_GLOBAL_SERVICES": (deny(Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}), deny(Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})),
    "REGION_DENY_WITHOUT_EXEMPTION": (
        deny(Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        deny(Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}, "ArnNotLike": {"aws:PrincipalArn": ROLES}}),
    ),
    "RESOURCE_NOT_IN_ACTION": (on("arn:aws:s3:::b/*", "s3:ListBucket"), on("arn:aws:s3:::b", "s3:ListBucket")),
    "SERVICE_WILDCARD": (allow(Action="s3:*"), allow(Action="s3:Get*")),
    "WHOLE_ACCOUNT_TRUSTED": (trust_policy({"AWS": OTHER}), trust_policy({"AWS": f"arn:aws:iam::{OTHER}:role/a"})),
    "SOURCE_IP_DENIES_SERVICES": (
        deny(Condition={"NotIpAddress": {"aws:SourceIp": "8.8.8.0/24"}}),
        deny(Condition={"NotIpAddress": {"aws:SourceIp": "8.8.8.0/24"}, "Bool": {"aws:ViaAWSService": "false"}}),
    ),
    "SOURCE_IP_IN_ALLOW": (when("IpAddress", "aws:SourceIp", "8.8.8.0/24"), when("IpAddress", "aws:SourceIp", "8.8.8.0/24", effect="Deny")),
    "STATEMENT_WITHIN_ANOTHER": (
        policy(statement("Deny", Action="s3:*"), statement("Deny", Action="s3:GetObject", Resource="arn:aws:s3:::b/*")),
        policy(statement("Deny", Action="s3:*"), statement("Deny", Action="sqs:*", Resource="arn:aws:s3:::b/*")),
    ),
}  # fmt: skip
