"""Reads PowerShell: tokens, commands with their arguments, definitions, parameters and assignments of a script.

Belongs here: the language as PowerShell's own tokenizer defines it. Does not belong here: anything about Exchange, Azure
Automation or what a good script looks like. Nothing is evaluated and nothing is imported but the standard library.

Source: "PowerShell language specification", chapters 2 (lexical structure) and 8 (statements), and about_Parsing,
about_Quoting_Rules, about_Special_Characters and about_Splatting on learn.microsoft.com.
"""

from .script import Command, Definition, Parameter, Script, read_script
from .tokens import Kind, Token

__all__ = ["Command", "Definition", "Kind", "Parameter", "Script", "Token", "read_script"]
