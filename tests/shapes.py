"""AWS's requests and answers by botocore's service models: which operation, in which protocol.

What the tests answer in AWS's place is checked against the output shape of its operation, so that
no test rests on an answer that AWS could not give.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from botocore import parsers, validate
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from
from werkzeug.exceptions import NotFound

# Services whose requests are signed by another name than that of their model.
_SIGNED_AS = {"sso": "sso-admin", "access-analyzer": "accessanalyzer", "monitoring": "cloudwatch"}
# How lists name the place where they go on.
TOKENS = ("NextToken", "nextToken", "NextMarker", "Marker", "NextContinuationToken")


class Refused(Exception):
    """What AWS refuses: its code, the HTTP status and the text."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Asked:
    """A request as AWS understands it; ``parameters`` by the operation's input shape."""

    service: str
    operation: str
    region: str = ""
    account: str = ""
    key: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    protocol: str = "query"
    body: bytes = b""

    @property
    def name(self) -> str:
        """``service:Operation``."""
        return f"{self.service}:{self.operation}"

    @property
    def model(self) -> OperationModel:
        """The operation's model. Raises OperationNotFoundError."""
        return get_service_model(self.service).operation_model(self.operation)


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def understand(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Asked:
    """Which operation a request asks for; ``?`` where no service model has it."""
    key, region, signed = _credential(headers.get("Authorization", ""))
    service = _SIGNED_AS.get(signed, signed)
    request = Request.from_primitives(method, f"http://aws{path}", headers, body)
    request.environ["RAW_URI"] = path
    try:
        model, labels = get_service_router(service).match(request)
        protocol = determine_request_protocol(model.service_model, request.content_type)
    except (NotFound, LookupError, NotImplementedError, ValueError, OSError):
        return Asked(service, "?", region, key=key, body=body)
    parsed: Any = PROTOCOL_PARSERS[protocol](model).parse(
        {
            "method": method,
            "values": request.values,
            "headers": request.headers,
            "body": request.get_data(),
            "url_path": request.path,
            "url_params": labels,
        }
    )
    account = get_account_id_from(key)
    return Asked(service, model.name, region, account, key, parsed, protocol, body)


def _credential(authorization: str) -> tuple[str, str, str]:
    """Key id, region and service of a signature (AWS Signature Version 4)."""
    scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    return (scope[0], scope[2], scope[3]) if len(scope) == 5 else ("", "", "?")


def checked(service: str, operation: str, answer: Mapping[str, Any]) -> None:
    """Raise AssertionError where AWS's operation cannot give ``answer``."""
    shape = get_service_model(service).operation_model(operation).output_shape
    if shape is None:
        assert not answer, f"{service}:{operation} answers nothing"
        return
    report = validate.ParamValidator().validate(dict(answer), shape)
    unknown = sorted(set(answer) - set(shape.members))
    said = report.generate_report()
    assert not report.has_errors(), f"{service}:{operation} cannot answer so: {said}"
    assert not unknown, f"{service}:{operation} has no {', '.join(unknown)}"


def serialised(asked: Asked, answer: Mapping[str, Any]) -> Reply:
    """``answer`` in the protocol of the request, checked against the output shape."""
    checked(asked.service, asked.operation, answer)
    return written(asked, answer)


def written(asked: Asked, answer: Mapping[str, Any]) -> Reply:
    """``answer`` in the protocol of the request, as it is: a broken one stays broken."""
    make = get_serializer_class(asked.service, asked.protocol)
    done = make(asked.model, value_picker=_picked).serialize(dict(answer))
    body = done["body"]
    content = body.encode() if isinstance(body, str) else body
    return Reply(int(done["status_code"]), content, {k: str(v) for k, v in done["headers"].items()})


def _picked(context: Any) -> Any:
    return context.obj.get(context.key) if isinstance(context.obj, Mapping) else None


def read_back(asked: Asked, reply: Reply) -> dict[str, Any]:
    """An answer as the SDK reads it."""
    parser = parsers.create_parser(asked.protocol)
    response = {"body": reply.body, "headers": dict(reply.headers), "status_code": reply.status}
    found: dict[str, Any] = parser.parse(response, asked.model.output_shape)
    found.pop("ResponseMetadata", None)
    return found


def refusal(asked: Asked, error: Refused) -> Reply:
    """An error in the protocol of the request."""
    said, code = escape(error.message), error.code
    if "json" in asked.protocol:
        body = json.dumps({"__type": code, "message": error.message}).encode()
        return Reply(error.status, body, {"x-amzn-ErrorType": code})
    if asked.protocol == "ec2":
        inner = f"<Errors><Error><Code>{code}</Code><Message>{said}</Message></Error></Errors>"
        text = f"<Response>{inner}<RequestID>r-1</RequestID></Response>"
    elif asked.service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>"
    else:
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{said}</Message></Error>"
        text = f"<ErrorResponse>{inner}<RequestId>r-1</RequestId></ErrorResponse>"
    return Reply(error.status, text.encode(), {"Content-Type": "text/xml"})


@cache
def token_of(service: str, operation: str) -> str:
    """The member by which the operation's answer says where it goes on; empty: it has none."""
    shape = get_service_model(service).operation_model(operation).output_shape
    return next((name for name in TOKENS if shape is not None and name in shape.members), "")
