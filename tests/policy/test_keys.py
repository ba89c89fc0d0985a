"""Which actions carry a condition key, and who holds it (Service Authorization Reference)."""

from __future__ import annotations

import pytest

from reportgen.policy.keys import bound_to_actions, carriers, carries, chosen, of_session

CARRIED = [
    ("iam:CreateUser", "aws:requesttag/team", True),
    ("iam:PutUserPolicy", "aws:requesttag/team", False),
    ("iam:TagUser", "aws:tagkeys", True),
    ("iam:PutUserPolicy", "aws:tagkeys", False),
    ("iam:AttachUserPolicy", "iam:policyarn", True),
    ("iam:PutUserPolicy", "iam:policyarn", False),
    ("iam:PassRole", "iam:passedtoservice", True),
    ("sts:AssumeRole", "sts:externalid", True),
    ("sts:GetFederationToken", "sts:externalid", False),
    ("s3:PutObject", "s3:x-amz-acl", True),
    ("s3:GetObject", "s3:x-amz-acl", False),
    ("s3:GetObject", "s3:existingobjecttag/any", True),
    # Of any request: of the caller, its network, the time; and what the data does not know.
    ("iam:PutUserPolicy", "aws:sourceip", True),
    ("iam:PutUserPolicy", "aws:principaltag/team", True),
    ("iam:PutUserPolicy", "saml:sub", True),
    ("iam:PutUserPolicy", "nosuchservice:key", True),
    ("nosuchservice:Action", "s3:x-amz-acl", True),
]


@pytest.mark.parametrize(("action", "key", "expected"), CARRIED)
def test_what_an_action_carries(action: str, key: str, expected: bool) -> None:
    assert carries(action, key) is expected


def test_who_holds_a_key() -> None:
    for key in ("aws:requestedregion", "aws:requesttag/x", "s3:x-amz-acl", "ec2:instancetype"):
        assert chosen(key), key
    for key in (
        "aws:sourceip",
        "aws:principaltag/x",
        "iam:policyarn",
        "iam:passedtoservice",
        "sts:externalid",
        "ec2:resourcetag/x",
        "lambda:sourcefunctionarn",
        "token.actions.githubusercontent.com:sub",
        "nosuchservice:key",
    ):
        assert not chosen(key), key


def test_keys_of_sessions() -> None:
    for key in ("saml:sub", "ldap:x", "graph.facebook.com:id", "ec2:sourceinstancearn"):
        assert of_session(key), key
        assert not bound_to_actions(key), key
    assert not of_session("ec2:instancetype")


def test_a_key_that_nothing_lists_is_not_said_to_be_carried_by_none() -> None:
    assert carriers("s3:nosuchkey") is None
    # A file's name cannot be made of a key (the prefix is text from a policy).
    assert carriers("../../secret:key") is None
