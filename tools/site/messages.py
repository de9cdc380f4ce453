"""The messages with a code, read from the sources without running them.

A code stands in a call beside its message, ``mistakes.add("EXA101", f"{name} is ...")``, or closes the message itself,
``"... [EXA301]"``. The message is put together as far as the sources say: constants are filled in, functions that return
messages are followed, and what is only known at run time stays as a placeholder, ``{name}``.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.places import CHECKOUT

SOURCES = CHECKOUT / "components" / "exchange_automation"

CODE = re.compile(r"EXA\d{3}")
_CLOSING = re.compile(r"^(?P<text>.*) \[(?P<code>EXA\d{3})\]$", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{[a-z_]*\}")
_MOST_VARIANTS = 24
_DEPTH = 6

Functions = Mapping[str, Sequence[ast.FunctionDef | ast.AsyncFunctionDef]]


class Module:
    """One source file with what a message may refer to."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}
        self.constants = {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        # `from . import schedules as clockwork`
        self.aliases = {
            alias.asname or alias.name: alias.name
            for node in self.tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }


class Reader:
    """Puts messages together out of the expressions that make them."""

    def __init__(self, root: Path) -> None:
        self.modules = {path.stem: Module(path) for path in sorted(root.rglob("*.py"))}

    def messages(self) -> dict[str, list[str]]:
        """Every code with the messages that carry it, in the order of the sources."""
        found: dict[str, list[str]] = {}
        for module in self.modules.values():
            for scope, node in _with_scopes(module.tree):
                for code, text in self._of(module, scope, node):
                    if text not in found.setdefault(code, []):
                        found[code].append(text)
        return dict(sorted(found.items()))

    def _of(self, module: Module, scope: ast.AST, node: ast.AST) -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.Call):
            for place, argument in enumerate(node.args):
                if isinstance(argument, ast.Constant) and CODE.fullmatch(str(argument.value)):
                    parts = [self.variants(module, scope, each) for each in node.args[place + 1 :]]
                    for variant in itertools.product(*parts):
                        yield str(argument.value), " ".join(variant)
        elif isinstance(node, (ast.JoinedStr, ast.Constant)):
            last = node.values[-1] if isinstance(node, ast.JoinedStr) and node.values else node
            if isinstance(last, ast.Constant) and isinstance(last.value, str) and _CLOSING.match(last.value):
                for text in self.variants(module, scope, node):
                    match = _CLOSING.match(text)
                    assert match is not None
                    yield match["code"], match["text"]

    def variants(self, module: Module, scope: ast.AST, node: ast.AST, depth: int = 0) -> list[str]:
        """What the expression can be; one variant with a placeholder where the sources do not say."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value]
        if isinstance(node, ast.JoinedStr):
            return _joined([self._part(module, scope, part, depth) for part in node.values])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _joined([self.variants(module, scope, side, depth) for side in (node.left, node.right)])
        if isinstance(node, ast.IfExp):
            return self._all(module, scope, [node.body, node.orelse], depth)
        if isinstance(node, ast.Lambda):
            return self.variants(module, scope, node.body, depth)
        followed = self._followed(module, scope, node, depth + 1) if depth < _DEPTH else []
        return followed or [f"{{{_name(node)}}}"]

    def _part(self, module: Module, scope: ast.AST, part: ast.AST, depth: int) -> list[str]:
        if not isinstance(part, ast.FormattedValue):
            return self.variants(module, scope, part, depth)
        if isinstance(part.value, ast.Name) and isinstance(
            constant := self._constant(module, part.value.id), ast.Constant
        ):
            return [str(constant.value)]
        inside = self.variants(module, scope, part.value, depth)
        # A few words or more say something to a reader; " or " between two placeholders does not.
        tells = all(len(_PLACEHOLDER.sub("", text).strip()) > 5 for text in inside)
        return inside if tells and len(inside) <= _MOST_VARIANTS else [f"{{{_name(part.value)}}}"]

    def _followed(self, module: Module, scope: ast.AST, node: ast.AST, depth: int) -> list[str]:
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("strip", "rstrip"):
                return self._followed(module, scope, node.func.value, depth)
            return self._returned(module, node.func, depth)
        if not isinstance(node, ast.Name):
            return []
        values: list[ast.AST] = []
        for each in ast.walk(scope):
            if isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id == node.id for t in each.targets):
                values.append(each.value)
            elif isinstance(each, ast.NamedExpr) and each.target.id == node.id and each.lineno <= node.lineno:
                values = [each.value]  # the one in the condition around
            elif isinstance(each, ast.Try):
                for handler in each.handlers:
                    if handler.name == node.id and handler.type is not None and _around(handler, node):
                        return self._raised(module, handler.type, each.body, depth)
        if values:
            # A value that is not made of text in the sources says nothing, and one that is looked up says nothing for all.
            found = self._all(module, scope, values, depth)
            return [] if any(_PLACEHOLDER.fullmatch(text) for text in found) else found
        constant = self._constant(module, node.id)
        if constant is not None:
            return self.variants(module, module.tree, constant, depth)
        return self._returned(module, node, depth)

    def _returned(self, module: Module, function: ast.AST, depth: int) -> list[str]:
        found = self._function(module, function)
        if found is None:
            return []
        home, definition = found
        returns = [
            node.value for node in ast.walk(definition) if isinstance(node, ast.Return) and node.value is not None
        ]
        texts = self._all(home, definition, returns, depth)
        return [text for text in texts if not _PLACEHOLDER.fullmatch(text)]

    def _raised(self, module: Module, kind: ast.AST, body: Sequence[ast.AST], depth: int) -> list[str]:
        """What the errors of this class say that the functions called in ``body`` can raise."""
        name = ast.unparse(kind).rsplit(".", 1)[-1]
        home = self._home(module, kind) or module
        reached, todo = set[str](), _called(body)
        while todo:
            function = todo.pop()
            if function in home.functions and function not in reached:
                reached.add(function)
                todo += _called([home.functions[function]])
        return [
            text
            for function, definition in home.functions.items()
            if function in reached
            for node in ast.walk(definition)
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) == name
            for text in self.variants(home, definition, node.exc.args[0], depth)
        ]

    def _function(self, module: Module, function: ast.AST) -> tuple[Module, ast.FunctionDef] | None:
        name = ast.unparse(function).rsplit(".", 1)[-1]
        if isinstance(function, ast.Name) and name in module.functions:
            return module, module.functions[name]
        home = self._home(module, function)
        if home is not None:
            return (home, home.functions[name]) if name in home.functions else None
        for other in self.modules.values():
            if isinstance(function, ast.Name) and name in module.aliases and name in other.functions:
                return other, other.functions[name]
        return None

    def _home(self, module: Module, node: ast.AST) -> Module | None:
        """The module that ``script`` in ``script.check`` stands for."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self.modules.get(module.aliases.get(node.value.id, node.value.id))
        return None

    def _constant(self, module: Module, name: str) -> ast.AST | None:
        if not name.isupper():
            return None
        if name in module.constants:
            return module.constants[name]
        return next((each.constants[name] for each in self.modules.values() if name in each.constants), None)

    def _all(self, module: Module, scope: ast.AST, nodes: Sequence[ast.AST], depth: int) -> list[str]:
        said = [node for node in nodes if not (isinstance(node, ast.Constant) and node.value is None)]
        texts = [text for node in said for text in self.variants(module, scope, node, depth)]
        return list(dict.fromkeys(texts))


