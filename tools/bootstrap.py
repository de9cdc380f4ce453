"""Create or update the virtual environment of this checkout: ``python3 -m tools.bootstrap runtime|dev``.

uv is used where it can be had: it fills an environment with hard links into its cache, so that a second clone is
ready in about a second. pip does the same work, slower, where uv cannot be installed. Only the standard library is
imported, because this runs before anything is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.places import CHECKOUT, user_cache

UV_VERSION = "0.13.9"
OLDEST_PYTHON = (3, 10)
NEWEST_PYTHON = (3, 13)
VENV = CHECKOUT / ".venv"
SETS: Mapping[str, Sequence[str]] = {
    "runtime": ("requirements.txt", "requirements-localtenant.txt"),
    "dev": ("requirements-dev.txt",),
}


class SetupError(Exception):
    """The environment cannot be made; the text says why and what to do."""


def _run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, quiet: bool = False) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        cwd=CHECKOUT,
        env=None if env is None else {**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
    )


def _last_line(error: subprocess.CalledProcessError) -> str:
    lines = [line.strip() for line in str(error.stdout or "").splitlines() if line.strip()]
    return lines[-1] if lines else f"exit code {error.returncode}"


def _version_of(python: str | Path) -> tuple[int, int] | None:
    """Major and minor version, or None for something that does not run (a pyenv shim without its version)."""
    try:
        answer = subprocess.run(
            [str(python), "-c", "import sys; print(*sys.version_info[:2])"],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
        ).stdout.split()
        return int(answer[0]), int(answer[1])
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError):
        return None


def find_python() -> str:
    """The interpreter that runs this, if its version is supported, else the newest supported one on PATH."""
    named = [f"python3.{minor}" for minor in range(NEWEST_PYTHON[1], OLDEST_PYTHON[1] - 1, -1)]
    for candidate in [sys.executable, *filter(None, map(shutil.which, named))]:
        version = _version_of(candidate)
        if version is not None and OLDEST_PYTHON <= version <= NEWEST_PYTHON:
            return candidate
    raise SetupError(
        f"No supported Python: {sys.executable} is {'.'.join(map(str, sys.version_info[:2]))} and none of "
        f"{', '.join(named)} is on PATH, so nothing can be installed. Install a Python from 3.{OLDEST_PYTHON[1]} to "
        f"3.{NEWEST_PYTHON[1]}, or name one: make PYTHON=/path/to/python3"
    )


def _install_uv(python: str, folder: Path) -> None:
    """Put the pinned uv into `folder`, whole or not at all; another process may be doing the same."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".partial-uv-", dir=folder.parent))
    wanted = ["install", "--quiet", "--no-input", "--no-deps", "--only-binary=:all:", f"uv=={UV_VERSION}"]
    try:
        try:
            _run([python, "-m", "pip", *wanted, "--target", scratch / "uv"], quiet=True)
        except subprocess.CalledProcessError:
            # Debian's python3 has no pip of its own; python3-venv brings one for environments.
            _run([python, "-m", "venv", scratch / "uv"], quiet=True)
            _run([scratch / "uv" / "bin" / "python", "-m", "pip", *wanted], quiet=True)
        try:
            (scratch / "uv").rename(folder)
        except OSError:
            if not (folder / "bin" / "uv").exists():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def find_uv(python: str) -> tuple[Path | None, str]:
    """The uv to use, or None and the reason."""
    folder = user_cache() / f"uv-{UV_VERSION}"
    uv = folder / "bin" / "uv"
    if uv.exists():
        return uv, ""
    try:
        _install_uv(python, folder)
    except subprocess.CalledProcessError as error:
        reason = _last_line(error)
    except OSError as error:
        reason = str(error)
    else:
        return uv, ""
    on_path = shutil.which("uv")
    return (Path(on_path), "") if on_path else (None, reason)


def _usable(venv: Path) -> bool:
    """An environment whose interpreter was upgraded away or is too old is made anew."""
    version = _version_of(venv / "bin" / "python")
    return version is not None and OLDEST_PYTHON <= version <= NEWEST_PYTHON


def uv_environment() -> dict[str, str]:
    """What uv is told: a Python that it would download is not the user's, and pip's own index setting holds for it too."""
    env = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    if "PIP_INDEX_URL" in os.environ and "UV_DEFAULT_INDEX" not in os.environ:
        env["UV_DEFAULT_INDEX"] = os.environ["PIP_INDEX_URL"]
    return env


def _fill_with_uv(uv: Path, python: str, files: Sequence[str]) -> None:
    env = uv_environment()
    if not _usable(VENV):
        # With pip inside, because `pulumi install` calls the environment's own.
        _run([uv, "venv", "--quiet", "--clear", "--seed", "--python", python, VENV], env=env)
    lists = [argument for file in files for argument in ("-r", file)]
    _run([uv, "pip", "install", "--quiet", "--python", VENV / "bin" / "python", *lists], env=env)


def _fill_with_pip(python: str, files: Sequence[str]) -> None:
    if not _usable(VENV):
        try:
            _run([python, "-m", "venv", "--clear", VENV], quiet=True)
        except subprocess.CalledProcessError as error:
            raise SetupError(
                f"{python} cannot make a virtual environment ({_last_line(error)}), so nothing can be installed. "
                "On Debian and Ubuntu: apt install python3-venv"
            ) from error
    lists = [argument for file in files for argument in ("-r", file)]
    _run([VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input", *lists])


@contextmanager
def _alone_in_checkout() -> Iterator[None]:
    """Two makes in one checkout must not fill one environment at once."""
    handle = os.open(CHECKOUT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def bootstrap(name: str) -> None:
    """Install the set `name` into ``.venv`` and leave a stamp that Make compares with the requirement files."""
    started = time.monotonic()
    python = find_python()
    with _alone_in_checkout():
        uv, reason = find_uv(python)
        if uv is not None:
            try:
                _fill_with_uv(uv, python, SETS[name])
            except subprocess.CalledProcessError as error:
                uv, reason = None, f"uv ended with exit code {error.returncode}"
        if uv is None:
            print(f"setup: without uv ({reason}), so with pip, which takes a few minutes", flush=True)
            _fill_with_pip(python, SETS[name])
        (VENV / f".installed-{name}").touch()
    tool = "pip" if uv is None else "uv"
    print(f"setup: .venv has the {name} packages ({tool}, {time.monotonic() - started:.1f} s)", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.bootstrap", description="Create or update .venv.")
    parser.add_argument(
        "set", choices=sorted(SETS), help="runtime: what `make demo` needs; dev: what `make test` needs"
    )
    try:
        bootstrap(parser.parse_args(arguments).set)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(
            f"setup: {' '.join(map(str, error.cmd))} ended with exit code {error.returncode}; see above",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
