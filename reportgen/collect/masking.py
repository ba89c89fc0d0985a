"""What of an answer reaches a file: seeds of MFA devices blanked, and each source's own mask.

Both ways in go through here, ``collect`` and ``import``, so that a secret is stored by neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reportgen.evidence import answers
from reportgen.sources.source import Source


def masked(source: Source, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """An answer as it may be kept."""
    return source.mask(answer) if source.mask else answer


def masked_bodies(source: Source, bodies: Iterable[bytes]) -> list[bytes]:
    """Wire answers as they may be kept.

    Of a source with a mask these are no longer the bytes that came, and an answer that is no JSON
    is not kept at all: what cannot be read cannot be masked.
    """
    if source.mask is None:
        return [answers.redact(body)[0] for body in bodies]
    kept = []
    for body in bodies:
        try:
            page = json.loads(body)
        except ValueError:
            continue
        if isinstance(page, dict):
            text = json.dumps(source.mask(page), ensure_ascii=False)
            kept.append(text.encode("utf-8", "surrogatepass"))
    return kept


def withheld(source: Source) -> list[str]:
    """What the envelope says of fields that were never kept."""
    return list(source.mask.withheld) if source.mask else []


def masked_file(source: Source, content: bytes) -> bytes:
    """An exported file as it may be kept: of a source with a mask it is written anew.

    Raises AnswerError when it is not the source's answer; the text has keys, never a value.
    """
    if source.mask is None:
        return content
    answer = answers.parse(source.name, content, source.keys)
    text = json.dumps(source.mask(answer), ensure_ascii=False, indent=1)
    return text.encode("utf-8", "surrogatepass") + b"\n"
