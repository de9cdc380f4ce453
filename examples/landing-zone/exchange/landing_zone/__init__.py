"""A landing zone for Exchange automation: settings, names, tags, the platform's outputs, and the resources of a subscription."""

from .landing import Landing
from .platform_stack import PlatformError, read_platform
from .settings import SettingsError, load
from .tagging import tag_everything

__all__ = ["Landing", "PlatformError", "SettingsError", "load", "read_platform", "tag_everything"]
