"""Makes one file of a verifier, which runs with nothing but Python's standard library."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from importlib import resources

_FILES = ("seal", "tombstone", "reader", "chain", "verify")
_STORE = tuple(f"reportgen.evidence:{file}.py" for file in _FILES)
_ABOUT = "Verify a reportgen evidence store: python verify.py STORE (exit code 4: a flaw)."


def standalone() -> str:
    """The source of these files as one module, without reportgen's imports."""
    return one_file(_STORE, _ABOUT)


def one_file(parts: Sequence[str], about: str, end: str = "") -> str:
    """The source of modules (``package:file``, each after what it imports) as one module.

    ``about`` is its docstring, ``end`` what stands at its end.
    """
    imports: list[str] = []
    bodies: list[str] = []
    for part in parts:
        package, _, file = part.partition(":")
        text = (resources.files(package) / file).read_text(encoding="utf-8")
        tree = ast.parse(text)
        lines = text.splitlines()
        kept = 0
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                kept = node.end_lineno or kept
                own = isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0]
                line = ast.unparse(node)
                if own not in ("reportgen", "__future__") and line not in imports:
                    imports.append(line)
        bodies.append("\n".join(lines[kept:]).strip("\n"))
    start = [f'"""{about}"""', "", "from __future__ import annotations", "", *sorted(imports)]
    return "\n".join(start) + "\n\n\n" + "\n\n\n".join([*bodies, *([end] if end else [])]) + "\n"
