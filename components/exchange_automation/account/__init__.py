"""The automation account: the account itself, its identity, its assets, and what a landing zone asks of it.

Grants belong to ``access``, PowerShell and modules to ``runtime``, scripts and schedules to ``runbook``.
"""