def _joined(parts: Sequence[Sequence[str]]) -> list[str]:
    return ["".join(variant) for variant in itertools.product(*parts)]


def _called(nodes: Sequence[ast.AST]) -> list[str]:
    calls = [each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Call)]
    return [ast.unparse(call.func).rsplit(".", 1)[-1] for call in calls]


def _around(outer: ast.stmt | ast.ExceptHandler, node: ast.expr) -> bool:
    return outer.end_lineno is not None and outer.lineno <= node.lineno <= outer.end_lineno


def _with_scopes(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Every node with the function around it; documentation and the parts of f-strings are left out."""
    todo: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while todo:
        scope, node = todo.pop(0)
        yield scope, node
        inner = node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else scope
        children = [
            child
            for child in ast.iter_child_nodes(node)
            if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant))
            and not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant))
        ]
        todo[:0] = [(inner, child) for child in children]


def _name(node: ast.AST) -> str:
    """A short word for what an expression is."""
    if isinstance(node, ast.Name):
        return node.id.lower()
    if isinstance(node, ast.Attribute):
        return "type" if node.attr == "__name__" else node.attr
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("strip", "rstrip"):
            return _name(node.func.value)
        if isinstance(node.func, ast.Name) and node.func.id == "map":
            return _name(node.args[1])
        if node.args and (not isinstance(node.args[0], ast.Constant) or ast.unparse(node.func).endswith(".get")):
            return _name(node.args[0])
        return _name(node.func.value if isinstance(node.func, ast.Attribute) else node.func).lstrip("_")
    if isinstance(node, ast.BoolOp):
        return _name(node.values[0])
    if isinstance(node, ast.IfExp):
        return _name(node.body)
    if isinstance(node, ast.GeneratorExp):
        return _name(node.generators[0].iter)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "number" if isinstance(node, ast.BinOp) else "text"


def read(root: Path = SOURCES) -> dict[str, list[str]]:
    """Every code in the sources below ``root`` with its messages."""
    return Reader(root).messages()
