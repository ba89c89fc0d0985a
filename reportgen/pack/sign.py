"""Signs a manifest with an Ed25519 key of OpenSSH, as ``ssh-keygen -Y sign`` does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from reportgen.errors import UsageError
from reportgen.pack.sshsig import (
    KEY_KIND,
    NAMESPACE,
    Signature,
    armored,
    ed25519_key,
    fingerprint,
    signed_part,
)

PASSPHRASE = "REPORTGEN_KEY_PASSPHRASE"  # noqa: S105 - a variable's name
_HASH = "sha512"


class SealKey(Protocol):
    """What signs a manifest: a key in a file, or one of KMS (``sign_kms.py``)."""

    @property
    def fingerprint(self) -> str:
        """The public key's fingerprint, as ``ssh-keygen -l`` prints it."""

    def sign(self, message: bytes) -> bytes:
        """The signature file of ``message``."""


class SigningKey:
    """An Ed25519 private key. Raises UsageError for a file that is none."""

    def __init__(self, path: Path) -> None:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            PublicFormat,
            load_ssh_private_key,
        )

        passphrase = os.environ.get(PASSPHRASE)
        try:
            key = load_ssh_private_key(
                path.read_bytes(), passphrase.encode() if passphrase else None
            )
        except OSError as error:
            raise UsageError(f"--sign-key {path}: cannot be read: {error.strerror}.") from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise UsageError(
                f"--sign-key {path}: is no private key of OpenSSH that can be read: {error}.",
                f"Make one with `ssh-keygen -t ed25519`; {PASSPHRASE} holds its passphrase.",
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise UsageError(
                f"--sign-key {path}: is of another kind than Ed25519.",
                "Make one with `ssh-keygen -t ed25519`.",
            )
        self._key = key
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._public = ed25519_key(raw)

    @property
    def fingerprint(self) -> str:
        """The public key's fingerprint, as ``ssh-keygen -l`` prints it."""
        return fingerprint(self._public)

    def sign(self, message: bytes) -> bytes:
        """The signature file of ``message``; Ed25519 gives the same one each time (RFC 8032)."""
        value = self._key.sign(signed_part(NAMESPACE, _HASH, message))
        return armored(Signature(self._public, NAMESPACE, _HASH, KEY_KIND, value))
