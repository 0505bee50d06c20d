"""Makes a page by its key; each page's module is loaded when it is first wanted."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from auditor.desktop.pages.base import Page
from auditor.desktop.settings import Settings

CLASSES = {
    "start": "StartPage",
    "running": "RunningPage",
    "overview": "OverviewPage",
    "findings": "FindingsPage",
    "models": "ModelsPage",
    "weights": "WeightsPage",
    "traffic": "TrafficPage",
    "gpus": "GpusPage",
    "serving": "ServingPage",
    "sealed": "SealedPage",
    "watch": "WatchPage",
    "facts": "FactsPage",
    "history": "HistoryPage",
    "policy": "PolicyPage",
    "dossier": "DossierPage",
}


def make(key: str, settings: Settings, history: Callable[[], Any]) -> Page:
    """A new page."""
    kind = getattr(import_module(f"auditor.desktop.pages.{key}"), CLASSES[key])
    page: Page = kind(settings, history) if key == "history" else kind(settings)
    return page
