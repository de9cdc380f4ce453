"""A reader's extension for the reference: a component's outputs keep the types that the class gives them.

The reader of the sources forgets the annotation of a class attribute that ``__init__`` assigns.
"""

from __future__ import annotations

import ast
from typing import Any

from griffe import Attribute, Class, Extension, safe_get_annotation


class Outputs(Extension):
    """Takes annotations from the class's body."""

    def on_class_members(self, *, node: Any, cls: Class, **_: Any) -> None:
        """Called once the members of a class are read."""
        for statement in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                member = cls.members.get(statement.target.id)
                if isinstance(member, Attribute) and member.annotation is None:
                    member.annotation = safe_get_annotation(statement.annotation, parent=cls)
