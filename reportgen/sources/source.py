"""What a source is, and the way in which it asks AWS.

A source is one file of this folder (or of a folder of the organisation's own) with a ``SOURCE``:
which operations it calls, with which IAM rights, for what scope, how its answer is told from
another's, and the function that reads it. Everything else follows from that: the flags of
``reportgen import``, the read-only policy, docs/sources.md.

No file here knows an SDK: ``Session`` is what they ask through, and collect/session.py is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from reportgen.model import AwsRequest, Status, status_of
from reportgen.sources.mask import Mask
from reportgen.sources.rows import Form

Thing = TypeVar("Thing")
Found = TypeVar("Found")

# As many items a page as IAM gives at most.
PAGE = 1000
# Pages after which a list is taken for one without an end.
MOST_PAGES = 10_000
# How a list says where it goes on: the key of the answer, and the parameter that takes it.
_TOKENS = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("NextMarker", "Marker"),
    ("Marker", "Marker"),
)


class Scope(StrEnum):
    """How often a source is read."""

    ACCOUNT = "account"
    REGION = "region"
    ORGANISATION = "organisation"


class ReadError(Exception):
    """One read did not give an answer: its status, AWS's code, and what was said.

    ``refusal`` is AWS's answer where it was AWS that refused.
    """

    def __init__(
        self, status: Status, code: str, message: str, refusal: Answer | None = None
    ) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.status = status
        self.code = code
        self.refusal = refusal


def malformed(wrong: str) -> ReadError:
    """The error for an answer that is not what the operation gives."""
    return ReadError(Status.FAILED, "MalformedAnswer", wrong)


def having(answer: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The answer, which has at least one of these. Raises ReadError: without them it is none."""
    if not any(key in answer for key in keys):
        raise malformed(f"the answer has no {keys[0]}")
    return answer


def text_of(record: Any, key: str) -> str:
    """A text that AWS always gives with a record. Raises ReadError where it is not there."""
    value = record.get(key) if isinstance(record, Mapping) else None
    if not isinstance(value, str) or not value:
        raise malformed(f"a record has no {key}")
    return value


@dataclass(frozen=True)
class Answer:
    """One answered request: the parsed data, what identifies the request, the body as it came."""

    data: dict[str, Any]
    request: AwsRequest
    body: bytes


class AwsSession(Protocol):
    """A way to AWS as one caller. ``call`` raises ReadError."""

    def call(self, service: str, method: str, /, *, region: str = "", **parameters: Any) -> Answer:
        """Make one request; ``method`` is the operation in snake case; no region: the caller's."""


