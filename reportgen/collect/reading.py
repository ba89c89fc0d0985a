"""What one source gave when it was read live."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reportgen.collect.session import Answer
from reportgen.model import Request


@dataclass
class Reading:
    """What one source gave: the merged answer (or ``content`` as it is), and every request."""

    data: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    content: bytes | None = None
    generated_time: str = ""
    detail: str = ""

    def add(self, answer: Answer) -> Answer:
        """Note the request and its body."""
        self.requests.append(answer.request)
        self.bodies.append(answer.body)
        return answer
