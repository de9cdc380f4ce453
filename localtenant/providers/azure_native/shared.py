"""Parts that the schemas of most types share."""

from __future__ import annotations

from localtenant.providers.azure_native.schema import Input

GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
LOCATION = Input("location", replaces=True, ignore_case=True)
REQUIRED_LOCATION = Input("location", required=True, replaces=True, ignore_case=True)
KEPT_LOCATION = Input("location", ignore_case=True)
"""For types whose specification does not call for a replacement: the plugin sends the change and Azure refuses it."""
TAGS = Input("tags", "object")
COMMON = {"name": "name", "type": "type"}
