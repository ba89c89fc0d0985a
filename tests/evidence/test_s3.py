"""S3 as a medium: keys below the prefix alone, every refusal an OSError, a conflict tried again."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from reportgen.evidence.s3 import S3Medium
from reportgen.evidence.seal import sha256

BUCKET = "evidence-example"


@pytest.fixture
def bucket(s3: Any) -> Any:
    """A bucket of moto with a store at ``iam/``, something beside it, and more than one page."""
    s3.create_bucket(Bucket=BUCKET)
    for name in ("iam/store.json", "iam/chain/1.json", "iam/chain/2.json", "iamx/chain/1.json"):
        s3.put_object(Bucket=BUCKET, Key=name, Body=name.encode())
    return s3


def test_names_are_those_below_the_prefix(bucket: Any) -> None:
    medium = S3Medium(BUCKET, "/iam/")
    assert str(medium) == f"s3://{BUCKET}/iam"
    assert medium.listing("") == {"store.json": 14}
    assert medium.listing("chain") == {"chain/1.json": 16, "chain/2.json": 16}
    assert medium.listing("objects") == {}
    assert medium.read("chain/1.json") == b"iam/chain/1.json"
    assert medium.digest("chain/2.json") == sha256(b"iam/chain/2.json")


def test_a_store_at_the_top_of_its_bucket(bucket: Any) -> None:
    medium = S3Medium(BUCKET, "")
    assert str(medium) == f"s3://{BUCKET}"
    bucket.put_object(Bucket=BUCKET, Key="store.json", Body=b"{}")
    assert medium.listing("") == {"store.json": 2}


def test_a_place_exists_once_something_is_below_it(bucket: Any) -> None:
    assert S3Medium(BUCKET, "iam").exists() is True
    assert S3Medium(BUCKET, "ia").exists() is False


@pytest.mark.parametrize(("limit", "count"), [(4, 5), (13, 14), (14, 14)])
def test_no_more_is_read_than_a_byte_over_the_limit(bucket: Any, limit: int, count: int) -> None:
    assert S3Medium(BUCKET, "iam").read("store.json", limit) == b"iam/store.json"[:count]


def test_many_are_read_in_the_order_asked(bucket: Any) -> None:
    names = [f"objects/{n:02}" for n in range(40)]
    medium = S3Medium(BUCKET, "iam")
    for name in names:
        assert medium.write_new(name, name.encode()) is True
    assert list(medium.read_all(reversed(names))) == [n.encode() for n in reversed(names)]


def test_the_first_writer_wins_and_replacing_does_not_ask(bucket: Any) -> None:
    medium = S3Medium(BUCKET, "iam")
    assert medium.write_new("head.json", b"one") is True
    assert medium.write_new("head.json", b"two") is False
    assert medium.read("head.json") == b"one"
    medium.replace("head.json", b"three")
    assert medium.read("head.json") == b"three"
    with medium.lock():
        pass


def test_what_is_not_there_is_as_in_a_folder(bucket: Any) -> None:
    medium = S3Medium(BUCKET, "iam")
    for ask in (medium.read, medium.digest):
        with pytest.raises(FileNotFoundError, match="NoSuchKey"):
            ask("nowhere")
    with pytest.raises(OSError, match="NoSuchBucket"):
        S3Medium("no-such-bucket-example", "").listing("chain")


class Refusing:
    """A client that answers ``put_object`` with errors of these codes, then takes it."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.asked: list[dict[str, Any]] = []

    def put_object(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self.codes:
            error: Any = {"Error": {"Code": self.codes.pop(0), "Message": "said"}}
            raise ClientError(error, "PutObject")
        return {}


def refusing(*codes: str) -> tuple[S3Medium, Refusing]:
    medium, client = S3Medium(BUCKET, "iam"), Refusing(*codes)
    medium._clients[os.getpid()] = client
    return medium, client


def test_only_a_new_file_is_asked_for_on_condition() -> None:
    medium, client = refusing()
    medium.write_new("a", b"1")
    medium.replace("a", b"2")
    assert client.asked == [
        {"Bucket": BUCKET, "Key": "iam/a", "Body": b"1", "IfNoneMatch": "*"},
        {"Bucket": BUCKET, "Key": "iam/a", "Body": b"2"},
    ]


@pytest.mark.parametrize("code", ["PreconditionFailed", "412"])
def test_a_failed_condition_is_another_writers_file(code: str) -> None:
    medium, client = refusing(code)
    assert medium.write_new("a", b"1") is False
    assert len(client.asked) == 1


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "409"])
def test_a_conflict_is_tried_four_times_more(code: str) -> None:
    """S3 User Guide, "conditional writes": after 409 the upload is to be tried again."""
    medium, client = refusing(*[code] * 4)
    assert medium.write_new("a", b"1") is True
    assert len(client.asked) == 5
    medium, client = refusing(*[code] * 5)
    with pytest.raises(OSError, match="a is being written by others again and again"):
        medium.write_new("a", b"1")
    assert len(client.asked) == 5


