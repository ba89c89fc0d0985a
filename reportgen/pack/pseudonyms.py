"""Keyed pseudonyms for names, ARNs, addresses and account ids.

A pseudonym follows from the key and the name alone (HMAC-SHA-256), so the same name has the same
one in every pack. It keeps the form that verdicts rest on: partition, service, region, account,
kind and path of an ARN, what AWS itself named, wildcards, variables, and the words that the
catalogue's parameters look for. A name is cut at ``-``, ``_``, blanks and where a capital follows a
small letter, and each piece is hashed with all that stands before it: ``deploy-*`` goes on fitting
``deploy-web``, and that two names begin alike can be seen, not how.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from reportgen.errors import ConfigError, UsageError

SCHEME = "reportgen-pseudonyms-1"
_KEY_BYTES = 32
# No vowels, so that no word comes about; a letter first, as many names must have.
_LETTERS = "bcdfghjklmnpqrstvwxz"
_SIGNS = _LETTERS + "0123456789"
_LENGTH = 8
# What AWS names itself, wherever it stands. Paths of ARNs: IAM User Guide, "IAM identifiers".
_OF_AWS = (
    "AWSServiceRoleFor", "AWSServiceRole", "AWSReservedSSO_", "AWSReservedSSO", "AWSReserved",
    "OrganizationAccountAccessRole", "AWSControlTowerExecution", "AWSControlTower",
    "aws-controltower", "stacksets-exec", "FullAWSAccess", "AWSCompromisedKeyQuarantine",
)  # fmt: skip
# Kinds of things in ARNs, which say what stands behind them.
_KINDS = frozenset((
    "access-key", "account", "alarm", "alias", "analyzer", "app", "application", "assumed-role",
    "backup-vault", "bucket", "cluster", "db", "detector", "distribution", "document", "domain",
    "event-bus", "event-data-store", "federated-user", "file-system", "function", "group",
    "image", "instance", "instance-profile", "key", "layer", "log-group", "log-stream", "mfa",
    "network-interface", "oidc-provider", "ou", "parameter", "permissionSet", "policy",
    "project", "queue", "recovery-point", "repository", "resource_control_policy", "role",
    "root", "rule", "saml-provider", "secret", "security-group", "server-certificate",
    "service", "service_control_policy", "sms-mfa", "snapshot", "stack", "stateMachine",
    "subnet", "table", "task", "task-definition", "trail", "u2f", "user", "volume", "vpc",
    "vpc-endpoint", "vpce",
))  # fmt: skip
# Their ARNs begin with a name where others have a kind.
_NAMED_AT_ONCE = frozenset({"s3", "sns", "sqs"})
_PATH_OF_AWS = frozenset({"aws-service-role", "service-role", "aws-reserved"})
# Issuers of tokens that many organisations share; any other is somebody's own.
_SHARED_HOSTS = (
    "token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "agent.buildkite.com",
    "accounts.google.com", "www.amazon.com", "graph.facebook.com",
)  # fmt: skip
_AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".aws.internal")
# Words in the subject of a token, such as repo:OWNER/NAME:ref:refs/heads/main.
_CLAIM_WORDS = frozenset((
    "branch", "environment", "heads", "main", "organization", "project", "project_path",
    "pull_request", "ref", "ref_type", "refs", "repo", "run_phase", "serviceaccount", "system",
    "tags", "workspace",
))  # fmt: skip
_ARN = re.compile(r"arn:(aws[a-z-]*|\*):([^:\s\"']*):([^:\s\"']*):([^:\s\"']*):(.*)", re.DOTALL)
ARN_WITHIN = re.compile(r"arn:(?:aws[a-z-]*|\*):[^\s\"',;)\]}]+")
EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
ACCESS_KEY = re.compile(r"(?<![A-Z0-9])A(?:KIA|SIA)[A-Z2-7]{16}(?![A-Z0-9])")
# One pass: a pseudonym must not be taken for a name again.
_FORMS = re.compile("|".join(p.pattern for p in (ARN_WITHIN, EMAIL, ACCESS_KEY, ACCOUNT)))
_REGION = re.compile(
    r"(?:us(?:-gov|-iso[a-z]?)?|eu(?:-isoe)?|ap|sa|ca|me|af|il|mx|cn)"
    r"-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d[a-z]?"
)
_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_ID = re.compile(r"(o|r|ou|d|p|i|vpc|vpce|ssoins|ps|sg|subnet)-(?=.)")
# Ids that AWS made up; the prefixes: IAM User Guide, "Understanding unique ID prefixes".
_OPAQUE = re.compile(
    r"A(?:BI|CC|GP|ID|IP|NP|NV|PK|RO|SC)A[A-Z0-9]{12,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|v\d+|[0-9a-f]{16,}"
)
_WORD = re.compile(r"[\w.+=,@-]*[\w@=]")
_WILD_OR_VARIABLE = r"\$\{[^{}]*\}|[*?]+"
WILD = re.compile(r"[*?]+")
# Between segments, but not within a variable.
STEPS = re.compile(r"([/:])(?![^{}]*\})")
_CUT = re.compile(r"([-_\s]+)|(?<=[a-z0-9])(?=[A-Z])")


def read_key(path: Path) -> bytes:
    """The organisation's key: a file of at least 32 bytes. Raises UsageError."""
    try:
        content = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"--redact {path}: cannot be read: {error.strerror}.") from error
    if len(content) < _KEY_BYTES:
        raise UsageError(
            f"--redact {path}: has {len(content)} bytes; a key has {_KEY_BYTES} or more.",
            "Make one with `openssl rand -hex 32 > redaction.key`; keep it, and out of any pack.",
        )
    return content


