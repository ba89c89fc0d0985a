"""Exports as they lie in a folder, and what each file must be before it is evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen import __version__
from reportgen.clock import parse_moment
from reportgen.collect.exports import files_in, read_files, split_key
from reportgen.errors import UsageError
from reportgen.evidence.seal import sha256
from reportgen.evidence.store import Item
from reportgen.model import Grade, Status
from reportgen.sources.source import Scope, Source, single

ACCOUNT, OTHER = "111122223333", "444455556666"
COLLECTED, RECORDED = "2026-09-29T00:00:00Z", "2026-09-30T01:02:03Z"


def source(name: str, scope: Scope = Scope.ACCOUNT, **more: Any) -> Source:
    return Source(name, name, ("iam:X",), single("iam", "x"), ("Things",), scope, **more)


SOURCES = {
    "things": source("things", exports=("list-things.json",)),
    "alarms": source("alarms", Scope.REGION, exports=("describe-alarms.json",)),
}


def write(folder: Path, *names: str, content: str = '{"Things": []}') -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def read(folder: Path, content: str, name: str = "roles", account: str = ACCOUNT) -> Item:
    path = folder / "file"
    path.write_text(content)
    when = parse_moment(COLLECTED), parse_moment(RECORDED)
    (item,) = read_files(account, when[0], {name: path}, when[1])
    return item


@pytest.mark.parametrize("name", ["list-things.json", "things.json"])
def test_a_file_is_found_by_either_name(name: str, tmp_path: Path) -> None:
    write(tmp_path, name, "notes.txt")
    assert files_in(tmp_path, SOURCES) == {"things": tmp_path / name}


def test_two_files_of_one_source_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "list-things.json", "things.json")
    said = r"holds things twice: list-things\.json and things\.json"
    with pytest.raises(UsageError, match=said):
        files_in(tmp_path, SOURCES)


def test_a_regional_source_lies_in_the_folder_of_its_region(tmp_path: Path) -> None:
    write(tmp_path, "eu-west-1/alarms.json", "us-gov-west-1/describe-alarms.json")
    write(tmp_path, "eu-west-1/things.json", "not-a-region/alarms.json", "EU-WEST-2/alarms.json")
    assert files_in(tmp_path, SOURCES) == {
        "alarms@eu-west-1": tmp_path / "eu-west-1" / "alarms.json",
        "alarms@us-gov-west-1": tmp_path / "us-gov-west-1" / "describe-alarms.json",
    }
    write(tmp_path, "eu-west-1/describe-alarms.json")
    with pytest.raises(UsageError, match="holds alarms@eu-west-1 twice"):
        files_in(tmp_path, SOURCES)


@pytest.mark.parametrize("name", ["alarms.json", "describe-alarms.json"])
def test_a_regional_file_that_says_no_region_is_refused(name: str, tmp_path: Path) -> None:
    write(tmp_path, name, "things.json")
    with pytest.raises(UsageError, match="is of one region, and nothing says of which") as raised:
        files_in(tmp_path, SOURCES)
    assert (
        raised.value.hint == f"Put it into a folder named after the region: ap-southeast-2/{name}."
    )


def test_a_folder_with_nothing_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "things.json").mkdir()
    with pytest.raises(UsageError, match="holds no export"):
        files_in(tmp_path, SOURCES)
    with pytest.raises(UsageError, match="is not a folder"):
        files_in(tmp_path / "none", SOURCES)


def test_without_a_word_every_source_of_ours_is_looked_for(tmp_path: Path) -> None:
    write(tmp_path, "list-roles.json", "list-things.json")
    assert files_in(tmp_path) == {"roles": tmp_path / "list-roles.json"}


@pytest.mark.parametrize("region", ["ap-southeast-2", "us-gov-east-1", "eu-west-12"])
def test_the_key_of_a_regional_source(region: str) -> None:
    assert split_key(f"alarms@{region}", SOURCES) == (SOURCES["alarms"], region)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("alarms", "which region"),
        ("alarms@", "which region"),
        ("alarms@e-west-1", "which region"),
        ("alarms@eu-west", "which region"),
        ("alarms@eu-west-123", "which region"),
        ("alarms@../eu-west-1", "which region"),
        ("things@eu-west-1", "things has no region"),
        ("things@", "things has no region"),
        ("tea", "Unknown source 'tea'"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(key: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        split_key(key, SOURCES)


def test_the_envelope_of_a_file(tmp_path: Path) -> None:
    content = '{"Roles": [{"Arn": "arn:aws-us-gov:iam::111122223333:role/r"}]}'
    item = read(tmp_path, content)
    envelope = item.envelope
    assert item.content == content.encode()
    assert (envelope.sha256, envelope.bytes) == (sha256(item.content), len(content))
    assert (envelope.file, envelope.key) == ("roles.json", "roles")
    assert (envelope.collected_at, envelope.recorded_at) == (COLLECTED, RECORDED)
    assert (envelope.status, envelope.detail, envelope.origin) == (Status.COLLECTED, "", "file")
    assert envelope.grade is Grade.FAIR
    assert (envelope.account_id, envelope.partition) == (ACCOUNT, "aws-us-gov")
    assert (envelope.operation, envelope.tool_version) == ("iam:ListRoles", __version__)
    assert (envelope.caller_arn, envelope.region, envelope.scope) == ("", "", "account")


def test_a_regional_file_keeps_its_region(tmp_path: Path) -> None:
    write(tmp_path, "x.json")
    moment = parse_moment(COLLECTED)
    files = {"alarms@eu-west-1": tmp_path / "x.json"}
    (item,) = read_files(ACCOUNT, moment, files, moment, SOURCES)
    assert (item.envelope.region, item.envelope.scope) == ("eu-west-1", "region")
    assert item.envelope.file == "alarms@eu-west-1.json"


@pytest.mark.parametrize(
    ("code", "name", "status"),
    [
        ("AccessDenied", "roles", Status.DENIED),
        ("Throttling", "roles", Status.THROTTLED),
        ("NoSuchEntity", "password-policy", Status.NOT_ENABLED),
        ("NoSuchEntity", "roles", Status.FAILED),
    ],
)
def test_an_error_of_the_aws_cli_is_an_answer_too(
    code: str, name: str, status: Status, tmp_path: Path
) -> None:
    item = read(tmp_path, f"\nAn error occurred ({code}) when calling the X operation: no\n", name)
    assert (item.envelope.status, item.envelope.detail) == (status, f"{code}: no")
    assert item.envelope.file == f"{name}.txt"


@pytest.mark.parametrize(
    ("content", "suffix", "generated"),
    [
        ("user,arn\nu,arn:aws:iam::111122223333:user/u\n", "csv", ""),
        (
            '{"Content": "user,arn\\n", "GeneratedTime": "2026-09-28T23:00:00+00:00"}',
            "json",
            "2026-09-28T23:00:00Z",
        ),
        ('  {"Content": "user,arn\\n", "GeneratedTime": "soon"}', "json", ""),
    ],
)
def test_a_credential_report(content: str, suffix: str, generated: str, tmp_path: Path) -> None:
    item = read(tmp_path, content, "credential-report")
    assert item.envelope.file == f"credential-report.{suffix}"
    assert item.envelope.generated_time == generated


ROLE = {"Arn": f"arn:aws:iam::{OTHER}:role/r"}
OWN = {"Arn": f"arn:aws:iam::{ACCOUNT}:role/r"}
AWS = {"Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("roles", {"Roles": [ROLE]}),
        ("roles", {"Roles": [AWS, ROLE]}),
        ("virtual-mfa-devices", {"VirtualMFADevices": [{"SerialNumber": ROLE["Arn"]}]}),
        ("caller-identity", {"Account": OTHER, "Arn": f"arn:aws:iam::{OTHER}:user/u"}),
        ("caller-identity", {"Account": OTHER, "Arn": ""}),
        ("credential-report", {"Content": f"user,arn\nu,arn:aws:iam::{OTHER}:user/u\n"}),
    ],
)
def test_a_file_of_another_account_is_refused(
    name: str, answer: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=f"is of account {OTHER}, not of {ACCOUNT}"):
        read(tmp_path, json.dumps(answer), name)
    assert read(tmp_path, json.dumps(answer), name, OTHER).envelope.account_id == OTHER


def test_at_most_three_accounts_are_named(tmp_path: Path) -> None:
    arns = [{"Arn": f"arn:aws:iam::{digit * 12}:role/r"} for digit in "3456"]
    with pytest.raises(UsageError, match=f"{'3' * 12}, {'4' * 12}, {'5' * 12}, not of"):
        read(tmp_path, json.dumps({"Roles": arns}))


@pytest.mark.parametrize(
    "answer",
    [
        {"Roles": [OWN, ROLE]},
        {"Roles": [AWS]},
        {"Roles": []},
        {"Roles": None},
        {"Roles": ["x", 7, None, {"Arn": 7}]},
    ],
)
def test_a_file_that_also_or_never_names_an_account_is_taken(
    answer: dict[str, Any], tmp_path: Path
) -> None:
    """Policies of AWS's own are of no account, and a trust may name others."""
    assert read(tmp_path, json.dumps(answer)).envelope.partition == "aws"


