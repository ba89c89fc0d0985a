"""Every source, found by being there: what it declares is so, and each fault has its status."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

from reportgen.errors import ConfigError
from reportgen.evidence.store import Store
from reportgen.policy.actions import database
from reportgen.policy.lint import lint_text
from reportgen.sources import all_sources, own_sources
from reportgen.sources.describe import markdown
from reportgen.sources.rights import read_only_policy
from reportgen.sources.source import Scope, Source
from tests.conftest import Front, Run

ROOT = Path(__file__).parents[2]
SOURCES = list(own_sources().values())
OWN = """
from reportgen.sources.source import PAGE, Source, paged

SOURCE = Source(
    name="groups",
    about="the groups of the account",
    operations=("iam:ListGroups",),
    read=paged("iam", "list_groups", "Groups", MaxItems=PAGE),
    keys=("Groups",),
    exports=("list-groups.json",),
)
"""
REGIONAL = OWN.replace('keys=("Groups",),', 'keys=("Groups",),\n    scope=Scope.REGION,').replace(
    "import PAGE,", "import PAGE, Scope,"
)


@cache
def operations_of(service: str) -> set[str]:
    return set(botocore.session.get_session().get_service_model(service).operation_names)


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.name)
def test_operations_and_rights_exist(source: Source) -> None:
    for operation in source.operations:
        service, _, name = operation.partition(":")
        assert name in operations_of(service), operation
    for action in source.needs:
        assert database().details(action), f"{action} is no IAM action"
    assert source.keys
    assert source.about


def test_file_names_tell_sources_apart() -> None:
    names = [name for source in SOURCES for name in source.file_names]
    assert len(names) == len(set(names))


def test_the_policy_of_reads_is_clean_and_whole() -> None:
    policy = read_only_policy(SOURCES)
    assert lint_text(json.dumps(policy).encode(), "identity") == []
    allowed = {action for s in policy["Statement"] for action in s["Action"]}
    assert allowed == {action for source in SOURCES for action in source.needs}
    # Reads alone, but for the requests that have AWS make a report.
    verbs = ("Get", "List", "Describe", "Lookup", "BatchGet")
    others = {a for a in allowed if not a.split(":")[1].startswith(verbs)}
    assert {a for a in others if not a.startswith("iam:Generate")} == set()


def test_the_page_of_sources_is_fresh() -> None:
    assert (ROOT / "docs" / "sources.md").read_text() == markdown(SOURCES), "run make docs"


FAULTS = {"deny": "denied", "throttle": "throttled", "malformed": "failed", "cut": "failed"}
# Told by the account that reads: STS and DescribeOrganization are covered in tests/collect.
ALONE = [s for s in SOURCES if s.name != "caller-identity" and not s.after and not s.on_request]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_status_and_spoils_no_other_source(
    front: Front, run: Run, tmp_path: Path, fault: str
) -> None:
    # An error that breaks off is still told by its header: here are answers.
    front.answers["securityhub:DescribeHub"] = {"HubArn": "arn:aws:securityhub:x:1:hub/default"}
    front.answers["account:GetAlternateContact"] = {"AlternateContact": {"Name": "Duty desk"}}
    for source in ALONE:
        for operation in source.operations:
            front.faults[operation.partition(":")[2]] = fault
    done = run("collect", "--store", "s")
    assert done.returncode == 3, done.stderr
    (snapshot,) = Store.open(tmp_path / "s").snapshots()
    found = {e.source: e.status.value for e in snapshot.envelopes}
    assert {s.name: found[s.name] for s in ALONE} == {s.name: FAULTS[fault] for s in ALONE}
    assert found["caller-identity"] == "collected"
    # They need the credential report, or the list of trails, and say so.
    lost = {s.name for s in ALONE}
    for source in SOURCES:
        # Where the regions are not known, Identity Center is looked for in the caller's own.
        needs = set(source.after) - ({"regions"} if source.name == "identity-center" else set())
        if lost.intersection(needs) and not source.on_request:
            lost.add(source.name)
            assert found[source.name] == "failed", source.name
    assert len(lost) > len(ALONE)


# -- an organisation's own source -------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "reportgen.yaml").write_text("sources: sources\n")
    (tmp_path / "sources" / "groups.py").write_text(OWN)
    return tmp_path


def test_one_file_is_collected_with_its_envelope(front: Front, run: Run, own: Path) -> None:
    boto3.client("iam").create_group(GroupName="readers")
    done = run("collect", "--store", "s")
    assert done.returncode == 0, done.stderr
    assert "groups: collected" in done.stderr
    (snapshot,) = Store.open(own / "s").snapshots()
    envelope = snapshot.of_account("123456789012")["groups"]
    answer: dict[str, Any] = json.loads(snapshot.read(envelope))
    assert [group["GroupName"] for group in answer["Groups"]] == ["readers"]
    assert envelope.operation == "iam:ListGroups"
    assert [r.http_status for r in envelope.requests] == [200]


def test_one_file_is_imported_by_name_and_by_flag(run: Run, own: Path) -> None:
    (own / "x").mkdir()
    (own / "x" / "list-groups.json").write_text('{"Groups": []}')
    base = ("import", "--account-id", "111122223333", "--collected-at", "2026-09-30T09:00:00Z")
    assert run(*base, "--store", "a", "x").returncode == 0
    flag = run(*base, "--store", "b", "--source", "groups=x/list-groups.json")
    assert flag.returncode == 0, flag.stderr
    for store in ("a", "b"):
        (snapshot,) = Store.open(own / store).snapshots()
        assert list(snapshot.of_account("111122223333")) == ["groups"]


def test_one_file_adds_its_rights(run: Run, own: Path) -> None:
    assert '"iam:ListGroups"' in run("init", "iam-policy").stdout
    (own / "reportgen.yaml").write_text("")
    assert '"iam:ListGroups"' not in run("init", "iam-policy").stdout


def test_a_regional_source_has_evidence_for_each_region(run: Run, own: Path) -> None:
    (own / "sources" / "groups.py").write_text(REGIONAL)
    for region in ("ap-southeast-2", "us-east-1"):
        (own / "x" / region).mkdir(parents=True)
        (own / "x" / region / "list-groups.json").write_text(json.dumps({"Groups": [region]}))
    base = ("import", "--account-id", "111122223333", "--collected-at", "2026-09-30T09:00:00Z")
    done = run(
        *base, "--store", "s", "x", "--source", "groups@eu-west-1=x/us-east-1/list-groups.json"
    )
    assert done.returncode == 0, done.stderr
    (snapshot,) = Store.open(own / "s").snapshots()
    found = snapshot.of_account("111122223333")
    assert sorted(found) == ["groups@ap-southeast-2", "groups@eu-west-1", "groups@us-east-1"]
    assert json.loads(snapshot.read(found["groups@us-east-1"]))["Groups"] == ["us-east-1"]
    assert len({e.id for e in found.values()}) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--source", "groups=f"], "which region?"),
        (["--source", "groups@nowhere=f"], "which region?"),
        (["--source", "roles@us-east-1=f"], "has no region"),
        (["--source", "rolls=f"], "Unknown source 'rolls'"),
        (["--source", "roles"], "write NAME=FILE"),
        (["--source", "roles="], "write NAME=FILE"),
        (["x"], "nothing says of which"),
    ],
)
def test_what_cannot_be_placed_is_refused(
    run: Run, own: Path, arguments: list[str], said: str
) -> None:
    (own / "sources" / "groups.py").write_text(REGIONAL)
    (own / "f").write_text('{"Groups": []}')
    (own / "x").mkdir()
    (own / "x" / "list-groups.json").write_text('{"Groups": []}')
    base = ("import", "--account-id", "111122223333", "--collected-at", "2026-09-30T09:00:00Z")
    done = run(*base, "--store", "s", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (own / "s").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = 1\n", "groups.py: has no SOURCE"),
        ("SOURCE = 1\n", "groups.py: has no SOURCE"),
        ("x = 1\n1 / 0\n", "groups.py:2: cannot be loaded: ZeroDivisionError"),
        ("x = 1\n\nx = (\n", "groups.py:3: cannot be loaded: SyntaxError"),
        (OWN.replace('"groups"', '"roles"'), "groups.py: the source 'roles' exists already"),
        (OWN.replace('"groups"', '"../up"'), "is no name"),
        (OWN.replace("exports=", 'after=("nothing",),\n    exports='), "wait for one another"),
    ],
)
def test_a_broken_file_is_refused_by_name(own: Path, content: str, said: str) -> None:
    (own / "sources" / "groups.py").write_text(content)
    with pytest.raises(ConfigError, match=said):
        all_sources(own / "sources")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a folder"):
        all_sources(tmp_path / "none")


def test_each_source_comes_after_those_that_it_needs(own: Path) -> None:
    text = OWN.replace("exports=", 'after=("zz",),\n    exports=')
    (own / "sources" / "groups.py").write_text(text)
    (own / "sources" / "zz.py").write_text(OWN.replace('"groups"', '"zz"'))
    names = list(all_sources(own / "sources"))
    assert names.index("zz") < names.index("groups")
    assert names.index("credential-report") < names.index("mfa-devices")
    assert all(s.scope in Scope for s in SOURCES)
