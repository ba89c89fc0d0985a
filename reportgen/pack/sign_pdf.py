"""Signs the PDF of a pack: PAdES, invisible, so that PDF/A-3a and PDF/UA-1 stay as they are.

A visible stamp would break both. The library is pyHanko (the extra ``sign``).
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.clock import now
from reportgen.errors import RenderError, UsageError

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

PASSPHRASE = "REPORTGEN_PDF_PASSPHRASE"  # noqa: S105 - a variable's name
FIELD = "Signature1"


class PdfSigning:
    """Signs PDFs with a signer of pyHanko; ``content`` tells one key from another.

    Raises UsageError for a certificate that does not count now.
    """

    content: bytes

    def __init__(self, signer: Signer) -> None:
        _hold(signer)
        self._signer = signer

    def sign(self, pdf: bytes, reason: str) -> bytes:
        """The PDF with a signature over all of it, in an update behind what was there.

        Raises RenderError where the result does not verify.
        """
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

        about = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            reason=reason,
            subfilter=SigSeedSubFilter.PADES,
        )
        made = io.BytesIO()
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        PdfSigner(about, signer=self._signer).sign_pdf(writer, output=made)
        signed = made.getvalue()
        if not signed.startswith(pdf) or not is_signed(signed):
            raise RenderError("The signature of the PDF does not verify.")
        return signed


def _hold(signer: Signer) -> None:
    """A verifier would not let a signature count that an expired certificate made."""
    certificate, moment = signer.signing_cert, now()
    if certificate is None:
        raise UsageError("--pdf-key: has no certificate.")
    starts, ends = certificate.not_valid_before, certificate.not_valid_after
    if not starts <= moment <= ends:
        said = f"expired on {ends:%Y-%m-%d}" if moment > ends else f"counts from {starts:%Y-%m-%d}"
        raise UsageError(
            f"--pdf-key: its certificate {said}.",
            "Have it renewed, or leave --pdf-key out: the pack then says that it has none.",
        )


class PdfKey(PdfSigning):
    """A key with its certificate in a PKCS#12 file. Raises UsageError for a file that is none."""

    def __init__(self, path: Path) -> None:
        try:
            from pyhanko.sign.signers import SimpleSigner
        except ImportError as error:
            raise UsageError(
                "--pdf-key needs pyHanko, which is not installed.",
                "Install it with `pip install 'reportgen[sign]'`.",
            ) from error
        passphrase = os.environ.get(PASSPHRASE, "")
        try:
            self.content = path.read_bytes()
        except OSError as error:
            raise UsageError(f"--pdf-key {path}: cannot be read: {error.strerror}.") from error
        try:
            signer = SimpleSigner.load_pkcs12_data(
                self.content, other_certs=[], passphrase=passphrase.encode()
            )
        except ValueError as error:
            raise UsageError(
                f"--pdf-key {path}: is no PKCS#12 file that can be opened: {error}.",
                f"{PASSPHRASE} holds its passphrase.",
            ) from error
        super().__init__(signer)


def is_signed(pdf: bytes) -> bool:
    """Whether one signature covers the whole file and fits it; whose it is, is not asked."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    if len(found) != 1:
        return False
    # Trust in the certificate is for whoever reads the PDF; nothing is fetched for it.
    alone = ValidationContext(allow_fetching=False, trust_roots=[found[0].signer_cert])
    status = validate_pdf_signature(found[0], alone)
    return bool(
        status.intact and status.valid and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    )
