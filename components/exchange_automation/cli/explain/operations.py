"""The engine's operations by what they do to access."""

ADDED = frozenset({"create", "create-replacement", "import", "import-replacement"})
CHANGED = frozenset({"update", "replace"})
REMOVED = frozenset({"delete", "delete-replaced"})
# "discard" and the like end the tracking of what was only read, and touch nothing.
