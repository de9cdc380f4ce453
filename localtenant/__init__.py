"""An Azure and Entra ID tenant on the loopback interface.

The package imitates the part of Microsoft Graph, Azure Resource Manager and the Microsoft identity platform
that a program needs in order to create an automation account and grant its identity access to Exchange Online.
State lives in memory, time is injected, and nothing is ever reachable from another machine.

Start it from a shell with ``python -m localtenant``, from Python with :class:`localtenant.process.LocalTenant`.
"""
