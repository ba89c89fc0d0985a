"""Every Terraform type of a remediation, and each of its arguments, is one that the provider has.

``terraform.txt`` has the names of the provider's schema for the types that the catalogue speaks
of, and those beside them; a type that is not there is wrong, or the file needs a line.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reportgen.catalogue import load_catalogue

CATALOGUE = load_catalogue()
SCHEMA = {
    name: frozenset(arguments.split())
    for name, _, arguments in (
        line.partition(":")
        for line in Path(__file__).with_name("terraform.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
}
DOCUMENT = SCHEMA["aws_iam_policy_document"]
# {kind} is the kind of a principal; policies have texts of their own.
KINDS = ("user", "role", "group")


def types(text: str) -> set[str]:
    """The resource types that a text names, for every kind of principal."""
    kinds = KINDS if "{kind}" in text else ("",)
    return {t for k in kinds for t in re.findall(r"\baws_\w+", text.replace("{kind}", k))}


def arguments(text: str) -> set[str]:
    """Words with an underscore that are no type, no placeholder and not in quotes."""
    bare = re.sub(r'"[^"]*"|\{\w+\}|aws_[\w{}]+', "", text)
    return set(re.findall(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b", bare))


def wrong(text: str) -> list[str]:
    """What the schema does not have. An argument without its type may be of any that is known."""
    named = types(text)
    known = named & set(SCHEMA) or set(SCHEMA)
    has = DOCUMENT.union(*(SCHEMA[name] for name in known))
    return sorted(named - set(SCHEMA)) + sorted(arguments(text) - has)


@pytest.mark.parametrize("control", CATALOGUE.controls)
def test_types_and_arguments_are_known(control: str) -> None:
    assert wrong(CATALOGUE.controls[control].remediation.terraform) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("An aws_iam_rolle.", ["aws_iam_rolle"]),
        ("max_session_duration of the aws_iam_role.", []),
        ("max_session_length of the aws_iam_role.", ["max_session_length"]),
        ("max_session_duration of the aws_iam_user.", ["max_session_duration"]),
        ('aws_iam_policy with "no_such_word" in quotes', []),
    ],
)
def test_the_rule_itself(text: str, said: list[str]) -> None:
    assert wrong(text) == said
