"""Workloads: what was found in them, and what was not looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.facts.workloads import Workload
from tests.assess.facts.holding import facts_of

HERE = "ap-southeast-2"
FOUND = {"Kind": "private key", "Fingerprint": "0123456789abcdef"}
KIND = {
    "lambda-functions": "function",
    "ecs-task-definitions": "task",
    "codebuild-projects": "build",
}


def workload(tmp_path: Path, source: str, key: str, record: dict[str, Any]) -> Workload:
    files = {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"{source}@{HERE}": {key: [record]},
    }
    found = facts_of(tmp_path, files).workloads(KIND[source])
    assert found.gaps == []
    return found.workloads[0]


@pytest.mark.parametrize(
    ("environment", "secrets", "unread"),
    [
        ({}, 0, 1),
        ({"Variables": {}}, 0, 0),
        ({"Variables": {"A": None, "B": FOUND}}, 1, 0),
        ({"Variables": None}, 0, 1),
        ({"Variables": []}, 0, 1),
        # Neither a finding nor the word that there is none.
        ({"Variables": {"A": "hunter22"}}, 0, 1),
        ({"Variables": {"A": {"Kind": "x"}}}, 0, 1),
        (["A"], 0, 1),
    ],
)
def test_variables_of_a_function(
    tmp_path: Path, environment: Any, secrets: int, unread: int
) -> None:
    # Through the store's mask, a text would be looked at; an older store may hold anything.
    record = {"FunctionName": "f", "Environment": environment}
    files = {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"lambda-functions@{HERE}": {"Functions": [record]},
    }
    facts = facts_of(tmp_path, files)
    facts._parsed[f"lambda-functions@{HERE}"] = {"Functions": [record]}
    (found,) = facts.workloads("function").workloads
    assert (len(found.secrets), len(found.unread)) == (secrets, unread)


def test_a_function_without_an_environment_has_no_variables(tmp_path: Path) -> None:
    found = workload(tmp_path, "lambda-functions", "Functions", {"FunctionName": "f"})
    assert (found.secrets, found.unread) == ((), ())
    assert found.arn == f"arn:aws:lambda:{HERE}:111122223333:function:f"


def test_each_place_of_a_container_is_told(tmp_path: Path) -> None:
    container = {
        "name": "c",
        "environment": [{"name": "A", "Secret": FOUND}],
        "command": [{"Line": 2, **FOUND}],
        "logConfiguration": {"options": {"token": FOUND}},
    }
    record = {"family": "t", "containerDefinitions": [container]}
    found = workload(tmp_path, "ecs-task-definitions", "taskDefinitions", record)
    assert [f.place for f in found.secrets] == [
        "c: variable A",
        "c: command line 2",
        "c: log option token",
    ]


@pytest.mark.parametrize("containers", [None, "x", {}])
def test_containers_that_were_not_read_are_not_none(tmp_path: Path, containers: Any) -> None:
    record = {"family": "t", "containerDefinitions": containers}
    found = workload(tmp_path, "ecs-task-definitions", "taskDefinitions", record)
    assert found.unread


def test_places_of_a_build(tmp_path: Path) -> None:
    record = {
        "name": "p",
        "environment": {
            "environmentVariables": [{"name": "A", "type": "PLAINTEXT", "Secret": FOUND}]
        },
        "source": {"buildspec": [{"Line": 4, **FOUND}]},
    }
    found = workload(tmp_path, "codebuild-projects", "projects", record)
    assert [f.place for f in found.secrets] == ["variable A", "buildspec line 4"]


@pytest.mark.parametrize(
    ("data", "secrets", "unread"),
    [
        ({"UserData": {}}, 0, 0),
        ({"UserData": {"Value": [{"Line": 1, **FOUND}]}}, 1, 0),
        ({"UserData": {"Value": None}}, 0, 1),
        ({"Error": "AccessDenied"}, 0, 1),
        ({}, 0, 1),
    ],
)
def test_user_data(tmp_path: Path, data: dict[str, Any], secrets: int, unread: int) -> None:
    files = {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"ec2-instances@{HERE}": {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]},
        f"ec2-user-data@{HERE}": {"Instances": [{"InstanceId": "i-1", **data}]},
    }
    (found,) = facts_of(tmp_path, files).workloads("instance").workloads
    assert (len(found.secrets), len(found.unread)) == (secrets, unread)


def test_a_kind_that_was_not_read_is_a_gap_beside_the_others(tmp_path: Path) -> None:
    files = {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"lambda-functions@{HERE}": {"Functions": [{"FunctionName": "f"}]},
    }
    found = facts_of(tmp_path, files).workloads("function", "task")
    assert [w.name for w in found.workloads] == ["f"]
    assert found.gaps == [f"ecs-task-definitions@{HERE} was not collected"]


def instances(tmp_path: Path, *found: dict[str, Any]) -> list[Workload]:
    files = {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"ec2-instances@{HERE}": {"Reservations": [{"Instances": list(found)}]},
    }
    return facts_of(tmp_path, files).workloads("instance").workloads


def test_an_instance_that_is_gone_is_none(tmp_path: Path) -> None:
    states = ("running", "stopped", "terminated", "shutting-down", "pending")
    given = [{"InstanceId": f"i-{name}", "State": {"Name": name}} for name in states]
    found = instances(tmp_path, *given, {"InstanceId": "i-odd"})
    assert [w.name for w in found] == ["i-running", "i-stopped", "i-pending", "i-odd"]


def test_each_kind_has_its_role(tmp_path: Path) -> None:
    profile = "arn:aws:iam::111122223333:instance-profile/p"
    with_role = instances(
        tmp_path / "a", {"InstanceId": "i", "IamInstanceProfile": {"Arn": profile}}
    )
    assert [w.role for w in with_role] == [profile]
    assert [w.role for w in instances(tmp_path / "b", {"InstanceId": "i"})] == [""]
    role = "arn:aws:iam::111122223333:role/r"
    given: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("lambda-functions", "Functions", "Role", {"FunctionName": "w"}),
        ("ecs-task-definitions", "taskDefinitions", "taskRoleArn", {"family": "w"}),
        ("codebuild-projects", "projects", "serviceRole", {"name": "w"}),
    )
    for source, key, field, record in given:
        found = workload(tmp_path / source, source, key, {**record, field: role})
        assert (found.name, found.role) == ("w", role)
        assert workload(tmp_path / f"{source}-none", source, key, record).role == ""


def test_an_arn_is_the_answer_s_or_made_of_the_name(tmp_path: Path) -> None:
    given = (
        ("lambda-functions", "Functions", "FunctionArn", "FunctionName", "lambda", "function:w"),
        (
            "ecs-task-definitions", "taskDefinitions", "taskDefinitionArn", "family", "ecs",
            "task-definition/w",
        ),
        ("codebuild-projects", "projects", "arn", "name", "codebuild", "project/w"),
    )  # fmt: skip
    for source, key, field, name, service, tail in given:
        made = workload(tmp_path / source, source, key, {name: "w"})
        assert made.arn == f"arn:aws:{service}:{HERE}:111122223333:{tail}"
        told = workload(tmp_path / f"{source}-own", source, key, {name: "w", field: "arn:own"})
        assert told.arn == "arn:own"


@pytest.mark.parametrize(
    ("source", "key", "record"),
    [
        ("ec2-instances", "Reservations", {"Instances": None}),
        ("codebuild-projects", "projects", {"name": "p", "environment": "x"}),
        ("codebuild-projects", "projects", {"name": "p", "source": "x"}),
    ],
)
def test_what_is_of_another_form_is_not_nothing(
    tmp_path: Path, source: str, key: str, record: dict[str, Any]
) -> None:
    """Whether a secret stands in it is not known, and that is no sign that none does."""
    files = {
        "regions": {"Regions": [{"RegionName": HERE}]},
        f"{source}@{HERE}": {key: [record]},
    }
    kind = KIND.get(source, "instance")
    found = facts_of(tmp_path, files).workloads(kind)
    assert found.gaps or found.workloads[0].unread


@pytest.mark.parametrize(
    ("log", "unread"),
    [
        ({}, []),
        ({"options": {}}, []),
        ({"logDriver": "awslogs"}, []),
        ("awslogs", ["c: logConfiguration was not looked at"]),
        (None, ["c: logConfiguration was not looked at"]),
    ],
)
def test_a_log_configuration_may_have_no_options(
    tmp_path: Path, log: Any, unread: list[str]
) -> None:
    record = {"family": "t", "containerDefinitions": [{"name": "c", "logConfiguration": log}]}
    key = f"ecs-task-definitions@{HERE}"
    files = {"regions": {"Regions": [{"RegionName": HERE}]}, key: {"taskDefinitions": []}}
    facts = facts_of(tmp_path, files)
    # As an older store may have it: today's reading refuses another form.
    facts._parsed[key] = {"taskDefinitions": [record]}
    (found,) = facts.workloads("task").workloads
    assert (list(found.unread), found.secrets) == (unread, ())
