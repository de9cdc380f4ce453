"""The automation account: the account itself, its identity, its assets, and its governance.

Grants belong to ``access``, PowerShell and modules to ``runtime``, scripts and schedules to ``runbook``.
"""
