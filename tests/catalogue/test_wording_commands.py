"""Every AWS command of a remediation names an operation and parameters that AWS has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel

from reportgen.catalogue import Control, load_catalogue
from reportgen.catalogue.wording import NamedResource, command

CATALOGUE = load_catalogue()
# Kinds of IAM resource for which the CLI has commands of their own, tried where a command says so.
KINDS = ("user", "role", "group")
# Options of the CLI itself.
GLOBAL = {"region", "profile", "output", "query"}
# What the CLI calls otherwise than the SDK: services, and options whose name was taken.
CALLED = {"s3api": "s3"}
OPTIONS = {("sns", "subscribe"): {"notification-endpoint": "endpoint"}}
# What a kind of principal does not have, so that no check fails it for that.
NOT_OF = {("group", "permissions-boundary"), ("group", "tag-")}


@cache
def service(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


@cache
def operations(name: str) -> dict[str, OperationModel]:
    model = service(name)
    # The CLI writes MFADevice as mfa-device, as xform_name does.
    return {xform_name(o, "-"): model.operation_model(o) for o in model.operation_names}


def commands(control: Control) -> Iterator[str]:
    cli = control.remediation.cli
    for kind, text in cli.items() if isinstance(cli, dict) else [("", cli)]:
        kinds = KINDS if "{kind}" in text else [kind or "user"]
        for each in kinds:
            about = NamedResource(
                "a name", each, "Example", "111122223333", "arn:aws:iam::1:user/a name"
            )
            for line in command(text, about, control.parameters).splitlines():
                if line.startswith("#"):
                    continue
                if any(each == k and part in line for k, part in NOT_OF):
                    continue
                yield line


def wrong(line: str) -> str:
    """Why a command cannot be run; empty where it can."""
    program, *words = shlex.split(line)
    if program == "reportgen":
        return ""
    if program != "aws" or len(words) < 2:
        return "is no command of the AWS CLI"
    name, operation, *rest = words
    known = operations(CALLED.get(name, name))
    if operation not in known:
        return f"{name} has no operation {operation}"
    shape = known[operation].input_shape
    members = {xform_name(m, "-"): m for m in shape.members} if shape else {}
    called = OPTIONS.get((name, operation), {})
    given = {w[2:].partition("=")[0] for w in rest if w.startswith("--")}
    given = {called.get(option, option) for option in given}
    flags = {g.removeprefix("no-") for g in given} if shape else given
    unknown = {g for g in given if g not in members and g not in GLOBAL}
    unknown -= {f"no-{f}" for f in flags}
    if unknown:
        return f"{name} {operation} takes no {', '.join(sorted(unknown))}"
    required = {xform_name(m, "-") for m in shape.required_members} if shape else set()
    if required - given:
        return f"{name} {operation} needs {', '.join(sorted(required - given))}"
    return ""


@pytest.mark.parametrize("control", CATALOGUE.controls)
def test_commands_are_known_to_aws(control: str) -> None:
    found = {line: wrong(line) for line in commands(CATALOGUE.controls[control])}
    assert {line: said for line, said in found.items() if said} == {}


@pytest.mark.parametrize("control", CATALOGUE.controls)
def test_nothing_is_left_to_fill_in_but_what_is_said_in_capitals(control: str) -> None:
    for line in commands(CATALOGUE.controls[control]):
        assert not re.search(r"\{\w+\}", line), line


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("aws iam delete-usr --user-name a", "no operation"),
        ("aws iam delete-user --name a", "takes no name"),
        ("aws iam delete-user", "needs user-name"),
        ("aws iam delete-user --user-name=-a", ""),
        ("rm -rf /", "no command"),
    ],
)
def test_the_rule_itself(line: str, said: str) -> None:
    assert said in wrong(line) if said else wrong(line) == ""
