"""Keys and certificates that are unknown, revoked or not of their time: by both verifiers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from reportgen.cli import app
from reportgen.pack.bundle import pack_verifier
from reportgen.pack.manifest import parse_manifest
from tests.pack import certified, making
from tests.pack.making import Keys, Parts, flaws_of
from tests.pack.test_check_evidence import KEPT

SIGNATURE, STAMP = "manifest.json.sig", "manifest.json.tsr"


@dataclass(frozen=True)
class Sealed:
    """A pack with everything that seals one, and its copy without a time stamp."""

    keys: Keys
    pack: Path
    unstamped: Path
    pdf: str


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """PDF and time stamp are by certificates of 1 July to 31 December, the stamp of 1 October."""
    folder = tmp_path_factory.mktemp("sealed")
    keys = making.keys(folder / "keys")
    parts = Parts.of(KEPT)
    (pdf,) = [n for n in parts.files if n.startswith("report/") and n.endswith(".pdf")]
    parts.files[pdf] = certified.signed_pdf(parts.files[pdf], certified.certificate())
    named = {"kind": "sshsig", "key": keys.own.fingerprint}
    seal: dict[str, object] = {"signature": named, "pdf": "PAdES", "timestamp": None}
    parts.reseal(keys.own, lambda data: data["seal"].update(seal))  # type: ignore[attr-defined]
    unstamped = parts.write(folder / "unstamped.zip")
    seal["timestamp"] = "https://tsa.example.com"
    parts.reseal(keys.own, lambda data: data["seal"].update(seal))  # type: ignore[attr-defined]
    root = bytes.fromhex(parse_manifest(parts.files["manifest.json"]).root)
    at = datetime(2026, 10, 1, tzinfo=UTC)
    parts.files[STAMP] = certified.time_stamp(root, at, certified.certificate("Example stamps"))
    return Sealed(keys, parts.write(folder / "p.zip"), unstamped, pdf)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """``verify.py`` as it lies in a pack, in this process."""
    path = tmp_path_factory.mktemp("alone") / "verify_alone.py"
    path.write_text(pack_verifier())
    spec = spec_from_file_location("verify_alone", path)
    assert spec is not None
    assert spec.loader is not None
    found = sys.modules["verify_alone"] = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


Told = Callable[..., list[tuple[str, str, str]]]


@pytest.fixture
def told(alone: ModuleType, capsys: pytest.CaptureFixture[str]) -> Told:
    """The flaws that both verifiers tell: name, file, and what was found. They are the same."""

    def asked(pack: Path, *options: str) -> list[tuple[str, str, str]]:
        arguments = [str(pack), "--format", "json", *options]
        command = CliRunner().invoke(app, ["verify", *arguments])
        capsys.readouterr()
        code = alone.pack_main("20261101000000", arguments)
        said = capsys.readouterr().out
        assert json.loads(command.stdout) == json.loads(said)
        assert command.exit_code == code == (4 if flaws_of(said) else 0)
        return [(f["name"], f["place"].partition(": ")[2], f["found"]) for f in flaws_of(said)]

    return asked


@pytest.mark.parametrize(("moment", "fault"), certified.MOMENTS)
def test_certificates_at_the_limits_of_their_time(
    sealed: Sealed, told: Told, moment: str, fault: str
) -> None:
    """The stamp of 1 October shows that the PDF's signature was there while its own counted."""
    signers = ("--allowed-signers", str(sealed.keys.allowed), "--at", moment)
    of_pdf = [("wrong key", sealed.pdf, f"a certificate of Example assurance {fault}")]
    assert told(sealed.unstamped, *signers) == (of_pdf if fault else [])
    of_stamp = [("wrong key", STAMP, f"a certificate of Example stamps {fault}")]
    assert told(sealed.pack, *signers) == ([*of_stamp, *of_pdf] if fault else [])


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        ("20260930235959", "valid from 2026-10-01 only"),
        ("20261001000000", ""),
        ("20261001000001", ""),
        ("20261130235959", ""),
        ("20261201", ""),
        ("20261201000001", "that expired on 2026-12-01"),
    ],
)
def test_keys_at_the_limits_of_their_time(
    sealed: Sealed, told: Told, tmp_path: Path, moment: str, fault: str
) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text(sealed.keys.line('valid-after="20261001Z",valid-before="20261201Z"'))
    found = told(sealed.pack, "--allowed-signers", str(allowed), "--at", moment)
    wanted = f"a key of {making.SIGNER} {fault} ({sealed.keys.own.fingerprint})"
    assert found == ([("wrong key", SIGNATURE, wanted)] if fault else [])


def test_keys_that_do_not_count(sealed: Sealed, told: Told, tmp_path: Path) -> None:
    keys, at = sealed.keys, ("--at", "20261101")
    other = tmp_path / "other"
    other.write_text(keys.line(key="other"))
    ((name, place, said),) = told(sealed.pack, "--allowed-signers", str(other), *at)
    assert (name, place) == ("wrong key", SIGNATURE)
    assert said.startswith("a key that is not among the allowed signers")
    allowed = ("--allowed-signers", str(keys.allowed), *at)
    for name, gone in (("own", True), ("other", False)):
        found = told(sealed.pack, *allowed, "--revoked", str(keys.folder / f"{name}.pub"))
        said = f"a key that was revoked ({keys.own.fingerprint})"
        assert found == ([("wrong key", SIGNATURE, said)] if gone else [])


@pytest.mark.parametrize(
    ("option", "text"), [("--revoked", "somebody"), ("--revoked", None), ("--at", "soon")]
)
def test_what_is_not_understood_ends_it(
    sealed: Sealed, alone: ModuleType, tmp_path: Path, option: str, text: str | None
) -> None:
    """A list that cannot be read must not let a key count."""
    value = text or ""
    if option == "--revoked":
        value = str(tmp_path / "revoked")
        if text is not None:
            Path(value).write_text(text)
    done = CliRunner().invoke(app, ["verify", str(sealed.pack), option, value])
    assert done.exit_code not in (0, 4)
    with pytest.raises(SystemExit) as ended:
        alone.pack_main("20261101000000", [str(sealed.pack), option, value])
    assert ended.value.code == 2
