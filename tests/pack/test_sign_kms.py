"""Keys of KMS: what they sign, OpenSSH, openssl and pyHanko verify."""

from __future__ import annotations

import base64
import datetime
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reportgen.deliver.kms import KmsKey
from reportgen.errors import UsageError
from reportgen.pack.check_seals import check_signature
from reportgen.pack.checked import Checked, Trust
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import parse_manifest
from reportgen.pack.revoked import Revoked
from reportgen.pack.sign_kms import KmsPdfKey, KmsSigningKey
from reportgen.pack.sign_pdf import is_signed
from reportgen.pack.sshsig import NAMESPACE, is_signature_of, parse_signature, parse_signers
from tests.pack import making
from tests.pack.conftest import Quarters
from tests.pack.making import Parts
from tests.pack.test_check_evidence import KEPT, Memory
from tests.wire import Front

MESSAGE = b'{"format":"example"}'
SIGNER = "assurance@example.com"


@pytest.fixture
def kms(front: Front) -> Any:
    return boto3.client("kms")


def made(kms: Any, spec: str, usage: str = "SIGN_VERIFY") -> str:
    arn: str = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
    return arn


def open_ssh_line(kms: Any, arn: str, folder: Path) -> str:
    """The public key as anybody gets it from KMS with OpenSSH's own tool (docs/pack.md)."""
    der = kms.get_public_key(KeyId=arn)["PublicKey"]
    pem = folder / "key.pem"
    text = base64.encodebytes(der).decode()
    pem.write_text(f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n")
    told = ["ssh-keygen", "-i", "-m", "PKCS8", "-f", pem]
    return subprocess.run(told, check=True, capture_output=True, text=True).stdout.strip()


def ssh_keygen(folder: Path, line: str, signature: bytes, message: bytes) -> bool:
    (folder / "allowed").write_text(f"{SIGNER} {line}\n")
    (folder / "sig").write_bytes(signature)
    asked = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", SIGNER, "-n", NAMESPACE]
    done = subprocess.run([*asked, "-s", "sig"], cwd=folder, input=message, capture_output=True)
    return done.returncode == 0


@pytest.mark.parametrize(
    ("spec", "kind"),
    [("RSA_2048", "rsa-sha2-512"), ("ECC_NIST_P256", "ecdsa-sha2-nistp256")],
)
def test_openssh_verifies_what_kms_signs(spec: str, kind: str, kms: Any, tmp_path: Path) -> None:
    arn = made(kms, spec)
    kms.create_alias(AliasName="alias/seal", TargetKeyId=arn)
    line = open_ssh_line(kms, arn, tmp_path)
    for name in ("kms:alias/seal", f"kms:{arn}"):
        key = KmsSigningKey(name)
        signature = key.sign(MESSAGE)
        assert ssh_keygen(tmp_path, line, signature, MESSAGE)
        assert not ssh_keygen(tmp_path, line, signature, MESSAGE + b" ")
        parsed = parse_signature(signature)
        assert (parsed.kind, parsed.hash_name) == (kind, "sha512")
        # This project's own verifier, which travels, says the same.
        assert is_signature_of(parsed, MESSAGE)
        assert not is_signature_of(parsed, MESSAGE + b" ")
        signers = parse_signers(f'{SIGNER} namespaces="{NAMESPACE}" {line}')
        assert signers.passed_over == ()
        assert signers.judge(parsed.key, NAMESPACE, "20261125000000") == (SIGNER, "")
        told = subprocess.run(
            ["ssh-keygen", "-l", "-f", "-"], input=line, capture_output=True, text=True, check=True
        )
        assert key.fingerprint in told.stdout


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256"])
def test_a_key_of_kms_that_does_not_count(spec: str, kms: Any, tmp_path: Path) -> None:
    """Unknown, or revoked: named, as a key in a file is."""
    arn = made(kms, spec)
    key = KmsSigningKey(f"kms:{arn}")
    named = {"kind": "sshsig", "key": key.fingerprint}
    parts = Parts.of(KEPT)
    parts.reseal(key, lambda data: data["seal"].update(signature=named))  # type: ignore[arg-type,attr-defined]
    content = parts.files["manifest.json"]
    own = parse_signature(parts.files["manifest.json.sig"]).key
    lines = {"own": open_ssh_line(kms, arn, tmp_path)}
    lines["other"] = open_ssh_line(kms, made(kms, spec), tmp_path)
    for line, revoked, said in (
        ("own", Revoked(), ""),
        ("other", Revoked(), "a key that is not among the allowed signers"),
        ("own", Revoked(frozenset({own})), "a key that was revoked"),
    ):
        signers = parse_signers(f"{SIGNER} {lines[line]}")
        inspection = Inspection(Memory(parts.files), Checked("pack"))
        trust = Trust("20261125000000", signers, revoked=revoked)
        check_signature(inspection, parse_manifest(content), content, trust)
        flaws = inspection.checked.flaws
        assert [flaw.name for flaw in flaws] == (["wrong key"] if said else [])
        assert all(flaw.found.startswith(said) for flaw in flaws)


class OneKey:
    """KMS as far as its answers on an Ed25519 key go, which the test AWS does not have."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self.private = private
        self.asked: list[dict[str, Any]] = []

    def get_public_key(self, **_: Any) -> dict[str, Any]:
        form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return {
            "KeyId": "arn:aws:kms:us-east-1:111122223333:key/example",
            "KeySpec": "ECC_NIST_EDWARDS25519",
            "KeyUsage": "SIGN_VERIFY",
            "PublicKey": self.private.public_key().public_bytes(*form),
        }

    def sign(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Signature": self.private.sign(asked["Message"])}


def test_an_ed25519_key_signs_as_openssh_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    private = Ed25519PrivateKey.generate()
    stub = OneKey(private)
    monkeypatch.setattr(KmsKey, "_client", stub)
    signature = KmsSigningKey("kms:alias/seal").sign(MESSAGE)
    line = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    assert ssh_keygen(tmp_path, line.decode(), signature, MESSAGE)
    (asked,) = stub.asked
    # As botocore's model names it; the one with PH hashes first, which OpenSSH does not.
    assert (asked["SigningAlgorithm"], asked["MessageType"]) == ("ED25519_SHA_512", "RAW")
    names = boto3.client("kms", region_name="us-east-1").meta.service_model
    assert asked["SigningAlgorithm"] in names.shape_for("SigningAlgorithmSpec").enum
    assert "ECC_NIST_EDWARDS25519" in names.shape_for("KeySpec").enum


def test_a_signature_that_does_not_fit_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stub = OneKey(Ed25519PrivateKey.generate())
    monkeypatch.setattr(KmsKey, "_client", stub)
    key = KmsSigningKey("kms:alias/seal")
    stub.private = Ed25519PrivateKey.generate()
    with pytest.raises(UsageError, match="does not verify"):
        key.sign(MESSAGE)


def test_keys_that_cannot_sign_so_are_refused(kms: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="which OpenSSH's signatures lack"):
        KmsSigningKey(f"kms:{made(kms, 'ECC_SECG_P256K1')}")
    with pytest.raises(UsageError, match="for something else"):
        KmsSigningKey(f"kms:{made(kms, 'RSA_2048', 'ENCRYPT_DECRYPT')}")
    with pytest.raises(UsageError, match="KMS refuses: NotFoundException"):
        KmsSigningKey("kms:alias/nothing")


def test_where_kms_cannot_be_reached_that_is_said(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(UsageError, match="KMS cannot be asked"):
        KmsSigningKey("kms:alias/seal")


def certificate(kms: Any, arn: str, path: Path) -> Path:
    """A certificate for a key of KMS, by an authority of the test's own."""
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    authority = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example assurance")])
    day = datetime.datetime(2026, 1, 1)
    made_ = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(7)
        .not_valid_before(day)
        .not_valid_after(day + datetime.timedelta(days=3650))
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
        .sign(authority, hashes.SHA256())
    )
    path.write_bytes(made_.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256"])
def test_the_pdf_is_signed_by_kms(spec: str, kms: Any, quarters: Quarters, tmp_path: Path) -> None:
    arn = made(kms, spec)
    own = KmsPdfKey(f"kms:{arn}", certificate(kms, arn, tmp_path / "crt.pem"))
    parts = making.Parts.of(quarters.september)
    (pdf,) = [content for name, content in parts.files.items() if name.endswith(".pdf")]
    signed = own.sign(pdf, "Evidence")
    # By pyHanko, and by poppler, which is another program.
    assert is_signed(signed)
    assert not is_signed(signed.replace(b"/Title", b"/Titel", 1))
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    told = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=True)
    assert "Signature is Valid" in told.stdout
    assert "Total document signed" in told.stdout
    assert own.content == (tmp_path / "crt.pem").read_bytes()


def test_a_certificate_of_another_key_is_refused(kms: Any, tmp_path: Path) -> None:
    arn, other = made(kms, "RSA_2048"), made(kms, "RSA_2048")
    path = certificate(kms, other, tmp_path / "crt.pem")
    with pytest.raises(UsageError, match="another key"):
        KmsPdfKey(f"kms:{arn}", path)
    path.write_text("nothing")
    with pytest.raises(UsageError, match="has no certificate"):
        KmsPdfKey(f"kms:{arn}", path)
    with pytest.raises(UsageError, match="cannot be read"):
        KmsPdfKey(f"kms:{arn}", tmp_path / "nowhere.pem")


def test_openssl_verifies_the_raw_signature(kms: Any, tmp_path: Path) -> None:
    arn = made(kms, "ECC_NIST_P256")
    key = KmsKey(f"kms:{arn}")
    (tmp_path / "sig").write_bytes(key.sign(MESSAGE, "ECDSA_SHA_256"))
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "key.der").write_bytes(key.public)
    told = ["openssl", "dgst", "-sha256", "-verify", "key.der", "-keyform", "DER"]
    done = subprocess.run(
        [*told, "-signature", "sig", "message"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.strip() == "Verified OK", done.stderr
