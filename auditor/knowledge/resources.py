"""Where the product's own data files are, in a checkout, an installed wheel or a frozen app."""

import sys
from pathlib import Path


def root() -> Path:
    """The folder that holds ``resources/`` and ``policies/``."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen)
    package = Path(__file__).resolve().parents[1]
    installed = package / "_shared"
    return installed if installed.is_dir() else package.parent


def resource(*parts: str) -> Path:
    """A file or folder under ``resources/``."""
    return root().joinpath("resources", *parts)
