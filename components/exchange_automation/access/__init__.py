"""The grants: app role assignments and directory role assignments, and the registered application that can hold them.

Managed identities and their accounts belong to ``account``, scripts to ``runbook``.
"""
