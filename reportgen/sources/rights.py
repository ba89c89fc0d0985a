"""The rights that reading the sources takes: a policy of reads, action by action."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import yaml

from reportgen.sources.source import Source


def read_only_policy(sources: Iterable[Source]) -> dict[str, Any]:
    """The IAM policy that allows what the sources call, and nothing else.

    A statement for each service, sorted, so that the same sources give the same bytes. Lists and
    account-wide reads know no resource, hence ``*`` (Service Authorization Reference).
    """
    actions: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        for action in source.needs:
            actions[action.partition(":")[0]].add(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read" + "".join(word.capitalize() for word in service.split("-")),
                "Effect": "Allow",
                "Action": sorted(actions[service]),
                "Resource": "*",
            }
            for service in sorted(actions)
        ],
    }


def cloudformation(policy: dict[str, Any]) -> str:
    """A CloudFormation template of the role for ``collect``, to be rolled out by a StackSet.

    Parameters: the account that collects, the role's name, and the external id that it must give.
    """
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A role by which reportgen reads IAM evidence; it can change nothing.",
        "Parameters": {
            "CollectingAccount": {
                "Type": "String",
                "AllowedPattern": "[0-9]{12}",
                "Description": "The account from which evidence is collected.",
            },
            "ExternalId": {
                "Type": "String",
                "MinLength": 8,
                "NoEcho": True,
                "Description": "What the collector must give; the same in every account.",
            },
            "RoleName": {"Type": "String", "Default": "reportgen-collect"},
        },
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": {"Ref": "RoleName"},
                    "Description": "Read by reportgen: IAM evidence for compliance reports.",
                    "MaxSessionDuration": 3600,
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {
                                    "AWS": {
                                        "Fn::Sub": "arn:${AWS::Partition}:iam::"
                                        "${CollectingAccount}:root"
                                    }
                                },
                                "Action": "sts:AssumeRole",
                                "Condition": {
                                    "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}
                                },
                            }
                        ],
                    },
                    "Policies": [{"PolicyName": "read-evidence", "PolicyDocument": policy}],
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return yaml.safe_dump(template, sort_keys=False, width=100)


_TERRAFORM = """\
variable "collecting_account" {
  description = "The account from which evidence is collected."
  type        = string
}

variable "external_id" {
  description = "What the collector must give; the same in every account."
  type        = string
  sensitive   = true
}

variable "role_name" {
  type    = string
  default = "reportgen-collect"
}

data "aws_partition" "current" {}

resource "aws_iam_role" "reportgen" {
  name                 = var.role_name
  description          = "Read by reportgen: IAM evidence for compliance reports."
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${var.collecting_account}:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "reportgen" {
  name   = "read-evidence"
  role   = aws_iam_role.reportgen.id
  policy = <<-POLICY
%s
  POLICY
}

output "role_arn" {
  value = aws_iam_role.reportgen.arn
}
"""  # noqa: E501 - a line of Terraform


def terraform(policy: dict[str, Any]) -> str:
    """The same role as Terraform."""
    text = json.dumps(policy, indent=2)
    return _TERRAFORM % "\n".join(f"    {line}" for line in text.splitlines())
