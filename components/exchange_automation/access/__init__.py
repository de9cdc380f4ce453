"""Who may do what in Exchange Online and in other APIs: app role assignments and directory role assignments.

The identity that holds the grants, its account and its runbooks belong elsewhere.
"""
