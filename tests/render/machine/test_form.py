"""JSON with places: filled in, it is what the encoder would have written of all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.model import line_json
from reportgen.render.machine.asff import as_asff
from reportgen.render.machine.form import Form, place
from reportgen.render.machine.ocsf import as_ocsf
from tests.render.machine.given import judged

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("ascii_only", [True, False])
@given(fixed=ANY, values=st.dictionaries(st.sampled_from("abc"), ANY))
def test_as_the_encoder_writes_it(
    ascii_only: bool, fixed: object, values: dict[str, object]
) -> None:
    """Also where the text has per cents, quotes, NULs, and the names of places."""
    encode = json.JSONEncoder(sort_keys=True, ensure_ascii=ascii_only).encode
    data = {"z": [{name: place(name) for name in values}, fixed], "%(a)s": "%s\0a"}
    form = Form(encode(data))
    told = form.filled({name: encode(value) for name, value in values.items()})
    assert told == encode({"z": [values, fixed], "%(a)s": "%s\0a"})


def test_every_line_has_its_keys_in_order(sample: Path) -> None:
    """As the encoder writes a whole finding, whatever of it is filled in."""
    for line in b"".join(as_ocsf(judged(sample))).decode().splitlines():
        assert json.dumps(json.loads(line), sort_keys=True) == line
    (start, *lines, end) = b"".join(as_asff(judged(sample))).decode().splitlines()
    assert (start, end) == ("[", "]")
    for line in lines:
        text = line.strip().removesuffix(",")
        assert line_json(json.loads(text)) == text
