"""Signs a manifest, and the PDF, with keys of AWS KMS.

The manifest's signature has the form of ``ssh-keygen -Y sign``: by an RSA key ``rsa-sha2-512``, on
P-256 ``ecdsa-sha2-nistp256``, by an Ed25519 key ``ssh-ed25519``. That of the PDF is PAdES, with a
certificate for the key, which KMS does not keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.deliver.kms import KmsKey
from reportgen.errors import UsageError
from reportgen.pack.sign_pdf import PdfSigning
from reportgen.pack.sshsig import (
    ECDSA_KIND,
    KEY_KIND,
    NAMESPACE,
    Signature,
    armored,
    ed25519_key,
    fingerprint,
    is_signature_of,
    number_of,
    p256_key,
    rsa_key,
    signed_part,
)

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

_HASH = "sha512"
_RSA_KIND = "rsa-sha2-512"
_KINDS = "RSA, ECC_NIST_P256 or ECC_NIST_EDWARDS25519"


class KmsSigningKey:
    """A key of KMS that signs manifests. Raises UsageError for one of another kind."""

    def __init__(self, name: str) -> None:
        self._kms = KmsKey(name)
        self._public, self._algorithm, self._kind = _wire_form(self._kms)

    @property
    def fingerprint(self) -> str:
        """The public key's fingerprint, as ``ssh-keygen -l`` prints it."""
        return fingerprint(self._public)

    def sign(self, message: bytes) -> bytes:
        """The signature file of ``message``. Raises UsageError where KMS gives none that fits.

        That of an RSA or Ed25519 key is the same each time, ECDSA's is another one each time.
        """
        made = self._kms.sign(signed_part(NAMESPACE, _HASH, message), self._algorithm)
        if self._kind == ECDSA_KIND:
            made = _numbers(made)
        signature = Signature(self._public, NAMESPACE, _HASH, self._kind, made)
        if not is_signature_of(signature, message):
            raise UsageError(f"{self._kms.name}: KMS gave a signature that does not verify.")
        return armored(signature)


def _wire_form(kms: KmsKey) -> tuple[bytes, str, str]:
    """A key of KMS as OpenSSH writes it, KMS's algorithm to sign with, and OpenSSH's name of it."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_der_public_key,
    )

    key = load_der_public_key(kms.public)
    if isinstance(key, RSAPublicKey):
        numbers = key.public_numbers()
        return rsa_key(numbers.e, numbers.n), "RSASSA_PKCS1_V1_5_SHA_512", _RSA_KIND
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return p256_key(point), "ECDSA_SHA_256", ECDSA_KIND
    if isinstance(key, Ed25519PublicKey):
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return ed25519_key(raw), "ED25519_SHA_512", KEY_KIND
    raise UsageError(
        f"{kms.name}: is a key of the kind {kms.spec}, which OpenSSH's signatures lack.",
        f"Use one of {_KINDS}.",
    )


def _numbers(der: bytes) -> bytes:
    """An ECDSA signature as OpenSSH writes it (RFC 5656, 3.1.2)."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    return b"".join(number_of(number) for number in decode_dss_signature(der))


class KmsPdfKey(PdfSigning):
    """A key of KMS, with its certificate in a PEM file, that signs PDFs.

    Certificates between it and the root may follow in the file. Raises UsageError where the
    certificate is of another key.
    """

    def __init__(self, name: str, certificate: Path) -> None:
        kms = KmsKey(name)
        try:
            self.content = certificate.read_bytes()
        except OSError as error:
            said = f"--pdf-certificate {certificate}: cannot be read: {error.strerror}."
            raise UsageError(said) from error
        super().__init__(_signer(kms, certificate, _certificates(self.content, certificate)))


def _certificates(content: bytes, path: Path) -> Sequence[Any]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(content)
    except ValueError as error:
        said = f"--pdf-certificate {path}: has no certificate (PEM): {error}."
        raise UsageError(said) from error


def _signer(kms: KmsKey, path: Path, chain: Sequence[Any]) -> Signer:
    """A signer of pyHanko whose signatures KMS makes."""
    from asn1crypto.x509 import Certificate
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from pyhanko.sign.signers import Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    public = chain[0].public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if public.public_bytes(*form) != kms.public:
        raise UsageError(
            f"--pdf-certificate {path}: its first certificate is of another key than {kms.name}.",
            "Have one made for the public key that `aws kms get-public-key` gives.",
        )
    on_p256 = isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1)
    if not on_p256 and not isinstance(public, RSAPublicKey):
        raise UsageError(
            f"{kms.name}: is a key of the kind {kms.spec}, which PDFs are not signed with here.",
            "Use one of RSA or ECC_NIST_P256.",
        )
    algorithm = "ECDSA_SHA_256" if on_p256 else "RSASSA_PKCS1_V1_5_SHA_256"

    class _KmsSigner(Signer):
        async def async_sign_raw(
            self, data: bytes, digest_algorithm: str, dry_run: bool = False
        ) -> bytes:
            # The algorithm hashes with SHA-256, which sign_pdf asks for; the attributes signed
            # are some hundred bytes, so that KMS takes them whole.
            del digest_algorithm
            if dry_run:
                # Room for RSA of 4,096 bits, the longest there is.
                return bytes(512)
            return kms.sign(data, algorithm)

    own, *others = (Certificate.load(one.public_bytes(Encoding.DER)) for one in chain)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([own, *others])
    return _KmsSigner(signing_cert=own, cert_registry=store)
