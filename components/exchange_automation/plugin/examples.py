"""The examples of the docstrings in the languages that read the schema: YAML and TypeScript."""

import ast
import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any, Optional

_EXAMPLE = re.compile(r"^Example:\n\s+```python\n(.*?)```\n?", re.DOTALL | re.MULTILINE)


class _Reference(str):
    """An output of another resource, such as ``mail.accountName``."""

    __slots__ = ()


def python_example(docstring: str) -> Optional[str]:
    """Returns the example of a docstring without its indentation; None without an example."""
    found = _EXAMPLE.search(docstring)
    return textwrap.dedent(found[1]) if found else None


def without_example(docstring: str) -> str:
    """Returns a docstring without its example."""
    return _EXAMPLE.sub("", docstring)


def in_other_languages(example: str) -> str:
    """Returns an example as the schema's descriptions have examples.

    Args:
        example: Statements ``name = Component("name", {...})``.
    """
    resources = list(_resources(example))
    yaml = "resources:\n" + "".join(
        f"  {name}:\n    type: exchange-automation:index:{component}\n    properties:\n{_yaml(arguments, 6)}"
        for name, component, arguments in resources
    )
    typescript = 'import * as exchange from "@pulumi/exchange-automation";\n\n' + "".join(
        f'const {name} = new exchange.{component}("{name}", {_typescript(arguments, 0)});\n'
        for name, component, arguments in resources
    )
    blocks = f"```typescript\n{typescript}```\n```yaml\n{yaml}```\n"
    return f"{{{{% examples %}}}}\n## Example Usage\n{{{{% example %}}}}\n\n{blocks}{{{{% /example %}}}}\n{{{{% /examples %}}}}"


def _resources(example: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields variable, component and arguments of each statement."""
    for statement in ast.parse(example).body:
        assert isinstance(statement, ast.Assign)
        assert isinstance(statement.value, ast.Call)
        yield ast.unparse(statement.targets[0]), ast.unparse(statement.value.func), _value(statement.value.args[1])


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Dict):
        return {_camel_case(ast.literal_eval(key)): _value(item) for key, item in zip(node.keys, node.values) if key}  # noqa: B905
    if isinstance(node, ast.List):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Attribute):
        return _Reference(f"{ast.unparse(node.value)}.{_camel_case(node.attr)}")
    return ast.literal_eval(node)


def _camel_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda letter: letter[1].upper(), name)


def _scalar(value: Any) -> str:
    return f'"${{{value}}}"' if isinstance(value, _Reference) else json.dumps(value)


def _yaml(value: Any, indent: int) -> str:
    """Returns a mapping or a list in block style; every scalar is written as JSON, which is YAML as well."""
    lines = []
    entries = value.items() if isinstance(value, dict) else ((None, entry) for entry in value)
    for key, entry in entries:
        head = " " * indent + ("-" if key is None else f"{key}:")
        if isinstance(entry, dict) and key is None:
            lines.append(f"{head} {_yaml(entry, indent + 2).lstrip()}")
        elif isinstance(entry, (dict, list)):
            lines.append(f"{head}\n{_yaml(entry, indent + 2)}")
        else:
            lines.append(f"{head} {_scalar(entry)}\n")
    return "".join(lines)


def _typescript(value: Any, indent: int) -> str:
    if isinstance(value, dict):
        inner = "".join(
            f"{' ' * (indent + 4)}{_key(key)}: {_typescript(entry, indent + 4)},\n" for key, entry in value.items()
        )
        return f"{{\n{inner}{' ' * indent}}}"
    if isinstance(value, list):
        return f"[{', '.join(_typescript(entry, indent) for entry in value)}]"
    return str(value) if isinstance(value, _Reference) else json.dumps(value)


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)
