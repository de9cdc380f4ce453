"""``python -m tools.engine``: print the directory that holds `pulumi`, after making one if need be."""

from __future__ import annotations

import sys

from tools.engine.acquire import engine_directory
from tools.engine.choice import NoEngineError


def main() -> int:
    try:
        print(engine_directory())
    except NoEngineError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("engine: interrupted; the next run starts from what Go has cached", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
