"""The distribution's version, in a file without imports so that a build reads it without importing the package."""

__version__ = "0.1.0"
