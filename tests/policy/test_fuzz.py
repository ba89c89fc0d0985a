"""The fuzzer: a short run, the same each time, and that it finds and shrinks what it looks for."""

from __future__ import annotations

import json

from bench.fuzz import document, fuzz, judge, seeds, smallest


def test_damaged_documents_neither_raise_nor_take_long() -> None:
    said: list[str] = []
    done, failures = fuzz(1_000, seed=20_261_124, tell=said.append)
    assert (done, failures) == (1_000, 0), said


def test_a_document_follows_from_its_numbers_alone() -> None:
    texts = seeds()
    assert [document(texts, 1, n) for n in range(50)] == [document(texts, 1, n) for n in range(50)]
    assert document(texts, 1, 7) != document(texts, 2, 7)
    assert len({document(texts, 1, n) for n in range(200)}) > 150


def test_a_failure_is_told_with_its_numbers_and_its_smallest_document() -> None:
    def picky(text: str) -> None:
        if "NotPrincipal" in text and "\x00" not in text:
            raise KeyError("x")

    said: list[str] = []
    done, failures = fuzz(300, seed=3, stages={"picky": picky}, tell=said.append)
    assert done == 300
    assert failures > 0
    assert said[0].startswith("--seed 3 --start ")
    assert "picky: KeyError" in said[0]
    assert json.loads(said[1].removeprefix("  smallest: ")) == "NotPrincipal"
    # Only the first of a kind is shrunk.
    assert sum("smallest" in text for text in said) == 1


def test_what_takes_too_long_is_a_failure() -> None:
    def slow(text: str) -> None:
        while text:
            pass

    failure, longest = judge("x", {"slow": slow}, slowest=0.02)
    assert failure is not None
    assert (failure.kind, failure.stage) == ("TooSlow", "slow")
    assert longest > 0.02


def test_a_smaller_document_must_fail_in_the_same_way() -> None:
    def two_ways(text: str) -> None:
        if "ab" in text:
            raise KeyError
        if "a" in text:
            raise ValueError

    failure, _ = judge("xxabxx", {"s": two_ways})
    assert failure is not None
    assert smallest("xxabxx", failure, {"s": two_ways}) == "ab"
