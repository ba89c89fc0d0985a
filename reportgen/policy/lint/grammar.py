"""The grammar of a document: its elements, what each kind of policy must and must not have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from reportgen.policy.document import CURRENT_VERSION, Statement
from reportgen.policy.lint.finding import (
    DOCUMENT,
    IDENTITY,
    RCP,
    RESOURCE,
    SCP,
    STATEMENT,
    TRUST,
    USABLE,
    Finding,
    LintSubject,
    at,
    check,
    clip,
    principal_key,
    resource_key,
)

_SID = re.compile(r"[A-Za-z0-9]+")


@check(
    DOCUMENT,
    "DATA_TYPE_MISMATCH",
    "EMPTY_OBJECT_CONDITION",
    "EMPTY_OBJECT_PRINCIPAL",
    "EMPTY_SID_VALUE",
    "INVALID_CONDITION_DATA_TYPE",
    "INVALID_CONDITION_OPERATOR",
    "INVALID_EFFECT",
    "INVALID_POLICY_ELEMENT",
    "INVALID_PRINCIPAL_FORMAT",
    "INVALID_PRINCIPAL_KEY",
    "INVALID_VERSION",
    "JSON_SYNTAX_ERROR",
    "MISSING_ACTION",
    "MISSING_EFFECT",
    "MISSING_STATEMENT",
    "UNSUPPORTED_ELEMENT_COMBINATION",
)
def problems(subject: LintSubject) -> Iterator[Finding]:
    """What reading the document found wrong."""
    for problem in subject.document.problems:
        number = None if problem.statement is None else problem.statement + 1
        said = f"{problem.message[:1].upper()}{problem.message[1:]}."
        yield Finding(problem.code, clip(said), problem.path, number)


@check(DOCUMENT, "MISSING_VERSION")
def version(subject: LintSubject) -> Iterator[Finding]:
    """MISSING_VERSION: without one, variables are plain text."""
    if subject.document.statements and not subject.document.version:
        said = f"No Version: AWS takes 2008-10-17, without variables. Write {CURRENT_VERSION}."
        yield Finding("MISSING_VERSION", said)


@check(DOCUMENT, "UNIQUE_SIDS_RECOMMENDED", "UNIQUE_SIDS_REQUIRED")
def unique_sids(subject: LintSubject) -> Iterator[Finding]:
    """UNIQUE_SIDS_REQUIRED; for resource policies UNIQUE_SIDS_RECOMMENDED."""
    counted = Counter(s.sid for s in subject.document.statements if s.sid)
    code = "UNIQUE_SIDS_RECOMMENDED" if subject.kind == RESOURCE else "UNIQUE_SIDS_REQUIRED"
    for statement in subject.document.statements:
        times = counted[statement.sid]
        if times > 1:
            said = f"Sid {statement.sid:.80} is used {times:,} times. Name each once."
            yield at(statement, code, said, "Sid")


@check(STATEMENT, "UNSUPPORTED_SID", kinds=(IDENTITY, SCP, RCP, TRUST))
def sid_form(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """UNSUPPORTED_SID: IAM takes letters and digits; some resources' policies take more."""
    if statement.sid and not _SID.fullmatch(statement.sid):
        said = f"Sid {statement.sid!r:.60} may hold only letters and digits."
        yield at(statement, "UNSUPPORTED_SID", said, "Sid")


@check(STATEMENT, "EMPTY_ARRAY_ACTION", "EMPTY_ARRAY_PRINCIPAL", "EMPTY_ARRAY_RESOURCE")
def empty_lists(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """EMPTY_ARRAY_ACTION, _RESOURCE and _PRINCIPAL: such a statement has no effect."""
    if statement.unusable:
        return
    if not statement.actions:
        yield at(statement, "EMPTY_ARRAY_ACTION", "The list of actions is empty.", "Action")
    if statement.resources is not None and not statement.resources:
        said = "The list of resources is empty, so the statement has no effect."
        yield at(statement, "EMPTY_ARRAY_RESOURCE", said, resource_key(statement))
    if statement.principals is not None and not statement.principals:
        said = "There is no principal in it, so the statement has no effect."
        yield at(statement, "EMPTY_ARRAY_PRINCIPAL", said, principal_key(statement))


@check(USABLE, "MISSING_RESOURCE", kinds=(IDENTITY, SCP, RCP, RESOURCE))
def resource_missing(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """MISSING_RESOURCE: all but trust policies have one."""
    if statement.resources is None:
        yield at(statement, "MISSING_RESOURCE", "The statement has no Resource.")


@check(USABLE, "MISSING_PRINCIPAL", kinds=(TRUST, RESOURCE, RCP))
def principal_missing(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """MISSING_PRINCIPAL: what hangs on a resource says who."""
    if statement.principals is None:
        yield at(statement, "MISSING_PRINCIPAL", "The statement has no Principal.")


@check(STATEMENT, "SCP_SYNTAX_ERROR_PRINCIPAL", kinds=(SCP,))
def scp_principal(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """SCP_SYNTAX_ERROR_PRINCIPAL."""
    if statement.principals is not None:
        said = "A service control policy has no Principal: it binds whoever is in the account."
        yield at(statement, "SCP_SYNTAX_ERROR_PRINCIPAL", said, principal_key(statement))


@check(STATEMENT, "UNSUPPORTED_PRINCIPAL", kinds=(IDENTITY,))
def identity_principal(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """UNSUPPORTED_PRINCIPAL: an identity policy is for whom it hangs on."""
    if statement.principals is not None:
        said = "An identity policy has no Principal: it is for the user, group or role it hangs on."
        yield at(statement, "UNSUPPORTED_PRINCIPAL", said, principal_key(statement))


@check(STATEMENT, "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", kinds=(TRUST,))
def trust_resource(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE."""
    if statement.resources is not None:
        said = "A trust policy is for its own role. Remove the resource."
        code = "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE"
        yield at(statement, code, said, resource_key(statement))


@check(STATEMENT, "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", kinds=(TRUST,))
def trust_not_principal(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL."""
    if statement.not_principal:
        said = "A trust policy takes no NotPrincipal. Name who may, with Principal."
        code = "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL"
        yield at(statement, code, said, "NotPrincipal")
