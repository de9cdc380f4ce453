"""The previews and imports of ``adopt``."""

import tempfile
from pathlib import Path

from exchange_automation.cli.documents import read_file
from exchange_automation.cli.pulumi.engine import Engine, stack_remedy
from exchange_automation.cli.pulumi.previews import MAKE_IT_SUCCEED, Step, parse_preview
from exchange_automation.core.problems import Problem

from .adoption import Adoption
from .import_file import write

_NOT_CHANGES = frozenset({"same", "refresh", "read"})


async def preview(engine: Engine, stack: str | None, *, import_file: bool) -> tuple[str, str]:
    """Runs the preview; returns its JSON and the import file that it wrote.

    Raises:
        Problem: The preview failed.
    """
    chosen = ["--stack", stack] if stack else []
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "import.json"
        wanted = [f"--import-file={file}"] if import_file else []
        plain = Engine(engine.directory, {**engine.environment, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "false"})
        ran = await plain.run("preview", "--json", *wanted, *chosen)
        if ran.code != 0:
            if "no stack" in ran.err:
                raise Problem(
                    "EXA437", f"The stack cannot be previewed: {ran.failure}", remedy=stack_remedy(engine.directory)
                )
            # The JSON of a failed preview has the reason. Without JSON the message repeats the engine's text.
            if ran.out.strip().startswith("{"):
                parse_preview(ran.out, "pulumi preview")
            raise Problem("EXA437", f"pulumi preview failed: {ran.failure}", remedy=MAKE_IT_SUCCEED)
        return ran.out, read_file(file) if file.is_file() else "{}"


def left_to_do(digest: str) -> list[Step]:
    """Returns the steps of a preview that change something."""
    return [step for step in parse_preview(digest, "pulumi preview").steps if step.operation not in _NOT_CHANGES]


async def import_file(engine: Engine, stack: str | None, path: Path, found: Adoption) -> Adoption:
    """Lets the engine import the file; returns the adoption of the imported resources.

    Without the account's key nobody can read whether a file in a container exists. So an import that fails because of such
    files is repeated without them, and pulumi up creates them.

    Raises:
        Problem: The import failed. The state has the resources that were imported before the failure.
    """
    failure = await _import(engine, stack, path)
    if failure and found.blobs and "does not exist" in failure:
        found = found.without_blobs(found.blobs)
        write(found.document, path)
        failure = await _import(engine, stack, path) if found.resources else ""
    if failure:
        raise Problem(
            "EXA442",
            f"pulumi import failed: {failure}",
            remedy=f"The file {path} is written; remove the cause and run adopt again, which searches once more.",
        )
    return found


async def _import(engine: Engine, stack: str | None, path: Path) -> str:
    """Imports the file without protection; returns the failure, or an empty text."""
    chosen = ["--stack", stack] if stack else []
    # The engine runs in the program's directory, which is not where the file's path begins.
    file = path.resolve()  # noqa: ASYNC240  (one look, before anything runs)
    ran = await engine.run("import", f"--file={file}", "--yes", "--protect=false", "--generate-code=false", *chosen)
    return ran.failure if ran.code != 0 else ""
