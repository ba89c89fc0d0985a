"""Packs named by what is wrong with them, each reported as that by the command and the one file."""

from __future__ import annotations

import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.evidence.seal import sha256
from reportgen.pack.manifest import MANIFEST, SIGNATURE, SUMS
from tests.conftest import Run
from tests.pack.conftest import Quarters
from tests.pack.making import Keys, Parts, flaws_of, standalone

# What a flawed pack must be called, and a part of where: (flaw, place), for each flaw that counts.
Expected = list[tuple[str, str]]


def evidence_of(parts: Parts, source: str) -> str:
    """The newest evidence of a source, by the collection log."""
    lines = parts.files["collection/log.csv"].decode("utf-8-sig").splitlines()
    found = [line for line in lines if f",{source}," in line and "evidence/" in line]
    return "evidence/" + found[-1].split("evidence/")[1].split(",")[0]


def altered(parts: Parts, keys: Keys) -> Expected:
    name = evidence_of(parts, "authorization-details")
    parts.files[name] = parts.files[name].replace(b"s3:GetObject", b"s3:PutObject")
    return [("invalid", name)]


def altered_pdf(parts: Parts, keys: Keys) -> Expected:
    (name,) = [n for n in parts.files if n.endswith(".pdf")]
    parts.files[name] += b"\n"
    return [("invalid", name)]


def missing(parts: Parts, keys: Keys) -> Expected:
    name = evidence_of(parts, "account-summary")
    del parts.files[name]
    return [("missing", name)]


def missing_and_resealed_by_another(parts: Parts, keys: Keys) -> Expected:
    """Whoever takes out evidence and signs anew: another key, and the snapshot names it still."""
    name = evidence_of(parts, "account-summary")
    del parts.files[name]
    parts.reseal(keys.other, lambda data: data["seal"].update(signature=None))  # type: ignore[attr-defined]
    return [("missing", name), ("wrong key", SIGNATURE)]


def extra(parts: Parts, keys: Keys) -> Expected:
    parts.files["evidence/notes.txt"] = b"trust me"
    return [("extra", "evidence/notes.txt")]


def unsigned(parts: Parts, keys: Keys) -> Expected:
    parts.reseal(None, lambda data: data["seal"].update(signature=None))  # type: ignore[attr-defined]
    return [("unsigned", MANIFEST)]


def signature_taken_away(parts: Parts, keys: Keys) -> Expected:
    del parts.files[SIGNATURE]
    return [("missing", SIGNATURE)]


def signature_of_something_else(parts: Parts, keys: Keys) -> Expected:
    parts.files[SIGNATURE] = keys.own.sign(b"another manifest")
    return [("invalid", SIGNATURE)]


def signature_cut(parts: Parts, keys: Keys) -> Expected:
    parts.files[SIGNATURE] = parts.files[SIGNATURE][:-60]
    return [("invalid", SIGNATURE)]


def wrong_key(parts: Parts, keys: Keys) -> Expected:
    """The manifest names the key that it was signed with: that one is not allowed."""
    named = {"kind": "sshsig", "key": keys.other.fingerprint}
    parts.reseal(keys.other, lambda data: data["seal"].update(signature=named))  # type: ignore[attr-defined]
    return [("wrong key", SIGNATURE)]


def manifest_of_another_version(parts: Parts, keys: Keys) -> Expected:
    parts.reseal(keys.own, lambda data: data.update(version=2))
    return [("version", MANIFEST)]


def manifest_missing(parts: Parts, keys: Keys) -> Expected:
    del parts.files[MANIFEST]
    return [("missing", MANIFEST)]


def manifest_not_canonical(parts: Parts, keys: Keys) -> Expected:
    parts.files[MANIFEST] = json.dumps(parts.manifest()).encode()
    return [("invalid", MANIFEST)]


def manifest_with_a_key_twice(parts: Parts, keys: Keys) -> Expected:
    parts.files[MANIFEST] = b'{"format":"reportgen-pack",' + parts.files[MANIFEST][1:]
    return [("invalid", MANIFEST)]


def manifest_no_json(parts: Parts, keys: Keys) -> Expected:
    parts.files[MANIFEST] = b"[" * 100_000
    return [("invalid", MANIFEST)]


def manifest_with_a_signature_of_text(parts: Parts, keys: Keys) -> Expected:
    parts.reseal(keys.own, lambda data: data["seal"].update(signature="mine"))  # type: ignore[attr-defined]
    return [("invalid", MANIFEST)]


def manifest_of_a_day_that_is_none(parts: Parts, keys: Keys) -> Expected:
    parts.reseal(keys.own, lambda data: data["period"].update(end="2026-06-31"))  # type: ignore[attr-defined]
    return [("invalid", MANIFEST)]


