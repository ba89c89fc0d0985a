"""Secrets in plain configuration: their places are kept, their values nowhere."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reportgen.evidence.store import Snapshot, Store
from reportgen.sources import secret
from tests.conftest import Front, Run
from tests.wire import Fault

# Made up for this test; each is looked for in every file that a run leaves.
VALUES = (
    "hunter22-of-lambda",
    "hunter22-of-ecs",
    "hunter22-of-command",
    "hunter22-of-log",
    "hunter22-of-build",
    "hunter22-of-buildspec",
    "hunter22-of-instance",
    "hunter22-of-webhook",
    "hunter22-of-target",
    "plain-text-of-nobody",
    "person.of.no.concern",
)
KEY = "a key of thirty-two characters.."
REGION = "ap-southeast-2"
USER_DATA = "#!/bin/sh\nexport DB_PASSWORD=hunter22-of-instance\n"


def arn(service: str, tail: str) -> str:
    return f"arn:aws:{service}:{REGION}:123456789012:{tail}"


def workloads(front: Front) -> None:
    """A function, a task, a project, an instance, a rule and a topic, each with a secret."""
    front.answers |= {
        "lambda:ListFunctions": {
            "Functions": [
                {
                    "FunctionName": "f",
                    "FunctionArn": arn("lambda", "function:f"),
                    "Role": "arn:aws:iam::123456789012:role/f",
                    "Description": "plain-text-of-nobody",
                    "Environment": {
                        "Variables": {
                            "DB_PASSWORD": "hunter22-of-lambda",
                            "STAGE": "plain-text-of-nobody",
                        }
                    },
                }
            ]
        },
        "ecs:ListTaskDefinitionFamilies": {"families": ["t"]},
        "ecs:DescribeTaskDefinition": {
            "taskDefinition": {
                "family": "t",
                "taskDefinitionArn": arn("ecs", "task-definition/t:1"),
                "containerDefinitions": [
                    {
                        "name": "c",
                        "environment": [{"name": "API_TOKEN", "value": "hunter22-of-ecs"}],
                        "command": ["serve", "--password=hunter22-of-command"],
                        "logConfiguration": {
                            "logDriver": "splunk",
                            "options": {"splunk-token": "hunter22-of-log"},
                        },
                        "dockerLabels": {"note": "plain-text-of-nobody"},
                    }
                ],
            }
        },
        "codebuild:ListProjects": {"projects": ["build"]},
        "codebuild:BatchGetProjects": {
            "projects": [
                {
                    "name": "build",
                    "arn": arn("codebuild", "project/build"),
                    "description": "plain-text-of-nobody",
                    "environment": {
                        "type": "LINUX_CONTAINER",
                        "image": "i",
                        "computeType": "BUILD_GENERAL1_SMALL",
                        "environmentVariables": [
                            {
                                "name": "NPM_TOKEN",
                                "value": "hunter22-of-build",
                                "type": "PLAINTEXT",
                            },
                            {
                                "name": "DB_PASSWORD",
                                "value": "plain-text-of-nobody",
                                "type": "SECRETS_MANAGER",
                            },
                        ],
                    },
                    "source": {
                        "type": "NO_SOURCE",
                        "buildspec": "env:\n  variables:\n    API_KEY: hunter22-of-buildspec\n",
                    },
                    "webhook": {"secret": "hunter22-of-webhook"},
                }
            ]
        },
        "ec2:DescribeInstances": {
            "Reservations": [
                {
                    "Instances": [
                        {
                            "InstanceId": "i-1",
                            "State": {"Name": "running"},
                            "Tags": [{"Key": "note", "Value": "plain-text-of-nobody"}],
                        }
                    ]
                }
            ]
        },
        "ec2:DescribeInstanceAttribute": {
            "InstanceId": "i-1",
            "UserData": {"Value": base64.b64encode(USER_DATA.encode()).decode()},
        },
        "sns:ListSubscriptions": {
            "Subscriptions": [
                {
                    "SubscriptionArn": arn("sns", "t:1"),
                    "TopicArn": arn("sns", "t"),
                    "Protocol": protocol,
                    "Endpoint": endpoint,
                }
                for protocol, endpoint in (
                    ("https", "https://hook.example.com/hunter22-of-webhook"),
                    ("email", "person.of.no.concern@example.com"),
                )
            ]
        },
        "events:ListRules": {
            "Rules": [
                {"Name": "r", "EventPattern": '{"source": ["aws.guardduty"]}', "State": "ENABLED"}
            ]
        },
        "events:ListTargetsByRule": {
            "Targets": [{"Id": "1", "Arn": arn("sns", "t"), "Input": '"hunter22-of-target"'}]
        },
    }


def everything(tmp_path: Path, done: subprocess.CompletedProcess[str]) -> bytes:
    """All that a run left: output, store, and what files of the store unpack to."""
    parts = [done.stdout.encode(), done.stderr.encode()]
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            parts += [content, gzip.decompress(content) if content[:2] == b"\x1f\x8b" else b""]
    return b"\n".join(parts)


def leaks(content: bytes) -> list[str]:
    encoded = base64.b64encode(USER_DATA.encode())[8:40]
    assert b"DB_PASSWORD" in content or b"Functions" in content, "the search sees nothing"
    return [v for v in VALUES if v.encode() in content] + (
        ["user data"] if encoded in content else []
    )


def answer(snapshot: Snapshot, source: str) -> dict[str, Any]:
    (envelope,) = [e for e in snapshot.envelopes if e.source == source]
    found: dict[str, Any] = json.loads(snapshot.read(envelope))
    return found


def test_no_value_reaches_store_output_or_results(
    front: Front, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(secret.KEY, KEY)
    workloads(front)
    done = run("collect", "--store", "s", "--in-region", REGION)
    assert done.returncode == 0, done.stderr
    assert run("assess", "--store", "s", "--format", "json", "-o", "r.json").stderr is not None
    assert leaks(everything(tmp_path, done)) == []

    (snapshot,) = Store.open(tmp_path / "s").snapshots()
    (function,) = answer(snapshot, "lambda-functions")["Functions"]
    found = function["Environment"]["Variables"]
    assert found["STAGE"] is None
    mark = secret.fingerprint("hunter22-of-lambda")
    assert found["DB_PASSWORD"] == {"Kind": "named like a secret", "Fingerprint": mark}
    (task,) = answer(snapshot, "ecs-task-definitions")["taskDefinitions"]
    (container,) = task["containerDefinitions"]
    assert container["environment"][0]["Secret"]["Fingerprint"] == secret.fingerprint(
        "hunter22-of-ecs"
    )
    assert [f["Line"] for f in container["command"]] == [1]
    assert container["logConfiguration"]["options"]["splunk-token"]["Kind"]
    (project,) = answer(snapshot, "codebuild-projects")["projects"]
    plain, managed = project["environment"]["environmentVariables"]
    assert plain["Secret"]["Fingerprint"] == secret.fingerprint("hunter22-of-build")
    assert managed == {"name": "DB_PASSWORD", "type": "SECRETS_MANAGER", "Secret": None}
    assert [f["Line"] for f in project["source"]["buildspec"]] == [3]
    (instance,) = answer(snapshot, "ec2-user-data")["Instances"]
    assert [f["Line"] for f in instance["UserData"]["Value"]] == [2]
    web, mail = answer(snapshot, "sns-subscriptions")["Subscriptions"]
    assert (web["Endpoint"], mail["Endpoint"]) == ("...", "...@example.com")
    for envelope in snapshot.envelopes:
        masked = envelope.source in ("lambda-functions", "ec2-user-data", "codebuild-projects")
        assert bool(envelope.redacted) >= masked


@pytest.mark.parametrize("kind", ["truncate", "missing", "malformed"])
def test_an_answer_that_breaks_off_is_not_quoted(
    front: Front, run: Run, tmp_path: Path, kind: Any
) -> None:
    workloads(front)
    for name in ("DescribeInstanceAttribute", "ListFunctions", "ListSubscriptions"):
        front.faults[name] = Fault(kind)
    done = run("collect", "--store", "s", "--in-region", REGION)
    assert done.returncode in (0, 3)
    assert leaks(everything(tmp_path, done)) == []


def test_an_export_is_masked_before_it_is_stored(
    run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("exports")
    (folder / REGION).mkdir()
    variables = {"DB_PASSWORD": "hunter22-of-lambda", "STAGE": "plain-text-of-nobody"}
    pages = [
        {"Functions": [{"FunctionName": "f", "Environment": {"Variables": variables}}]},
        {"Functions": []},
    ]
    (folder / REGION / "list-functions.json").write_text(json.dumps(pages))
    base = ("import", "--account-id", "123456789012", "--collected-at", "2026-09-30T09:00:00Z")
    done = run(*base, "--store", "s", folder)
    assert done.returncode == 0, done.stderr
    assert leaks(everything(tmp_path, done)) == []
    (snapshot,) = Store.open(tmp_path / "s").snapshots()
    (function,) = answer(snapshot, "lambda-functions")["Functions"]
    assert set(function["Environment"]["Variables"]) == set(variables)
    # What was stored can be exported and imported again.
    (folder / REGION / "list-functions.json").write_text(
        json.dumps(answer(snapshot, "lambda-functions"))
    )
    assert run(*base, "--store", "t", folder).returncode == 0
    (again,) = Store.open(tmp_path / "t").snapshots()
    assert answer(again, "lambda-functions") == answer(snapshot, "lambda-functions")


def test_a_list_that_is_cut_off_says_so_when_it_is_masked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x" / REGION).mkdir(parents=True)
    (tmp_path / "x" / REGION / "list-functions.json").write_text(
        '{"Functions": [], "NextToken": "more"}'
    )
    base = ("import", "--account-id", "123456789012", "--collected-at", "2026-09-30T09:00:00Z")
    assert run(*base, "--store", "s", "x").returncode == 0
    (snapshot,) = Store.open(tmp_path / "s").snapshots()
    assert answer(snapshot, "lambda-functions") == {"Functions": [], "NextToken": "more"}
