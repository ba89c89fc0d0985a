"""CodeBuild projects: their roles, and where secrets sit in their configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.mask import Mask, only, plain
from reportgen.sources.rows import LOOKED_AT, Maybe
from reportgen.sources.secret import look, scan
from reportgen.sources.source import Aws, Scope, Source, malformed

# As many as API_BatchGetProjects takes.
_BATCH = 100


def read(aws: Aws) -> Mapping[str, Any]:
    """Key: projects, as BatchGetProjects answers.

    The parameters of the evidence have Refused, the projects that were listed and not given, but
    for those of which AWS says that they are gone since (projectsNotFound).
    """
    names = [str(name) for name in aws.items("codebuild", "list_projects", "projects")]
    found: list[Any] = []
    gone: set[str] = set()
    for start in range(0, len(names), _BATCH):
        batch = names[start : start + _BATCH]
        answer = aws.call("codebuild", "batch_get_projects", names=batch)
        if not isinstance(answer.get("projects"), list):
            raise malformed("the answer to batch_get_projects has no projects")
        found += answer["projects"]
        gone |= {str(name) for name in answer.get("projectsNotFound") or ()}
    given = {project.get("name") for project in found if isinstance(project, dict)}
    missing = [name for name in names if name not in given and name not in gone]
    if missing:
        aws.reading.parameters["Refused"] = missing
        aws.reading.detail = f"{len(missing)} of {len(names)} projects were not given"
    return {"projects": found}


def _variables(value: Any) -> Any:
    if not isinstance(value, list):
        return None
    return [_variable(item) for item in value]


def _variable(item: Any) -> Any:
    """Name, type and finding. A value of another type than PLAINTEXT is the name of a secret."""
    if not isinstance(item, Mapping):
        return None
    name, kind = str(item.get("name", "")), str(item.get("type", "PLAINTEXT"))
    value = item.get("value", item.get("Secret"))
    return {
        "name": name,
        "type": kind,
        "Secret": look(name, value) if kind == "PLAINTEXT" else None,
    }


def _projects(value: Any) -> Any:
    """Of BatchGetProjects objects; of ListProjects their names."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return plain(value)
    return _PROJECT(value)


_PROJECT = only(
    "name",
    "arn",
    "serviceRole",
    "projectVisibility",
    "lastModified",
    environment=only("type", "privilegedMode", environmentVariables=_variables),
    source=only("type", buildspec=scan),
)

SOURCE = Source(
    name="codebuild-projects",
    about="CodeBuild projects, their roles and the names of their variables",
    operations=("codebuild:ListProjects", "codebuild:BatchGetProjects"),
    read=read,
    keys=("projects",),
    scope=Scope.REGION,
    exports=("batch-get-projects.json",),
    mask=Mask(
        {"projects": _projects},
        ("values of environmentVariables", "the text of buildspec", "webhook", "description"),
    ),
    rows={
        "projects": [
            {
                "name": str,
                "environment": Maybe(
                    {"environmentVariables": Maybe([{"name": str, "Secret": LOOKED_AT}])}
                ),
                "source": Maybe({"buildspec": Maybe([LOOKED_AT])}),
            }
        ]
    },
)
