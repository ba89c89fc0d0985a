"""The PDF's own signature: other programs verify it, and what the PDF claims is not touched."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import pikepdf
import pytest

from reportgen.errors import UsageError
from reportgen.pack import sign_pdf
from reportgen.pack.sign_pdf import FIELD, PdfKey, PdfSigning, is_signed
from tests.pack import certified, making
from tests.pack.conftest import Quarters
from tests.pack.making import Parts


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PdfKey:
    folder = tmp_path / "pdf-key"
    folder.mkdir()
    make = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
        "-subj", "/CN=Example assurance", "-keyout", folder / "key", "-out", folder / "crt",
        "-addext", "keyUsage=critical,digitalSignature,nonRepudiation",
    ]  # fmt: skip
    subprocess.run(make, check=True, capture_output=True)
    export = ["openssl", "pkcs12", "-export", "-inkey", folder / "key", "-in", folder / "crt"]
    subprocess.run([*export, "-passout", "pass:between us", "-out", folder / "own.p12"], check=True)
    with pytest.raises(UsageError, match=r"is no PKCS#12 file"):
        PdfKey(folder / "own.p12")
    monkeypatch.setenv("REPORTGEN_PDF_PASSPHRASE", "between us")
    return PdfKey(folder / "own.p12")


def pdf_of(parts: Parts) -> bytes:
    (name,) = [n for n in parts.files if n.endswith(".pdf")]
    return parts.files[name]


def test_a_signed_pdf_in_a_pack(quarters: Quarters, key: PdfKey, tmp_path: Path) -> None:
    out = tmp_path / "p.zip"
    making.pack(
        quarters.folder, "2026-09-30", out, pdf_key=key,
        previous=making.manifest_of(quarters.june),
    )  # fmt: skip
    parts, before = Parts.of(out), pdf_of(Parts.of(quarters.september))
    signed = pdf_of(parts)
    # An update behind the PDF as it was: its claims of PDF/A-3a and PDF/UA-1 stand untouched.
    assert signed.startswith(before)
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    told = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=True)
    assert "Signature is Valid" in told.stdout
    assert "Total document signed" in told.stdout
    assert "ETSI.CAdES.detached" in told.stdout
    assert subprocess.run(["qpdf", "--check", path], capture_output=True).returncode == 0
    with pikepdf.open(path) as pdf, pdf.open_metadata() as about:
        assert (about["pdfuaid:part"], about["pdfaid:part"]) == ("1", "3")
        (field,) = pdf.Root.AcroForm.Fields
        assert str(field.T) == FIELD
        # Nothing is drawn, and the flags are those that PDF/A asks of an annotation
        # (ISO 19005-3, 6.3.2): printed, not hidden.
        assert [float(n) for n in field.Rect] == [0, 0, 0, 0]
        assert int(field.F) & 4
        assert not int(field.F) & (1 | 2 | 32)
    assert making.manifest_of(out).data["seal"]["pdf"] == "PAdES"
    assert "pdfsig report/*.pdf" in parts.files["README.txt"].decode()


def test_a_changed_pdf_is_not_signed(quarters: Quarters, key: PdfKey) -> None:
    pdf = pdf_of(Parts.of(quarters.september))
    assert not is_signed(pdf)
    signed = key.sign(pdf, "Evidence")
    assert is_signed(signed)
    at = signed.index(b"/Type")
    assert not is_signed(signed[:at] + b"/type" + signed[at + 5 :])
    # A second update may hide what was signed.
    assert not is_signed(key.sign(pdf, "Evidence") + signed[len(pdf) :])


@pytest.mark.parametrize(("moment", "fault"), certified.MOMENTS)
def test_a_certificate_that_does_not_count_signs_nothing(
    monkeypatch: pytest.MonkeyPatch, moment: str, fault: str
) -> None:
    at = datetime.strptime(f"{moment}+0000", "%Y%m%d%H%M%S%z")
    monkeypatch.setattr(sign_pdf, "now", lambda: at)
    signer = certified.signer_of(certified.certificate())
    if not fault:
        PdfSigning(signer)
        return
    day = fault.split()[2] if "from" in fault else fault.rsplit(" ", 1)[1]
    with pytest.raises(UsageError, match=f"its certificate .*{day}"):
        PdfSigning(signer)


def test_files_that_are_no_key(tmp_path: Path) -> None:
    (tmp_path / "no.p12").write_bytes(b"no key")
    for name in ("no.p12", "none.p12"):
        with pytest.raises(UsageError, match="--pdf-key"):
            PdfKey(tmp_path / name)
