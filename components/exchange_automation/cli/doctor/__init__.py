"""The command ``doctor``: checks whether a deployment will work, and whether an existing one works."""
