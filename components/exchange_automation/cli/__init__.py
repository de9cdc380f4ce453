"""The command line tool ``exchange-automation``: adopt, doctor, report, explain.

It talks to Microsoft Graph and Azure Resource Manager by itself and needs the distribution's extra ``cli``. The
components never import it, and it imports neither them nor a provider SDK, so ``--help`` answers at once.
"""

import sys

__all__ = ["main"]

_NEEDED = {"typer", "rich", "httpx", "azure"}


def main() -> None:
    """Run the tool; the console script's entry point."""
    try:
        from .app import run  # noqa: PLC0415  (its packages belong to an extra that may be missing)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _NEEDED:
            raise
        print(
            f"exchange-automation: the package {missing.name} is not installed, so the command line tool cannot run. "
            "Install the extra: pip install 'exchange-automation[cli]'",
            file=sys.stderr,
        )
        sys.exit(2)
    run()
