"""A drawn sample as a file: what was drawn, by which rule, and the proof of each row.

The file stands alone: with it anyone can check that each row is of the sealed population, that
its score follows from root and nonce, and that the rows are in order. That no row with a smaller
score was left out shows only beside the whole population: ``check`` draws again where it is given.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, TypedDict

from reportgen.errors import UsageError
from reportgen.model import canonical_json
from reportgen.review.merkle import proves
from reportgen.review.population import Population, PopulationRow
from reportgen.review.sampling import Basis, draw, score, seed_of

FORMAT = "reportgen-sample-1"


class SampleRow(TypedDict):
    """One drawn row: its rank and score, its place in the population, and its Merkle proof."""

    rank: int
    score: str
    index: int
    id: str
    account: str
    cells: dict[str, str]
    proof: list[str]


class Sample(TypedDict):
    """A sample's file. ``population`` is Population.to_json's, ``basis`` says why this size."""

    format: str
    population: dict[str, Any]
    nonce: str
    seed: str
    size: int
    basis: dict[str, Any]
    sentence: str
    rows: list[SampleRow]


def sample_of(population: Population, nonce: str, basis: Basis) -> Sample:
    """Draw a sample. Raises UsageError for an empty nonce, or more rows than there are."""
    if not nonce:
        raise UsageError("The nonce is empty.", "The auditor chooses one: --nonce TEXT.")
    rows = population.rows
    if not 1 <= basis.size <= len(rows):
        raise UsageError(
            f"A sample of {basis.size} cannot be drawn from {len(rows)} rows.",
            f"Choose from 1 to {len(rows)}." if rows else "The population has no row.",
        )
    tree = population.tree
    drawn = draw([row.id for row in rows], tree.root, nonce, basis.size)
    return {
        "format": FORMAT,
        "population": population.to_json(),
        "nonce": nonce,
        "seed": seed_of(tree.root, nonce).hex(),
        "size": basis.size,
        "basis": {
            "method": basis.method,
            "confidence": basis.confidence,
            "tolerable": basis.tolerable,
            "deviations": basis.deviations,
        },
        "sentence": basis.sentence(len(rows)),
        "rows": [
            {
                "rank": rank,
                "score": points,
                "index": place,
                "id": rows[place].id,
                "account": rows[place].account_id,
                "cells": dict(rows[place].cells),
                "proof": list(tree.proof(place)),
            }
            for rank, (points, place) in enumerate(drawn, start=1)
        ],
    }


def read_sample(path: Path) -> Sample:
    """A sample's file, its shape checked. Raises UsageError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is not JSON: {error}.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UsageError(f"{path}: is not a sample of this version ({FORMAT}).")
    return data  # type: ignore[return-value]  # what it holds is checked where it is used


def check(sample: Mapping[str, Any], population: Population | None = None) -> list[str]:
    """What is wrong with a sample: a sentence for each flaw, none where it holds.

    With the population, it is also drawn again. A value of another type is a flaw, never an error.
    """
    try:
        flaws = _flaws(sample)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        return [f"the file is damaged: {type(error).__name__} {error}"]
    if population is not None:
        flaws += _against(sample, population)
    return flaws


def _flaws(sample: Mapping[str, Any]) -> list[str]:
    about, rows = sample["population"], sample["rows"]
    root, size = about["root"], about["rows"]
    if type(sample["size"]) is not int:
        raise TypeError(f"the size is {sample['size']!r}")
    seed = seed_of(root, sample["nonce"])
    flaws = []
    if sample["seed"] != seed.hex():
        flaws.append("the seed does not follow from root and nonce")
    if len(rows) != sample["size"]:
        flaws.append(f"{len(rows)} rows are there, {sample['size']} were drawn")
    for row in rows:
        name = f"row {row['rank']} ({row['id']})"
        member = PopulationRow(row["id"], row["account"], row["cells"])
        if not proves(member.content, row["index"], size, row["proof"], root):
            flaws.append(f"{name} is not number {row['index']} of the population of this root")
        if row["score"] != score(seed, row["id"]):
            flaws.append(f"{name} has another score than its id gives")
    if [row["rank"] for row in rows] != list(range(1, len(rows) + 1)) or any(
        one["score"] >= other["score"] for one, other in pairwise(rows)
    ):
        flaws.append("the rows are not in the order of their scores")
    return flaws


def _against(sample: Mapping[str, Any], population: Population) -> list[str]:
    about = sample["population"]
    if about.get("root") != population.tree.root:
        return [
            f"the population of the store has the root {population.tree.root}, the sample's has "
            f"{about.get('root')}"
        ]
    drawn = draw(
        [row.id for row in population.rows], population.tree.root, sample["nonce"], sample["size"]
    )
    expected = [population.rows[place].id for _, place in drawn]
    if [row["id"] for row in sample["rows"]] != expected:
        return ["drawn again from the store, the sample has other rows"]
    return []


def as_file(sample: Sample) -> bytes:
    """The sample's file."""
    return canonical_json(sample)
