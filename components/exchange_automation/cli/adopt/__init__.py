"""The command ``adopt``: imports existing grants and resources into a stack."""
