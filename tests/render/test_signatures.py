"""Between floors go models: no public signature here takes or gives a dictionary of anything."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "reportgen"
FILES = [
    *sorted((PACKAGE / "summarise").rglob("*.py")),
    *sorted((PACKAGE / "render").rglob("*.py")),
    PACKAGE / "mailing.py",
]


def test_no_dictionary_of_anything_in_public_signatures() -> None:
    loose = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                notes = [a.annotation for a in arguments] + [node.returns]
                texts = [ast.unparse(note) for note in notes if note is not None]
                loose += [
                    f"{path.name}: {node.name}"
                    for text in texts
                    if "dict[str, Any]" in text or "Mapping[str, Any]" in text
                ]
    assert len(FILES) > 20
    assert loose == []
