"""Stack files that a run may change although git tracks them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


def warning(folder: Path) -> str:
    """Returns what to print before a run in `folder`, or an empty text.

    Pulumi writes the salt of the stack's secrets into the stack's file when it creates the stack. On a tenant that is
    gone afterwards the salt is of no use, and a commit of it breaks the real stack.
    """
    project = next((place for place in (folder, *folder.parents) if (place / "Pulumi.yaml").is_file()), None)
    if project is None:
        return ""
    configured = re.search(r"^stackConfigDir:[ \t]*(\S+)", (project / "Pulumi.yaml").read_text("utf-8"), re.MULTILINE)
    directory = configured[1].strip("\"'") if configured else "."
    try:
        command = ["git", "ls-files", "--", f"{directory}/Pulumi.*.yaml"]
        listed = subprocess.run(command, check=True, cwd=project, capture_output=True, text=True).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError):
        return ""
    files = [name for name in listed if (project / name).is_file()]
    tracked = [name for name in files if b"encryptionsalt:" not in (project / name).read_bytes()]
    if not tracked:
        return ""
    return (
        f"Git tracks {', '.join(tracked)}, and Pulumi writes an encryptionsalt of this run into the file of a stack that it "
        f'creates. Create a stack of another name, such as "scratch", or restore the file afterwards: git checkout '
        f"{tracked[0]}"
    )
