"""The engine's operations, by their effect on access."""

ADDED = frozenset({"create", "create-replacement", "import", "import-replacement"})
CHANGED = frozenset({"update", "replace"})
REMOVED = frozenset({"delete", "delete-replaced"})
# "discard" and similar operations end the tracking of a resource that the program only reads. They change nothing.
