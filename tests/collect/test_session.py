"""The door to AWS: whose credentials, what each error means, and the bytes of the last answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError

from reportgen import __version__
from reportgen.collect import session as session_module
from reportgen.collect.session import Session
from reportgen.errors import CollectError
from reportgen.model import Status
from reportgen.sources.source import Answer, ReadError
from tests.conftest import Front
from tests.warm import PATIENCE

# As it is outside tests, where ``front`` is more patient.
TIMEOUT = session_module.READ_TIMEOUT
DATE = "Wed, 30 Sep 2026 00:00:00 GMT"


def about(**more: Any) -> dict[str, Any]:
    headers = {"date": DATE}
    said = {"RequestId": "r-1", "HTTPHeaders": headers, "HTTPStatusCode": 200, "RetryAttempts": 2}
    return {"ResponseMetadata": said, **more}


class Client:
    """A client of one operation that returns or raises; ``protocol`` as its service has it."""

    def __init__(self, result: Any, protocol: str = "query") -> None:
        self.result = result
        self.meta = self
        self.service_model = self
        self.metadata = {"protocol": protocol}
        self.resolved_protocol = protocol

    def ask(self, **_: Any) -> Any:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def session(front: Front) -> Session:
    return Session()


def asked(session: Session, result: Any, monkeypatch: pytest.MonkeyPatch) -> Answer:
    monkeypatch.setattr(session, "_client", lambda *_: Client(result))
    return session.call("iam", "ask")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said"}}, "Ask")


BAD_CREDENTIALS = (
    "ExpiredToken ExpiredTokenException RequestExpired InvalidClientTokenId SignatureDoesNotMatch "
    "UnrecognizedClientException InvalidAccessKeyId AuthFailure IncompleteSignature "
    "MissingAuthenticationToken InvalidSignatureException"
)


@pytest.mark.parametrize("code", BAD_CREDENTIALS.split())
def test_bad_credentials_end_the_run(
    code: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They say nothing of what may be read: to go on would tell of denied reads."""
    with pytest.raises(CollectError, match=f"refused the credentials: {code}: said"):
        asked(session, refusal(code), monkeypatch)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("RequestTimeTooSkewed", "said"),
        ("RequestInTheFuture", "said"),
        ("SignatureDoesNotMatch", "Signature expired: 20260930T000000Z is now earlier than"),
        ("InvalidSignatureException", "Signature not yet current: 20260930T000000Z"),
    ],
)
def test_a_wrong_clock_is_not_taken_for_wrong_credentials(
    code: str, message: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ClientError({"Error": {"Code": code, "Message": message}}, "Ask")
    with pytest.raises(CollectError, match="refused the time of a request") as raised:
        asked(session, error, monkeypatch)
    assert raised.value.hint == "Set the clock of this machine."


IN_REGION = ("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure")


@pytest.mark.parametrize("code", IN_REGION)
def test_credentials_that_are_good_elsewhere_are_refused_by_the_region(
    code: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A region that is not switched on, or a token of the global STS endpoint."""
    clients = {"eu-west-1": Client(refusal(code)), session.region: WhoAmI(about())}
    monkeypatch.setattr(session, "_client", lambda _, region: clients[region])
    with pytest.raises(ReadError, match=f"{code}: said .the region may not be switched on") as told:
        session.call("iam", "ask", region="eu-west-1")
    assert told.value.status is Status.DENIED
    assert told.value.refusal is not None


@pytest.mark.parametrize("own", [refusal("AccessDenied"), refusal("InvalidClientTokenId")])
@pytest.mark.parametrize("code", IN_REGION)
def test_credentials_that_are_good_nowhere_end_the_run(
    code: str, own: Exception, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = {"eu-west-1": Client(refusal(code)), session.region: WhoAmI(own)}
    monkeypatch.setattr(session, "_client", lambda _, region: clients[region])
    with pytest.raises(CollectError, match=f"refused the credentials: {code}"):
        session.call("iam", "ask", region="eu-west-1")


def test_credentials_that_have_expired_end_the_run_in_any_region(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = {"eu-west-1": Client(refusal("ExpiredToken")), session.region: WhoAmI(about())}
    monkeypatch.setattr(session, "_client", lambda _, region: clients[region])
    with pytest.raises(CollectError, match="refused the credentials: ExpiredToken"):
        session.call("iam", "ask", region="eu-west-1")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (refusal("AccessDenied"), Status.DENIED, "AccessDenied: said"),
        (refusal("Throttling"), Status.THROTTLED, "Throttling: said"),
        (refusal("ServiceFailure"), Status.FAILED, "ServiceFailure: said"),
        (ClientError({}, "Ask"), Status.FAILED, "Unknown"),
        (ReadTimeoutError(endpoint_url="x"), Status.FAILED, "ReadTimeoutError: Read timeout"),
        (ValueError("no  date\n" + "x" * 400), Status.FAILED, "ValueError: no date xxx"),
    ],
)
def test_an_error_is_a_read_that_failed(
    error: Exception, status: Status, said: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ReadError, match=f"^{re.escape(said)}") as raised:
        asked(session, error, monkeypatch)
    assert raised.value.status is status
    assert len(str(raised.value)) <= 300 + len("ValueError: ")


def test_no_credentials_at_the_first_request(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CollectError, match="cannot be used: Unable to locate credentials"):
        asked(session, NoCredentialsError(), monkeypatch)


def test_what_identifies_a_request_is_kept(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(session, about(Roles=[]), monkeypatch)
    assert found.data == {"Roles": []}
    assert found.request.request_id == "r-1"
    assert (found.request.date, found.request.http_status, found.request.retries) == (DATE, 200, 2)
    bare = asked(session, {"Roles": []}, monkeypatch).request
    assert (bare.request_id, bare.date, bare.http_status, bare.retries) == ("", "", 0, 0)


def test_the_wire_bytes_are_those_of_this_answer(front: Front, session: Session) -> None:
    first = session.call("iam", "list_roles", MaxItems=1000)
    second = session.call("iam", "list_users", MaxItems=1000)
    assert b"<ListRolesResponse" in first.body
    assert b"<ListUsersResponse" in second.body
    assert first.request.http_status == 200
    assert re.fullmatch(r"req-\d+", first.request.request_id) or first.request.request_id


@pytest.mark.parametrize(
    ("body", "good"), [(b'{"a":1}', True), (b"", True), (b"<html>", False), (b"[]", False)]
)
def test_a_json_service_must_answer_with_json(
    body: bytes, good: bool, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a proxy's page the SDK makes an empty answer, which would be an organisation of nobody."""
    from reportgen.collect import session as module

    class Json(Client):
        def ask(self, **_: Any) -> Any:
            module._keep_body({"body": body})
            return about()

    def ask(protocol: str) -> Answer:
        monkeypatch.setattr(session, "_client", lambda *_: Json(None, protocol))
        return session.call("organizations", "ask")

    if good:
        assert ask("json").body == body
    else:
        with pytest.raises(ReadError, match="the answer to ask is not JSON"):
            ask("json")
    assert ask("query").body == body


def test_only_bytes_of_a_request_under_way_are_kept() -> None:
    from reportgen.collect import session as module

    module._keep_body({"body": b"x"})
    kept: list[bytes] = []
    token = module._body.set(kept)
    module._keep_body({"body": "no bytes"})
    module._keep_body({})
    module._keep_body({"body": b"one"})
    module._body.reset(token)
    assert kept == [b"one"]


def test_clients_are_made_once_and_say_who_asks(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS", raising=False)
    client = session._client("iam", "us-east-1")
    assert session._client("iam", "us-east-1") is client
    assert session._client("iam", "eu-west-1") is not client
    options = client.meta.config
    assert f"reportgen/{__version__}" in options.user_agent
    assert (options.connect_timeout, options.read_timeout) == (10, PATIENCE)
    assert TIMEOUT == 60
    assert options.max_pool_connections == 16
    assert options.retries == {"mode": "adaptive", "total_max_attempts": 8}


def test_the_callers_own_number_of_attempts_holds(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    retries = session._client("iam", "us-east-1").meta.config.retries
    assert retries["total_max_attempts"] == 3
    assert retries["mode"] != "adaptive"


def test_a_region_is_named_or_the_sessions_own(
    front: Front, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.region == "ap-southeast-2"
    assert Session(region="eu-west-1").region == "eu-west-1"
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert Session().region == "us-east-1"
    regions: list[str] = []

    def client(_: str, region: str) -> Client:
        regions.append(region)
        return Client(about())

    monkeypatch.setattr(session, "_client", client)
    session.call("iam", "ask")
    session.call("iam", "ask", region="eu-west-1")
    assert regions == ["ap-southeast-2", "eu-west-1"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"Arn": "arn:aws-cn:iam::111122223333:user/u", "Account": "111122223333"},
            ("aws-cn", "111122223333"),
        ),
        ({"Arn": "u", "Account": "111122223333"}, ("aws", "111122223333")),
        ({"Account": "111122223333"}, ("aws", "111122223333")),
        ({"Arn": "arn:aws:iam::1:user/u", "Account": "1" * 11}, ("", "")),
        ({"Arn": "arn:aws:iam::1:user/u", "Account": "1" * 13}, ("", "")),
        ({}, ("", "")),
    ],
)
def test_who_is_asking(
    answer: dict[str, Any],
    expected: tuple[str, str],
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "_client", lambda *_: WhoAmI(about(**answer)))
    assert session.identity(required=True) == expected


class WhoAmI(Client):
    """STS."""

    def get_caller_identity(self, **_: Any) -> Any:
        return self.ask()


def test_who_is_asking_is_not_told(front: Front, session: Session) -> None:
    front.faults["GetCallerIdentity"] = "deny"
    assert session.identity(required=False) == ("", "")
    with pytest.raises(CollectError, match="does not say whose credentials these are"):
        session.identity(required=True)


def test_a_profile_or_configuration_that_is_no_good(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CollectError, match="The AWS profile 'none' does not exist"):
        Session("none")
    broken = tmp_path / "config"
    broken.write_text("[profile x\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    with pytest.raises(CollectError, match="The AWS configuration cannot be used"):
        Session()
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(CollectError, match="No AWS credentials were found"):
        Session()


@pytest.mark.parametrize("external_id", ["", "shared-by-both"])
def test_a_role_is_taken_on_with_its_session_name(
    external_id: str, front: Front, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[dict[str, Any]] = []

    def assume(self: Any, operation: str, given: dict[str, Any]) -> Any:
        taken.append(given)
        return real(self, operation, given)

    arn = "arn:aws:iam::444455556666:role/reader"
    other = session.assuming(arn, "reportgen-run", external_id)
    assert other.region == session.region
    import botocore.client

    real = botocore.client.BaseClient._make_api_call
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", assume)
    assert other.identity(required=True) == ("aws", "444455556666")
    said = {k: v for k, v in taken[-1].items() if v}
    assume_role = next(g for g in taken if "RoleArn" in g)
    assert assume_role["RoleArn"] == arn
    assert assume_role["RoleSessionName"] == "reportgen-run"
    assert assume_role.get("ExternalId", "") == external_id
    assert ("ExternalId" in assume_role) is bool(external_id)
    assert json.dumps(said)
    assert boto3 is not None
