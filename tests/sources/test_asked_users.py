"""Lists that AWS gives a user at a time, and the one that it gives of all users at once."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from reportgen.model import Status
from tests.collect.account import collected
from tests.conftest import Front
from tests.shapes import Asked
from tests.standing.iam import MADE

KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ example"
REPORT = "user,arn,mfa_active,cert_1_active,cert_2_active\n"
NAMES = ("ana", "ben", "cal")


@pytest.fixture
def users(front: Front) -> Front:
    """Three users: ana has an active certificate, ben a second one, cal none; root has one too."""
    iam = boto3.client("iam")
    for name in NAMES:
        iam.create_user(UserName=name)
        iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=KEY)
    certificates = {"ana": "true,false", "ben": "false,TRUE", "cal": "false,N/A"}
    lines = [f"{n},arn:aws:iam::123456789012:user/{n},false,{certificates[n]}" for n in NAMES]
    root = "<root_account>,arn:aws:iam::123456789012:root,false,true,true"
    content = REPORT + "\n".join([root, *lines]) + "\n"
    front.answers["iam:GetCredentialReport"] = {
        "Content": content.encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": MADE,
    }
    front.answers["iam:GenerateCredentialReport"] = {"State": "COMPLETE"}
    front.answers["iam:ListSigningCertificates"] = certificate
    return front


def certificate(asked: Asked) -> dict[str, Any]:
    name = asked.parameters["UserName"]
    about = {"UserName": name, "CertificateId": "A" * 24, "CertificateBody": "body"}
    return {"Certificates": [{**about, "Status": "Active"}], "IsTruncated": False}


def test_who_has_no_certificate_by_the_report_is_not_asked(users: Front) -> None:
    item = collected("signing-certificates")["signing-certificates"]
    assert users.asked["iam:ListSigningCertificates"] == 2
    assert item.envelope.parameters == {"UserNames": ["ana", "ben"], "Refused": []}
    rows = json.loads(item.content)["Certificates"]
    assert [row["UserName"] for row in rows] == ["ana", "ben"]


def test_ssh_keys_of_every_user_are_read_on_request_alone(users: Front) -> None:
    assert "ssh-public-keys" not in collected()
    assert users.asked["iam:ListSSHPublicKeys"] == 0
    item = collected("account-aliases", also=("ssh-public-keys",))["ssh-public-keys"]
    rows = json.loads(item.content)["SSHPublicKeys"]
    assert [row["UserName"] for row in rows] == list(NAMES)
    assert item.envelope.parameters["UserNames"] == list(NAMES)


def test_one_refusal_is_told_with_the_name(users: Front) -> None:
    users.faults["ListSigningCertificates?UserName=ben"] = "deny"
    item = collected("signing-certificates")["signing-certificates"]
    assert item.envelope.status is Status.COLLECTED
    assert item.envelope.parameters["Refused"] == ["ben"]
    assert "1 of 2 users" in item.envelope.detail


@pytest.mark.parametrize(("fault", "status"), [("deny", Status.DENIED), ("missing", Status.FAILED)])
def test_no_answer_for_anybody_is_no_empty_list(users: Front, fault: Any, status: Status) -> None:
    users.faults["ListSigningCertificates"] = fault
    assert collected("signing-certificates")["signing-certificates"].envelope.status is status


def test_credentials_for_services_take_a_request_for_all(users: Front) -> None:
    met: list[Asked] = []

    def answer(asked: Asked) -> dict[str, Any]:
        met.append(asked)
        about = {"UserName": "ana", "Status": "Active", "CreateDate": MADE}
        named = {"ServiceName": "bedrock.amazonaws.com", "ServiceSpecificCredentialId": "A" * 20}
        return {"ServiceSpecificCredentials": [{**about, **named}], "IsTruncated": False}

    users.answers["iam:ListServiceSpecificCredentials"] = answer
    name = "service-specific-credentials"
    item = collected(name)[name]
    assert [asked.parameters["AllUsers"] for asked in met] == [True]
    (row,) = json.loads(item.content)["ServiceSpecificCredentials"]
    assert row["UserName"] == "ana"
