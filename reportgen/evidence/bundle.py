"""Makes one file of the verifier, which runs with nothing but Python's standard library."""

from __future__ import annotations

import ast
from importlib import resources

_PARTS = ("seal.py", "reader.py", "chain.py", "verify.py")


def standalone() -> str:
    """The source of the four files as one module, without reportgen's imports."""
    folder = resources.files("reportgen.evidence")
    imports: list[str] = []
    bodies: list[str] = []
    for part in _PARTS:
        text = (folder / part).read_text(encoding="utf-8")
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
    about = '"""Verify a reportgen evidence store: python verify.py STORE (exit code 4: a flaw)."""'
    start = [about, "", "from __future__ import annotations", "", *sorted(imports)]
    return "\n".join(start) + "\n\n\n" + "\n\n\n".join(bodies) + "\n"
