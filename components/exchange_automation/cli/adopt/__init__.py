"""The command ``adopt``: grants and resources that exist already come under management."""
