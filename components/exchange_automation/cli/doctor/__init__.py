"""The command ``doctor``: whether a deployment will work, and whether one that exists does."""
