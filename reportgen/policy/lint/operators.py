"""Operators of conditions: on which key they stand, and what they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reportgen.policy.conditions import Condition
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import CONDITION, STATEMENT, Finding, LintSubject, at, check
from reportgen.policy.lint.keys import is_multivalued, type_of

# The operators that fit a key's type (IAM User Guide, "Condition operators"). A string operator
# compares an ARN, a date or a number as text, which AWS allows, as it does Bool's.
_FITS = {
    "Bool": ("Bool", "String"),
    "Numeric": ("Numeric", "String"),
    "Date": ("Date", "Numeric", "String"),
    "IPAddress": ("Ip", "String"),
    "ARN": ("Arn", "String"),
    "String": ("String", "Binary", "Arn", "Bool", "Numeric"),
}
_INSTEAD = {"Bool": "Bool", "Numeric": "Numeric", "Date": "Date", "IPAddress": "IpAddress"}
_INSTEAD |= {"ARN": "Arn", "String": "String"}
# Keys that every signed request carries.
_ALWAYS = frozenset(["aws:principalarn", "aws:userid", "aws:principaltype", "aws:principalaccount"])
AUDIENCE = (":aud", ":azp")


def family(c: Condition) -> str:
    """String, Numeric, Date, Bool, Binary, Ip, Arn or Null."""
    base = c.base.removeprefix("Not")
    names = ("String", "Numeric", "Date", "Bool", "Binary", "Ip", "Arn", "Null")
    return next(name for name in names if base.startswith(name))


def _is_like(c: Condition) -> bool:
    return c.base in ("StringLike", "StringNotLike", "ArnLike", "ArnNotLike", "ArnEquals")


def matches_all(c: Condition) -> bool:
    """Whether the values take in every value there can be."""
    return _is_like(c) and any(v and not v.strip("*") for v in c.values)


@check(CONDITION, "NULL_WITH_IF_EXISTS")
def null_if_exists(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """NULL_WITH_IF_EXISTS."""
    if c.base == "Null" and c.if_exists:
        said = "Null cannot take IfExists."
        yield at(statement, "NULL_WITH_IF_EXISTS", said, "Condition", c.operator, c.key)


@check(CONDITION, "NULL_WITH_QUALIFIER")
def null_qualifier(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """NULL_WITH_QUALIFIER."""
    if c.base == "Null" and c.qualifier:
        said = f"{c.operator}: write Null alone."
        yield at(statement, "NULL_WITH_QUALIFIER", said, "Condition", c.operator, c.key)


@check(CONDITION, "MISSING_QUALIFIER")
def qualifier_missing(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """MISSING_QUALIFIER: how many of several values must match."""
    if c.base != "Null" and not c.qualifier and is_multivalued(c.lowered):
        said = f"{c.key} can have several values: say ForAnyValue: or ForAllValues:."
        yield at(statement, "MISSING_QUALIFIER", said, "Condition", c.operator, c.key)


@check(CONDITION, "FORALLVALUES_WITH_SINGLE_VALUED_KEY")
def all_of_one(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """FORALLVALUES_WITH_SINGLE_VALUED_KEY: it holds where the key is absent."""
    if c.base == "Null" or c.qualifier != "all" or statement.effect != "Allow":
        return
    kind = type_of(c.lowered)
    if kind and not kind.startswith("ArrayOf"):
        said = (
            f"ForAllValues holds when {c.key} is absent, so the Allow is open without it. "
            f"Write {c.operator.split(':')[-1]}."
        )
        code = "FORALLVALUES_WITH_SINGLE_VALUED_KEY"
        yield at(statement, code, said, "Condition", c.operator, c.key)


@check(CONDITION, "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE")
def any_audience(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE: the audience is one."""
    if c.qualifier == "any" and c.lowered.endswith(AUDIENCE) and not type_of(c.lowered):
        said = f"{c.key} has one value: drop ForAnyValue:."
        code = "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE"
        yield at(statement, code, said, "Condition", c.operator, c.key)


