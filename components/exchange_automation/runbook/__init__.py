"""Runbooks: the script, its published content, its schedules, webhooks and job parameters, and the smoke test.

The PowerShell that runs them belongs to ``runtime``.
"""
