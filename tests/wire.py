"""The test AWS: a layer in front of moto, over HTTP, that can misbehave as networks and AWS do.

    front.faults["ListRoles"] = "deny"                          # for ever
    front.faults["iam:ListRoles"] = Fault("throttle", times=2)  # twice, then all is well
    front.faults["ListMFADevices?UserName=ben"] = "deny"        # only where the body has that
    front.answers["accessanalyzer:ListAnalyzers"] = {"analyzers": [...]}

Answers are checked against botocore's output shapes (``tests/shapes.py``).
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Protocol
from urllib.parse import unquote, unquote_plus, urlsplit

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from tests.bent import bent
from tests.shapes import (
    Asked,
    Refused,
    Reply,
    read_back,
    refusal,
    serialised,
    token_of,
    understand,
    written,
)
from tests.standing import Answer, standing_answers

Kind = Literal[
    "deny",  # AccessDenied, by the service's word for it
    "throttle",
    "expire",  # the credentials have expired
    "error",  # 500
    "malformed",  # a proxy's page in place of an answer
    "truncate",  # half of the answer, its length telling nothing
    "cut",  # the connection breaks in the body
    "drop",  # the connection breaks before an answer
    "slow",
    "missing",  # the answer lacks its fields
    "loop",  # every page has the same token for the next
    "bent",  # the answer comes whole and is not of its form
]
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Fault:
    """What goes wrong, after how many good requests, and how often (0: for ever).

    ``field`` is the one that is missing (empty: all of them); ``seed`` says what is bent.
    """

    kind: Kind
    after: int = 0
    times: int = 0
    field: str = ""
    seconds: float = 0.2
    seed: int = 0


class Broken(Exception):
    """The connection ends here, after so much of ``reply``."""

    def __init__(self, reply: Reply | None) -> None:
        super().__init__()
        self.reply = reply


class Server(ThreadingHTTPServer):
    """Takes as many callers at once as a whole organisation that is read has."""

    # The default of 5 makes connections wait a second, and fail on a busy machine.
    request_queue_size = 1024


class Mortal(Protocol):
    """A process."""

    def kill(self) -> None:
        """End it by SIGKILL."""


class Front:
    """A layer before moto. ``faults`` and ``answers`` are by operation, with or without service; a
    function among the answers leaves to moto what it gives None for.

    ``calls`` counts requests by operation, ``asked`` by ``service:Operation``. After
    ``dies_after`` requests, the process ``victim`` is killed. ``mistakes`` has the answers that AWS
    could not give; the fixture fails a test that made one.
    """

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.faults: dict[str, Fault | Kind] = {}
        self.answers: dict[str, Answer] = {}
        self.calls: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.dies_after = 0
        self.victim: Mortal | None = None
        self.mistakes: list[str] = []
        self._met: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        # How often it looks whether it is to end: by default each test waits half a second for it.
        serve = partial(self.server.serve_forever, poll_interval=0.01)
        threading.Thread(target=serve, daemon=True).start()

    def fault_for(self, asked: Asked) -> Fault | None:
        """The fault that this request meets, if any; each counts the requests that it met."""
        text = ""
        for key in list(self.faults):
            name, _, part = key.partition("?")
            if name not in ("*", asked.operation, asked.name):
                continue
            text = text or unquote_plus(asked.body.decode(errors="replace"))
            if part not in text:
                continue
            given = self.faults[key]
            fault = given if isinstance(given, Fault) else Fault(given)
            with self._lock:
                self._met[key] += 1
                number = self._met[key]
            met = number - fault.after
            if met > 0 and (not fault.times or met <= fault.times):
                return fault
        return None

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Forward, answer in AWS's place, or misbehave. Raises Broken."""
        asked = understand(method, path, headers, body)
        with self._lock:
            self.calls[asked.operation] += 1
            self.asked[asked.name] += 1
            if self.victim is not None and self.calls.total() > self.dies_after:
                self.victim.kill()
                raise Broken(None)
        fault = self.fault_for(asked)
        if fault is None:
            return self._good(asked, method, path, headers)
        try:
            _refuse(asked, fault)
        except Refused as error:
            return refusal(asked, error)
        if fault.kind == "malformed":
            return Reply(200, b"<html>proxy error", {"Content-Type": "text/html"})
        if fault.kind == "drop":
            raise Broken(None)
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        return _spoiled(asked, fault, self._good(asked, method, path, headers))

    def _good(self, asked: Asked, method: str, path: str, headers: Mapping[str, str]) -> Reply:
        try:
            _as_a_member(asked)
            for answers in (self.answers, standing_answers()):
                given = answers.get(asked.name, answers.get(asked.operation))
                answer = given(asked) if callable(given) else given
                if answer is not None:
                    return serialised(asked, answer)
        except Refused as error:
            return refusal(asked, error)
        except AssertionError as error:
            self.mistakes.append(str(error))
            return refusal(asked, Refused("InternalFailure", str(error), 500))
        return self._forwarded(method, path, headers, asked.body)

    def _forwarded(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """What moto answers, called as its server calls it: a second connection adds nothing."""
        place, asked = urlsplit(self.backend), urlsplit(path)
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(asked.path, "latin-1"),
            "QUERY_STRING": asked.query,
            "RAW_URI": path,
            "REQUEST_URI": path,
            "SERVER_NAME": place.hostname,
            "SERVER_PORT": str(place.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
        }
        for key, value in headers.items():
            name = key.upper().replace("-", "_")
            plain = name in ("CONTENT_TYPE", "CONTENT_LENGTH")
            environ[name if plain else f"HTTP_{name}"] = value
        try:
            content, status, said = run_wsgi_app(_moto(), environ, buffered=True)
        except Exception as error:  # noqa: BLE001 - a server's answer to whatever went wrong in it
            return Reply(500, repr(error).encode(), {"Content-Type": "text/plain"})
        return Reply(int(status.split()[0]), b"".join(content), dict(said))


@cache
def _moto() -> DomainDispatcherApplication:
    return DomainDispatcherApplication(create_backend_app)


_DENIED = {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException"}


def _refuse(asked: Asked, fault: Fault) -> None:
    """Raise Refused for the faults by which AWS answers with an error."""
    if fault.kind == "deny":
        code = _DENIED.get(asked.protocol.removeprefix("rest-"), "AccessDenied")
        prefix = {"sso-admin": "sso", "accessanalyzer": "access-analyzer"}
        action = f"{prefix.get(asked.service, asked.service)}:{asked.operation}"
        raise Refused(code, f"User is not authorized to perform: {action}", 403)
    if fault.kind == "throttle":
        raise Refused("ThrottlingException" if "json" in asked.protocol else "Throttling", "slow")
    if fault.kind == "expire":
        code = "ExpiredTokenException" if "json" in asked.protocol else "ExpiredToken"
        raise Refused(code, "The security token included in the request is expired", 403)
    if fault.kind == "error":
        raise Refused("InternalFailure", "try again", 500)


def _as_a_member(asked: Asked) -> None:
    """Refuse what AWS Organizations tells the management account alone, as moto does not."""
    above = asked.service == "organizations" and asked.operation != "DescribeOrganization"
    if above and asked.key.startswith("ASIA"):
        said = "You don't have permissions to access this resource."
        raise Refused("AccessDeniedException", said)


def _spoiled(asked: Asked, fault: Fault, reply: Reply) -> Reply:
    half = reply.body[: len(reply.body) // 2]
    if fault.kind == "cut":
        raise Broken(reply)
    if fault.kind == "truncate":
        return Reply(reply.status, half, reply.headers)
    if fault.kind == "bent" and reply.status < 300:
        return Reply(reply.status, bent(reply.body, fault.seed), reply.headers)
    if fault.kind == "missing" and reply.status < 300:
        whole = read_back(asked, reply)
        kept = {k: v for k, v in whole.items() if fault.field and k != fault.field}
        return written(asked, kept)
    if fault.kind == "loop" and reply.status < 300 and token_of(asked.service, asked.operation):
        whole = read_back(asked, reply)
        token: dict[str, Any] = {token_of(asked.service, asked.operation): "again"}
        if "IsTruncated" in asked.model.output_shape.members:
            token["IsTruncated"] = True
        return written(asked, {**whole, **token})
    return reply


# Headers that belong to one connection, or that this layer writes itself.
_OWN = {"connection", "transfer-encoding", "content-length", "date", "server", "x-amzn-requestid"}


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave at once: in two pieces the second waits 40 ms to hear of the first.
        wbufsize = -1

        def handle_expect_100(self) -> bool:
            """Say at once that a body may come: whoever asks waits a second for it."""
            going_on = super().handle_expect_100()
            self.wfile.flush()
            return going_on

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                reply, whole = front.answer(self.command, self.path, self.headers, body), True
            except Broken as broken:
                self.close_connection = True
                if broken.reply is None:
                    return
                reply, whole = broken.reply, False
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            number = front.calls.total()
            self.send_header("x-amzn-requestid", f"req-{number}")
            self.send_header("x-amz-request-id", f"req-{number}")
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body if whole else reply.body[: len(reply.body) // 2])

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
