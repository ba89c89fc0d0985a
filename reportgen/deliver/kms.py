"""Signs with a key of AWS KMS, which never leaves it (KMS API: GetPublicKey, Sign).

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reportgen.errors import UsageError

PREFIX = "kms:"
_T = TypeVar("_T")


class KmsKey:
    """An asymmetric key for signing, named by ``kms:`` and its id, ARN or alias.

    ``arn`` is the key's own, ``spec`` its kind as KMS names it (``RSA_3072``, ``ECC_NIST_P256``,
    ``ECC_NIST_EDWARDS25519``), ``public`` its public key as DER (SubjectPublicKeyInfo). Raises
    UsageError where KMS does not give it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._id = name.removeprefix(PREFIX)
        about = self._asked(lambda: self._client.get_public_key(KeyId=self._id))
        if about["KeyUsage"] != "SIGN_VERIFY":
            raise UsageError(
                f"{name}: is a key of KMS for something else ({about['KeyUsage']}).",
                "Make one with the usage SIGN_VERIFY.",
            )
        self.arn = str(about["KeyId"])
        self.spec = str(about.get("KeySpec", "that KMS gave"))
        self.public = bytes(about["PublicKey"])

    def sign(self, message: bytes, algorithm: str) -> bytes:
        """Sign a message of at most 4,096 bytes with one of KMS's algorithms.

        ECDSA comes as DER, RSA and Ed25519 as they are. Raises UsageError where KMS refuses.
        """
        answer = self._asked(
            lambda: self._client.sign(
                KeyId=self.arn,
                Message=message,
                MessageType="RAW",
                SigningAlgorithm=algorithm,
            )
        )
        return bytes(answer["Signature"])

    @property
    def _client(self) -> Any:
        import boto3

        # A key lies in one region, which its ARN names.
        parts = self._id.split(":")
        region = parts[3] if self._id.startswith("arn:") and len(parts) > 3 else None
        return boto3.client("kms", region_name=region)

    def _asked(self, call: Callable[[], _T]) -> _T:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call()
        except ClientError as error:
            about = error.response.get("Error", {})
            said = f"{about.get('Code', '?')}: {about.get('Message', '')}".rstrip(": ")
            hint = "It needs kms:GetPublicKey and kms:Sign."
            raise UsageError(f"{self.name}: KMS refuses: {said}.", hint) from error
        except BotoCoreError as error:
            raise UsageError(f"{self.name}: KMS cannot be asked: {error}.") from error
