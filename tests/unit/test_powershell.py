"""PowerShell as its own tokenizer reads it: quotes, dashes, nesting, comments, parameters; no crash, linear time."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_automation.runbook.powershell import Script, read_script


def names(text: str) -> list[str | None]:
    return [command.name for command in read_script(text).commands]


def arguments(text: str) -> list[tuple[str, str | None]]:
    """The parameters of the first command, with the constant text of their values."""
    script = read_script(text)
    return [(name, script.value(value)) for name, value in script.commands[0].parameters()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Get-A; Get-B\nGet-C | Get-D", ["Get-A", "Get-B", "Get-C", "Get-D"]),
        ("$x = Get-A -B (Get-C)", ["Get-A", "Get-C"]),
        ("if (Get-A) { Get-B } elseif (Get-C) { Get-D } else { Get-E }", ["Get-A", "Get-B", "Get-C", "Get-D", "Get-E"]),
        ("if ($a)\n{\n  Get-B\n}\nGet-C", ["Get-B", "Get-C"]),
        ("try { Get-A } catch [System.Exception] { Get-B } finally { Get-C }", ["Get-A", "Get-B", "Get-C"]),
        ("do { Get-A } while (Get-B)\nGet-C", ["Get-A", "Get-B", "Get-C"]),
        ("foreach ($x in Get-A) { Get-B $x }", ["Get-A", "Get-B"]),
        ("1..3 | foreach { Get-A }", ["foreach", "Get-A"]),
        ("switch ($x) { Get-Pattern { Get-A } default { Get-B } }", ["Get-A", "Get-B"]),
        ("@{ Get-Key = Get-A; Other = 'Get-No' }", ["Get-A"]),
        ("return Get-A", ["Get-A"]),
        ("[ValidateScript({ Get-A })]$x = 1", ["Get-A"]),
        ("class Box { [string] $Name = 'x'\n [void] Fill() { Get-A } }", ["Get-A"]),
        ("& Get-A; & 'Get-B' -x; . Get-C; & $block; & { Get-D }", ["Get-A", "Get-B", "Get-C", None, None, "Get-D"]),
        ("ExchangeOnlineManagement\\Get-EXOMailbox x", ["Get-EXOMailbox"]),
        ("Get-A && Get-B || Get-C", ["Get-A", "Get-B", "Get-C"]),
        ("Get-A -x `\n -y\nGet-B", ["Get-A", "Get-B"]),
        ("$a.Get-B", []),
        ("$x -eq 3 -and Get-B", []),
        ("Get-A\n# why\n  | Get-B", ["Get-A", "Get-B"]),
        ("$x ??= Get-A; $a ? (Get-B) : (Get-C)", ["Get-A", "Get-B", "Get-C"]),
        (":outer foreach ($x in $y) { continue outer }\nGet-A", ["Get-A"]),
        ("[Flags()] enum E { A; B }\n[Attribute()] class C { [void] D() { Get-A } }", ["Get-A"]),
        ('Get-A --% -x "a | b" && c', ["Get-A", "c"]),
        ('Get-A --% -x "a | b" | Get-B', ["Get-A", "Get-B"]),
        ('"$(if ($a -ne `"`") { " $(Get-A `"x; y`")" })"; Get-B', ["Get-A", "Get-B"]),
        ('Get-A `"x; Get-B', ["Get-A", "Get-B"]),
        ("7z x a; 5kb; 1.5e3d; 2uL; Get-A", ["7z", "Get-A"]),
        ("Write-A \"$(if ($x) {')'} else {'('})\"; Get-B '{'; Get-C", ["Write-A", "Get-B", "Get-C"]),
        ("class A : B { A([int]$x) : base($x) { Get-A }\n hidden [int] $C = (Get-B) }", ["Get-A", "Get-B"]),
        ("switch -Regex ($x) { '^a' { Get-A; break } { $_ -gt 3 } { Get-B } }", ["Get-A", "Get-B"]),
        ("begin { Get-A }\nprocess { Get-B }\nend { Get-C }\nclean { Get-D }", ["Get-A", "Get-B", "Get-C", "Get-D"]),
        ("workflow W { parallel { Get-A } InlineScript { Get-B } }", ["Get-A", "Get-B"]),
    ],
)
def test_commands_are_found_at_every_depth_and_nothing_else_is_one(text: str, expected: list[str | None]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "# Get-A",
        "<# Get-A\n#>",
        "'Get-A'",
        '"Get-A"',
        "@'\nGet-A\n'@",
        '@"\nGet-A\n"@',
        "\u201cGet-A\u201d",
        "\u2018Get-A\u2019",
        '"a `"; Get-A"',
        '"a ""; Get-A"',
        "'a ''; Get-A'",
        "@'\nquote ' and '@ inside\n Get-A\n'@",
    ],
)
def test_comments_and_strings_run_nothing(text: str) -> None:
    assert names(text) == []


def test_an_expression_in_a_string_runs() -> None:
    assert names('"a $(Get-A "b $(Get-B) ;" ) c"') == ["Get-A", "Get-B"]
    assert names('@"\n$(Get-A)\n"@') == ["Get-A"]
    assert names("'$(Get-A)'") == []


@pytest.mark.parametrize("quote", ['"', "\u201c", "\u201d", "\u201e"])
@pytest.mark.parametrize("closing", ['"', "\u201c", "\u201d", "\u201e"])
def test_any_double_quote_closes_any_other(quote: str, closing: str) -> None:
    assert names(f"{quote}x Get-A{closing}; Get-B") == ["Get-B"]


def test_an_apostrophe_in_a_double_quoted_string_opens_nothing() -> None:
    assert names('"It\u2019s done"; Get-A') == ["Get-A"]


@pytest.mark.parametrize("dash", ["-", "\u2013", "\u2014", "\u2015"])
def test_every_dash_begins_a_parameter(dash: str) -> None:
    assert arguments(f"Get-A {dash}Name x {dash}Flag") == [("Name", "x"), ("Flag", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Get-A -Name:x", [("Name", "x")]),
        ("Get-A -Name 'a''b'", [("Name", "a'b")]),
        ('Get-A -Name "a`tb"', [("Name", "a\tb")]),
        ('Get-A -Name "a$b"', [("Name", None)]),
        ("Get-A -Name a$b", [("Name", None)]),
        ("Get-A -Name a'b c'd", [("Name", "ab cd")]),
        ("Get-A -Name a`;b", [("Name", "a;b")]),
        ("Get-A -Name a#b # a comment", [("Name", "a#b")]),
        ("Get-A -Name user@contoso.com,b", [("Name", "user@contoso.com")]),
        ("$o = 'x'; Get-A -Name $o", [("Name", "x")]),
        ("$o = 'x'; $o = 'y'; Get-A -Name $o", [("Name", None)]),
        ("param($o = 'x'); Get-A -Name $o", [("Name", None)]),
        ("$o = 'x' + $y; Get-A -Name $o", [("Name", None)]),
        ("Get-A -Name @'\nx\n'@", [("Name", "x")]),
        ('Get-A -Name @"\nx\ny\n"@', [("Name", "x\ny")]),
        ("Get-A -One`\n -Two x", [("One", None), ("Two", "x")]),
        ("Get-A\u00a0-One\u00a0x", [("One", "x")]),
        ("Get-A -Scopes a, b -Last 1", [("Scopes", "a"), ("Last", "1")]),
        ("Get-A -Block { -Inner } -Last", [("Block", None), ("Last", None)]),
        ("Get-A; Use-B -Name x", []),
        ("Get-A -x 2>&1", [("x", None)]),
        ("$env:x = 'e'; Get-A -Name $x", [("Name", None)]),
        ("$env:x = 'e'; $script:x = 'v'; Get-A -Name $x", [("Name", "v")]),
        ("$x = 'v'; foreach ($x in $y) { Get-A -Name $x }", [("Name", None)]),
        ("$x = 'v'; function F { param($x) Get-A -Name $x }", [("Name", None)]),
        ("$x = 'v'; Invoke-Command { Get-A }; Get-B -Name $using:x", []),
        ("Get-A -C:'x' -D: y -E -5 -F *.ps1", [("C", "x"), ("D", "y"), ("E", "-5"), ("F", "*.ps1")]),
    ],
)
def test_arguments_are_read_as_powershell_reads_them(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert arguments(text) == expected


@pytest.mark.parametrize("after", [" ", "\t", " # why", "\u00a0"])
def test_a_backtick_before_anything_but_the_end_of_the_line_continues_nothing(after: str) -> None:
    script = read_script(f"Get-A `{after}\n  -Name x")
    assert script.broken_continuations == [6]
    assert list(script.commands[0].parameters()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("param($A, [string] ${B c}, [int]$C = 3)", [("A", False), ("B c", False), ("C", False)]),
        ("param([Parameter(Mandatory)]$A)", [("A", True)]),
        ("param([Parameter(Mandatory = $true)][string] $A = 'all')", [("A", True)]),
        ("param([Parameter(Position = 0, Mandatory = 0)] $A)", [("A", False)]),
        ("param([Parameter(Mandatory = $false)] $A)", [("A", False)]),
        ("param([Parameter(HelpMessage = 'Mandatory')] $A)", [("A", False)]),
        ("param([Parameter(Mandatory, ParameterSetName = 'x')] $A)", [("A", False)]),
        ("param([Parameter(Mandatory)][Parameter(ParameterSetName = 'x')] $A)", [("A", False)]),
        ("[A(x = '1')]\nparam\n(\n $A # one\n , $B <# $No #>\n)", [("A", False), ("B", False)]),
        ("param([ValidateSet('a,b', \"c)\")] $A = @{ x = 1, 2 }, $B)", [("A", False), ("B", False)]),
        ("#Requires -Version 7\nusing module X\n[CmdletBinding()]\nparam(\n # a comment, $No\n $A\n)", [("A", False)]),
        ("[CmdletBinding()] Param ($A = (Get-Date), $B)", [("A", False), ("B", False)]),
        ("& { param($A) }", []),
        ("function Get-It { param($A) }", []),
        ("$block = { param($A) }", []),
        ("Get-It\nparam($A)", []),
        ("# param($A)", []),
        ("$param = ($A)", []),
    ],
)
def test_parameters_are_those_of_the_scripts_own_block(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [(parameter.name, parameter.mandatory) for parameter in read_script(text).parameters] == expected


def test_definitions_are_found_with_their_keyword() -> None:
    script = read_script("function New-Box($x) { Get-A }\nworkflow Do-It { Get-B }\nfilter f { }\nclass C { }")
    assert [(found.keyword, found.name) for found in script.definitions] == [
        ("function", "New-Box"),
        ("workflow", "Do-It"),
        ("filter", "f"),
        ("class", "C"),
    ]
    assert [command.function for command in script.commands] == ["New-Box", "Do-It"]


def test_a_block_under_a_condition_is_known_with_its_condition() -> None:
    text = "Get-A; if ($job) { Get-B } else { & { Get-C } }"
    script = read_script(text)
    branches = [command.branch for command in script.commands if command.name]
    assert [branch and branch.keyword for branch in branches] == [None, "if", "else"]
    assert branches[2] is not None
    assert [text[start:end] for start, end in branches[2].conditions] == ["($job)"]


def test_the_table_behind_a_splat_is_read() -> None:
    script = read_script("$with = @{ Organization = 'x'\n 'Flag' = $true; Rest = Get-It }\nGet-A @with")
    table = script.table(script.commands[-1].splats[0])
    assert table is not None
    assert {key: script.value(value) for key, value in table.items()} == {
        "organization": "x",
        "flag": None,
        "rest": None,
    }


def test_requires_and_using_are_found_and_lines_are_counted() -> None:
    script = read_script("\ufeff#requires -Modules A\r\nusing module B\r\nGet-A")
    assert [text for _, text in script.requires] == ["#requires -Modules A"]
    assert [[token.text for token in statement] for statement in script.using] == [["module", "B"]]
    assert script.line(script.commands[0].start) == 3


FRAGMENTS = [
    *"`\"'$@(){}[];|&,.:=-\u2013\u201c\u201d\u2018#<>\n\r\t %?!^0aZ_\x00\xa0\u2003\u0130",
    *("$(", "@(", "@{", '@"\n', '\n"@', "@'\n", "\n'@", "<#", "#>", "${", "`\n", "` ", "--%", "2>&1", "$x=", " -Org "),
    *(
        "if",
        "else",
        "param(",
        "function f",
        "switch",
        "class C",
        "return ",
        "using module ",
        "foreach",
        " in ",
        "Get-A ",
    ),
]


def everything(script: Script) -> None:
    for command in script.commands:
        assert 0 <= command.start < len(script.text)
        for _, value in command.parameters():
            script.value(value)
        for variable in command.splats:
            script.table(variable)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=120).map("".join))
def test_no_text_of_powershells_own_marks_raises(text: str) -> None:
    everything(read_script(text))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    everything(read_script(text))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join), st.integers(0, 3))
def test_what_is_in_single_quotes_never_runs(text: str, quote: int) -> None:
    for mark in "'\u2018\u2019\u201a\u201b":
        text = text.replace(mark, "")
    mark = "'\u2018\u2019\u201a"[quote]
    assert names(f"$x = {mark}{text}{mark}\nGet-Last") == ["Get-Last"]


PATTERNS = [
    "(",
    "{",
    '"$(',
    "[",
    "@{a=",
    "`",
    "'",
    '@"\n',
    "${",
    "(}",
    'a"b',
    "1_",
    "-ab'",
    "if(",
    "function f{",
    "\x00",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_work_grows_with_the_length_and_not_with_its_square(pattern: str) -> None:
    def calls(length: int) -> int:
        """The calls that reading a script of this length makes; a count, because a busy machine distorts a time."""
        text = (pattern * (length // len(pattern) + 1))[:length]
        count = 0

        def counted(_frame: object, _event: str, _argument: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(counted)
        try:
            read_script(text)
        finally:
            sys.setprofile(None)
        return count

    # Four times the length takes four times the work; with its square it would be sixteen times.
    assert calls(32 * 1024) < 5 * calls(8 * 1024) + 500
