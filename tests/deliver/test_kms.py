"""A key of KMS: where it is asked for, what it must be for, and what is said of a refusal.

KMS answers by hand here; pack/test_sign_kms.py signs and verifies against a server.
"""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from reportgen.deliver.kms import KmsKey
from reportgen.errors import UsageError

ARN = "arn:aws:kms:eu-west-1:111122223333:key/k"


class Kms:
    """Answers GetPublicKey and Sign; an error is raised. Notes in which region it was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
        self.answer = answer
        self.regions: list[str | None] = []
        self.signed: list[dict[str, Any]] = []
        monkeypatch.setattr(boto3, "client", self.client)

    def client(self, service: str, region_name: str | None) -> Kms:
        assert service == "kms"
        self.regions.append(region_name)
        return self

    def get_public_key(self, **_: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def sign(self, **asked: Any) -> dict[str, Any]:
        self.signed.append(asked)
        return {"Signature": b"signature"}


def public(**more: Any) -> dict[str, Any]:
    about = {"KeyId": ARN, "KeyUsage": "SIGN_VERIFY", "PublicKey": b"der", "KeySpec": "RSA_3072"}
    return {**about, **more}


@pytest.mark.parametrize(
    ("name", "region"),
    [
        (f"kms:{ARN}", "eu-west-1"),
        ("kms:arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/seal", "us-gov-west-1"),
        # The caller's own: an alias and an id name no region, whatever colons they have.
        ("kms:alias/seal", None),
        ("kms:alias/a:b:c:d", None),
        ("kms:arn:aws:kms", None),
        # Cut off after its region, it names that still; what KMS says of it is KMS's.
        ("kms:arn:aws:kms:eu-west-1", "eu-west-1"),
    ],
)
def test_a_key_is_asked_for_in_its_region(
    name: str, region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kms = Kms(monkeypatch, public())
    key = KmsKey(name)
    assert (key.name, key.arn, key.spec, key.public) == (name, ARN, "RSA_3072", b"der")
    assert kms.regions == [region]


def test_it_signs_the_message_itself_by_the_key_s_arn(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alias may be turned to another key between two questions; the ARN stays."""
    kms = Kms(monkeypatch, public())
    assert KmsKey("kms:alias/seal").sign(b"m", "RSASSA_PSS_SHA_256") == b"signature"
    (asked,) = kms.signed
    assert (asked["KeyId"], asked["Message"], asked["MessageType"]) == (ARN, b"m", "RAW")


def test_a_key_for_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Kms(monkeypatch, public(KeyUsage="ENCRYPT_DECRYPT"))
    with pytest.raises(UsageError, match=r"for something else \(ENCRYPT_DECRYPT\)"):
        KmsKey("kms:alias/seal")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetPublicKey"),
            "KMS refuses: AccessDenied: no.",
        ),
        (ClientError({"Error": {"Code": "Throttled"}}, "GetPublicKey"), "refuses: Throttled."),
        (ClientError({}, "GetPublicKey"), r"refuses: \?."),
        (EndpointConnectionError(endpoint_url="https://kms"), "KMS cannot be asked"),
    ],
)
def test_what_kms_refuses_is_said(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Kms(monkeypatch, error)
    with pytest.raises(UsageError, match=said):
        KmsKey("kms:alias/seal")