@check(CONDITION, "TYPE_MISMATCH")
def type_mismatch(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """TYPE_MISMATCH: an operator that cannot compare what the key holds."""
    kind = (type_of(c.lowered) or "").removeprefix("ArrayOf")
    used = family(c)
    if used == "Null" or kind not in _FITS or used in _FITS[kind]:
        return
    said = f"{c.key} is of type {kind}: {c.operator} never compares it. Use {_INSTEAD[kind]}."
    yield at(statement, "TYPE_MISMATCH", said, "Condition", c.operator, c.key)


@check(CONDITION, "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS")
def like_on_arn(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS: a star then crosses the fields of the ARN."""
    if c.base not in ("StringLike", "StringNotLike"):
        return
    if (type_of(c.lowered) or "").endswith("ARN") and any("*" in v or "?" in v for v in c.values):
        like = c.operator.replace("String", "Arn", 1)
        said = f"{c.key} is an ARN: a wildcard of {c.operator} crosses its fields. Use {like}."
        code = "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS"
        yield at(statement, code, said, "Condition", c.operator, c.key)


@check(CONDITION, "EQUIVALENT_TO_NULL_FALSE", "EQUIVALENT_TO_NULL_TRUE")
def presence(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """EQUIVALENT_TO_NULL_FALSE, and _TRUE where negated: any value will do."""
    if not matches_all(c) or c.if_exists or c.qualifier or c.lowered in _ALWAYS:
        return
    wanted = "true" if c.negated else "false"
    said = f"{c.text:.80} only asks whether {c.key} is there. Write Null {c.key} {wanted}."
    code = f"EQUIVALENT_TO_NULL_{wanted.upper()}"
    yield at(statement, code, said, "Condition", c.operator, c.key)


@check(
    CONDITION,
    "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",
    "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION",
)
def always_or_never(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """REDUNDANT_KEY_... where it always holds, REDUNDANT_STATEMENT_... where it never does."""
    if not matches_all(c):
        return
    always_there = c.lowered in _ALWAYS
    steps = ("Condition", c.operator, c.key)
    if not c.negated and (c.if_exists or c.qualifier == "all" or always_there):
        said = f"{c.text:.80} always holds. Remove it."
        yield at(statement, "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", said, *steps)
    elif c.negated and not c.if_exists and (c.qualifier == "any" or always_there):
        said = f"{c.text:.80} never holds, so the statement does nothing."
        yield at(statement, "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", said, *steps)


@check(STATEMENT, "DUPLICATE_KEYS_WITH_DIFFERENT_CASE")
def same_keys(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """DUPLICATE_KEYS_WITH_DIFFERENT_CASE: keys ignore case, so this is one key twice."""
    if len(statement.conditions) < 2:
        return
    counted = Counter((c.operator, c.lowered) for c in statement.conditions)
    for (operator, key), times in counted.items():
        if times > 1:
            said = f"{operator} has {key} {times} times, in different case: keys ignore case."
            code = "DUPLICATE_KEYS_WITH_DIFFERENT_CASE"
            yield at(statement, code, said, "Condition", operator)


@check(
    CONDITION,
    "EMPTY_ARRAY_CONDITION",
    "EMPTY_ARRAY_CONDITION_FORALLVALUES",
    "EMPTY_ARRAY_CONDITION_FORANYVALUE",
    "EMPTY_ARRAY_CONDITION_IFEXISTS",
)
def no_values(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """EMPTY_ARRAY_CONDITION, by what the operator makes of an empty list."""
    if c.values:
        return
    code, what = "EMPTY_ARRAY_CONDITION", "has no value."
    if c.if_exists:
        code, what = f"{code}_IFEXISTS", "holds only where the key is absent. Write Null true."
    elif c.qualifier == "all":
        code, what = f"{code}_FORALLVALUES", "holds only where the key is absent. Write Null true."
    elif c.qualifier == "any":
        code, what = f"{code}_FORANYVALUE", "never holds."
    yield at(statement, code, f"{c.operator} {c.key} {what}", "Condition", c.operator, c.key)


@check(CONDITION, "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT")
def attributes(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """DYNAMODB_ATTRIBUTES_WITHOUT_SELECT: a read that names no attribute returns all."""
    if c.lowered != "dynamodb:attributes" or statement.effect != "Allow" or c.base == "Null":
        return
    selected = any(
        o.lowered == "dynamodb:select" and "SPECIFIC_ATTRIBUTES" in o.values
        for o in statement.conditions
    )
    if not selected:
        said = "Reads that name no attribute return them all. Add dynamodb:Select."
        code = "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT"
        yield at(statement, code, said, "Condition", c.operator, c.key)


@check(CONDITION, "S3_PREFIX_IN_NEGATIVE_CONTEXT")
def prefix(_: LintSubject, statement: Statement, c: Condition) -> Iterator[Finding]:
    """S3_PREFIX_IN_NEGATIVE_CONTEXT: a shorter prefix lists the same objects."""
    if c.lowered != "s3:prefix" or family(c) != "String":
        return
    if c.negated == (statement.effect == "Allow"):
        said = "A shorter prefix lists these objects too. Allow by StringLike, or deny by the Not."
        code = "S3_PREFIX_IN_NEGATIVE_CONTEXT"
        yield at(statement, code, said, "Condition", c.operator, c.key)
