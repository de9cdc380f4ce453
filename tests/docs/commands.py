"""The commands of the documentation, held against the programs that they start. A checker raises AssertionError."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typer

from exchange_automation.cli.app import app
from localtenant.__main__ import parser
from tools.places import CHECKOUT

OUTSIDE: Mapping[str, str] = {
    "az": "Azure's command line, with an Azure sign-in",
    "go": "the engine's build, which tests/tools covers",
    "openssl": "a tool of the system",
    "uv": "what make lock calls",
}
"""Programs that are not run here, and why."""

SHELL = {"sed", "cd", "exit", "export", "find", "mkdir", "bash", "."}


_INNER = re.compile(r"\$\(([^()]*)\)")


def split(block: str) -> Iterator[list[str]]:
    """The commands of a block, one after the other; pipes, ``&&`` and redirections part them, comments are left out."""
    for line in block.replace("\\\n", " ").splitlines():
        for inner in _INNER.findall(line):
            yield shlex.split(inner)
        line = _INNER.sub("substituted", line)  # noqa: PLW2901
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        command: list[str] = []
        into = False
        for word in lexer:
            if into:
                into = False
            elif word in (">", ">>", "<"):
                into = True
            elif set(word) <= set("|&;"):
                yield command
                command = []
            else:
                command.append(word)
        if command:
            yield command


def check(command: list[str], folder: Path) -> Path:
    """Checks one command as if it ran in ``folder``, and returns the current folder after it."""
    program, *words = command
    if program == "python3" and words == ["-m", "venv", ".venv"]:
        return folder
    if program == "python" and words[:1] == ["-m"]:
        _module(words[1], words[2:])
    elif program in CHECKERS:
        CHECKERS[program](words)
    elif program in ("cd", "mkdir"):
        target = folder / words[0]
        # A folder that the reader makes is as good as one of the checkout.
        assert program == "mkdir" or target.is_dir() or target in _MADE, f"there is no folder {words[0]}"
        _MADE.add(target)
        return target if program == "cd" else folder
    else:
        assert program in SHELL or program in OUTSIDE, f"nothing checks {program}; teach tests/docs/commands.py"
    return folder


_MADE: set[Path] = set()


def _exchange_automation(words: list[str]) -> None:
    group: Any = typer.main.get_command(app)
    with typer.Context(group, info_name="exchange-automation") as context:
        if words[0].startswith("-"):
            options = {option for parameter in group.get_params(context) for option in parameter.opts}
            assert words[0] in options, f"there is no option {words[0]}"
            return
        command = group.get_command(context, words[0])
        assert command is not None, f"there is no command {words[0]}"
        command.make_context(words[0], words[1:], parent=context).close()


def _module(name: str, words: list[str]) -> None:
    assert importlib.util.find_spec(name) is not None, f"there is no module {name}"
    if name == "localtenant":
        options = parser().parse_args(words)
        inner = getattr(options, "argv", None) or []
        if options.command == "run":
            check([word for word in inner if word != "--"], CHECKOUT)
    else:
        _has_options(f"python -m {name}", (sys.executable, "-m", name, "--help"), words)


def _make(words: list[str]) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for word in words:
        assert "=" in word or word in targets, f"there is no target {word}"


def _pip(words: list[str]) -> None:
    assert words[0] == "install"
    if words[1] == "-r":
        assert (CHECKOUT / words[2]).is_file(), f"there is no {words[2]}"
        return
    for word in words[1:]:
        name, _, extras = word.removeprefix("$CLONE/").partition("[")
        ours = {"exchange-automation", "exchange-automation-testing"}
        assert name in ours or (CHECKOUT / name / "pyproject.toml").is_file(), f"no package at {name}"
        project = (CHECKOUT / "components" / "pyproject.toml").read_text("utf-8")
        for extra in filter(None, extras.rstrip("]").split(",")):
            assert re.search(rf"^{extra} = \[", project, re.MULTILINE), f"no extra {extra}"


def _pulumi(words: list[str]) -> None:
    path: list[str] = []
    for word in words:
        if word.startswith("-") or f"\n  {word} " not in _help("pulumi", *path):
            break
        path.append(word)
    assert path, f"pulumi has no command {words[0]}"
    _has_options(" ".join(["pulumi", *path]), ("pulumi", *path, "--help"), words[len(path) :])


def _has_options(command: str, asked: tuple[str, ...], words: list[str]) -> None:
    text = _help(*asked[:-1])
    for word in words:
        if word.startswith("-"):
            option = word.split("=", 1)[0]
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text), f"{command} has no option {option}"


@cache
def _help(*command: str) -> str:
    ran = subprocess.run([*command, "--help"], check=False, cwd=CHECKOUT, capture_output=True, text=True)
    assert ran.returncode == 0, f"{' '.join(command)} --help: {ran.stderr}"
    return ran.stdout


def _curl(words: list[str]) -> None:
    """What needs no tenant; tests/docs/test_programs.py sends them."""
    address = next(word for word in words if "://" in word or word.startswith("$"))
    assert urllib.parse.urlsplit(address).path or address.startswith("$LOCALTENANT_URL/_tenant/"), address


CHECKERS: Mapping[str, Callable[[list[str]], None]] = {
    "curl": _curl,
    "exchange-automation": _exchange_automation,
    "make": _make,
    "pip": _pip,
    "pulumi": _pulumi,
}
