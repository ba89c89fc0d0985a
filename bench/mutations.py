"""The changes that ``bench.mutants`` tries: one operator, number or condition of a file each."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

_SWAPS = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.And: "or",
    ast.Or: "and",
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.And: "and",
    ast.Or: "or", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: bytes ``start`` to ``end`` of ``file`` become ``text``.

    ``inside``: it is within a function, whose code can be replaced while it is loaded.
    """

    file: str
    line: int
    source: str
    change: str
    start: int
    end: int
    text: str
    inside: bool

    def of(self, content: bytes) -> bytes:
        """The file's content with this change."""
        return content[: self.start] + self.text.encode() + content[self.end :]

    @property
    def key(self) -> str:
        """How ``mutants.txt`` names it: by the line's words, which outlive its number."""
        return f"{self.file} | {self.source} | {self.change}".rstrip()


class _Finder(ast.NodeVisitor):
    """Finds every place to change in one file."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.content = content
        self.mutants: list[Mutant] = []
        self._depth = 0
        self._lines = content.split(b"\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    def _span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._at(node.lineno, node.col_offset),
            self._at(node.end_lineno, node.end_col_offset),
        )

    def _add(self, start: int, end: int, text: str, change: str) -> None:
        line = self.content[:start].count(b"\n") + 1
        source = self._lines[line - 1].decode().strip()
        inside = self._depth > 0
        self.mutants.append(Mutant(self.file, line, source, change, start, end, text, inside))

    def _between(self, left: ast.expr, right: ast.expr, operator: ast.AST) -> None:
        """Swap the operator that stands between two expressions."""
        new, old = _SWAPS.get(type(operator)), _SIGNS.get(type(operator))
        if new is None or old is None:
            return
        start, end = self._span(left)[1], self._span(right)[0]
        position = self.content.find(old.encode(), start, end)
        if position >= 0:
            self._add(position, position + len(old), new, f"{old} -> {new}")

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            self._between(left, right, operator)
            left = right
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._between(left, right, node.op)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        strings = (ast.JoinedStr,)
        texts = any(
            isinstance(side, strings)
            or (isinstance(side, ast.Constant) and isinstance(side.value, str))
            for side in (node.left, node.right)
        )
        if not texts:
            self._between(node.left, node.right, node.op)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            start, _ = self._span(node)
            self._add(start, self._span(node.operand)[0], "", "not -> ")
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        # That nothing writes into what is frozen is the type checker's to see; slots save memory.
        if node.arg not in ("frozen", "slots"):
            self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        start, end = self._span(node)
        if isinstance(node.value, bool):
            self._add(start, end, str(not node.value), f"{node.value} -> {not node.value}")
        elif isinstance(node.value, int):
            self._add(start, end, str(node.value + 1), f"{node.value} -> {node.value + 1}")

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            start, end = self._span(node.func)
            new = _CALLS[node.func.id]
            self._add(start, end, new, f"{node.func.id} -> {new}")
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        # A comparison, a not, and an and/or are changed by what they hold.
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            start, end = self._span(test)
            text = f"not ({self.content[start:end].decode()})"
            self._add(start, end, text, "condition -> not condition")

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        self._depth += 1
        for statement in node.body:
            self.visit(statement)
        self._depth -= 1


def mutants_of(file: str, root: Path) -> list[Mutant]:
    """Every mutant of one file below ``root``, in the order of its lines."""
    content = (root / file).read_bytes()
    finder = _Finder(file, content)
    finder.visit(ast.parse(content))
    return sorted(finder.mutants, key=lambda m: (m.start, m.change))
