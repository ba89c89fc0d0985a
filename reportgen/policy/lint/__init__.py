"""Lint of policies: what is wrong with their form, and what they lead to that nobody meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from reportgen.policy.document import Document, parse
from reportgen.policy.jsontext import JsonFault, Located
from reportgen.policy.lint import form, guardrails, meaning
from reportgen.policy.lint.finding import SEVERITY, Finding, Subject

KINDS = ("identity", "scp", "rcp", "trust", "resource")
# Where the AWS CLI's answers keep the document.
_WRAPPERS = ("PolicyVersion", "Policy", "PolicyDocument", "Document", "AssumeRolePolicyDocument")
ORDER = {"error": 0, "security-warning": 1, "warning": 2, "suggestion": 3}

__all__ = ["KINDS", "ORDER", "SEVERITY", "Finding", "kind_of", "lint", "lint_text"]


def kind_of(document: Document) -> str:
    """Guess the kind of a policy: by its principals, and the actions of what has them."""
    if not any(s.principals is not None for s in document.statements):
        return "identity"
    actions = [a for s in document.statements for a in s.lowered]
    no_resource = all(s.resources is None for s in document.statements)
    return "trust" if no_resource and all(a.startswith("sts:") for a in actions) else "resource"


def lint(document: Document, kind: str = "", account: str = "") -> list[Finding]:
    """Return the findings on a document, the worst first. ``kind`` is guessed where not given."""
    subject = Subject(document, kind or kind_of(document), account)
    cache = document.__dict__.setdefault("_lint", {})
    if (subject.kind, account) not in cache:
        cache[subject.kind, account] = _lint(subject)
    return list(cache[subject.kind, account])


def _lint(subject: Subject) -> list[Finding]:
    found = [*form.check(subject), *meaning.check(subject), *guardrails.check(subject)]
    return sorted(dict.fromkeys(found), key=lambda f: (ORDER[f.severity], f.statement or 0))


def lint_text(text: str | bytes, kind: str = "", account: str = "") -> list[dict[str, Any]]:
    """Lint the text of a file. Rows: line (from 1), severity, code, message, statement.

    ``statement`` counts from 1 and is None for the document as a whole.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-16" if text[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        except UnicodeDecodeError as error:
            said = f"The file is not text: byte {error.start} is not UTF-8."
            return [_row(Finding("JSON_SYNTAX_ERROR", said), 1)]
    if text.lstrip()[:3].upper() == "%7B":
        text = unquote(text.strip())
    try:
        located = Located(text)
    except JsonFault as fault:
        line = text.count("\n", 0, fault.position) + 1
        return [_row(Finding("JSON_SYNTAX_ERROR", f"Not JSON: {fault}."), line)]
    value, prefix = _unwrap(located.value)
    if isinstance(value, str):
        return lint_text(value, kind, account)
    pattern = _event_pattern(value, located)
    if pattern is not None:
        return pattern
    document = parse(value)
    found = list(_duplicates(located))
    size = len(re.sub(r"\s", "", text))
    subject = Subject(document, kind or kind_of(document), account)
    findings = [*lint(document, kind, account), *form.size_finding(size, subject)]
    found += [_row(f, located.line((*prefix, *f.path))) for f in findings]
    return sorted(found, key=lambda row: (row["line"], ORDER[row["severity"]], row["code"]))


def _row(finding: Finding, line: int) -> dict[str, Any]:
    return {
        "line": line,
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "statement": finding.statement,
    }


def _unwrap(value: Any) -> tuple[Any, tuple[str, ...]]:
    """The document within an answer of the AWS CLI, and the path to it."""
    prefix: tuple[str, ...] = ()
    while isinstance(value, dict) and "Statement" not in value and "statement" not in value:
        key = next((k for k in _WRAPPERS if isinstance(value.get(k), (dict, str))), None)
        if key is None:
            break
        value, prefix = value[key], (*prefix, key)
    return value, prefix


def _duplicates(located: Located) -> Iterator[dict[str, Any]]:
    for path, offset in located.duplicates:
        said = f"{path[-1]!r} is given twice; readers of JSON keep the last and drop the first."
        yield _row(Finding("DUPLICATE_KEYS", said), located.line_of(offset))


def _event_pattern(value: Any, located: Located) -> list[dict[str, Any]] | None:
    """Findings on an EventBridge pattern that lies among policies; None where it is none."""
    if not isinstance(value, Mapping) or "Statement" in value:
        return None
    if not {"detail-type", "source", "detail"} & set(value):
        return None
    rows = [
        _row(
            Finding(
                "NOT_A_POLICY",
                "This is an EventBridge event pattern, neither an IAM policy nor a CloudWatch "
                "alarm. It needs a rule with a target, in us-east-1 for sign-ins of the root user.",
            ),
            1,
        )
    ]
    kinds = value.get("detail-type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if kinds == ["AWS Console Sign In via CloudTrail"]:
        said = (
            "Sees sign-ins to the console only. Add 'AWS API Call via CloudTrail' for root's calls."
        )
        line = located.line(("detail-type",))
        rows.append(_row(Finding("EVENT_PATTERN_MISSES_ROOT_API_CALLS", said), line))
    return rows
