"""What a pack holds, that its bytes repeat, and that tools on any laptop check it."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from reportgen.assess.run import Assessor
from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.seal import sha256
from reportgen.pack import judged
from reportgen.pack.settings import attachments, register_files
from reportgen.pack.sign import SigningKey
from reportgen.pack.writer import split
from reportgen.pipeline import Judging
from tests.pack import making
from tests.pack.conftest import Quarters
from tests.pack.making import FIRST, SECOND, SIGNER, Parts, standalone


@pytest.fixture(scope="session")
def parts(quarters: Quarters) -> Parts:
    return Parts.of(quarters.september)


def table(parts: Parts, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(parts.files[name].decode("utf-8-sig"))))


def test_the_same_input_gives_the_same_bytes(quarters: Quarters, tmp_path: Path) -> None:
    again = tmp_path / "other-name.zip"
    before = making.manifest_of(quarters.june)
    made = making.pack(quarters.folder, "2026-09-30", again, key=quarters.keys.own, previous=before)
    assert again.read_bytes() == quarters.september.read_bytes()
    assert made.root == sha256(Parts.of(again).files["manifest.json"])
    assert [p.name for p in tmp_path.iterdir()] == ["other-name.zip"]


def test_entries_are_sorted_private_and_of_one_date(quarters: Quarters) -> None:
    with zipfile.ZipFile(quarters.september) as source:
        infos = source.infolist()
    listed = [i.filename for i in infos[:-3]]
    assert listed == sorted(listed)
    assert [i.filename for i in infos[-3:]] == ["manifest.json", "SHA256SUMS", "manifest.json.sig"]
    assert {i.date_time for i in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {i.external_attr >> 16 for i in infos} == {0o100600}


def test_tools_of_any_laptop_check_it(quarters: Quarters, tmp_path: Path) -> None:
    with zipfile.ZipFile(quarters.september) as source:
        source.extractall(tmp_path / "pack")
    folder = tmp_path / "pack"
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    command = [
        "ssh-keygen", "-Y", "verify", "-f", quarters.keys.allowed, "-I", SIGNER,
        "-n", "reportgen-pack", "-s", "manifest.json.sig",
    ]  # fmt: skip
    manifest = (folder / "manifest.json").read_bytes()
    good = subprocess.run(command, cwd=folder, input=manifest, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    bad = subprocess.run(
        command, cwd=folder, input=manifest + b" ", capture_output=True, check=False
    )
    assert bad.returncode != 0
    # The file that travels in the pack, as it lies there.
    assert standalone(folder, "--allowed-signers", quarters.keys.allowed).returncode == 0


def test_every_row_leads_to_its_answer(parts: Parts) -> None:
    """From the row to the evidence id, to the log, to the bytes that AWS gave."""
    rows = table(parts, "controls/LP-01/results.csv")
    (row,) = [r for r in rows if r["account_id"] == FIRST and r["resource"].endswith("user/all")]
    assert row["verdict"] == "fail"
    log = {line["id"]: line for line in table(parts, "collection/log.csv")}
    proofs = [log[e] for e in row["evidence"].split() if e in log]
    details = [p for p in proofs if p["source"] == "authorization-details"]
    assert len(details) == 1
    content = parts.files[details[0]["file"]]
    assert sha256(content) == details[0]["sha256"] == details[0]["file"].split("/")[1]
    assert {u["UserName"] for u in json.loads(content)["UserDetailList"]} == {"all", "=reader"}


def test_results_are_whole_and_no_cell_is_a_formula(parts: Parts) -> None:
    rows = table(parts, "controls/MFA-01/results.csv")
    lines = [json.loads(line) for line in parts.files["controls/MFA-01/results.jsonl"].splitlines()]
    assert [r["row"] for r in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert [r["verdict"] for r in rows] == [one["verdict"] for one in lines if not one["variant"]]
    for name, content in parts.files.items():
        if name.endswith(".csv"):
            cells = [c for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for c in row]
            assert not [c for c in cells if c.startswith(("=", "@"))], name


def test_a_frameworks_own_threshold_is_in_the_rows(parts: Parts) -> None:
    """A key of 20 July is 72 days old on 30 September: over 45, not over 90."""
    lines = [json.loads(line) for line in parts.files["controls/KEY-03/results.jsonl"].splitlines()]
    found = {
        (one["variant"], one["parameters"]["maximum_days"]): one["verdict"]
        for one in lines
        if one["account_id"] == FIRST and one["resource"].endswith("user/all")
    }
    assert found == {(False, "90"): "pass", (True, "45"): "fail"}


def test_what_was_not_read_is_said_first(parts: Parts) -> None:
    denied = [r for r in table(parts, "collection/not-read.csv") if r["status"] == "denied"]
    assert [(r["account_id"], r["source"]) for r in denied] == [(SECOND, "credential-report")]
    page = parts.files["index.html"].decode()
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert headings[0] == "1. What was not looked at"
    assert "is not authorized to perform: iam:GetCredentialReport" in page
    assert "One &lt;b&gt;" in page
    assert "One <b>" not in page


def test_control_totals_and_contradictions(parts: Parts) -> None:
    """One user more in the report of the first account; of the second the report was denied."""
    totals = table(parts, "populations/totals.csv")
    users = {
        (r["account_id"], r["source"]): r["count"] for r in totals if r["population"] == "users"
    }
    assert users == {
        (FIRST, "authorization-details"): "2",
        (FIRST, "credential-report"): "3",
        (FIRST, "account-summary"): "3",
        (SECOND, "authorization-details"): "2",
        (SECOND, "credential-report"): "not known",
        (SECOND, "account-summary"): "2",
    }
    differences = {
        (r["account_id"], r["population"]): (r["difference"], r["state"]) for r in totals
    }
    assert differences[FIRST, "users"] == ("1", "differ")
    assert differences[SECOND, "users"] == ("0", "agree")
    (one,) = table(parts, "populations/contradictions.csv")
    assert (one["account_id"], one["thing"]) == (FIRST, "ghost")
    assert one["other"] == "credential-report lists it"


def test_every_link_of_every_page_leads_to_a_file_and_a_place(parts: Parts) -> None:
    pages = {n: c.decode() for n, c in parts.files.items() if n.endswith("/index.html")}
    pages |= {n: c.decode() for n, c in parts.files.items() if re.match(r"(coll|fram).*html$", n)}
    pages["index.html"] = parts.files["index.html"].decode()
    assert len(pages) == len(making.CONTROLS) + 4
    for name, page in pages.items():
        assert "<script" not in page
        assert not re.search(r"""(src|href)=["']?(https?:|//)""", page), name
        for link in re.findall(r'href="([^"]+)"', page):
            path, _, place = unquote(link).partition("#")
            folder = name.rsplit("/", 1)[0].split("/") if "/" in name else []
            for part in path.split("/") if path else []:
                folder = folder[:-1] if part == ".." else [*folder, part]
            target = "/".join(folder) if path else name
            assert target in parts.files, f"{name}: {link}"
            if place:
                assert f'id="{place}"' in parts.files[target].decode(), f"{name}: {link}"