class Pseudonyms:
    """Gives pseudonyms under one key.

    ``words`` are kept wherever they stand in a name; ``accounts``: account ids get pseudonyms too.
    ``given`` has every name that was replaced, with its pseudonym.
    """

    def __init__(self, key: bytes, words: Iterable[str] = (), *, accounts: bool = False) -> None:
        self._key = key
        self.accounts = accounts
        self.given: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        kept = sorted({*_OF_AWS, *words}, key=lambda w: (-len(w), w))
        words_or_wild = "|".join([_WILD_OR_VARIABLE, *(re.escape(w) for w in kept)])
        self._wild = re.compile(_WILD_OR_VARIABLE)
        self._kept = re.compile(f"({words_or_wild})", re.IGNORECASE)

    @property
    def fingerprint(self) -> str:
        """Tells one key from another, and nothing of it."""
        return self.code("fingerprint", "")[:32]

    def code(self, purpose: str, text: str) -> str:
        """HMAC-SHA-256 in hex of a text for a purpose."""
        said = f"{SCHEME}\0{purpose}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()

    # -- what a text is ------------------------------------------------------------------------

    def value(self, text: str) -> str:
        """The pseudonym of a value that may be an ARN, an address, an account, an id or a name."""
        if _ARN.fullmatch(text):
            return self.arn(text)
        if ACCOUNT.fullmatch(text):
            return self.account(text)
        if EMAIL.fullmatch(text):
            return self.email(text)
        if text.startswith(("https://", "http://")):
            scheme, _, rest = text.partition("://")
            host, slash, path = rest.partition("/")
            return f"{scheme}://{self.host(host)}{slash}{self.path(path)}"
        if text.startswith("alias/"):
            return text if text.startswith("alias/aws/") else f"alias/{self.path(text[6:])}"
        return self.path(text)

    def prose(self, text: str) -> str:
        """A sentence: what can be told by its form, and every name that is known by now."""
        return _WORD.sub(lambda m: self.given.get(m[0], m[0]), self.forms(text))

    def forms(self, text: str) -> str:
        """A text in which ARNs, addresses, keys' ids and accounts are told by their form."""
        return _FORMS.sub(lambda m: self._form(m[0]), text)

    def _form(self, text: str) -> str:
        if text.startswith("arn:"):
            return self.arn(text)
        if "@" in text:
            return self.email(text)
        return self.account(text) if text.isdecimal() else self.access_key(text)

    def arn(self, text: str) -> str:
        """An ARN, or a pattern of one, with its names replaced."""
        match = _ARN.fullmatch(text)
        if match is None:
            return self.path(text)
        partition, service, region, account, rest = match.groups()
        if account == "aws" or rest.startswith("alias/aws/"):
            return text
        account = self.account(account) if ACCOUNT.fullmatch(account) else account
        return f"arn:{partition}:{service}:{region}:{account}:{self._resource(service, rest)}"

    def _resource(self, service: str, text: str) -> str:
        if text == "root" or not text.strip("*?"):
            return text
        parts = STEPS.split(text)
        named = service in _NAMED_AT_ONCE
        for number in range(0, len(parts), 2):
            part = parts[number]
            first_of_many = number == 0 and len(parts) > 1 and not named
            if (first_of_many or (number == 2 and parts[0] == "u2f")) and part in _KINDS:
                continue
            if number == 2 and parts[0] == "oidc-provider":
                parts[number] = self.host(part)
            elif part.endswith("_policy") and part in _KINDS:
                continue
            else:
                parts[number] = self._segment(part)
        return "".join(parts)

    def path(self, text: str) -> str:
        """A name, or names with ``/`` and ``:`` between them, each replaced for itself."""
        return "".join(
            part if part in ("/", ":") else self._segment(part) for part in STEPS.split(text)
        )

    # -- what it becomes -----------------------------------------------------------------------

    def account(self, text: str) -> str:
        """An account id; itself unless account ids are replaced."""
        if not self.accounts:
            return text
        return self._give(text, f"{int(self.code('account', text), 16) % 10**12:012}")

    def access_key(self, text: str) -> str:
        """An access key's id, which holds the account's."""
        return self._give(text, text[:4] + _signs(self.code("key", text), 16, "ABCDEFGHJKLMNPQR"))

    def email(self, text: str) -> str:
        """An address; its domain is replaced for itself."""
        if "@" not in text:
            return self._segment(text)
        local, _, domain = text.rpartition("@")
        masked = local.strip(".") == ""
        who = local if masked else self._local(local)
        made = f"{who}@{_signs(self.code('domain', domain.casefold()))}.example"
        return self._give(text, made)

    def _local(self, text: str) -> str:
        found = []
        for part in self._kept.split(text):
            kept = self._kept.fullmatch(part) or not part
            found.append(part if kept else _signs(self.code("address", part)))
        return "".join(found)

    def host(self, text: str) -> str:
        """A host's name; those of AWS and of issuers that everybody uses stay."""
        if text.endswith(_AMAZON) or text in _SHARED_HOSTS or "." not in text:
            return text
        return self._give(text, f"{_signs(self.code('host', text.casefold()))}.example")

    def _segment(self, text: str) -> str:
        if self._stays(text):
            return text
        if EMAIL.fullmatch(text):
            return self.email(text)
        if ACCESS_KEY.fullmatch(text):
            return self.access_key(text)
        if ACCOUNT.fullmatch(text):
            return self.account(text)
        if _HOST.fullmatch(text) and text.endswith(_AMAZON):
            return text
        match = _ID.match(text)
        start = match[0] if match else ""
        # What Identity Center appends to a role's name ties it to nobody.
        end = re.search(r"_[0-9a-f]{16}$", text) if text.startswith("AWSReservedSSO_") else None
        body = text[len(start) : end.start() if end else None]
        made = start + "".join(self._pieces(body, 12 if start == "o-" else _LENGTH))
        if made == text and not self._wild.search(text) and not self._kept.fullmatch(body):
            # All of it are words that stay; together they are a name yet.
            made = f"{made}-{_signs(self.code('name', text))}"
        return self._give(text, made + (end[0] if end else ""))

    def _stays(self, text: str) -> bool:
        if not text or text in _PATH_OF_AWS or text in _CLAIM_WORDS or text == "<root_account>":
            return True
        if text.startswith("AWSServiceRoleFor"):
            return True
        return bool(_REGION.fullmatch(text) or _OPAQUE.fullmatch(text))

    def pieces(self, text: str) -> str:
        """The pseudonym of a name's beginning, piece by piece."""
        return "".join(self._pieces(text, _LENGTH))

    def ends(self, text: str) -> Iterator[int]:
        """Where the pieces of a name end."""
        at = 0
        for part in self._kept.split(text):
            yield from (at + m.start() for m in _CUT.finditer(part) if m.start())
            at += len(part)
            yield at

    def _pieces(self, text: str, length: int) -> Iterator[str]:
        before = ""
        for part in self._kept.split(text):
            if self._kept.fullmatch(part):
                yield part
                # What AWS put before a name is not part of it: the name stands alone elsewhere.
                before = "" if part == "AWSReservedSSO_" else before + part
                continue
            for piece in filter(None, _CUT.split(part)):
                before += piece
                if _CUT.fullmatch(piece):
                    yield piece
                else:
                    made = _signs(self.code("name", before), length)
                    yield made.capitalize() if piece[:1].isupper() else made

    def _give(self, text: str, made: str) -> str:
        """Note what was given; two names of one pseudonym would change what is told of them."""
        if made != text:
            owner = self._owners.setdefault(made, text)
            if owner != text:
                raise ConfigError(
                    "Two names have the same pseudonym under this key.", "Make another key."
                )
            self.given[text] = made
        return made


def _signs(code: str, length: int = _LENGTH, first: str = _LETTERS) -> str:
    """So many signs of a hexadecimal code, a letter first."""
    number = int(code, 16)
    number, at = divmod(number, len(first))
    found = [first[at]]
    signs = _SIGNS if first is _LETTERS else first
    while len(found) < length:
        number, at = divmod(number, len(signs))
        found.append(signs[at])
    return "".join(found)
