"""Pages, tokens and side-by-side questions, against a session that answers by hand."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.session
import pytest

from reportgen.model import AwsRequest, Status
from reportgen.sources.source import (
    PAGE,
    Answer,
    Aws,
    ReadError,
    Reading,
    Scope,
    Source,
    paged,
    single,
    text_of,
)


class Script:
    """Answers requests in order; an error in the list is raised."""

    def __init__(self, *answers: dict[str, Any] | ReadError) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def call(self, service: str, method: str, /, *, region: str = "", **parameters: Any) -> Answer:
        self.asked.append({"region": region, **parameters})
        answer = self.answers.pop(0)
        if isinstance(answer, ReadError):
            raise answer
        number = len(self.asked)
        return Answer(answer, AwsRequest(f"r-{number}", "", 200, 0), b"%d" % number)


def listed(script: Script) -> list[Any]:
    return list(Aws(script).items("any", "list_things", "Things"))


@pytest.mark.parametrize(("pages", "ends"), [(5, True), (6, False)])
def test_a_list_without_an_end_is_none(
    pages: int, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reportgen.sources.source.MOST_PAGES", 4)
    given = [{"Things": [n], "NextToken": f"t{n}"} for n in range(pages - 1)]
    script = Script(*given, {"Things": ["end"]})
    if ends:
        assert len(listed(script)) == pages
    else:
        with pytest.raises(ReadError, match="more than 4 pages"):
            listed(script)


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        # IAM; most others, in either case; Lambda.
        ({"IsTruncated": True, "Marker": "m"}, {"Marker": "m"}),
        ({"NextToken": "t"}, {"NextToken": "t"}),
        ({"nextToken": "t"}, {"nextToken": "t"}),
        ({"NextMarker": "n"}, {"Marker": "n"}),
    ],
)
def test_every_way_of_saying_that_there_is_more(
    first: dict[str, Any], asked: dict[str, Any]
) -> None:
    script = Script({"Things": [1], **first}, {"Things": [2]})
    assert listed(script) == [1, 2]
    assert script.asked == [{"region": ""}, {"region": "", **asked}]


@pytest.mark.parametrize(
    "end", [{}, {"NextToken": ""}, {"NextToken": None}, {"IsTruncated": False, "Marker": "left"}]
)
def test_every_way_of_saying_that_it_is_the_end(end: dict[str, Any]) -> None:
    assert listed(Script({"Things": [1], **end})) == [1]


@pytest.mark.parametrize(
    "answers",
    [
        [{"Things": [1], "IsTruncated": True}],
        [{"Things": [1], "NextToken": "t"}, {"Things": [2], "NextToken": "t"}],
        [{"Things": [], "NextToken": t} for t in ("a", "b", "a")],
    ],
)
def test_pages_that_lead_nowhere_are_a_failed_read(answers: list[dict[str, Any]]) -> None:
    with pytest.raises(ReadError, match="BadPaging"):
        listed(Script(*answers))


@pytest.mark.parametrize("page", [{}, {"Things": None}, {"Things": {"a": 1}}, {"Other": []}])
def test_a_page_without_its_list_is_not_an_empty_list(page: dict[str, Any]) -> None:
    with pytest.raises(ReadError, match="has no Things"):
        listed(Script({"Things": [1], "NextToken": "t"}, page))
    with pytest.raises(ReadError, match="has no Things"):
        paged("any", "list_things", "Things")(Aws(Script(page)))


def test_lists_of_several_pages_are_joined_by_key() -> None:
    script = Script({"A": [1], "B": [], "Marker": "m", "IsTruncated": True}, {"B": [2]})
    aws = Aws(script)
    assert paged("any", "get_all", "A", "B", MaxItems=5)(aws) == {"A": [1], "B": [2]}
    assert aws.reading.parameters == {"MaxItems": 5}
    assert [asked.get("MaxItems") for asked in script.asked] == [5, 5]


def test_one_of_the_keys_is_enough_for_a_single_answer() -> None:
    read = single("any", "get_it", "A", "B")
    assert read(Aws(Script({"B": 0}))) == {"B": 0}
    with pytest.raises(ReadError, match="has no A"):
        read(Aws(Script({"C": 0})))


def test_side_by_side_keeps_order_requests_and_errors() -> None:
    class Echo(Script):
        def call(
            self, service: str, method: str, /, *, region: str = "", **parameters: Any
        ) -> Answer:
            name = parameters["Name"]
            if name == "bad":
                raise ReadError(Status.DENIED, "AccessDenied", "no")
            return Answer({"Name": name}, AwsRequest(name, region, 200, 0), name.encode())

    aws = Aws(Echo(), "eu-west-1")
    names = ["a", "bad", "c"]
    found = aws.each(lambda way, name: way.call("any", "get", Name=name)["Name"], names)
    assert [str(f) for f in found] == ["a", "AccessDenied: no", "c"]
    assert [(r.request_id, r.date) for r in aws.reading.requests] == [
        ("a", "eu-west-1"),
        ("c", "eu-west-1"),
    ]
    assert aws.reading.bodies == [b"a", b"c"]


def test_what_an_earlier_source_did_not_give_is_a_failed_read() -> None:
    reading = Reading(content=b"x")
    assert Aws(Script(), earlier={"report": reading}).earlier("report") is reading
    with pytest.raises(ReadError, match="needs report, which was not read"):
        Aws(Script()).earlier("report")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Gone", Status.NOT_ENABLED),
        ("AccessDenied", Status.DENIED),
        ("Throttling", Status.THROTTLED),
        ("NoSuchEntity", Status.FAILED),
    ],
)
def test_only_what_a_source_names_is_absence(code: str, status: Status) -> None:
    source = Source(
        "s", "a", ("iam:X",), single("iam", "x", "X"), ("X",), absent=frozenset({"Gone"})
    )
    assert source.status(code) is status


def test_defaults_follow_from_name_and_operations() -> None:
    source = Source("my-things", "a", ("iam:B", "iam:A"), single("iam", "b", "B"), ("B",))
    assert source.operation == "iam:B"
    assert source.needs == ("iam:B", "iam:A")
    assert source.file_names == ("my-things.json",)
    assert source.scope is Scope.ACCOUNT
    # Read every time, and anew.
    assert (source.on_request, source.reuses) == (False, False)


@pytest.mark.parametrize("record", [{}, {"Name": ""}, {"Name": None}, {"Name": 7}, None, "Name"])
def test_a_text_that_is_not_there_makes_no_record(record: Any) -> None:
    assert text_of({"Name": "a"}, "Name") == "a"
    with pytest.raises(ReadError, match="a record has no Name"):
        text_of(record, "Name")


def test_iam_gives_no_longer_pages() -> None:
    shape = botocore.session.get_session().get_service_model("iam").shape_for("maxItemsType")
    assert shape.metadata["max"] == PAGE


def test_eight_things_are_asked_side_by_side_and_no_more() -> None:
    full, lock = threading.Barrier(8, timeout=60), threading.Lock()
    together = most = 0

    def ask(_: Aws, thing: int) -> int:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        full.wait()
        with lock:
            together -= 1
        return thing

    assert Aws(Script()).every(ask, range(16)) == list(range(16))
    assert Aws(Script()).each(ask, range(8)) == list(range(8))
    assert most == 8


def test_no_more_workers_are_made_than_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int | None] = []

    class Noted(ThreadPoolExecutor):
        def __init__(self, max_workers: int | None = None) -> None:
            made.append(max_workers)
            super().__init__(max_workers)

    monkeypatch.setattr("reportgen.sources.source.ThreadPoolExecutor", Noted)
    aws = Aws(Script())
    for ask in (aws.each, aws.every):
        assert ask(lambda _, thing: thing, [1, 2]) == [1, 2]
        assert ask(lambda _, thing: thing, [1], 3) == [1]
    assert made == [8, 3, 8, 3]
