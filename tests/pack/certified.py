"""Certificates with a time of their own, and what they sign: PDFs, and manifests' time stamps."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

STARTS, ENDS = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
# A moment, whether a certificate of that time counts then (RFC 5280, 4.1.2.5: both ends do), and
# what is said where it does not.
MOMENTS = [
    ("20260630235959", "valid from 2026-07-01 only"),
    ("20260701000000", ""),
    ("20260701000001", ""),
    ("20261230235959", ""),
    ("20261231000000", ""),
    ("20261231000001", "that expired on 2026-12-31"),
]


@cache
def private() -> rsa.RSAPrivateKey:
    """One key for all of them: it takes a while to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    name: str = "Example assurance", starts: datetime = STARTS, ends: datetime = ENDS
) -> x509.Certificate:
    """A certificate that signed itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(private().public_key()).serial_number(7)
    builder = builder.not_valid_before(starts).not_valid_after(ends)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = builder.add_extension(usage, critical=True)
    identity = x509.SubjectKeyIdentifier.from_public_key(private().public_key())
    return builder.add_extension(identity, critical=False).sign(private(), hashes.SHA256())


def _loaded(given: x509.Certificate) -> tuple[Any, Any]:
    der = private().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    certificate = asn1_x509.Certificate.load(given.public_bytes(Encoding.DER))
    return certificate, asn1_keys.PrivateKeyInfo.load(der)


def signer_of(given: x509.Certificate) -> SimpleSigner:
    """What signs PDFs with a certificate."""
    own, key = _loaded(given)
    return SimpleSigner(own, key, SimpleCertificateStore())  # type: ignore[no-untyped-call]


def signed_pdf(pdf: bytes, given: x509.Certificate) -> bytes:
    """A PDF signed as ``sign_pdf.py`` does it, whenever."""
    signer = signer_of(given)
    about = PdfSignatureMetadata(
        field_name="Signature1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    made = io.BytesIO()
    PdfSigner(about, signer=signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=made)
    return made.getvalue()


def time_stamp(
    digest: bytes, moment: datetime, given: x509.Certificate, hash_name: str = "sha256"
) -> bytes:
    """An authority's answer (RFC 3161) over a digest, as of a moment."""
    own, key = _loaded(given)
    authority = DummyTimeStamper(own, key, fixed_dt=moment, include_nonce=False)
    asked = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": hash_name},
                "hashed_message": digest,
            },
            "cert_req": True,
        }
    )
    answer: bytes = authority.request_tsa_response(asked).dump()
    return answer
