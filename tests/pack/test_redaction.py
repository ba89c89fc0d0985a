"""A redacted pack: the same verdicts, whole, and no name of the original anywhere in it."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote

import pyarrow as pa
import pytest
from pyarrow import parquet

from reportgen.clock import parse_moment
from reportgen.collecting import import_files
from reportgen.errors import ConfigError, UsageError
from reportgen.evidence.seal import sha256
from reportgen.evidence.store import Store
from reportgen.pack.build import Wanted, make_pack
from reportgen.pack.checked import Checked
from reportgen.pack.commitments import file_commitment, row_salt, salt_of, shown_row
from reportgen.pack.container import opened
from reportgen.pack.disguise import Disguise
from reportgen.pack.disguised_policy import PolicyDisguise
from reportgen.pack.inspection import Inspection
from reportgen.pack.pseudonyms import Pseudonyms
from reportgen.pack.redaction import Redaction, copy_redacted, words_of
from reportgen.pack.shown import check_shown, leaf_of, rows_of
from reportgen.pack.survivors import Survivors, hold_none
from reportgen.pipeline import assess_store, prepare
from reportgen.review.merkle import leaf_hash
from tests.conftest import Run
from tests.given import short_form
from tests.pack import making
from tests.pack.conftest import Quarters
from tests.pack.making import FIRST, SECOND, Parts, standalone

KEY = b"a key of the organisation, 32 by"
ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"


@dataclass(frozen=True)
class Packed:
    """The sample's September, redacted with account ids, and how the original was judged."""

    path: Path
    parts: Parts
    store: Path
    words: set[str]


