"""What the descriptions of most types have in common."""

from __future__ import annotations

from localtenant.providers.azure_native.schema import Input

GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
LOCATION = Input("location", replaces=True, ignore_case=True)
REQUIRED_LOCATION = Input("location", required=True, replaces=True, ignore_case=True)
KEPT_LOCATION = Input("location", ignore_case=True)
"""Where the specification does not say that a change needs a new resource, the plugin sends one, and Azure refuses it."""
TAGS = Input("tags", "object")
COMMON = {"name": "name", "type": "type"}
