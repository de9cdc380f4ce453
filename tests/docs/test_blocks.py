"""Every block of the documentation runs in a test or is checked, or gives the reason why not."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from exchange_automation.runbook import script_analysis
from tests.docs import commands
from tests.docs.blocks import CHECKED, RUN, SHOWN, Block, blocks
from tools.places import CHECKOUT

VERBS = {"python": "run", "sh": "held against the programs that they name"}


@pytest.mark.usefixtures("engine")
def test_every_command_exists_with_its_options() -> None:
    wrong = []
    for block in blocks("sh"):
        folder = CHECKOUT
        if block.reason:
            continue
        for command in commands.split(block.text):
            try:
                folder = commands.check(command, folder)
            except (SystemExit, Exception) as failure:  # noqa: BLE001  (each program fails in its own way)
                wrong.append(f"{block.where}: {' '.join(command)}: {failure}")
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "command",
    [
        "exchange-automation doctr",
        "exchange-automation doctor --organisation contoso.onmicrosoft.com",
        "exchange-automation explain --fail-on enormous",
        "python -m localtenant run --slow -- pulumi up",
        "python -m localtenant run -- pulumi upp",
        "python -m tools.schema --wright",
        "python -m tools.nothing",
        "make dmo",
        "pip install './components[gui]'",
        "pulumi up --expect-nothing",
        "pulumi stak init",
        "cd examples/nothing",
        "rm -rf /",
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str) -> None:
    [words] = commands.split(command)
    with pytest.raises((SystemExit, Exception)):
        commands.check(words, CHECKOUT)


def test_commands_are_split_as_a_shell_splits_them() -> None:
    text = "pulumi preview --json | exchange-automation explain > comment.md  # a comment\ncd x && make \\\n  demo\n"
    assert list(commands.split(text)) == [
        ["pulumi", "preview", "--json"],
        ["exchange-automation", "explain"],
        ["cd", "x"],
        ["make", "demo"],
    ]


@pytest.mark.parametrize("block", blocks("yaml", "json"), ids=lambda block: block.where)
def test_data_can_be_read(block: Block) -> None:
    yaml.safe_load(block.text) if block.language == "yaml" else json.loads(block.text)


@pytest.mark.parametrize("block", blocks("powershell"), ids=lambda block: block.where)
def test_scripts_work_in_unattended_sessions(block: Block) -> None:
    """The package's own script analysis checks the scripts that connect, because no Exchange can run them here."""
    connects = "Connect-ExchangeOnline" in block.text and "-CertificateThumbprint" not in block.text
    found = script_analysis.lint(block.text, ()) if connects and not block.reason else ()
    assert [finding for finding in found if "Disconnect-ExchangeOnline" not in str(finding)] == []


def test_every_block_is_run_or_checked_or_says_why_not() -> None:
    known = {*RUN, *CHECKED, *SHOWN}
    unknown = [f"{block.where}: {block.language or 'no language'}" for block in blocks() if block.language not in known]
    assert not unknown, "\n".join(["Name a language of tests/docs/blocks.py after the fence:", *unknown])
    kinds: Counter[str] = Counter()
    for block in blocks():
        if block.reason:
            assert len(block.reason.split()) > 2, f"{block.where}: say why it is not run"
            kinds[f"{block.language}, not run"] += 1
        elif block.language in SHOWN:
            kinds[f"{block.language}, shown"] += 1
        else:
            kinds[f"{block.language}, {VERBS.get(block.language, 'checked')}"] += 1
    outside = Counter(
        command[0] for block in blocks("sh") if not block.reason for command in commands.split(block.text)
    )
    print("\nBlocks of the documentation:")
    for kind, count in sorted(kinds.items()):
        print(f"{count:5} {kind}")
    print("Commands:")
    for program, count in outside.most_common():
        print(f"{count:5} {program}{': ' + commands.OUTSIDE[program] if program in commands.OUTSIDE else ''}")
    assert kinds["python, run"] > 10


def test_addresses_look_like_addresses() -> None:
    for path in [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]:
        for address in re.findall(r"\]\((https?://[^)\s]*)\)", Path(path).read_text("utf-8")):
            assert re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]+(/[\w./#?=&%~-]*)?", address), f"{path}: {address}"