@dataclass
class Reading:
    """What one source gave: the answer (or ``content`` as it came), and every request.

    ``parameters`` say what was asked, ``detail`` what is short of a whole answer.
    """

    data: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    requests: list[AwsRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    content: bytes | None = None
    generated_time: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Before:
    """What a source gave in the account's last snapshot: the answer, and its evidence's id."""

    reading: Reading
    evidence: str


class Aws:
    """How a source asks: every request and its body is noted in ``reading``.

    ``region`` is empty for the caller's own; ``earlier`` has what the sources gave that this one
    comes after (None: what they read is not there), ``before`` what a source that ``reuses`` gave
    the last time.
    """

    def __init__(
        self,
        session: AwsSession,
        region: str = "",
        earlier: Mapping[str, Reading | None] | None = None,
        before: Before | None = None,
    ) -> None:
        self.reading = Reading()
        self.region = region
        self.before = before
        self._session = session
        self._earlier = earlier or {}

    def earlier(self, source: str) -> Reading:
        """What a source before gave. Raises ReadError when it gave nothing."""
        if source not in self._earlier:
            raise ReadError(Status.FAILED, "NotAsked", f"it needs {source}, which was not read")
        reading = self._earlier[source]
        if reading is None:
            raise ReadError(
                Status.NOT_ENABLED, "NotThere", f"it needs {source}, which is not there"
            )
        return reading

    def call(self, service: str, method: str, **parameters: Any) -> dict[str, Any]:
        """Make one request; a refusal is noted too."""
        try:
            answer = self._session.call(service, method, region=self.region, **parameters)
        except ReadError as error:
            if error.refusal is not None:
                self._note(error.refusal)
            raise
        self._note(answer)
        return answer.data

    def _note(self, answer: Answer) -> None:
        self.reading.requests.append(answer.request)
        self.reading.bodies.append(answer.body)

    def pages(self, service: str, method: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every page of a list. Raises ReadError where AWS has more and does not say where."""
        token: dict[str, Any] = {}
        seen: set[str] = set()
        while True:
            answer = self.call(service, method, **parameters, **token)
            yield answer
            token = _next(answer)
            if not token:
                return
            following = str(next(iter(token.values())))
            if following in seen:
                raise ReadError(Status.FAILED, "BadPaging", "AWS gave the same page token twice")
            seen.add(following)
            if len(seen) > MOST_PAGES:
                raise ReadError(Status.FAILED, "BadPaging", f"more than {MOST_PAGES} pages")

    def items(self, service: str, method: str, key: str, **parameters: Any) -> Iterator[Any]:
        """The items of a list under ``key``. A page without the key is no answer, not an end."""
        for answer in self.pages(service, method, **parameters):
            if not isinstance(answer.get(key), list):
                raise malformed(f"the answer to {method} has no {key}")
            yield from answer[key]

    def each(
        self, ask: Callable[[Aws, Thing], Found], things: Sequence[Thing], workers: int = 8
    ) -> list[Found | ReadError]:
        """Ask for several things side by side; an error stands in its thing's place.

        Requests are noted in the order of ``things``, whichever was answered first.
        """
        ways = [Aws(self._session, self.region, self._earlier) for _ in things]

        def one(pair: tuple[Aws, Thing]) -> Found | ReadError:
            try:
                return ask(*pair)
            except ReadError as error:
                return error

        with ThreadPoolExecutor(max_workers=workers) as pool:
            outcomes = list(pool.map(one, zip(ways, things, strict=True)))
        for way in ways:
            self.reading.requests += way.reading.requests
            self.reading.bodies += way.reading.bodies
        return outcomes

    def every(
        self, ask: Callable[[Aws, Thing], Found], things: Sequence[Thing], workers: int = 8
    ) -> list[Found]:
        """As ``each``, where the answer is whole only with all of them: raises the first error."""
        found: list[Found] = []
        for outcome in self.each(ask, things, workers):
            if isinstance(outcome, ReadError):
                raise outcome
            found.append(outcome)
        return found


def _next(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The parameter that asks for the page after; empty at the end (IAM: "IsTruncated")."""
    if answer.get("IsTruncated") is False:
        return {}
    for key, parameter in _TOKENS:
        if answer.get(key):
            return {parameter: answer[key]}
    if answer.get("IsTruncated"):
        raise ReadError(Status.FAILED, "BadPaging", "AWS said there is more, but not where")
    return {}


Read = Callable[[Aws], Mapping[str, Any] | bytes]


@dataclass(frozen=True)
class Source:
    """One kind of evidence.

    ``operations`` are all that ``read`` calls, as ``service:Operation`` in botocore's names, the
    one that stands for the source first. ``actions`` are the IAM actions that allow them, where
    they are not the operations themselves. ``keys``: the answer has at least one of them.
    ``exports`` are file names by which a folder of exports holds it; ``absent`` the error codes by
    which AWS says that the thing does not exist, which is an answer too. ``after`` names the
    sources whose readings it needs. ``mask`` says what of an answer may be kept, where AWS may
    answer with a secret; ``form`` how a file is made of the AWS CLI's answers, where it is not one
    of them. What is read ``on_request`` alone costs too much to be read every time; what ``reuses``
    may take over what it gave the last time.
    """

    name: str
    about: str
    operations: tuple[str, ...]
    read: Read
    keys: tuple[str, ...]
    scope: Scope = Scope.ACCOUNT
    actions: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    after: tuple[str, ...] = ()
    mask: Mask | None = None
    form: str = ""
    rows: Form = dict
    on_request: bool = False
    reuses: bool = False

    @property
    def operation(self) -> str:
        """The operation that stands for the source."""
        return self.operations[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """The IAM actions that reading it takes."""
        return self.actions or self.operations

    @property
    def file_names(self) -> tuple[str, ...]:
        """File names of exports, the likeliest first."""
        return (*self.exports, f"{self.name}.json")

    def status(self, code: str) -> Status:
        """How a read ended for which AWS gave this error code."""
        return Status.NOT_ENABLED if code in self.absent else status_of(code)


# Codes by which IAM says that the one thing asked for is not there.
NO_ENTITY = frozenset({"NoSuchEntity", "NoSuchEntityException"})


def paged(service: str, method: str, *keys: str, **parameters: Any) -> Read:
    """Read one list, page by page; the pages' lists are joined under each of ``keys``."""

    def read(aws: Aws) -> Mapping[str, Any]:
        aws.reading.parameters = dict(parameters)
        joined: dict[str, list[Any]] = {key: [] for key in keys}
        for answer in aws.pages(service, method, **parameters):
            lists = {key: answer[key] for key in keys if isinstance(answer.get(key), list)}
            if not lists:
                raise malformed(f"the answer has no {keys[0]}")
            for key, items in lists.items():
                joined[key] += items
        return joined

    return read


def single(service: str, method: str, *keys: str) -> Read:
    """Read what one request answers."""

    def read(aws: Aws) -> Mapping[str, Any]:
        return having(aws.call(service, method), *keys)

    return read
