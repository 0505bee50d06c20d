"""Entry point: the desktop where there is a display and no argument, else the command line."""

import sys


def main() -> int:
    """Run; returns the exit code. Imports late: a probe, a command and a window need different things."""
    arguments = sys.argv[1:]
    if getattr(sys, "frozen", False):
        from auditor.collect.local import serve_if_asked

        serve_if_asked(arguments)
    if not arguments and _window():
        from auditor.desktop.app import run as show

        return show()
    from auditor.cli.main import run

    return run(arguments or ["--help"])


def _window() -> bool:
    """Whether the desktop app is installed and can show itself."""
    try:
        from auditor.desktop.app import available
    except ImportError:
        return False
    return available()


if __name__ == "__main__":
    sys.exit(main())
