"""Fixtures: a moto server over HTTP with a front that can misbehave, and the sample's report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus

import pytest
from moto.server import ThreadedMotoServer

from tests.mailroom import configured, inbox, made, server

__all__ = ["configured", "inbox", "made", "server"]

ERROR = (
    '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
    "<Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId>"
    "</ErrorResponse>"
)


# What moto does not have, and AWS answers where there is nothing to tell.
LACKING = {"GetPermissionsBoundaryForPermissionSet": "ResourceNotFoundException"}


class Front:
    """A layer before moto. ``faults`` maps an action to deny, throttle, expire, malformed, cut.

    ``Action?text`` is a fault only of requests with ``text`` in their body. After ``dies_after``
    requests, the process ``victim`` is killed.
    """

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.faults: dict[str, str] = {}
        self.calls: Counter[str] = Counter()
        self.dies_after = 0
        self.victim: subprocess.Popen[str] | None = None
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                target = self.headers.get("X-Amz-Target", "")
                action = parse_qs(body.decode()).get("Action", ["?"])[0]
                action = target.split(".")[-1] or action
                front.calls[action] += 1
                if front.victim is not None and sum(front.calls.values()) > front.dies_after:
                    front.victim.kill()
                    return
                status, content = front.answer(action, backend, self.headers, body)
                if front.faults.get(action) == "cut":
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content[: len(content) // 2])
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("x-amzn-requestid", f"req-{sum(front.calls.values())}")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, action: str, backend: str, headers: object, body: bytes) -> tuple[int, bytes]:
        """Forward, or answer with the fault asked for."""
        fault = self.faults.get(action) or next(
            (
                fault
                for key, fault in self.faults.items()
                if key.startswith(f"{action}?")
                and key.partition("?")[2] in unquote_plus(body.decode())
            ),
            None,
        )
        codes = {
            "deny": (403, "AccessDenied"),
            "throttle": (400, "Throttling"),
            "expire": (403, "ExpiredToken"),
        }
        is_json = "X-Amz-Target" in headers  # type: ignore[operator]
        own = "Credential=ASIA" not in headers.get("Authorization", "")  # type: ignore[attr-defined]
        above = "AWSOrganizations" in headers.get("X-Amz-Target", "")  # type: ignore[attr-defined]
        if above and not own and action != "DescribeOrganization":
            # As AWS refuses a member account, which moto does not.
            said = "You don't have permissions to access this resource."
            refusal = {"__type": "AccessDeniedException", "Message": said}
            return 400, json.dumps(refusal).encode()
        if action in LACKING and action not in self.faults:
            return 400, json.dumps({"__type": LACKING[action], "message": "none"}).encode()
        if fault in codes:
            status, code = codes[fault]
            said = f"User is not authorized to perform: iam:{action}"
            if is_json:
                return status, json.dumps({"__type": f"{code}Exception", "message": said}).encode()
            return status, ERROR.format(code=code, message=said).encode()
        if fault == "malformed":
            return 200, b"<html>proxy error"
        request = urllib.request.Request(backend, data=body, headers=dict(headers.items()))  # type: ignore[attr-defined]
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def front(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """A fresh AWS: moto emptied, with a front before it, and the environment pointing there."""
    urllib.request.urlopen(urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST"))
    layer = Front(moto_url)
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", layer.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "ap-southeast-2")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-2")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield layer
    layer.server.shutdown()
    layer.server.server_close()


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command line in an empty folder; no run may end in a traceback."""

    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "reportgen", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample organisation, written once."""
    from reportgen.pipeline import write_sample

    folder = tmp_path_factory.mktemp("sample") / "organisation"
    write_sample(folder)
    return folder