def manifest_nested_deep(parts: Parts, keys: Keys) -> Expected:
    deep = b'{"format":"reportgen-pack","scope":' + b"[" * 900 + b"]" * 900 + b',"version":1}'
    parts.files[MANIFEST] = deep
    return [("invalid", MANIFEST)]


def _with_listed(parts: Parts, keys: Keys, name: str, **changes: object) -> None:
    def change(data: dict[str, object]) -> None:
        for entry in data["files"]:  # type: ignore[attr-defined]
            if entry["file"] == name:
                entry.update(changes)
        data["files"].sort(key=lambda e: e["file"])  # type: ignore[attr-defined]

    parts.reseal(keys.own, change)


def manifest_says_fewer_bytes(parts: Parts, keys: Keys) -> Expected:
    _with_listed(parts, keys, "README.txt", bytes=10)
    return [("invalid", "README.txt")]


def manifest_says_more_bytes(parts: Parts, keys: Keys) -> Expected:
    _with_listed(parts, keys, "README.txt", bytes=10**12)
    return [("invalid", "README.txt")]


def manifest_leads_out(parts: Parts, keys: Keys) -> Expected:
    _with_listed(parts, keys, "README.txt", file="../README.txt")
    return [("invalid", MANIFEST)]


def sums_altered(parts: Parts, keys: Keys) -> Expected:
    parts.files[SUMS] = parts.files[SUMS].replace(b"a", b"b", 1)
    return [("invalid", SUMS)]


def name_leads_out(parts: Parts, keys: Keys) -> Expected:
    parts.files["../../escaped.txt"] = b"x"
    return [("invalid", "../../escaped.txt")]


def name_absolute(parts: Parts, keys: Keys) -> Expected:
    parts.files["/etc/escaped.txt"] = b"x"
    return [("invalid", "/etc/escaped.txt")]


def name_of_windows(parts: Parts, keys: Keys) -> Expected:
    parts.files["C:\\escaped.txt"] = b"x"
    return [("invalid", "escaped.txt")]


def link(parts: Parts, keys: Keys) -> Expected:
    parts.files["README.txt"] = b"/etc/passwd"
    parts.modes["README.txt"] = 0o120777
    return [("invalid", "README.txt")]


def seals_swapped(parts: Parts, keys: Keys) -> Expected:
    one, two = "store/chain/00000001.json", "store/chain/00000002.json"
    parts.files[one], parts.files[two] = parts.files[two], parts.files[one]
    parts.reseal(keys.own)
    return [("reordered", one), ("reordered", two)]


def seal_gone(parts: Parts, keys: Keys) -> Expected:
    del parts.files["store/chain/00000003.json"]
    parts.reseal(keys.own)
    return [("gap", "store/chain/00000003.json")]


def evidence_under_another_name(parts: Parts, keys: Keys) -> Expected:
    """Its list of files says what the evidence must be, whoever signs the pack."""
    name = evidence_of(parts, "account-summary")
    parts.files[name] += b" "
    parts.reseal(keys.own)
    return [("invalid", name)]


FLAWS: list[Callable[[Parts, Keys], Expected]] = [
    altered, altered_pdf, missing, missing_and_resealed_by_another, extra, unsigned,
    signature_taken_away, signature_of_something_else, signature_cut, wrong_key,
    manifest_of_another_version, manifest_missing, manifest_not_canonical,
    manifest_with_a_signature_of_text, manifest_of_a_day_that_is_none, manifest_nested_deep,
    manifest_with_a_key_twice, manifest_no_json, manifest_says_fewer_bytes,
    manifest_says_more_bytes, manifest_leads_out, sums_altered, name_leads_out, name_absolute,
    name_of_windows, link, seals_swapped, seal_gone, evidence_under_another_name,
]  # fmt: skip


def both(run: Run, folder: Path, *arguments: object) -> list[tuple[str, str]]:
    """The flaws by name and place, as the command and the one file tell them alike."""
    given = (*arguments, "--format", "json")
    command, alone = run("verify", *given), standalone(folder, *given)
    assert command.returncode == alone.returncode == 4, command.stdout + command.stderr
    assert flaws_of(command.stdout) == flaws_of(alone.stdout)
    return [(flaw["name"], flaw["place"]) for flaw in flaws_of(alone.stdout)]


