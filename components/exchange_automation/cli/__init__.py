"""The command line tool ``exchange-automation``.

It talks to Microsoft Graph and Azure Resource Manager by itself and needs the distribution's extra ``cli``, apart from
``error``. The components never import it, and it imports no provider SDK, so ``--help`` answers at once.
"""

import sys

__all__ = ["main"]

_NEEDED = {"typer", "rich", "httpx", "azure"}


def main() -> None:
    """Runs the tool; the console script's entry point."""
    try:
        from .app import run  # noqa: PLC0415  (its packages belong to an extra that may be missing)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _NEEDED:
            raise
        sys.exit(_without_extra(missing.name or ""))
    run()


def _without_extra(missing: str) -> int:
    """Runs what needs no other package; returns the exit code."""
    from exchange_automation.core.problems import Problem  # noqa: PLC0415

    from .error.entries import render, render_list  # noqa: PLC0415

    if sys.argv[1:2] == ["error"] and not any(word.startswith("-") for word in sys.argv[2:]):
        try:
            print(render(sys.argv[2]) if len(sys.argv) > 2 else render_list())
        except Problem as problem:
            print(f"exchange-automation: {problem}", file=sys.stderr)
            return 2
        return 0
    print(
        f"exchange-automation: the package {missing} is not installed, so the command line tool cannot run. "
        "Install the extra: pip install 'exchange-automation[cli]'",
        file=sys.stderr,
    )
    return 2
