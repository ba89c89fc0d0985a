"""ECS task definitions: their roles, and where secrets sit in their containers' configuration.

The latest active revision of each family, which is what a service runs unless it is pinned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.each import ask_of_each
from reportgen.sources.mask import Mask, only, plain
from reportgen.sources.secret import look, scan
from reportgen.sources.source import Aws, Scope, Source, malformed


def read(aws: Aws) -> Mapping[str, Any]:
    """Key: taskDefinitions, as DescribeTaskDefinition answers. Error: it was refused."""
    listed = aws.items("ecs", "list_task_definition_families", "families", status="ACTIVE")
    families = [str(family) for family in listed]
    return {"taskDefinitions": ask_of_each(aws, _ask, families, "family")}


def _ask(aws: Aws, family: str) -> Mapping[str, Any]:
    answer = aws.call("ecs", "describe_task_definition", taskDefinition=family)
    found = answer.get("taskDefinition")
    if not isinstance(found, dict):
        raise malformed("the answer has no taskDefinition")
    return found


def _environment(value: Any) -> Any:
    """Name and finding of each variable of a list of names and values."""
    if not isinstance(value, list):
        return None
    return [_variable(item) for item in value]


def _variable(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return None
    name = str(item.get("name", ""))
    return {"name": name, "Secret": look(name, item.get("value", item.get("Secret")))}


def _words(value: Any) -> Any:
    """What is found in a command line."""
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return scan(" ".join(value))
    return scan(value)


def _options(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return None
    return {str(name): look(str(name), inner) for name, inner in value.items()}


_CONTAINER = only(
    "name",
    environment=_environment,
    command=_words,
    entryPoint=_words,
    secrets=only("name", "valueFrom"),
    environmentFiles=only("value", "type"),
    logConfiguration=only("logDriver", options=_options, secretOptions=only("name", "valueFrom")),
)
_DEFINITION = only(
    "taskDefinitionArn",
    "family",
    "revision",
    "status",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "requiresCompatibilities",
    "registeredAt",
    "Error",
    containerDefinitions=_CONTAINER,
)

SOURCE = Source(
    name="ecs-task-definitions",
    about="ECS task definitions, their roles and the names of their variables",
    operations=("ecs:ListTaskDefinitionFamilies", "ecs:DescribeTaskDefinition"),
    read=read,
    keys=("taskDefinitions",),
    scope=Scope.REGION,
    mask=Mask(
        {"taskDefinitions": _DEFINITION, "taskDefinition": _DEFINITION, "families": plain},
        ("values of environment, commands and log options of containers",),
    ),
    form='{"taskDefinitions": [...]} of describe-task-definition\'s taskDefinition of each family',
)
