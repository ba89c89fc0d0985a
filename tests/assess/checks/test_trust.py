"""Trust policies: who comes in, bound how, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons
from tests.given import ACCOUNT


@pytest.mark.parametrize(("control", "example"), examples_of("trust"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


OTHER, PARTNER = "444455556666", "777788889999"
SUM = {"known_accounts": (ACCOUNT, OTHER), "third_parties": (PARTNER,)}


def statement(principal: Any, condition: Any = None, **more: Any) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return {**found, "Condition": condition} if condition else found


def role(name: str, *statements: Any, **more: Any) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"RoleName": name, "AssumeRolePolicyDocument": document, **more}


def aws(account: str, tail: str = "root") -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:{tail}"}


def of(folder: Path, control: str, *roles: Any, **more: Any) -> dict[str, str]:
    given: dict[str, Any] = {"authorization-details": {"roles": list(roles)}}
    given.update(more.pop("given", {}))
    return reasons(folder, control, given, **{**SUM, **more})


def one(folder: Path, control: str, *statements: Any, **more: Any) -> str:
    return of(folder, control, role("r", *statements), **more)["r"]


EXTERNAL = {"StringEquals": {"sts:ExternalId": "7f0c-agreed-with-partner"}}
ODD = {"Effect": "Perhaps", "Principal": "*", "Action": "sts:AssumeRole"}
CONTROLS = ("IDC-03", "ROLE-01", "ROLE-02", "ROLE-03", "ROLE-04", "ROLE-06", "ROLE-07")


@pytest.mark.parametrize("control", CONTROLS)
def test_roles_of_aws_and_trusts_that_were_not_read(tmp_path: Path, control: str) -> None:
    found = of(
        tmp_path,
        control,
        role("own", Path="/aws-service-role/x.amazonaws.com/"),
        {"RoleName": "bare"},
        role("odd", ODD),
    )
    assert found["own"] == "not-applicable: AWS manages this role."
    assert found["bare"] == "not-evaluated: The trust policy is not in the evidence."
    assert found["odd"].startswith("not-evaluated: The trust policy: ")


def test_what_fails_does_so_though_part_of_the_trust_is_unread(tmp_path: Path) -> None:
    said = one(tmp_path, "ROLE-07", statement("*"), ODD)
    assert said.startswith("fail: Statement 1 lets anyone in any AWS account assume it.")


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (aws(OTHER, "user/u"), f"fail: Trusts IAM users of other accounts: arn:aws:iam::{OTHER}"),
        (aws(ACCOUNT, "user/u"), "pass"),
        (aws(OTHER, "role/r"), "pass"),
        (aws(OTHER), "pass"),
    ],
)
def test_users_of_other_accounts(tmp_path: Path, principal: Any, expected: str) -> None:
    assert one(tmp_path, "IDC-03", statement(principal)).startswith(expected)


BOUND = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement(aws(OTHER, "role/r"))], "not-applicable: No service can assume it."),
        (
            [statement({"Service": "ec2.amazonaws.com"})],
            "pass: Trusts ec2.amazonaws.com, bound where the service asks for it.",
        ),
        (
            [
                statement({"Service": "ec2.amazonaws.com"}),
                statement({"Service": "cloudtrail.amazonaws.com"}),
            ],
            "fail: Statement 2 trusts cloudtrail.amazonaws.com for any account. Add StringEquals",
        ),
        ([statement({"Service": "cloudtrail.amazonaws.com"}, BOUND)], "pass: Trusts cloudtrail."),
        (
            [statement({"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRoleWithSAML")],
            "fail: Statement 1 does nothing: sts:AssumeRole is what such a principal calls.",
        ),
        (
            [
                statement({"Service": "cloudtrail.amazonaws.com"}, BOUND),
                statement({"Service": "config.amazonaws.com"}),
            ],
            "fail: Statement 2 trusts config.amazonaws.com for any account.",
        ),
    ],
)
def test_services_that_act_for_others(tmp_path: Path, statements: list[Any], expected: str) -> None:
    assert one(tmp_path, "ROLE-01", *statements).startswith(expected)


@pytest.mark.parametrize(
    ("statements", "more", "expected"),
    [
        ([statement(aws(OTHER))], {}, "not-applicable: No account outside can assume it."),
        ([statement({"Service": "ec2.amazonaws.com"})], {}, "not-applicable"),
        (
            [statement(aws("999900001111"), EXTERNAL)],
            {},
            "fail: Trusts accounts that nobody agreed: 999900001111. Remove them, or list them",
        ),
        (
            [statement(aws("999900001111"), EXTERNAL)],
            {"known_accounts": (), "third_parties": ()},
            "not-evaluated: Trusts 999900001111, and nothing tells which accounts are ours",
        ),
        # An agreed party is agreed whether or not anyone says which accounts are ours.
        ([statement(aws(PARTNER), EXTERNAL)], {"known_accounts": ()}, "pass: Agreed accounts"),
        ([statement(aws(PARTNER), EXTERNAL)], {}, "pass: Agreed accounts outside must give"),
        (
            [statement(aws(PARTNER), EXTERNAL), statement(aws(PARTNER, "role/x"))],
            {},
            f"fail: Statement 2 asks for no external id of account {PARTNER}. Add StringEquals",
        ),
        (
            [statement(aws(PARTNER), {"StringLike": {"sts:ExternalId": "*"}})],
            {},
            f"fail: Statement 1 accepts any external id of account {PARTNER}.",
        ),
        (
            [statement(aws(PARTNER)), statement(aws(PARTNER, "role/x"), EXTERNAL)],
            {},
            f"fail: Statement 1 asks for no external id of account {PARTNER}.",
        ),
    ],
)
def test_accounts_outside(
    tmp_path: Path, statements: list[Any], more: dict[str, Any], expected: str
) -> None:
    assert one(tmp_path, "ROLE-02", *statements, **more).startswith(expected)


def external(name: str, account: str, value: str) -> dict[str, Any]:
    return role(name, statement(aws(account), {"StringEquals": {"sts:ExternalId": value}}))


def test_external_ids_are_one_for_each_party(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "ROLE-03",
        external("a", PARTNER, "id-of-partner-1f9c"),
        external("again", PARTNER, "id-of-partner-1f9c"),
        external("b", OTHER, "id-of-both-8d21"),
        external("c", PARTNER, "id-of-both-8d21"),
        external("d", PARTNER, "changeme"),
        role("e", statement(aws(OTHER))),
    )
    assert found["a"] == found["again"] == "pass: The external id is that of one third party alone."
    shared = f"fail: The external id is shared by {OTHER}; {PARTNER}. Give each its own."
    assert found["b"] == found["c"] == shared
    assert found["d"].startswith("fail: The external id 'changeme' is a placeholder.")
    assert found["e"] == "not-applicable: Asks for no external id."


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (external("a", PARTNER, "id-of-partner-1f9c"), "listed twice"),
        ({"RoleName": "x"}, "x: trust unread"),
        (role("x", ODD), "x: trust unread"),
        ({"RoleName": "x", "Path": "/aws-service-role/x.amazonaws.com/"}, ""),
        (role("x", statement(aws(OTHER))), ""),
    ],
)
def test_no_external_id_is_unique_among_roles_that_were_not_read(
    tmp_path: Path, other: Any, expected: str
) -> None:
    found = of(tmp_path, "ROLE-03", external("a", PARTNER, "id-of-partner-1f9c"), other)["a"]
    if expected:
        assert found.startswith("not-evaluated: Other roles may share the external id: ")
        assert expected in found
    else:
        assert found.startswith("pass")


def federated(kind: str, condition: Any = None) -> dict[str, Any]:
    tail = {
        "saml": "saml-provider/idp",
        "oidc": "oidc-provider/token.actions.githubusercontent.com",
    }
    actions = {"saml": "sts:AssumeRoleWithSAML", "oidc": "sts:AssumeRoleWithWebIdentity"}
    principal = {"Federated": f"arn:aws:iam::{ACCOUNT}:{tail[kind]}"}
    return statement(principal, condition, Action=actions[kind])


ISSUER = "token.actions.githubusercontent.com"
AUD = {f"{ISSUER}:aud": "sts.amazonaws.com"}
PINNED = {"StringEquals": {**AUD, f"{ISSUER}:sub": "repo:example/app:ref:refs/heads/main"}}
SAML = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement(aws(OTHER))], "not-applicable: No identity provider can assume it."),
        ([federated("saml", SAML)], "pass: Pins who may come through the identity provider."),
        ([federated("saml")], "fail: Statement 1 pins no SAML audience."),
        ([federated("oidc", PINNED)], "pass"),
        (
            [federated("oidc", {"StringEquals": AUD})],
            f"fail: Statement 1 lets any tenant of {ISSUER}",
        ),
        (
            [federated("oidc", {"StringEquals": {**AUD, f"{ISSUER}:sub": "repo:example/*"}})],
            "fail: Statement 1 compares a wildcard subject with StringEquals.",
        ),
        ([federated("saml", SAML), federated("oidc", PINNED)], "pass"),
        ([federated("saml", SAML), federated("oidc")], "fail: Statement 2 lets any tenant"),
        ([statement(aws(OTHER)), federated("saml")], "fail: Statement 2 pins no SAML audience."),
    ],
)
def test_identity_providers(tmp_path: Path, statements: list[Any], expected: str) -> None:
    assert one(tmp_path, "ROLE-04", *statements).startswith(expected)


FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
BOSS = {"RolePolicyList": [{"PolicyName": "p", "PolicyDocument": FULL}]}


@pytest.mark.parametrize(
    ("privileged", "seconds", "expected"),
    [
        (False, 28799, "pass: Sessions may last 7.99972 hours; a role may have 8."),
        (False, 28800, "pass: Sessions may last 8 hours; a role may have 8."),
        (False, 28801, "fail"),
        (True, 3600, "pass: Sessions may last 1 hours; a privileged role may have 1."),
        (True, 3601, "fail"),
        (False, None, "not-evaluated: ListRoles does not tell"),
        (False, "28800", "not-evaluated: ListRoles does not tell"),
    ],
)
def test_sessions(tmp_path: Path, privileged: bool, seconds: Any, expected: str) -> None:
    about = {"roles": [{"RoleName": "r", "MaxSessionDuration": seconds}]}
    own = role("r", statement(aws(ACCOUNT)), **(BOSS if privileged else {}))
    assert of(tmp_path, "ROLE-05", own, given=about)["r"].startswith(expected)


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement(aws(ACCOUNT))], "fail: Is privileged, and statement 1 lets "),
        ([statement(aws(ACCOUNT), MFA)], "pass: Is privileged and asks for MFA."),
        (
            [statement(aws(ACCOUNT), MFA), statement(aws(ACCOUNT, "user/u"))],
            f"fail: Is privileged, and statement 2 lets arn:aws:iam::{ACCOUNT}:user/u in without",
        ),
        ([statement("*")], "fail"),
        ([statement(aws(ACCOUNT, "role/x"))], "not-applicable: Reached through a service, a role"),
        ([statement({"Service": "ec2.amazonaws.com"})], "not-applicable: Reached through"),
        ([federated("saml", SAML)], "not-applicable: Reached through"),
    ],
)
def test_mfa_of_privileged_roles(tmp_path: Path, statements: list[Any], expected: str) -> None:
    assert of(tmp_path, "ROLE-06", role("r", *statements, **BOSS))["r"].startswith(expected)
    plain = one(tmp_path / "plain", "ROLE-06", *statements)
    assert plain == "not-applicable: Is not privileged."


ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}
ARN = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/deploy"}}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement("*")], "fail: Statement 1 lets anyone in any AWS account assume it."),
        ([statement("*", ORG)], "pass"),
        ([statement("*", ARN)], "pass"),
        ([statement(aws(ACCOUNT))], "pass"),
        ([statement(aws(OTHER))], f"fail: Statement 1 trusts the whole of account {OTHER}."),
        ([statement(aws(OTHER), ORG)], "pass"),
        ([statement(aws(OTHER), ARN)], "pass"),
        ([statement(aws(OTHER, "role/deploy"))], "pass"),
        # An external id is for those outside; between accounts of ours it names nobody.
        (
            [statement(aws(OTHER), EXTERNAL)],
            f"fail: Statement 1 trusts the whole of account {OTHER}",
        ),
        ([statement(aws(PARTNER), EXTERNAL)], "pass"),
        ([statement(aws(PARTNER))], f"fail: Statement 1 trusts the whole of account {PARTNER}."),
        ([statement({"AWS": "AROAEXAMPLEEXAMPLE123"})], "fail: Statement 1 trusts AROAEXAMPLE"),
        ([statement({"Service": "ec2.amazonaws.com"})], "pass"),
        ([statement(aws(ACCOUNT)), statement("*")], "fail: Statement 2 lets anyone"),
    ],
)
def test_trust_names_who_may(tmp_path: Path, statements: list[Any], expected: str) -> None:
    assert one(tmp_path, "ROLE-07", *statements).startswith(expected)