@pytest.mark.parametrize(
    ("arn", "partition"),
    [
        (f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/r/s", "aws-cn"),
        ("arn:aws-cn:sts:", "aws"),
        ("", "aws"),
    ],
)
def test_the_caller_tells_the_partition(arn: str, partition: str, tmp_path: Path) -> None:
    said = json.dumps({"Account": ACCOUNT, "Arn": arn})
    assert read(tmp_path, said, "caller-identity").envelope.partition == partition


def test_all_files_are_of_one_partition(tmp_path: Path) -> None:
    """The first by name where they differ: commercial before China before GovCloud."""
    files = {}
    for name, key, partition in (("roles", "Roles", "aws-cn"), ("saml-providers", "", "aws")):
        arn = f"arn:{partition}:iam::{ACCOUNT}:x/y"
        files[name] = tmp_path / name
        files[name].write_text(json.dumps({key or "SAMLProviderList": [{"Arn": arn}]}))
    moment = parse_moment(COLLECTED)
    found = read_files(ACCOUNT, moment, files, moment)
    assert [item.envelope.partition for item in found] == ["aws", "aws"]


@pytest.mark.parametrize(
    "account", ["", "1" * 11, "1" * 13, "x" * 12, f"{ACCOUNT}\n", "\u0661" * 12]
)
def test_an_account_id_has_twelve_digits(account: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not an AWS account id"):
        read(tmp_path, '{"Roles": []}', account=account)


def test_nothing_half_is_returned(tmp_path: Path) -> None:
    moment = parse_moment(COLLECTED)
    with pytest.raises(UsageError, match="No file was given"):
        read_files(ACCOUNT, moment, {}, moment)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_files(ACCOUNT, moment, {"roles": tmp_path / "none"}, moment)
    with pytest.raises(UsageError, match="is not JSON") as raised:
        read(tmp_path, "{")
    assert raised.value.hint == "Export it again with the AWS CLI (iam:ListRoles)."
