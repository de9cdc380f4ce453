"""``python -m exchange_automation.cli``: the tool without its console script."""

from . import main

if __name__ == "__main__":
    main()