def test_pages_are_easy_to_read(parts: Parts) -> None:
    """An ARN breaks behind its slashes, a framework's groups stand once, a review is asked for."""
    page = parts.files["controls/LP-01/index.html"].decode()
    assert f"arn:aws:iam::{FIRST}:user/<wbr>all</td>" in page
    framework = parts.files["frameworks/small.html"].decode()
    assert re.findall(r'scope="rowgroup">([^<]+)<', framework) == ["Keys", "People"]
    assert "No review was open in this period" in parts.files["index.html"].decode()


def test_attachments_travel_and_secrets_do_not(parts: Parts) -> None:
    assert parts.files["register/safe/log-2026.txt"] == b"Opened on 3 March.\n"
    assert not [n for n, c in parts.files.items() if b"keep-this-between-us" in c]


@pytest.mark.parametrize("name", ["../secret.txt", "safe", "nowhere.txt"])
def test_an_attachment_outside_the_register_does_not_travel(tmp_path: Path, name: str) -> None:
    """The statement does not count, and is told among the faults of the register."""
    folder = making.organisation(tmp_path / "o")
    (folder / "secret.txt").write_text("no")
    path = folder / "register" / "attestations.yaml"
    path.write_text(making.ATTESTATIONS.replace("safe/log-2026.txt", name))
    rules = making.wanted(folder, "2026-09-30", tmp_path / "p.zip").rules
    assert attachments(rules) == []
    assert [p.name for p in register_files(rules)] == ["attestations.yaml"]
    assert any("is no file" in str(fault) for fault in rules.register.faults)


def test_a_killed_run_is_gone_on_with(
    quarters: Quarters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "p.zip"
    given = making.wanted(
        quarters.folder, "2026-09-30", out, key=quarters.keys.own,
        previous=making.manifest_of(quarters.june),
    )  # fmt: skip

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / ".p.zip.making-of-other-evidence").mkdir()
    monkeypatch.setattr("reportgen.pack.build.write_zip", dies)
    with pytest.raises(KeyboardInterrupt):
        making.make_pack(given)
    assert not out.exists()
    monkeypatch.undo()
    calls: list[str] = []
    monkeypatch.setattr(judged, "_write", lambda *_: calls.append("judged"))
    monkeypatch.setattr("reportgen.pack.build.write_report", dies)
    making.make_pack(given)
    assert calls == []
    assert out.read_bytes() == quarters.september.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["p.zip"]


