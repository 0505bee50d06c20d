"""Loads, beside the window, what is not needed for its first paint."""

from typing import Any


def opening() -> Any:
    """The module that opens audits, loaded beside the window."""
    from auditor.desktop import opening as module

    return module


def warm() -> None:
    """Load what the pages are made of, so that the first click on one does not wait for it."""
    from importlib import import_module

    from auditor.desktop.marks import paint_all
    from auditor.desktop.pages import registry

    opening()
    for key in registry.CLASSES:
        import_module(f"auditor.desktop.pages.{key}")
    # The binding makes an enumeration of Qt's when it is first used: use those of painting now.
    paint_all()
