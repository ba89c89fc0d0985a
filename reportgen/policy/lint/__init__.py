"""Lint of policies: what is wrong with their form, and what they lead to that nobody meant."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from reportgen.policy.document import Document, parse
from reportgen.policy.jsontext import JsonFault, Located
from reportgen.policy.lint import (  # noqa: F401 - each registers its checks
    actions,
    grammar,
    grants,
    guardrails,
    keys,
    loopholes,
    operators,
    principals,
    rcp,
    resources,
    statements,
    tags,
    trusts,
    values,
    variables,
)
from reportgen.policy.lint.codes import SEVERITY
from reportgen.policy.lint.finding import (
    CHECKS,
    CONDITION,
    DOCUMENT,
    HOLDERS,
    IDENTITY,
    KINDS,
    STATEMENT,
    USABLE,
    Finding,
    LintSubject,
    clip,
)
from reportgen.policy.lint.size import size, sizes

# Where the AWS CLI's answers keep the document.
_WRAPPERS = ("PolicyVersion", "Policy", "PolicyDocument", "Document", "AssumeRolePolicyDocument")
ORDER = {"error": 0, "security-warning": 1, "warning": 2, "suggestion": 3}
# Findings of one code in one document; of more, the number is told.
MOST = 100
# Documents within documents, as the AWS CLI's answers are.
_DEEPEST = 5

__all__ = ["HOLDERS", "KINDS", "ORDER", "SEVERITY", "Finding", "kind_of", "lint", "lint_text"]


class _Recent(OrderedDict[tuple[str, str, str], list[Finding]]):
    """Findings on the documents linted last: policies of AWS hang in every account."""

    def keep(self, key: tuple[str, str, str], found: list[Finding]) -> list[Finding]:
        self[key] = found
        if len(self) > 4096:
            self.popitem(last=False)
        return found


_recent = _Recent()


def kind_of(document: Document) -> str:
    """Guess the kind of a policy: by its principals, and the actions of what has them."""
    if not any(s.principals is not None for s in document.statements):
        return IDENTITY
    named = [a for s in document.statements for a in s.lowered]
    no_resource = all(s.resources is None for s in document.statements)
    return "trust" if no_resource and all(a.startswith("sts:") for a in named) else "resource"


def lint(document: Document, kind: str = "", account: str = "") -> list[Finding]:
    """Return the findings on a document, the worst first. ``kind`` is guessed where not given.

    Of one code there are at most a hundred, and one that tells how many more.
    """
    subject = LintSubject(document, kind or kind_of(document), account)
    key = (document.digest, subject.kind, account)
    found = _recent.get(key) if document.digest else None
    if found is None:
        found = _recent.keep(key, _worst_first(_asked(subject)))
    return list(found)


def _asked(subject: LintSubject) -> Iterator[Finding]:
    """What every check says of a document."""
    kind = subject.kind
    for check in CHECKS[DOCUMENT, kind]:
        yield from check(subject)
    for statement in subject.document.statements:
        if not statement.unusable or statement.actions:
            for check in CHECKS[STATEMENT, kind]:
                yield from check(subject, statement)
        if not statement.unusable:
            for check in CHECKS[USABLE, kind]:
                yield from check(subject, statement)
        for condition in statement.conditions:
            # What is wrong with an operator that there is, the checks say.
            if condition.base:
                for check in CHECKS[CONDITION, kind]:
                    yield from check(subject, statement, condition)


def _worst_first(given: Iterable[Finding]) -> list[Finding]:
    counted: Counter[str] = Counter()
    kept: dict[Finding, None] = {}
    for finding in given:
        if finding not in kept:
            counted[finding.code] += 1
            if counted[finding.code] <= MOST:
                kept[finding] = None
    for code, times in counted.items():
        if times > MOST:
            kept[Finding(code, f"There are {times - MOST:,} more of these.")] = None
    return sorted(kept, key=lambda f: (ORDER[f.severity], f.statement or 0))


def lint_text(text: str | bytes, kind: str = "", account: str = "") -> list[dict[str, Any]]:
    """Lint the text of a file. Rows: line (from 1), severity, code, message, statement.

    ``statement`` counts from 1 and is None for the document as a whole. ``kind`` is one of KINDS,
    or of HOLDERS for an identity policy of which it is known on what it hangs.
    """
    return _lint_text(text, kind, account, _DEEPEST)


def _lint_text(text: str | bytes, kind: str, account: str, depth: int) -> list[dict[str, Any]]:
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-16" if text[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        except UnicodeDecodeError as error:
            said = f"The file is not text: byte {error.start} cannot be read."
            return [_row(Finding("JSON_SYNTAX_ERROR", said), 1)]
    if text.lstrip()[:3].upper() == "%7B":
        text = unquote(text.strip())
    try:
        located = Located(text)
    except JsonFault as fault:
        line = text.count("\n", 0, fault.position) + 1
        return [_row(Finding("JSON_SYNTAX_ERROR", f"Not JSON: {fault}."), line)]
    value, prefix = _unwrap(located.value)
    if isinstance(value, str) and depth:
        return _lint_text(value, kind, account, depth - 1)
    pattern = _event_pattern(value, located)
    if pattern is not None:
        return pattern
    document = parse(value)
    holder = kind if kind in HOLDERS else ""
    kind = IDENTITY if holder else kind or kind_of(document)
    subject = LintSubject(document, kind, account, holder)
    findings = [*lint(document, kind, account)]
    findings += size(subject, sizes(text, value if prefix else None))
    found = [*_duplicates(located)]
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
    for path, offset in located.duplicates[:MOST]:
        said = f"{clip(str(path[-1]), 80)!r} is given twice; readers of JSON keep the last only."
        yield _row(Finding("DUPLICATE_KEYS", said), located.line_of(offset))
    more = len(located.duplicates) - MOST
    if more > 0:
        yield _row(Finding("DUPLICATE_KEYS", f"There are {more:,} more of these."), 1)


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
