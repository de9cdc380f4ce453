"""The form of a GUID, in which the directory writes object ids."""

import re

_GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def is_guid(text: str) -> bool:
    """Returns whether the text is a GUID in its usual form, without braces."""
    return re.fullmatch(_GUID, text, re.IGNORECASE) is not None