def hold(found: list[tuple[str, str]], expected: Expected) -> None:
    """Each flaw that was made is told once, and nothing else."""
    assert len(found) == len(expected), found
    for (name, place), (wanted, where) in zip(sorted(found), sorted(expected), strict=True):
        assert name == wanted
        assert where in place


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda f: f.__name__)
def test_a_flaw_is_called_by_its_name(
    flaw: Callable[[Parts, Keys], Expected], quarters: Quarters, run: Run, tmp_path: Path
) -> None:
    parts = Parts.of(quarters.june)
    expected = flaw(parts, quarters.keys)
    path = parts.write(tmp_path / f"{flaw.__name__}.zip")
    before = sorted(p.name for p in tmp_path.parent.iterdir())
    hold(both(run, tmp_path, path, "--allowed-signers", quarters.keys.allowed), expected)
    # Nothing was unpacked, here or anywhere above.
    left = {p.name for p in tmp_path.iterdir()}
    assert left == {path.name, "verify.py"}
    assert sorted(p.name for p in tmp_path.parent.iterdir()) == before


# -- zips that no zip program writes --------------------------------------------------------------


def cut_short(content: bytes) -> tuple[bytes, Expected]:
    return content[: len(content) * 2 // 3], [("invalid", "pack.zip")]


def empty(content: bytes) -> tuple[bytes, Expected]:
    return b"", [("invalid", "pack.zip")]


def no_zip(content: bytes) -> tuple[bytes, Expected]:
    return b"%PDF-1.7" * 100, [("invalid", "pack.zip")]


def garbled_inside(content: bytes) -> tuple[bytes, Expected]:
    """One byte of compressed content: its name is told, not only that the zip is bad."""
    at = content.index(b"README.txt") + 200
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :], [
        ("invalid", "README.txt")
    ]


def _directory(content: bytes, name: bytes, field: int, by: int) -> bytes:
    """The zip with a number of an entry in its directory changed (APPNOTE 4.3.12)."""
    # The name stands 46 bytes behind the entry's start, the last time that it stands anywhere.
    at = content.rindex(name) - 46 + field
    value = int.from_bytes(content[at : at + 4], "little") + by
    return content[:at] + value.to_bytes(4, "little") + content[at + 4 :]


def directory_says_fewer_bytes(content: bytes) -> tuple[bytes, Expected]:
    return _directory(content, b"README.txt", 24, -1), [("invalid", "README.txt")]


def directory_says_more_bytes(content: bytes) -> tuple[bytes, Expected]:
    return _directory(content, b"README.txt", 24, 1), [("invalid", "README.txt")]


def directory_says_another_sum(content: bytes) -> tuple[bytes, Expected]:
    return _directory(content, b"README.txt", 16, 1), [("invalid", "README.txt")]


def directory_says_fewer_packed_bytes(content: bytes) -> tuple[bytes, Expected]:
    return _directory(content, b"README.txt", 20, -1), [("invalid", "README.txt")]


