"""Sentences and commands of controls: whatever a resource is called, they say one thing."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.catalogue.wording import (
    NamedResource,
    command,
    general,
    kind_of,
    plural,
    prose,
    prose_of_many,
    sentence,
    terraform,
)
from tests.catalogue.faulty import altered, refused


def subject(
    name: str = "deploy", kind: str = "role", account: str = "Development"
) -> NamedResource:
    return NamedResource(
        name, kind, account, "111122223333", f"arn:aws:iam::111122223333:{kind}/{name}"
    )


ONE = "the {kind} {name} in {account} can make itself an administrator"
MANY = "{count} {kinds} can make themselves administrators"


def test_one_and_many() -> None:
    one = sentence(ONE, MANY, [subject()], {})
    assert one == "The role deploy in Development can make itself an administrator"
    assert sentence(ONE, MANY, [subject(), subject("b")], {}).startswith("2 roles can make")


def test_kinds_are_named_with_the_most_frequent_first() -> None:
    several = [subject(kind="user"), subject("b"), subject("c"), subject("p", "policy")]
    assert prose_of_many(MANY, several, {}).startswith("4 roles, policies and users can")


def test_a_name_at_the_start_keeps_its_own_case() -> None:
    assert prose("{name} waits", subject("iPad-sync"), {}) == "iPad-sync waits"


def test_parameters_are_filled_in() -> None:
    assert prose("{name} is over {maximum_days} days", subject(), {"maximum_days": 90}) == (
        "deploy is over 90 days"
    )


def test_a_name_that_looks_like_a_placeholder_stays_what_it_is() -> None:
    assert prose("{name} in {account}", subject("{account}"), {}) == "{account} in Development"


@pytest.mark.parametrize(
    ("resource_type", "arn", "kind", "kinds"),
    [
        ("AWS::IAM::User", "arn:aws:iam::111122223333:user/a/b", "user", "users"),
        ("AWS::IAM::ManagedPolicy", "", "policy", "policies"),
        ("AWS::::Account", "", "account", "accounts"),
        ("AWS::Organizations::Policy", "", "organisation policy", "organisation policies"),
        ("AWS::SSO::PermissionSet", "", "permission set", "permission sets"),
        ("AWS::AccessAnalyzer::Analyzer", "", "analyzer", "analyzers"),
        ("AWS::IAM::ServerCertificate", "", "server certificate", "server certificates"),
        ("", "arn:aws:iam::111122223333:root", "account", "accounts"),
        ("", "arn:aws:iam::111122223333:server-certificate/a", "server certificate", ""),
        ("", "arn:aws:sso:::permissionSet/ssoins-1/ps-1", "permission set", ""),
        ("", "arn:aws:organizations::1:policy/o-1/p-1", "organisation policy", ""),
        ("", "arn:aws:s3:::bucket", "resource", "resources"),
        ("", "nothing", "resource", ""),
    ],
)
def test_kinds(resource_type: str, arn: str, kind: str, kinds: str) -> None:
    assert kind_of(resource_type, arn) == kind
    assert not kinds or plural(kind) == kinds


@pytest.mark.parametrize(
    ("noun", "many"), [("key", "keys"), ("box", "boxes"), ("branch", "branches")]
)
def test_plurals(noun: str, many: str) -> None:
    assert plural(noun) == many


CLI = "aws iam delete-{kind} --{kind}-name {name}"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_name_is_one_word_of_the_command(name: str) -> None:
    words = shlex.split(command(CLI, subject(name), {}))
    assert words[:3] == ["aws", "iam", "delete-role"]
    value = words[3].partition("=")[2] if len(words) == 4 else words[4]
    assert value == name
    assert len(words) == (4 if name.startswith("-") else 5)


@pytest.mark.parametrize(
    "name", ["a b", "it's", '"; rm -rf ~', "$(id)", "`id`", "a\nb", "-x", "--profile", "=ls", "~"]
)
def test_a_shell_sees_the_name_and_nothing_else(name: str) -> None:
    line = command("printf '%s' --option {name}", subject(name), {})
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=True, text=True)
    assert done.stdout == f"--option={name}" if name[0] == "-" else f"--option{name}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("deploy", '"deploy"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("${file(1)}", '"$${file(1)}"'),
        ("%{if}", '"%%{if}"'),
        ("a\nb", '"a\\U0000000ab"'),
    ],
)
def test_terraform_quotes_for_hcl(name: str, said: str) -> None:
    told = terraform("the aws_iam_{kind} with name = {name}", subject(name), {})
    assert told == f"the aws_iam_role with name = {said}"


def test_a_number_stays_a_number_in_terraform() -> None:
    assert terraform("length = {n}", subject(), {"n": 14}) == "length = 14"


def test_documentation_shows_words_in_capitals() -> None:
    assert general(CLI) == "aws iam delete-KIND --KIND-name NAME"


FAULTS = {
    "no finding": ("finding:", "x-finding:", "unknown key"),
    "unknown placeholder": ("{account} has no MFA", "{acount} has no MFA", "unknown placeholder"),
    "of one in many": ("{count} accounts have", "{count} of {name} have", "unknown placeholder"),
    "names nothing": ("The root user of {account} has", "The root user has", "{name} or {account}"),
    "counts nothing": ("{count} accounts have", "Many accounts have", "has no {count}"),
    "a stray brace": ("of {account} has no MFA", "of {account} has { no MFA", "no placeholder"),
    "full stop": ("{account} has no MFA\n", "{account} has no MFA.\n", "without a full stop"),
    "a name in a remark": ("# From the management", "# From {name}, the management", "remark"),
    "in a command": ("--target-principal {account_id}", "--target-principal {who}", "{who}"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_sentence_is_refused_with_file_and_line(name: str, tmp_path: Path) -> None:
    old, new, said = FAULTS[name]
    catalogue = altered(tmp_path, "catalogue/ROOT-01.yaml", old, new)
    message, line = refused(catalogue)
    assert said in message
    # The key of a text of several lines stands above it.
    assert catalogue.line - 2 <= line <= catalogue.line


def test_commands_by_kind_need_one_for_the_rest(tmp_path: Path) -> None:
    message, _ = refused(altered(tmp_path, "catalogue/POL-01.yaml", "    other: ", "    role: "))
    assert "none for `other`" in message
