"""Pin the requirements: ``make lock`` compiles requirements/*.in into the requirements files of the checkout.

One resolution holds for all of them: the largest set is resolved first, and the others start from its pins, which
uv keeps unless something forces it away. tests/tools/test_requirements.py holds the files together.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from tools.bootstrap import OLDEST_PYTHON, SetupError, find_python, find_uv
from tools.places import CHECKOUT

LARGEST = ("dev.in", "requirements-dev.txt")
SMALLER = (("runtime.in", "requirements.txt"), ("localtenant.in", "requirements-localtenant.txt"))


def lock(options: Sequence[str]) -> None:
    """Compile every list; `options` go to uv when the largest is resolved (``--upgrade``)."""
    uv, reason = find_uv(find_python())
    if uv is None:
        raise SetupError(f"uv is needed to pin requirements and cannot be installed ({reason}).")

    def compile_list(source: str, target: str, *extra: str) -> None:
        subprocess.run(
            [
                *(str(uv), "pip", "compile", "--quiet", "--universal", "--no-emit-index-url"),
                *("--python-version", ".".join(map(str, OLDEST_PYTHON))),
                *(f"requirements/{source}", "--output-file", target, *extra),
            ],
            check=True,
            cwd=CHECKOUT,
            env={**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "make lock"},
        )

    compile_list(*LARGEST, *options)
    for source, target in SMALLER:
        shutil.copyfile(CHECKOUT / LARGEST[1], CHECKOUT / target)
        compile_list(source, target)


if __name__ == "__main__":
    lock(sys.argv[1:])
