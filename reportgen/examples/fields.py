"""The fields that evidence in short may have: those that AWS answers with.

Sources: IAM API reference, data types UserDetail, GroupDetail, RoleDetail, ManagedPolicyDetail,
Role, PasswordPolicy, MFADevice, ServerCertificateMetadata and the operation GetAccountSummary; IAM
User Guide, "Getting credential reports" (columns); for permission sets and the organisation the
forms of docs/policy.md.
"""

from __future__ import annotations

from typing import Any

Fields = dict[str, Any]


def _names(text: str) -> Fields:
    return dict.fromkeys(text.split())


_BOUNDARY = _names("PermissionsBoundaryType PermissionsBoundaryArn")
_ATTACHED = _names("PolicyName PolicyArn")
_INLINE = _names("PolicyName PolicyDocument")
_TAGS = _names("Key Value")
_ENTITY = _names("Path Arn CreateDate")
_LAST_USED = _names("LastUsedDate Region")

_USER = _ENTITY | {
    **_names("UserName UserId GroupList"),
    "UserPolicyList": _INLINE,
    "AttachedManagedPolicies": _ATTACHED,
    "PermissionsBoundary": _BOUNDARY,
    "Tags": _TAGS,
}
_GROUP = _ENTITY | {
    **_names("GroupName GroupId"),
    "GroupPolicyList": _INLINE,
    "AttachedManagedPolicies": _ATTACHED,
}
_ROLE = _ENTITY | {
    **_names("RoleName RoleId AssumeRolePolicyDocument InstanceProfileList"),
    "RolePolicyList": _INLINE,
    "AttachedManagedPolicies": _ATTACHED,
    "PermissionsBoundary": _BOUNDARY,
    "Tags": _TAGS,
    "RoleLastUsed": _LAST_USED,
}
_POLICY = _ENTITY | {
    **_names(
        "PolicyName PolicyId DefaultVersionId AttachmentCount PermissionsBoundaryUsageCount "
        "IsAttachable Description UpdateDate"
    ),
    "PolicyVersionList": _names("Document VersionId IsDefaultVersion CreateDate"),
    "Tags": _TAGS,
}
_LISTED_ROLE = _ENTITY | {
    **_names("RoleName RoleId AssumeRolePolicyDocument Description MaxSessionDuration"),
    "PermissionsBoundary": _BOUNDARY,
    "Tags": _TAGS,
    "RoleLastUsed": _LAST_USED,
}
_SUMMARY = _names(
    "Users UsersQuota Groups GroupsQuota Roles RolesQuota Policies PoliciesQuota Providers "
    "InstanceProfiles InstanceProfilesQuota ServerCertificates ServerCertificatesQuota "
    "UserPolicySizeQuota GroupPolicySizeQuota RolePolicySizeQuota AssumeRolePolicySizeQuota "
    "PolicySizeQuota GroupsPerUserQuota SigningCertificatesPerUserQuota AccessKeysPerUserQuota "
    "AttachedPoliciesPerGroupQuota AttachedPoliciesPerRoleQuota AttachedPoliciesPerUserQuota "
    "PolicyVersionsInUse PolicyVersionsInUseQuota VersionsPerPolicyQuota MFADevices "
    "MFADevicesInUse AccountMFAEnabled AccountAccessKeysPresent AccountPasswordPresent "
    "AccountSigningCertificatesPresent GlobalEndpointTokenVersion"
)
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)
_REPORT = dict.fromkeys(COLUMNS.split(","))

# Name in the short form -> its fields; None stands for anything within.
FIELDS: dict[str, Fields] = {
    "root": _REPORT,
    "credential-report": _REPORT,
    "account-summary": _SUMMARY,
    "authorization-details": {
        "users": _USER,
        "groups": _GROUP,
        "roles": _ROLE,
        "policies": _POLICY,
    },
    "password-policy": _names(
        "MinimumPasswordLength RequireSymbols RequireNumbers RequireUppercaseCharacters "
        "RequireLowercaseCharacters AllowUsersToChangePassword ExpirePasswords MaxPasswordAge "
        "PasswordReusePrevention HardExpiry"
    ),
    "mfa-devices": _names("UserName SerialNumber EnableDate"),
    "virtual-mfa-devices": _names("serial user"),
    "roles": _LISTED_ROLE,
    "permission-sets": {
        **_names(
            "Name PermissionSetArn Description CreatedDate SessionDuration RelayState InlinePolicy"
        ),
        "AttachedManagedPolicies": _names("Name Arn"),
        "CustomerManagedPolicyReferences": _names("Name Path"),
        "PermissionsBoundary": _names("CustomerManagedPolicyReference ManagedPolicyArn"),
        "Assignments": _names("AccountId PermissionSetArn PrincipalType PrincipalId"),
    },
    "organization": _names("accounts emails scps bare enabled"),
    "server-certificates": _names(
        "Path ServerCertificateName ServerCertificateId Arn UploadDate Expiration"
    ),
}
