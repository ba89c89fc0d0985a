"""The signature of a pack's PDF (PAdES): there, of the whole PDF, and by a certificate that counts.

Standard library only: it travels in the pack. Whether to trust the certificate's issuer is for
whoever reads the PDF: a PDF reader tells, or ``pdfsig``.
"""

from __future__ import annotations

import re

from reportgen.pack.checked import Trust
from reportgen.pack.cms import MESSAGE_LIMIT, SignedMessage, read_cms
from reportgen.pack.container import BROKEN, content_of
from reportgen.pack.der import first_der
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import MANIFEST_LIMIT, Manifest

# ISO 32000-2, 12.8.1: two stretches of the file, between which the signature lies in hex.
# Numbers stand apart, or a long row of digits could be cut into four in very many ways.
_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})" + rb"\s+(\d{1,12})" * 3 + rb"\s*\]")


def check_pdf(inspection: Inspection, manifest: Manifest, trust: Trust, stamped: str) -> None:
    """Hold the signature of each PDF of the report, where the manifest says that there is one.

    Its certificate must count when the pack was ``stamped`` (YYYYMMDDHHMMSS in UTC), which shows
    that the signature was there; without a time stamp, now.
    """
    if not manifest.data["seal"].get("pdf"):
        return
    names = [n for n in manifest.files if n.startswith("report/") and n.endswith(".pdf")]
    for name in names:
        if name in inspection.container.sizes and name not in inspection.bad:
            _pdf(inspection, name, stamped or trust.moment)


def _pdf(inspection: Inspection, name: str, moment: str) -> None:
    try:
        signed = _signature_of(content_of(inspection.container, name, MANIFEST_LIMIT))
    except BROKEN as error:
        inspection.flaw("invalid", name, "a signature that can be read", str(error))
        return
    if signed is None:
        inspection.flaw(
            "missing", name, "the signature of all of it that the manifest names", "none"
        )
    elif signed.good is False:
        inspection.flaw("invalid", name, "a signature of this PDF", "one of something else")
    elif signed.certificate is None:
        inspection.note(f"{name} is signed; by whom is not in it.")
    elif fault := signed.certificate.fault_at(moment):
        inspection.flaw("wrong key", name, "a certificate that counts when it is used", fault)
    else:
        state = "signed by" if signed.good else "not checked here, but by a PDF reader: signed by"
        inspection.note(f"{name}: {state} {signed.certificate.name}.")


def _signature_of(pdf: bytes) -> SignedMessage | None:
    """The signature that covers all of a PDF; None for none. Raises ValueError."""
    for match in _RANGE.finditer(pdf):
        start, end, again, size = map(int, match.groups())
        whole = start == 0 and end < again and again + size == len(pdf)
        if whole and pdf[end : end + 1] == b"<" and pdf[again - 1 : again] == b">":
            if again - end - 2 > 2 * MESSAGE_LIMIT:
                raise ValueError(f"a signature of more than {MESSAGE_LIMIT} bytes")
            # The hex is filled up with zeros.
            message = first_der(bytes.fromhex(pdf[end + 1 : again - 1].decode("ascii", "replace")))
            return read_cms(message, (pdf[:end], pdf[again:]))
    return None
