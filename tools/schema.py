"""Writes the schema of the plugin, ``components/schema.json``: ``python -m tools.schema``."""

from __future__ import annotations

import json

from exchange_automation.plugin.provider import ComponentHost
from tools.places import CHECKOUT

SCHEMA = CHECKOUT / "components" / "schema.json"


def rendered() -> str:
    """The schema that the components have now."""
    schema = ComponentHost().schema
    assert schema is not None
    return json.dumps(json.loads(schema), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes it."""
    SCHEMA.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
