"""The Pulumi engine for this checkout: found, installed or built, and kept in the user's cache.

``python -m tools.engine`` prints the directory that holds `pulumi`; `engine_directory` is the same from Python.
"""

from tools.engine.acquire import engine_directory
from tools.engine.choice import NoEngineError, Unavailable

__all__ = ["NoEngineError", "Unavailable", "engine_directory"]
