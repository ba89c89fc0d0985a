"""Policy variables (IAM User Guide, "IAM policy elements: Variables and tags")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reportgen.policy.conditions import Condition
from reportgen.policy.document import CURRENT_VERSION, Statement
from reportgen.policy.lint.finding import (
    CONDITION,
    STATEMENT,
    Finding,
    LintSubject,
    action_key,
    at,
    check,
    principal_key,
    resource_key,
)

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


def _places(statement: Statement) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Values with a variable in elements that take one."""
    for i, resource in enumerate(statement.resources or ()):
        if "${" in resource:
            yield resource, (resource_key(statement), i)
    for c in statement.conditions:
        for value in c.values:
            if "${" in value:
                yield value, ("Condition", c.operator, c.key)


@check(STATEMENT, "VARIABLE_UNSUPPORTED_IN_ELEMENT")
def element(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """VARIABLE_UNSUPPORTED_IN_ELEMENT: resources and conditions take them, nothing else."""
    for i, action in enumerate(statement.actions):
        if "${" in action:
            said = f"{action:.80}: actions take no variables."
            yield at(statement, "VARIABLE_UNSUPPORTED_IN_ELEMENT", said, action_key(statement), i)
    for value in (value for _, value in statement.principals or ()):
        if "${" in value:
            said = f"{value:.80}: principals take no variables."
            yield at(statement, "VARIABLE_UNSUPPORTED_IN_ELEMENT", said, principal_key(statement))


@check(CONDITION, "INVALID_VARIABLE_FOR_OPERATOR")
def operator(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """INVALID_VARIABLE_FOR_OPERATOR: only String and Arn operators replace them."""
    if not c.base.startswith(("String", "Arn")) and any("${" in value for value in c.values):
        said = f"{c.operator} replaces no variables. String and Arn operators do."
        code = "INVALID_VARIABLE_FOR_OPERATOR"
        yield at(statement, code, said, "Condition", c.operator, c.key)


@check(STATEMENT, "VARIABLE_UNSUPPORTED_IN_VERSION")
def version(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """VARIABLE_UNSUPPORTED_IN_VERSION: before 2012-10-17 it is plain text."""
    for value, steps in () if statement.variables else _places(statement):
        said = (
            f"{value:.80}: variables work with Version {CURRENT_VERSION} only; "
            "here this is plain text."
        )
        yield at(statement, "VARIABLE_UNSUPPORTED_IN_VERSION", said, *steps)


@check(
    STATEMENT,
    "EMPTY_VARIABLE",
    "MISSING_BRACE_IN_VARIABLE",
    "MISSING_QUOTE_IN_VARIABLE",
    "UNSUPPORTED_SPACE_IN_VARIABLE",
)
def form(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """The form of each variable: its braces, its name, the quotes of its default."""
    for value, steps in _places(statement) if statement.variables else ():
        if value.count("${") > len(_VARIABLE.findall(value)):
            said = f"{value:.80}: a variable has no closing brace."
            yield at(statement, "MISSING_BRACE_IN_VARIABLE", said, *steps)
            continue
        for inside in dict.fromkeys(_VARIABLE.findall(value)):
            code, what = _fault(inside)
            if code:
                yield at(statement, code, f"{value:.80}: {what}", *steps)


def _fault(inside: str) -> tuple[str, str]:
    if not inside.strip():
        return "EMPTY_VARIABLE", "a variable is empty."
    name, comma, default = inside.partition(",")
    if comma and not re.fullmatch(r"\s*'[^']*'\s*", default):
        return "MISSING_QUOTE_IN_VARIABLE", "a default stands between single quotes."
    # The key of a tag may hold a space, the name of a key not.
    if " " in name and ("tag/" not in name.casefold() or name != name.strip()):
        return "UNSUPPORTED_SPACE_IN_VARIABLE", "the name of a variable holds no space."
    return "", ""