@pytest.fixture(scope="module")
def september(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    rules = prepare(sample / "reportgen.yaml")
    out = tmp_path_factory.mktemp("redacted") / "september.zip"
    store = sample / "store"
    make_pack(
        Wanted(
            store, rules, "monthly", date(2026, 9, 30), out, redaction=Redaction(KEY, accounts=True)
        )
    )
    return Packed(out, Parts.of(out), store, words_of(rules))


def test_it_is_whole_and_judges_the_same_again(september: Packed, run: Run) -> None:
    done = run("verify", "--replay", "--allow-unsigned", september.path)
    assert done.returncode == 0, done.stdout
    assert "all as sealed" in done.stdout


def test_the_standalone_file_verifies_it(september: Packed, tmp_path: Path) -> None:
    done = standalone(tmp_path, september.path, "--allow-unsigned")
    assert done.returncode == 0, done.stdout


def test_verdicts_are_those_of_the_original(september: Packed, sample: Path) -> None:
    """Control by control, resource by resource under its pseudonym."""
    rules = prepare(sample / "reportgen.yaml")
    keyed = Pseudonyms(KEY, september.words, accounts=True)
    moments = {
        name.split("/")[1].removesuffix(".json"): json.loads(content)[-1]["as_of"]
        for name, content in september.parts.files.items()
        if name.startswith("evaluations/")
    }
    results = {m: assess_store(september.store, rules, parse_moment(m)) for m in moments.values()}
    plain = Counter(
        (row["control_id"], keyed.account(row["account_id"]), row["verdict"])
        for moment, found in results.items()
        for row in found["results"]
        if moments[keyed.account(row["account_id"])] == moment
    )
    made = Counter(
        (row["control_id"], row["account_id"], row["verdict"])
        for name, content in september.parts.files.items()
        if name.endswith("/results.jsonl")
        for row in map(json.loads, content.splitlines())
        if not row["variant"]
    )
    assert made == plain


# -- no name is left -------------------------------------------------------------------------------

# Where a name stands in AWS's answers. What AWS itself named is not in question.
_HOLD_NAMES = {
    "UserName", "RoleName", "GroupName", "PolicyName", "Name", "DisplayName", "Email",
    "EmailAddress", "FunctionName", "S3BucketName", "BackupVaultName", "AlarmName", "FullName",
    "AddressLine1", "PhoneNumber", "ServerCertificateName", "logGroupName", "name", "family",
    "AccountAliases", "Description", "Title", "Issuer", "Id", "AccountId", "Account", "sub",
    "sts:ExternalId", "aws:SourceAccount",
}  # fmt: skip


def _names(data: object, key: str = "") -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _names(value, name)
    elif isinstance(data, list):
        for one in data:
            yield from _names(one, key)
    elif isinstance(data, str) and data.startswith("arn:"):
        if ":aws:policy/" not in data:
            yield re.split("[/:]", data)[-1]
            yield data.split(":")[4]
    elif isinstance(data, str) and key in _HOLD_NAMES:
        yield data


def sample_names() -> set[str]:
    found = set()
    for path in SAMPLES.joinpath("organisation").rglob("*.json"):
        try:
            found.update(_names(json.loads(path.read_text())))
        except ValueError:
            continue
    for path in SAMPLES.joinpath("organisation").rglob("*.csv"):
        if path.read_text().startswith("user,"):
            found.update(row["user"] for row in csv.DictReader(path.open()))
    text = SAMPLES.joinpath("reportgen.yaml").read_text()
    found.update(re.findall(r"name: ([^,}]+)", text) + re.findall(r"owner: ([^,}]+)", text))
    found.update(re.findall(r'id: "(\d{12})"', text))
    for path in SAMPLES.joinpath("register").glob("*.yaml"):
        said = (
            r"(?m)(?:statement|by|reason|response|owner|what|compensating_control): \"?([^\",}\n]+)"
        )
        found.update(re.findall(said, path.read_text()))
    return {name.strip() for name in found if len(name.strip()) > 2}


def texts(name: str, content: bytes) -> Iterator[str]:
    """A file of the pack as anybody could read it."""
    plain = content.decode("utf-8", "replace")
    yield plain
    if "%" in plain:
        yield unquote(plain)
    for match in re.finditer(rb"[A-Za-z0-9+/]{24,}={0,2}", content[: 1 << 22]):
        try:
            yield base64.b64decode(match[0]).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            for one in inner.namelist():
                yield inner.read(one).decode("utf-8", "replace")
    if name.endswith(".pdf"):
        for command in (["pdftotext", "-layout", "-", "-"], ["qpdf", "--qdf", "-", "-"]):
            done = subprocess.run(command, input=content, capture_output=True, check=False)
            yield done.stdout.decode("utf-8", "replace")


def tokens(text: str) -> set[str]:
    found = set(re.findall(r"[\w.+@-]+", text))
    found |= {part for token in found for part in re.split(r"[^\w.@-]", token)}
    return found | {token.strip(".-@_") for token in found}


def test_no_name_of_the_sample_is_left(september: Packed) -> None:
    catalogue = [c for n, c in september.parts.files.items() if n.startswith("catalogue/")]
    public = {t.casefold() for c in catalogue for t in tokens(c.decode())}
    # A plain word that the program's own texts have says nothing of anybody; nor whose pack it is.
    own = [*ROOT.joinpath("templates").rglob("*.html"), *ROOT.joinpath("reportgen").rglob("*.py")]
    said = {t.casefold() for path in own for t in re.findall("[A-Za-z]+", path.read_text())}
    wanted = {
        n
        for n in sample_names()
        if n.casefold() not in public
        and "*" not in n
        and n != "Wattle Bay Mutual"
        and not (re.fullmatch("[A-Za-z]+", n) and n.casefold() in said)
    }
    wanted -= {"1 Example Street", "<root_account>"}
    assert len(wanted) > 150
    assert {"dev.kestrel", "deploy-pipeline", "210000000003", "vendor-monitoring"} <= wanted
    words = {n for n in wanted if re.fullmatch(r"[\w.+@-]+", n)}
    left: dict[str, set[str]] = {}
    for name, content in september.parts.files.items():
        for text in texts(name, content):
            found = (tokens(text) & words) | {n for n in wanted - words if n in text}
            for one in found:
                left.setdefault(one, set()).add(name)
    assert not left


def test_the_key_is_not_in_the_pack(september: Packed) -> None:
    assert not [n for n, c in september.parts.files.items() if KEY in c]


# -- the tie to the original -----------------------------------------------------------------------


def test_whoever_has_key_and_original_can_tie_every_answer(september: Packed) -> None:
    keyed = Pseudonyms(KEY)
    index = json.loads(september.parts.files["redaction/redaction.json"])
    seals = {s.seal.sequence: s for s in Store.open(september.store).snapshots()}
    assert index["original"]["root"] == seals[82].seal.root
    assert index["key"] == keyed.fingerprint
    lines = [
        json.loads(line) for line in september.parts.files["redaction/evidence.jsonl"].splitlines()
    ]
    tied = 0
    for told in index["snapshots"]:
        original = seals[told["original_sequence"]]
        assert told["original_root"] == original.seal.root
        here = [one for one in lines if one["snapshot"] == told["snapshot"] and one["file"]]
        digests = sorted(e.sha256 for e in original.envelopes if e.file)
        commitments = sorted(file_commitment(salt_of(keyed, d), d) for d in digests)
        assert sorted(one["original"] for one in here) == commitments
        tied += len(here)
    assert tied == len([one for one in lines if one["file"]]) > 200


def test_a_row_stays_where_it_was(september: Packed) -> None:
    """Row 3 of the redacted answer is row 3 of the original, under pseudonyms."""
    keyed = Pseudonyms(KEY, september.words, accounts=True)
    account = keyed.account("210000000005")
    lines = map(json.loads, september.parts.files["redaction/evidence.jsonl"].splitlines())
    line = [x for x in lines if x["file"] == f"{account}/authorization-details.json"][-1]
    snapshot = [s for s in Store.open(september.store).snapshots() if "210000000005" in s.accounts]
    content = snapshot[-1].read(snapshot[-1].of_account("210000000005")["authorization-details"])
    plain, made = rows_of(content), rows_of(september.parts.files[f"evidence/{line['sha256']}"])
    assert len(plain) == len(made) == line["rows"]
    for before, after in zip(plain, made, strict=True):
        (kind, one), (other, two) = json.loads(before), json.loads(after)
        assert kind == other
        if kind == "UserDetailList":
            assert two["UserName"] == keyed.value(one["UserName"])
            assert two["Arn"] == keyed.value(one["Arn"])
            assert two["CreateDate"] == one["CreateDate"]


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "redaction.key"
    path.write_bytes(KEY)
    return path


def test_one_row_is_shown_in_clear_and_proved(
    september: Packed, key_file: Path, run: Run, tmp_path: Path
) -> None:
    """Whoever made it ties the pack to the store; whoever has the pack alone checks the row."""
    given_ = ("--store", september.store, "--redact", key_file)
    log = csv.DictReader(
        io.StringIO(september.parts.files["collection/log.csv"].decode("utf-8-sig"))
    )
    evidence = [r for r in log if r["source"] == "authorization-details"][-1]
    asked = ("--evidence", evidence["id"], "--row", 1, "-o", tmp_path / "row.json")
    made = run("unmask", september.path, *given_, *asked)
    assert made.returncode == 0, made.stderr
    assert re.search(r"11 snapshots, \d\d+ answers: made of", made.stderr)
    shown = json.loads((tmp_path / "row.json").read_text())
    kind, user = json.loads(shown["content"])
    assert kind == "UserDetailList"
    assert user["UserName"] in sample_names()
    for check in (
        run("verify", september.path, "--allow-unsigned", "--shown", tmp_path / "row.json"),
        standalone(tmp_path, september.path, "--allow-unsigned", "--shown", tmp_path / "row.json"),
    ):
        assert check.returncode == 0, check.stdout
        assert f"Shown, row 1 of {evidence['id']}, as the pack committed to it" in check.stdout
        assert user["UserName"] in check.stdout
        redacted = re.search(r"Redacted, row 1 of .*", check.stdout)
        assert redacted is not None
        keyed = Pseudonyms(KEY, september.words, accounts=True)
        assert f'"UserName":"{keyed.value(user["UserName"])}"' in redacted[0]
        assert user["UserName"] not in redacted[0]
    # Nothing else can be shown under that commitment.
    wrong = [
        {**shown, "content": shown["content"].replace(user["UserName"], "somebody")},
        {**shown, "row": 0}, {**shown, "salt": "0" * 64}, {**shown, "proof": shown["proof"][1:]},
        {**shown, "proof": [1]}, {**shown, "evidence": "E-000000000000"}, {**shown, "row": -1},
        {**shown, "version": 2}, {**shown, "format": "x"}, [],
    ]  # fmt: skip
    container, _ = opened(september.path)
    assert container is not None
    for number, other in enumerate(wrong):
        path = tmp_path / f"wrong-{number}.json"
        path.write_text(json.dumps(other))
        inspection = Inspection(container, Checked("pack"))
        check_shown(inspection, path)
        (flaw,) = inspection.checked.flaws
        assert (flaw.name, flaw.place) == ("invalid", str(path)), other
        assert not inspection.checked.notes
    inspection = Inspection(container, Checked("pack"))
    check_shown(inspection, tmp_path / "none.json")
    assert [flaw.name for flaw in inspection.checked.flaws] == ["invalid"]
    container.close()
    path = tmp_path / "wrong-0.json"
    alone = standalone(tmp_path, september.path, "--allow-unsigned", "--shown", path)
    assert alone.returncode == 4
    assert f"invalid: {path}: expected row 1 of {evidence['id']}" in alone.stdout


def test_another_key_or_store_is_told(
    september: Packed, key_file: Path, quarters: Quarters, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "other.key").write_bytes(b"x" * 32)
    other = run("unmask", september.path, "--store", september.store, "--redact", "other.key")
    assert (other.returncode, "was made with the key" in other.stderr) == (2, True)
    store = quarters.folder / "store"
    foreign = run("unmask", september.path, "--store", store, "--redact", key_file)
    assert (foreign.returncode, "under pseudonyms" in foreign.stderr) == (4, True)
    plain = run("unmask", quarters.june, "--store", store, "--redact", key_file)
    assert (plain.returncode, "is not redacted" in plain.stderr) == (2, True)


@pytest.mark.parametrize("row", [-1, 2])
def test_a_row_that_is_not_there(row: int) -> None:
    with pytest.raises(UsageError, match="E-1 has 2 rows, counted from 0"):
        shown_row(Pseudonyms(KEY), "s", "E-1", b'{"A": [1, 2]}', row)


def test_the_same_store_and_key_give_the_same_chain(quarters: Quarters, tmp_path: Path) -> None:
    snapshots = Store.open(quarters.folder / "store").snapshots()
    roots = []
    for name, key in (("a", KEY), ("b", KEY), ("c", KEY[::-1])):
        copy_redacted(snapshots, Pseudonyms(key), tmp_path / name)
        roots.append([s.seal.root for s in Store.open(tmp_path / name).snapshots()])
    assert roots[0] == roots[1]
    assert not set(roots[0]) & set(roots[2])
    assert len(roots[0]) == len(snapshots)


@pytest.mark.parametrize("name", ["redaction/redaction.json", "redaction/evidence.jsonl"])
def test_commitments_that_are_gone_are_told(september: Packed, tmp_path: Path, name: str) -> None:
    parts = Parts(dict(september.parts.files))
    del parts.files[name]
    path = parts.reseal(None).write(tmp_path / "gone.zip")
    done = standalone(tmp_path, path, "--allow-unsigned")
    assert done.returncode == 4
    assert f"missing: {path}: {name}" in done.stdout


def test_commitments_to_what_is_not_there_are_told(september: Packed, tmp_path: Path) -> None:
    for bad in (b'{"sha256":"' + b"0" * 64 + b'"}', b"[]", b"{"):
        parts = Parts(dict(september.parts.files))
        parts.files["redaction/evidence.jsonl"] += bad + b"\n"
        path = parts.reseal(None).write(tmp_path / "bad.zip")
        done = standalone(tmp_path, path, "--allow-unsigned")
        assert done.returncode == 4
        assert f"invalid: {path}: redaction/evidence.jsonl" in done.stdout


def test_rows_are_committed_to_one_by_one() -> None:
    keyed = Pseudonyms(KEY)
    content = b'{"Users": [{"UserName": "a"}, {"UserName": "b"}], "Marker": "x"}'
    rows = rows_of(content)
    assert rows == [b'["Users",{"UserName":"a"}]', b'["Users",{"UserName":"b"}]', b'["Marker","x"]']
    leaves = {leaf_hash(leaf_of(row_salt(keyed, sha256(content), n), rows[0])) for n in (0, 1)}
    # Equal rows do not look equal.
    assert len(leaves) == 2
    assert rows_of(b"user,arn\na,b\nc,d\n") == [b'["line",["a","b"]]', b'["line",["c","d"]]']
    assert rows_of(b"no such thing") == [b'["whole","no such thing"]']
    assert rows_of(b"[1, 2]") == [b'["member",1]', b'["member",2]']


# -- what a redacted pack must not be --------------------------------------------------------------


def test_a_pack_that_would_be_judged_otherwise_is_not_written(
    quarters: Quarters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pseudonyms that lose a wildcard: the policy no longer allows everything."""
    monkeypatch.setattr(
        "reportgen.pack.disguised_policy.PolicyDisguise._statement",
        lambda self, data: {"Effect": "Deny"},
    )
    wanted = making.wanted(quarters.folder, "2026-09-30", tmp_path / "q3.zip")
    with pytest.raises(ConfigError, match=r"LP-01 .*would be judged otherwise"):
        make_pack(replace(wanted, redaction=Redaction(KEY)))
    assert not list(tmp_path.glob("*.zip"))


def test_a_name_that_would_be_left_stops_the_pack(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Asked of jane.citizen, twice.")
    with pytest.raises(ConfigError, match=r"notes.txt would hold 'jane.citizen'"):
        hold_none(["jane.citizen", "bob"], [("notes.txt", path)])
    hold_none(["jane.citizen"], [("notes.txt", lambda: b"nobody")])


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":"jane.citizen"}',
        b"user%2Fjane.citizen%22",
        base64.b64encode(b"user,arn\njane.citizen,arn:aws:iam::111122223333:user/x\n"),
        b"<a href='x/jane.citizen'>",
        b"jane.citizen@corp.example",
    ],
)
def test_a_name_is_found_in_whatever_it_is_wrapped(content: bytes) -> None:
    found = Survivors(["jane.citizen"]).within("a.json", content)
    assert found == {"jane.citizen"}


def test_a_name_is_found_in_parquet() -> None:
    stream = io.BytesIO()
    parquet.write_table(pa.table({"n": [1, 2], "who": ["bob", "jane.citizen"]}), stream)
    found = Survivors(["jane.citizen", "1"]).within("report/findings.parquet", stream.getvalue())
    assert found == {"jane.citizen"}


@pytest.mark.parametrize("principal", ["111122223333", "arn:aws:iam::111122223333:root", "jane"])
def test_whom_a_policy_names(principal: str) -> None:
    names = Pseudonyms(KEY, accounts=True)
    statement = {"Principal": {"AWS": [principal]}, "Effect": "Allow", "Action": "*"}
    made = json.dumps(PolicyDisguise(names).policy({"Statement": statement}))
    assert "111122223333" not in made
    assert "jane" not in made
    service = {"Principal": {"Service": "ec2.amazonaws.com", "CanonicalUser": "79a5" * 16}}
    assert PolicyDisguise(names).policy({"Statement": service}) == {"Statement": service}


def test_a_word_of_the_catalogue_is_no_name() -> None:
    assert Survivors(["Security", "jane.citizen"]).within("x", b"Security of jane") == set()


def test_the_register_and_the_settings(quarters: Quarters, tmp_path: Path) -> None:
    """What people wrote is withheld, what is attached too; the verdict on it stays."""
    wanted = making.wanted(quarters.folder, "2026-09-30", tmp_path / "q3.zip")
    make_pack(replace(wanted, redaction=Redaction(KEY)))
    parts = Parts.of(tmp_path / "q3.zip")
    assert not [n for n in parts.files if "safe" in n]
    register = parts.files["register/attestations.yaml"].decode()
    assert re.search(r"reference: withheld [0-9a-f]{16}", register)
    assert re.search(r"statement: withheld [0-9a-f]{16}", register)
    assert "Head of Security" not in register
    settings = parts.files["configuration/reportgen.yaml"].decode()
    assert "Payments" not in settings
    assert FIRST in settings
    assert SECOND in settings
    text = "".join(c.decode("utf-8", "replace") for n, c in parts.files.items() if "html" in n)
    assert "ghost" not in text
    assert "are pseudonyms" in parts.files["index.html"].decode()
    assert "reportgen unmask" in parts.files["README.txt"].decode()


def test_policies_that_are_none_hold_no_names_either() -> None:
    """What no policy should have is replaced all the same."""
    made = Disguise(Pseudonyms(KEY)).answer(
        "roles",
        json.dumps(
            {
                "Roles": [
                    {"PolicyDocument": {"Statement": [{"X": {"Y": ["jane"]}, "Sid": "j ane"}]}}
                ],
                "Inner": '{"Statement": {"Resource": "arn:aws:s3:::jane"}}',
                "Coded": quote(
                    '{"Statement": {"Condition": {"Bool": {"aws:PrincipalTag/jane": "jane"}}}}'
                ),
                "Broken": '{"Statement": jane',
                "jane@corp.example": {"Tags": {"jane": "jane"}, "Description": "of jane"},
            }
        ).encode(),
    )
    assert not any("jane" in text for text in texts("x", made))
    assert json.loads(unquote(json.loads(made)["Coded"]))["Statement"]["Condition"]
    for content in (b"jane {", b"\xff\xfejane", b'[1, "jane"]', b'"jane"'):
        assert b"jane" not in Disguise(Pseudonyms(KEY)).answer("roles", content)


def test_options_of_redaction(quarters: Quarters, run: Run, tmp_path: Path) -> None:
    (tmp_path / "short.key").write_bytes(b"x" * 31)
    given_ = ("pack", "--store", quarters.folder / "store", "--ending", "2026-09-30")
    for options, said in (
        (("--redact-accounts",), "--redact-accounts goes with --redact"),
        (("--redact", "short.key"), "has 31 bytes; a key has 32 or more"),
        (("--redact", "none.key"), "cannot be read"),
    ):
        done = run(*given_, "--out", "p.zip", *options)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "p.zip").exists()


# -- a pattern that ends within a piece of a name --------------------------------------------------

_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": f"arn:aws:iam::{FIRST}:role/app-pro*",
        }
    ],
}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{FIRST}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def with_a_pattern(folder: Path) -> Path:
    """An organisation where a developer becomes an administrator by such a pattern alone."""
    making.organisation(folder)
    shutil.rmtree(folder / "store")
    shutil.copy(ROOT / "controls/catalogue/BND-03.yaml", folder / "controls/catalogue")
    details = {
        "users": [
            {
                "UserName": "dev.kestrel",
                "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": _MAY_ASSUME}],
            }
        ],
        "roles": [
            {
                "RoleName": "app-production",
                "AssumeRolePolicyDocument": _TRUST,
                "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": making.ANYTHING}],
            }
        ],
    }
    files = short_form(
        {"authorization-details": details, "credential-report": [{"user": "dev.kestrel"}]}, FIRST
    )
    paths = {}
    for source, content in files.items():
        paths[source] = folder / source
        paths[source].write_text(content)
    import_files(folder / "store", FIRST, parse_moment("2026-09-28T02:00:00Z"), paths)
    return folder


def test_a_pattern_that_ends_within_a_piece(tmp_path: Path, run: Run) -> None:
    folder, out = with_a_pattern(tmp_path / "o"), tmp_path / "q3.zip"
    wanted = making.wanted(folder, "2026-09-30", out, kind="monthly")
    make_pack(replace(wanted, redaction=Redaction(KEY)))
    parts = Parts.of(out)
    failed = [
        row["resource"]
        for row in map(json.loads, parts.files["controls/BND-03/results.jsonl"].splitlines())
        if row["verdict"] == "fail" and not row["variant"]
    ]
    keyed = Pseudonyms(KEY)
    assert f"arn:aws:iam::{FIRST}:user/{keyed.value('dev.kestrel')}" in failed
    done = run("verify", "--replay", "--allow-unsigned", out)
    assert (done.returncode, "all as sealed" in done.stdout) == (0, True), done.stdout
    (tmp_path / "key").write_bytes(KEY)
    tied = run("unmask", out, "--store", folder / "store", "--redact", tmp_path / "key")
    assert tied.returncode == 0, tied.stderr


def test_without_it_the_pack_is_refused_and_says_which_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reportgen.pack.patterns.MOST", 1)
    folder = with_a_pattern(tmp_path / "o")
    wanted = making.wanted(folder, "2026-09-30", tmp_path / "q3.zip", kind="monthly")
    with pytest.raises(ConfigError, match="BND-03 would be judged otherwise") as raised:
        make_pack(replace(wanted, redaction=Redaction(KEY)))
    assert f"arn:aws:iam::{FIRST}:role/app-pro*" in raised.value.hint
    assert not list(tmp_path.glob("*.zip"))