def test_every_other_refusal_has_its_code_and_words() -> None:
    for write in (S3Medium.write_new, S3Medium.replace):
        medium, _ = refusing("AccessDenied")
        with pytest.raises(OSError, match="AccessDenied: said") as raised:
            write(medium, "a", b"1")
        assert not isinstance(raised.value, FileNotFoundError | FileExistsError | BlockingIOError)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ClientError({}, "PutObject"), r"\?: "),
        (EndpointConnectionError(endpoint_url="x"), "Could not connect"),
    ],
)
def test_what_says_nothing_is_an_error_too(error: Exception, said: str) -> None:
    medium = S3Medium(BUCKET, "iam")

    class Silent:
        def put_object(self, **_: Any) -> None:
            raise error

    medium._clients[os.getpid()] = Silent()
    with pytest.raises(OSError, match=said):
        medium.replace("a", b"1")


def test_the_code_404_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    medium = S3Medium(BUCKET, "iam")

    class Gone:
        def get_object(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")

    medium._clients[os.getpid()] = Gone()
    with pytest.raises(FileNotFoundError):
        medium.read("a")


def test_each_process_has_its_own_connections(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    medium = S3Medium(BUCKET, "iam")
    first = medium._client
    assert medium._client is first
    # Standard: what S3 refuses for the moment is asked for five times in all.
    assert first.meta.config.retries == {"mode": "standard", "total_max_attempts": 5}
    assert pickle.loads(pickle.dumps(medium))._clients == {}
    getpid: Callable[[], int] = os.getpid
    monkeypatch.setattr(os, "getpid", lambda: getpid() + 1)
    assert medium._client is not first


class Removing:
    """A client that removes, and tells by key what each object's lock is."""

    def __init__(self, *, rule: bool = False, **locks: dict[str, Any]) -> None:
        self.rule, self.locks = rule, locks
        self.asked: list[dict[str, Any]] = []
        self.errors: list[dict[str, str]] = []

    def delete_object(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {}

    def delete_objects(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Errors": self.errors} if self.errors else {}

    def get_object_lock_configuration(self, **_: Any) -> dict[str, Any]:
        on: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
        rule = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 7}}}
        return {"ObjectLockConfiguration": on | (rule if self.rule else {})}

    def head_object(self, **asked: Any) -> dict[str, Any]:
        return self.locks[asked["Key"].rpartition("/")[2]]


def removing(client: Removing) -> S3Medium:
    medium = S3Medium(BUCKET, "iam")
    medium._clients[os.getpid()] = client
    return medium


@pytest.mark.parametrize(
    ("count", "requests"),
    [(0, []), (1, [1]), (1000, [1000]), (1001, [1000, 1]), (2000, [1000] * 2)],
)
def test_a_thousand_are_removed_at_once_and_no_more(count: int, requests: list[int]) -> None:
    """DeleteObjects takes 1,000 keys."""
    client = Removing()
    names = [f"objects/{n}" for n in range(count)]
    removing(client).remove_all(names)
    assert [len(asked["Delete"]["Objects"]) for asked in client.asked] == requests
    # Of what went well nothing is to be told: that would be as long as the list.
    assert all(asked["Delete"]["Quiet"] for asked in client.asked)
    gone = [o["Key"] for asked in client.asked for o in asked["Delete"]["Objects"]]
    assert gone == [f"iam/{name}" for name in names]


def test_one_is_removed_by_its_key() -> None:
    client = Removing()
    removing(client).remove("chain/1.json")
    assert client.asked == [{"Bucket": BUCKET, "Key": "iam/chain/1.json"}]


def test_one_of_many_that_stays_is_said() -> None:
    client = Removing()
    client.errors = [{"Code": "AccessDenied", "Key": "iam/a"}]
    with pytest.raises(OSError, match="AccessDenied: iam/a"):
        removing(client).remove_all(["a", "b"])


AT = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize("rule", [True, False])
def test_what_holds_an_object_and_until_when(rule: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a default retention every object has one, and not to see it is no sign of none."""
    monkeypatch.setattr("reportgen.evidence.s3.now", lambda: AT)
    client = Removing(
        rule=rule,
        legal={"ObjectLockLegalHoldStatus": "ON"},
        both={"ObjectLockLegalHoldStatus": "ON", "ObjectLockRetainUntilDate": AT},
        off={"ObjectLockLegalHoldStatus": "OFF", "ObjectLockRetainUntilDate": AT},
        over={"ObjectLockRetainUntilDate": AT - timedelta(seconds=1)},
        now={"ObjectLockRetainUntilDate": AT},
        ahead={"ObjectLockRetainUntilDate": AT + timedelta(seconds=1)},
        bare={},
    )
    unseen = {"bare": "retention that needs s3:GetObjectRetention to see"}
    assert removing(client).held(client.locks) == {
        "legal": "a legal hold",
        "both": "a legal hold",
        "ahead": "retention until 2026-11-25T00:00:01Z",
        **(unseen if rule else {}),
    }
