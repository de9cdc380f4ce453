"""The command ``evidence``: what ran and how it went, as Markdown in which every id, name and domain is replaced."""