@pytest.mark.parametrize(
    "flaw",
    [
        cut_short, empty, no_zip, garbled_inside, directory_says_fewer_bytes,
        directory_says_more_bytes, directory_says_another_sum, directory_says_fewer_packed_bytes,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_a_broken_zip_is_told(
    flaw: Callable[[bytes], tuple[bytes, Expected]], quarters: Quarters, run: Run, tmp_path: Path
) -> None:
    content, expected = flaw(quarters.june.read_bytes())
    path = tmp_path / "pack.zip"
    path.write_bytes(content)
    hold(both(run, tmp_path, path, "--allowed-signers", quarters.keys.allowed), expected)


def test_a_name_given_twice_is_told(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    """Two programs would read one each."""
    parts = Parts.of(quarters.june)
    path = parts.write(tmp_path / "p.zip")
    with zipfile.ZipFile(path, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("README.txt", parts.files["README.txt"])
    found = both(run, tmp_path, path, "--allowed-signers", quarters.keys.allowed)
    hold(found, [("extra", "README.txt")])


def test_a_name_in_other_letters_is_told(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    parts = Parts.of(quarters.june)
    parts.files["readme.TXT"] = b"another"
    path = parts.write(tmp_path / "p.zip")
    found = both(run, tmp_path, path, "--allowed-signers", quarters.keys.allowed)
    assert {name for name, _ in found} == {"extra"}
    assert any("readme.TXT" in place for _, place in found)


def test_a_bomb_is_not_unfolded(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    """200 MB of nothing under a name of 10 bytes: 11 of them are read."""
    parts = Parts.of(quarters.june)
    size = len(parts.files["README.txt"])
    parts.files["README.txt"] = bytes(200 << 20)
    path = parts.write(tmp_path / "p.zip")
    del parts
    found = both(run, tmp_path, path, "--allowed-signers", quarters.keys.allowed)
    hold(found, [("invalid", "README.txt")])
    told = standalone(tmp_path, path, "--format", "json").stdout
    whole = json.loads(told)[0]["bytes"]
    with zipfile.ZipFile(quarters.june) as source:
        real = sum(i.file_size for i in source.infolist())
    assert whole <= real + 1, size


def test_entries_that_share_bytes_are_told(tmp_path: Path, run: Run) -> None:
    """Many names, one content: a zip that unfolds without end."""
    data = zlib.compress(bytes(1 << 20), 9)[2:-4]
    crc = zlib.crc32(bytes(1 << 20))
    local = b"".join(
        struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(data), 1 << 20, 1, 0)
        + b"a" + data
        for _ in range(1)
    )  # fmt: skip
    central = b"".join(
        struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 33, crc, len(data), 1 << 20, 1, 0, 0, 0, 0,
            0, 0,
        )
        + b"a"
        for _ in range(3)
    )  # fmt: skip
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 3, 3, len(central), len(local), 0)
    path = tmp_path / "p.zip"
    path.write_bytes(local + central + end)
    names = {name for name, _ in both(run, tmp_path, path)}
    assert "invalid" in names
    assert "missing" in names


def test_an_encrypted_entry_is_told(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    content = bytearray(quarters.june.read_bytes())
    central = content.rindex(b"README.txt") - 46
    assert content[central : central + 4] == b"PK\1\2"
    content[central + 8] |= 1
    path = tmp_path / "p.zip"
    path.write_bytes(content)
    found = both(run, tmp_path, path, "--allowed-signers", quarters.keys.allowed)
    hold(found, [("invalid", "README.txt")])


# -- a folder, and what is given beside -----------------------------------------------------------


def unpacked(quarters: Quarters, folder: Path) -> Path:
    with zipfile.ZipFile(quarters.june) as source:
        source.extractall(folder)
    return folder


def test_links_and_strangers_in_a_folder(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    folder = unpacked(quarters, tmp_path / "pack")
    (folder / "README.txt").unlink()
    os.symlink("/etc/hostname", folder / "README.txt")
    (folder / "report" / "new.txt").write_text("x")
    found = both(run, tmp_path, folder, "--allowed-signers", quarters.keys.allowed)
    hold(found, [("invalid", "README.txt"), ("extra", "report/new.txt")])


def test_a_folder_of_links_is_not_followed(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    folder = unpacked(quarters, tmp_path / "pack")
    (folder / "report").rename(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", folder / "report")
    found = both(run, tmp_path, folder, "--allowed-signers", quarters.keys.allowed)
    assert ("invalid", f"{folder}: report") in found
    assert {name for name, _ in found} == {"invalid", "missing"}


def test_nothing_there(run: Run, tmp_path: Path) -> None:
    hold(both(run, tmp_path, tmp_path / "none.zip"), [("missing", "none.zip")])
    (tmp_path / "bare").mkdir()
    hold(both(run, tmp_path, tmp_path / "bare"), [("missing", MANIFEST)])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('valid-before="20260101"', "expired on 2026-01-01"),
        ('valid-after="20990101Z"', "valid from 2099-01-01"),
        ('namespaces="file,git"', "allowed for file, git only"),
    ],
)
def test_a_key_that_does_not_count_any_more(
    quarters: Quarters, run: Run, tmp_path: Path, options: str, said: str
) -> None:
    allowed = tmp_path / "signers"
    allowed.write_text(quarters.keys.line(options))
    hold(
        both(run, tmp_path, quarters.june, "--allowed-signers", allowed), [("wrong key", SIGNATURE)]
    )
    assert said in standalone(tmp_path, quarters.june, "--allowed-signers", allowed).stdout


def test_a_root_known_before(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    parts = Parts.of(quarters.june)
    unsigned(parts, quarters.keys)
    path = parts.write(tmp_path / "p.zip")
    root = sha256(parts.files[MANIFEST])
    assert standalone(tmp_path, path, "--expect", root).returncode == 0
    assert run("verify", path, "--expect", root).returncode == 0
    assert run("verify", path, "--allow-unsigned").returncode == 0
    found = both(run, tmp_path, quarters.june, "--expect", root)
    hold(found, [("invalid", "q2.zip")])


def test_a_whole_pack_has_no_flaw(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    given = (quarters.june, "--allowed-signers", quarters.keys.allowed)
    command, alone = run("verify", *given), standalone(tmp_path, *given)
    assert command.returncode == alone.returncode == 0
    assert command.stdout == alone.stdout
    assert "no flaw" in alone.stdout
    assert "Signed by auditor@example.com" in alone.stdout
    assert "No time stamp" in alone.stdout
