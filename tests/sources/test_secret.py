"""What is a secret and what is not, and that nothing of it is left but a fingerprint."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import UsageError
from reportgen.sources import secret
from reportgen.sources.secret import fingerprint, look, scan, scan_encoded, variables

KEY = "a key of thirty-two characters.."
# Made up; in the forms that their issuers give them.
ACCESS_KEY = "AKIA" + "EXAMPLE7" * 2
TOKEN = "ghp_" + "a1B2" * 9
JWT = "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeK"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIB" + "x" * 40 + "\n-----END RSA PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(secret.KEY, KEY)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("ANYTHING", ACCESS_KEY, "AWS access key"),
        ("ANYTHING", f"key={ACCESS_KEY};region=x", "AWS access key"),
        ("ANYTHING", TOKEN, "GitHub token"),
        ("ANYTHING", "glpat-" + "x" * 20, "GitLab token"),
        ("ANYTHING", "xoxb-1234567890-abc", "Slack token"),
        ("HOOK", "https://hooks.slack.com/services/T0000000/B0000000/abcdef", "Slack webhook"),
        ("ANYTHING", "sk_live_" + "0aB" * 8, "Stripe key"),
        ("ANYTHING", "AIza" + "x" * 35, "Google API key"),
        ("ANYTHING", JWT, "JSON web token"),
        ("CERT", PEM, "private key"),
        ("DATABASE", "postgres://app:hunter22@db.example.com/x", "password in a URL"),
        ("CACHE", "redis://:hunter22@cache.example.com", "password in a URL"),
        ("DB_PASSWORD", "hunter22", "named like a secret"),
        ("dbPassword", "hunter22", "named like a secret"),
        ("API_KEY", "0a1b2c3d", "named like a secret"),
        ("apiKey", "0a1b2c3d", "named like a secret"),
        ("client-secret", "0a1b2c3d", "named like a secret"),
        ("AUTH_TOKEN", "0a1b2c3d", "named like a secret"),
        # An AWS secret access key may have slashes.
        ("AWS_SECRET_ACCESS_KEY", "abC/dEf+" * 5, "named like a secret"),
    ],
)
def test_secrets_are_found(name: str, value: str, kind: str) -> None:
    found = look(name, value)
    assert found is not None
    assert found["Kind"] == kind
    assert set(found) == {"Kind", "Fingerprint"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STAGE", "production"),
        ("TABLE", "orders"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "12345"),
        ("DB_PASSWORD", "changeme"),
        ("DB_PASSWORD", "${DB_PASSWORD}"),
        ("DB_PASSWORD", "{{resolve:secretsmanager:db:SecretString:password}}"),
        ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"),
        ("DB_PASSWORD", "/prod/db/password"),
        ("DB_SECRET", "prod/db/password"),
        ("DB_PASSWORD_ARN", "hunter22"),
        ("SECRET_NAME", "database"),
        ("TOKEN_URL", "https://login.example.com/oauth2/token"),
        ("PASSWORD_MIN_LENGTH", "14-and-more"),
        ("TOKEN_EXPIRY_SECONDS", "3600000"),
        ("PUBLIC_KEY", "0a1b2c3d"),
        ("MONKEY", "0a1b2c3d"),
        ("DATABASE", "postgres://db.example.com/x"),
        ("DATABASE", "postgres://app:${PASSWORD}@db.example.com/x"),
        # No access key: too short, too long, letters that none has.
        ("ID", ACCESS_KEY[:-1]),
        ("ID", ACCESS_KEY + "A"),
        ("ID", "AKIA" + "1" * 16),
    ],
)
def test_what_is_none_is_let_be(name: str, value: str) -> None:
    assert look(name, value) is None


def test_a_fingerprint_is_a_keyed_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    right = hmac.new(KEY.encode(), b"hunter22", hashlib.sha256).hexdigest()[:16]
    assert fingerprint("hunter22") == right
    monkeypatch.setenv(secret.KEY, KEY + "another")
    assert fingerprint("hunter22") != right


def test_a_run_without_a_key_has_one_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(secret.KEY)
    assert fingerprint("hunter22") == fingerprint("hunter22")
    before = fingerprint("hunter22")
    secret._key_of_this_run.cache_clear()
    assert fingerprint("hunter22") != before


@pytest.mark.parametrize(("length", "refused"), [(15, True), (16, False)])
def test_a_short_key_is_refused(
    monkeypatch: pytest.MonkeyPatch, length: int, refused: bool
) -> None:
    monkeypatch.setenv(secret.KEY, "k" * length)
    if refused:
        with pytest.raises(UsageError, match="shorter than 16"):
            fingerprint("x")
    else:
        assert len(fingerprint("x")) == 16


def test_places_in_a_text() -> None:
    text = f"#!/bin/sh\nexport DB_PASSWORD='hunter22'\n\n{PEM}\ncurl {ACCESS_KEY} {ACCESS_KEY}\n"
    found = scan(text)
    assert found is not None
    assert [(f["Line"], f["Kind"]) for f in found] == [
        (2, "named like a secret"),
        (4, "private key"),
        (7, "AWS access key"),
    ]
    assert found[0]["Fingerprint"] == fingerprint("hunter22")


@pytest.mark.parametrize("pack", [lambda b: b, gzip.compress])
def test_user_data_is_unpacked(pack: object) -> None:
    content = pack(b"#cloud-config\npassword: hunter22\n")  # type: ignore[operator]
    found = scan_encoded(base64.b64encode(content).decode())
    assert found is not None
    assert [f["Line"] for f in found] == [2]


@pytest.mark.parametrize("text", ["", None, 7, base64.b64encode(b"\x1f\x8bbroken").decode()])
def test_user_data_that_cannot_be_read_is_not_clean(text: object) -> None:
    assert scan_encoded(text) == ([] if text == "" else None)


@given(st.dictionaries(st.text(max_size=12), st.text(min_size=4, max_size=60), max_size=5))
def test_no_value_is_left_and_a_second_look_changes_nothing(given_: dict[str, str]) -> None:
    found = variables(given_)
    assert set(found) == set(given_)
    assert all(v is None or set(v) == {"Kind", "Fingerprint"} for v in found.values())
    assert variables(found) == found


@given(st.text())
def test_a_text_is_scanned_whatever_it_is(text: str) -> None:
    found = scan(text)
    assert found is not None
    assert json.loads(json.dumps(found)) == found
    assert scan(found) == found
    scan_encoded(text)
