"""A program under test: a function of the test, or the folder of a Pulumi project in Python."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Program = Callable[[], Any]
"""A function that registers resources, as the body of ``__main__.py`` does."""


def callable_program(program: Program | str | Path) -> Program:
    """A function that runs the program, however it was given.

    Args:
        program: A function; a folder with ``__main__.py``; or a Python file.

    Raises:
        FileNotFoundError: There is no such file, or no ``__main__.py`` in the folder.
    """
    if callable(program):
        return program
    file = Path(program).resolve()
    if file.is_dir():
        file = file / "__main__.py"
    if not file.is_file():
        raise FileNotFoundError(
            f"There is no program {file}, so nothing can run. Give the project's folder or a Python file."
        )

    def run() -> None:
        with _as_main(file.parent):
            runpy.run_path(str(file), run_name="__main__")

    return run


@contextmanager
def _as_main(folder: Path) -> Iterator[None]:
    """What `pulumi up` gives a program: its folder is the working directory and the first place to import from.

    The modules that the program imports from its folder are forgotten afterwards. They would register nothing in the
    next run of this process otherwise.
    """
    before, path = Path.cwd(), list(sys.path)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:] = path
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if file and folder in Path(file).parents and "site-packages" not in Path(file).parts:
                del sys.modules[name]