def test_pack_and_report_judge_once_between_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each account the six ends of months and the three days of the quarter between them."""
    folder = making.organisation(tmp_path / "o")
    calls: list[tuple[str, datetime]] = []
    real = Assessor.assess

    def counted(self: Assessor, account: str, snapshot: Any, as_of: datetime, **more: Any) -> Any:
        calls.append((account, as_of))
        return real(self, account, snapshot, as_of, **more)

    monkeypatch.setattr(Assessor, "assess", counted)
    here = Judging(parallel=1)
    making.pack(folder, "2026-09-30", tmp_path / "p.zip", judging=here)
    assert len(calls) == len(set(calls)) == 2 * (6 + 3)
    making.pack(folder, "2026-09-30", tmp_path / "q.zip", judging=here)
    assert len(calls) == 2 * (6 + 3)
    making.pack(folder, "2026-09-30", tmp_path / "r.zip", judging=replace(here, fresh=True))
    assert len(calls) == 2 * 2 * (6 + 3)
    found = {(tmp_path / name).read_bytes() for name in ("p.zip", "q.zip", "r.zip")}
    assert len(found) == 1


def test_a_pack_of_a_damaged_store_is_none(tmp_path: Path) -> None:
    """Also where its verdicts are kept, so that nothing of it would be judged."""
    folder = making.organisation(tmp_path / "o")
    making.pack(folder, "2026-09-30", tmp_path / "p.zip")
    objects = [p for p in (folder / "store" / "objects").rglob("*") if p.is_file()]
    evidence = next(p for p in objects if p.read_bytes().startswith(b"user,arn,"))
    evidence.write_bytes(evidence.read_bytes() + b"x")
    with pytest.raises(IntegrityError, match=r"altered|forged"):
        making.pack(folder, "2026-09-30", tmp_path / "q.zip")
    assert not (tmp_path / "q.zip").exists()


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_volumes_hold_at_most_what_was_asked(quarters: Quarters, tmp_path: Path, over: int) -> None:
    whole = quarters.june.read_bytes()
    size = len(whole) // 2 + over
    out = tmp_path / "p.zip"
    out.write_bytes(whole)
    paths = split(out, size)
    assert not out.exists()
    assert [p.name for p in paths] == [
        f"p.zip.{n:03}" for n in range(1, -(-len(whole) // size) + 1)
    ]
    assert all(p.stat().st_size <= size for p in paths)
    assert b"".join(p.read_bytes() for p in paths) == whole
    done = subprocess.run(
        ["sha256sum", "-c", "p.zip.sha256"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0
    for given in (out, paths[0], paths[-1]):
        assert (
            standalone(tmp_path, given, "--allowed-signers", quarters.keys.allowed).returncode == 0
        )
    paths[0].unlink()
    done = standalone(tmp_path, out)
    assert done.returncode == 4
    assert "gap: p.zip.001: expected a volume of the pack" in done.stdout


def test_a_pack_that_fits_stays_whole(quarters: Quarters, tmp_path: Path) -> None:
    whole = quarters.june.read_bytes()
    out = tmp_path / "p.zip"
    out.write_bytes(whole)
    (tmp_path / "p.zip.004").write_text("of an older, larger one")
    assert split(out, len(whole)) == [out]
    assert [p.name for p in tmp_path.iterdir()] == ["p.zip"]
    assert len(split(out, len(whole) - 1)) == 2


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    make = ["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", path]
    subprocess.run(make, check=True)
    for given in (path, tmp_path / "key.pub", tmp_path / "none"):
        with pytest.raises(UsageError, match="--sign-key"):
            SigningKey(given)


def test_a_key_with_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "between us", "-f", path]
    subprocess.run(make, check=True)
    with pytest.raises(UsageError, match=r"is no private key"):
        SigningKey(path)
    monkeypatch.setenv("REPORTGEN_KEY_PASSPHRASE", "between us")
    assert SigningKey(path).fingerprint.startswith("SHA256:")


def test_a_store_in_a_bucket_gives_the_same_pack(
    quarters: Quarters, s3: Any, tmp_path: Path
) -> None:
    s3.create_bucket(Bucket="evidence-example")
    top = quarters.folder / "store"
    for path in top.rglob("*"):
        if path.is_file():
            key = f"iam/{path.relative_to(top).as_posix()}"
            s3.put_object(Bucket="evidence-example", Key=key, Body=path.read_bytes())
    out = tmp_path / "p.zip"
    making.pack(
        quarters.folder, "2026-09-30", out, key=quarters.keys.own,
        previous=making.manifest_of(quarters.june), store=Path("s3://evidence-example/iam"),
    )  # fmt: skip
    assert out.read_bytes() == quarters.september.read_bytes()
