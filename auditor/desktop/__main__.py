"""``python -m auditor.desktop`` shows the window."""

import sys

from auditor.desktop.app import run

if __name__ == "__main__":
    sys.exit(run())
