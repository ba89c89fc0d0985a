"""Pseudonyms: the same under one key, another under another, and of the form that verdicts need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import ConfigError, UsageError
from reportgen.pack.pseudonyms import Pseudonyms, read_key
from reportgen.policy.glob import matches

KEY = b"k" * 32
SEGMENT = st.text("abcdefgXYZ019", min_size=1, max_size=12)


def names(**more: bool) -> Pseudonyms:
    return Pseudonyms(KEY, ["BreakGlass", "break-glass", "owner"], **more)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("arn:aws:iam::111122223333:user/jane", r"arn:aws:iam::111122223333:user/[a-z][a-z0-9]{7}"),
        ("arn:aws-us-gov:iam::111122223333:role/a", r"arn:aws-us-gov:iam::111122223333:role/\w{8}"),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
        ("arn:aws:iam::aws:policy/AdministratorAccess",) * 2,
        (
            "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
            "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
        ),
        (
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/"
            "AWSReservedSSO_TeamAdmin_0123456789abcdef",
            r"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/"
            r"AWSReservedSSO_\w{16}_0123456789abcdef",
        ),
        ("arn:aws:s3:::bucket/*", r"arn:aws:s3:::\w{8}/\*"),
        ("arn:aws:sns:us-east-1:111122223333:user", r"arn:aws:sns:us-east-1:111122223333:\w{8}"),
        ("arn:aws:kms:us-east-1:111122223333:alias/aws/s3",) * 2,
        ("arn:aws:iam::*:role/*", r"arn:aws:iam::\*:role/\*"),
        ("arn:aws:iam::111122223333:user/${aws:username}", r".*:user/\$\{aws:username\}"),
        ("jane.citizen@corp.example", r"\w{8}@\w{8}\.example"),
        ("...@corp.example", r"\.\.\.@\w{8}\.example"),
        ("o-abcdefghij", r"o-[a-z0-9]{12}"),
        ("ou-ab12-cd34", r"ou-\w{8}-\w{8}"),
        ("https://id.corp.example/path", r"https://\w{8}\.example/\w{8}"),
        ("repo:corp/app:ref:refs/heads/main", r"repo:\w{8}/\w{8}:ref:refs/heads/main"),
        ("BreakGlassEast", r"BreakGlass[A-Z]\w{7}"),
        ("my-break-glass-1", r"\w{8}-break-glass-\w{8}"),
        ("break-glass", "break-glass"),
        ("break-glass-owner", r"break-glass-owner-\w{8}"),
        ("AIDAJQABLZS4A3QDU576Q", "AIDAJQABLZS4A3QDU576Q"),
        # Ids that AWS made up stay; a name in capitals is none, and a key's id holds the account.
        ("APPLICATIONSERVICE01", r"[A-Z]\w{7,}"),
        ("AKIAIOSFODNN7EXAMPLE", r"AKIA(?!IOSFODNN7EXAMPLE)[A-Z2-7]{16}"),
        ("dev-web-01", r"\w{8}-\w{8}-\w{8}"),
        ("", ""),
    ],
)
def test_the_form_stays(text: str, form: str) -> None:
    made = names().value(text)
    form = re.escape(text) if form == text else form
    assert re.fullmatch(form, made), made
    assert made == names().value(text)


def test_another_key_gives_others() -> None:
    other = Pseudonyms(b"o" * 32)
    assert other.value("jane") != names().value("jane")
    assert other.fingerprint != names().fingerprint


def test_account_ids_where_asked() -> None:
    text = "arn:aws:iam::111122223333:user/jane"
    made = names(accounts=True).value(text)
    assert re.fullmatch(r"arn:aws:iam::\d{12}:user/\w{8}", made)
    assert "111122223333" not in made
    # The same wherever it stands.
    assert names(accounts=True).value("111122223333") == made.split(":")[4]
    assert names().value("111122223333") == "111122223333"


def test_a_sentence_is_gone_through_once() -> None:
    """What stands in place of an account within an ARN is not taken for an account again."""
    given_ = names(accounts=True)
    said = given_.forms("User: arn:aws:sts::111122223333:assumed-role/reader/s in 111122223333")
    account = given_.account("111122223333")
    assert said.count(account) == 2
    assert set(given_.given) >= {"111122223333", "reader"}
    assert account not in given_.given
    assert given_.prose("reader may not") == f"{given_.value('reader')} may not"


def test_a_key_id_keeps_its_form() -> None:
    made = names().forms("key AKIAIOSFODNN7EXAMPLE of jane")
    assert re.fullmatch(r"key AKIA[A-Z2-7]{16} of jane", made)
    assert "IOSFODNN7EXAMPLE" not in made


@given(SEGMENT, SEGMENT, SEGMENT)
def test_patterns_fit_the_same_names(one: str, two: str, other: str) -> None:
    """A pattern that ends where a piece ends fits under pseudonyms what it fitted before."""
    keyed = names()
    for name in (f"{one}-{two}", f"{other}-{two}", one):
        for pattern in (f"{one}-*", f"{one}-{two}", "*", f"{other}-*"):
            made = keyed.value(f"arn:aws:iam::111122223333:role/{name}")
            wanted = keyed.value(f"arn:aws:iam::111122223333:role/{pattern}")
            plain = matches(f"role/{pattern}", f"role/{name}")
            assert matches(wanted, made) == plain, (name, pattern)


@given(st.lists(SEGMENT, min_size=1, max_size=20, unique=True))
def test_two_names_stay_two(found: list[str]) -> None:
    keyed = names()
    assert len({keyed.value(name) for name in found}) == len(found)


def test_one_pseudonym_for_two_names_is_refused() -> None:
    keyed = names()
    keyed._owners[Pseudonyms(KEY).value("jane")] = "somebody else"
    with pytest.raises(ConfigError, match="same pseudonym"):
        keyed.value("jane")


@pytest.mark.parametrize(("size", "fine"), [(31, False), (32, True), (33, True)])
def test_a_key_has_32_bytes(tmp_path: Path, size: int, fine: bool) -> None:
    path = tmp_path / "redaction.key"
    path.write_bytes(b"x" * size + b"\n")
    if fine:
        assert read_key(path) == b"x" * size
    else:
        with pytest.raises(UsageError, match="has 31 bytes"):
            read_key(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_key(tmp_path / "none")
