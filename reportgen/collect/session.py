"""One door to AWS: the ordinary credential chain, retries, request ids and the wire bytes."""

from __future__ import annotations

import json
import os
import re
import threading
from contextvars import ContextVar
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from reportgen import __version__
from reportgen.errors import CollectError
from reportgen.model import AwsRequest, Status, status_of
from reportgen.sources.source import Answer, ReadError, malformed

# Seconds without a byte of an answer after which a request is made again.
READ_TIMEOUT = 60

# Codes by which AWS says that the credentials themselves are no good.
_BAD_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "InvalidAccessKeyId",
    "AuthFailure",
    "IncompleteSignature",
    "MissingAuthenticationToken",
}
# Of these, what AWS says of good credentials too where a region is not switched on, or where a
# session token is of the global STS endpoint (IAM User Guide, "Managing AWS STS in an AWS Region").
_BAD_IN_REGION = {"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"}
# Codes and words by which AWS says that a signature is of another time than its own.
_SKEWED = {"RequestTimeTooSkewed", "RequestInTheFuture"}
_SKEWED_WORDS = ("Signature expired", "Signature not yet current")


# Bodies of the answers to the request under way, the last one being the one that counts. A context
# variable, because clients are shared by threads.
_body: ContextVar[list[bytes] | None] = ContextVar("_body", default=None)


def _keep_body(response_dict: dict[str, Any], **_: Any) -> None:
    kept = _body.get()
    if kept is not None and isinstance(response_dict.get("body"), bytes):
        kept.append(response_dict["body"])


