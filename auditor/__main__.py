"""Entry point: the command line, and the desktop where there is a display and no argument."""

import sys


def main() -> int:
    """Run; returns the exit code."""
    from auditor.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
