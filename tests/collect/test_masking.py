"""What of an answer reaches a file: a source's own mask holds on the wire and in a file alike."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reportgen.collect.masking import masked, masked_bodies, masked_file, withheld
from reportgen.evidence.answers import AnswerError
from reportgen.sources.mask import Mask, only
from reportgen.sources.source import Source, single

BARE = Source("things", "things", ("x:ListThings",), single("x", "list_things"), ("Things",))
MASKED = replace(BARE, mask=Mask({"Things": only("Name")}, ("Things.Secret",)))
ANSWER = {"Things": [{"Name": "a", "Secret": "hunter22"}], "Other": "hunter22"}
KEPT = {"Things": [{"Name": "a"}]}


def test_an_answer_is_kept_as_its_mask_has_it() -> None:
    assert masked(MASKED, ANSWER) == KEPT
    assert masked(BARE, ANSWER) is ANSWER
    assert withheld(MASKED) == ["Things.Secret"]
    assert withheld(BARE) == []


def test_on_the_wire_what_cannot_be_masked_is_not_kept() -> None:
    bodies = [json.dumps(ANSWER).encode(), b"<Things>hunter22</Things>", b'["hunter22"]', b"{"]
    assert [json.loads(body) for body in masked_bodies(MASKED, bodies)] == [KEPT]
    assert masked_bodies(BARE, bodies) == bodies


def test_half_a_surrogate_pair_is_kept_and_ends_no_run() -> None:
    """JSON can carry one, and whoever names a thing may put it there."""
    body = b'{"Things": [{"Name": "\\ud800 \xc3\xa9"}]}'
    (kept,) = masked_bodies(MASKED, [body])
    name = json.loads(kept.decode("utf-8", "surrogatepass"))["Things"][0]["Name"]
    assert name == "\ud800 é"
    # As it came: written out, and not as an escape.
    assert "é".encode() in kept
    assert json.loads(masked_file(MASKED, body).decode("utf-8", "surrogatepass")) == {
        "Things": [{"Name": "\ud800 é"}]
    }


def test_a_file_is_written_anew_where_there_is_a_mask() -> None:
    content = json.dumps(ANSWER).encode()
    assert masked_file(BARE, content) == content
    assert json.loads(masked_file(MASKED, content)) == KEPT
    assert masked_file(replace(MASKED), '{"Things": [{"Name": "é"}]}'.encode()).decode() == (
        '{\n "Things": [\n  {\n   "Name": "é"\n  }\n ]\n}\n'
    )
    with pytest.raises(AnswerError) as refused:
        masked_file(MASKED, b'{"Secrets": "hunter22"}')
    assert "hunter22" not in str(refused.value)