class Session:
    """Reads from one AWS account as one caller.

    ``profile`` and ``region`` are optional; AWS_ENDPOINT_URL and the rest of the environment are
    honoured as everywhere. Raises CollectError when there are no usable credentials at all.
    """

    def __init__(
        self,
        profile: str | None = None,
        region: str | None = None,
        *,
        boto: boto3.Session | None = None,
    ) -> None:
        self._clients: dict[tuple[str, str], Any] = {}
        # boto3 sessions make one client at a time; the clients themselves are for all threads.
        self._making = threading.Lock()
        if boto is not None:
            self._session, self.region = boto, region or "us-east-1"
            return
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region)
            found = self._session.get_credentials()
        except ProfileNotFound as error:
            raise CollectError(
                f"The AWS profile {profile!r} does not exist.", "See `aws configure list-profiles`."
            ) from error
        except (BotoCoreError, ValueError) as error:
            raise CollectError(f"The AWS configuration cannot be used: {error}.") from error
        if found is None:
            raise CollectError(
                "No AWS credentials were found.",
                "Sign in (aws sso login, aws login), or name a profile with --profile.",
            )
        self.region = self._session.region_name or "us-east-1"

    def identity(self, *, required: bool) -> tuple[str, str]:
        """Partition and account of the caller; both empty where STS does not tell.

        Raises CollectError for that if ``required``.
        """
        try:
            answer = self.call("sts", "get_caller_identity").data
        except ReadError as error:
            if not required:
                return "", ""
            raise CollectError(
                f"AWS does not say whose credentials these are: {error}",
                "Check the network, AWS_ENDPOINT_URL and the credentials.",
            ) from error
        arn, account = str(answer.get("Arn", "")), str(answer.get("Account", ""))
        if not re.fullmatch(r"[0-9]{12}", account):
            return "", ""
        return (arn.split(":")[1] if arn.startswith("arn:") else "aws"), account

    def assuming(self, role_arn: str, session_name: str, external_id: str = "") -> Session:
        """A session as a role of another account. CloudTrail there shows ``session_name``.

        Credentials are fetched when they are first used, and again before they end.
        """
        extra = {"RoleSessionName": session_name}
        if external_id:
            extra["ExternalId"] = external_id
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=self._created,
            source_credentials=self._session.get_credentials(),
            role_arn=role_arn,
            extra_args=extra,
        )
        inner = botocore.session.get_session()
        # The service models are large, and the same for every account: they are read once.
        loader = self._session._session.get_component("data_loader")
        inner.register_component("data_loader", loader)
        # There is no public way to give a session credentials that renew themselves.
        inner._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]
            method="assume-role", refresh_using=fetcher.fetch_credentials
        )
        boto = boto3.Session(botocore_session=inner, region_name=self.region)
        return Session(region=self.region, boto=boto)

    def _created(self, *given: Any, **more: Any) -> Any:
        """A client for the roles of other accounts, which are taken on by several threads at once:
        the session, which is the same for all, makes one client at a time.
        """
        with self._making:
            return self._session._session.create_client(*given, **more)

    def release(self, region: str) -> None:
        """Let go of the clients of a region, which is read to the end: each takes some memory."""
        for service, place in list(self._clients):
            if place == region != self.region:
                self._clients.pop((service, place)).close()

    def close(self) -> None:
        """Let go of every client: the account is read."""
        with self._making:
            while self._clients:
                self._clients.popitem()[1].close()

    def _client(self, service: str, region: str) -> Any:
        with self._making:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._made(service, region)
            return self._clients[service, region]

    def _made(self, service: str, region: str) -> Any:
        options: dict[str, Any] = {
            "user_agent_extra": f"reportgen/{__version__}",
            "connect_timeout": 10,
            "read_timeout": READ_TIMEOUT,
            "max_pool_connections": 16,
        }
        if not os.environ.get("AWS_MAX_ATTEMPTS"):
            # Adaptive: slows down before AWS has to refuse (retry behaviour, SDKs guide).
            options["retries"] = {"mode": "adaptive", "total_max_attempts": 8}
        make: Any = self._session.client
        client = make(service, region_name=region, config=Config(**options))
        client.meta.events.register("before-parse", _keep_body)
        return client

    def call(self, service: str, method: str, /, *, region: str = "", **parameters: Any) -> Answer:
        """Make one request; ``region`` empty: the session's own.

        Raises ReadError, and CollectError when the credentials are no good.
        """
        kept: list[bytes] = []
        token = _body.set(kept)
        client = self._client(service, region or self.region)
        operation = getattr(client, method)
        try:
            data = operation(**parameters)
        except ClientError as error:
            said = error.response.get("Error", {})
            code, message = str(said.get("Code", "Unknown")), str(said.get("Message", ""))
            if code in _BAD_IN_REGION and region not in ("", self.region) and self._good():
                refusal = _answer({**error.response}, kept)
                said_of = f"{message} (the region may not be switched on for these credentials)"
                raise ReadError(Status.DENIED, code, said_of, refusal) from error
            if code in _SKEWED or any(words in message for words in _SKEWED_WORDS):
                raise CollectError(
                    f"AWS refused the time of a request: {code}: {message}",
                    "Set the clock of this machine.",
                ) from error
            if code in _BAD_CREDENTIALS:
                raise CollectError(
                    f"AWS refused the credentials: {code}: {message}",
                    "They may have expired: sign in again (aws sso login, aws login).",
                ) from error
            refusal = _answer({**error.response}, kept)
            raise ReadError(status_of(code), code, message, refusal) from error
        except (
            NoCredentialsError,
            PartialCredentialsError,
            SSOError,
            TokenRetrievalError,
        ) as error:
            raise CollectError(
                f"The AWS credentials cannot be used: {error}",
                "Sign in again (aws sso login, aws login), or name another profile with --profile.",
            ) from error
        except (BotoCoreError, ResponseParserError, ValueError) as error:
            # ValueError: the SDK could not read a value of the answer, such as a date.
            text = " ".join(str(error).split())[:300]
            if isinstance(error, ResponseParserError):
                # It quotes the answer, in which a secret may stand.
                text = f"the answer to {method} could not be read"
            raise ReadError(Status.FAILED, type(error).__name__, text) from error
        except (AttributeError, KeyError, TypeError) as error:
            # The SDK's own parser stumbled, over a text where the operation gives an object.
            raise malformed(f"the answer to {method} is not of its form") from error
        finally:
            _body.reset(token)
        answer = _answer(data, kept)
        if "json" in client.meta.service_model.resolved_protocol:
            _must_be_json(method, answer.body)
        return answer

    def _good(self) -> bool:
        """Whether AWS takes the credentials in the session's own region."""
        try:
            self.call("sts", "get_caller_identity")
        except (ReadError, CollectError):
            return False
        return True


def _answer(data: dict[str, Any], bodies: list[bytes]) -> Answer:
    """What AWS answered, with what identifies the request and the last of the bodies."""
    about = data.pop("ResponseMetadata", {})
    request = AwsRequest(
        str(about.get("RequestId", "")),
        str(about.get("HTTPHeaders", {}).get("date", "")),
        int(about.get("HTTPStatusCode", 0)),
        int(about.get("RetryAttempts", 0)),
    )
    return Answer(data, request, bodies[-1] if bodies else b"")


def _must_be_json(method: str, body: bytes) -> None:
    """The SDK takes an answer that is no JSON for an empty one; a proxy's page is no answer."""
    try:
        whole = isinstance(json.loads(body or b"{}"), dict)
    except ValueError:
        whole = False
    if not whole:
        raise malformed(f"the answer to {method} is not JSON")
