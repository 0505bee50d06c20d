"""The dossier page: what ``auditor verify`` says, in words."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from auditor.desktop.pages.dossier import DossierPage
from auditor.desktop.window import Window

GOOD: dict[str, Any] = {
    "ok": True,
    "signatures": [{"signer": "Example", "intact": True, "trusted": True}],
    "changes": [],
    "attachments": [{"name": "facts.json", "ok": True}],
    "verdicts": {"recomputed": True, "equal": True, "differences": []},
    "rendering": {"compared": True, "equal": True, "why_not": ""},
}


@pytest.fixture
def page(audited: Window) -> DossierPage:
    audited.show_page("dossier")
    made = audited.page("dossier")
    assert isinstance(made, DossierPage)
    return made


def said(page: DossierPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel))


def test_what_is_whole_is_verified(page: DossierPage) -> None:
    page.show_verification("a.pdf", GOOD)
    assert "Verified" in said(page)
    assert "intact, trusted signer" in said(page)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"signatures": [{"signer": "X", "intact": False, "trusted": False}]}, "broken"),
        ({"signatures": [{"signer": "X", "intact": True, "trusted": False}]}, "not vouched for"),
        ({"changes": ["page 3"]}, "Changed after signing: page 3"),
        ({"attachments": [{"name": "facts.json", "ok": False}]}, "not as named: facts.json"),
        ({"verdicts": {"recomputed": True, "equal": False, "differences": ["LIC-001"]}}, "differ: LIC-001"),
        ({"verdicts": {"recomputed": False}}, "could not be computed again"),
        ({"rendering": {"compared": True, "equal": False}}, "are not what the embedded documents print"),
        ({"rendering": {"compared": False, "why_not": "Another release."}}, "were not compared. Another release."),
    ],
)
def test_what_is_not_is_told_in_words(page: DossierPage, change: dict[str, Any], expected: str) -> None:
    page.show_verification("a.pdf", GOOD | {"ok": False} | change)
    assert "Not verified" in said(page)
    assert expected in said(page)


def drop(page: DossierPage, *paths: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    keys = Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, keys))


def test_only_one_pdf_can_be_dropped(page: DossierPage) -> None:
    drop(page, "/a.txt")
    drop(page, "/a.pdf", "/b.pdf")
    assert "Verifying" not in said(page)


def test_a_file_that_is_no_pdf_is_not_verified(page: DossierPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"not a pdf")
    drop(page, str(tmp_path / "a.pdf"))
    qtbot.waitUntil(lambda: "Verified" in said(page) or "erified" in said(page).split("Verify")[-1], timeout=60_000)
    qtbot.waitUntil(lambda: "Verifying" not in said(page), timeout=60_000)
    assert "Verified" not in said(page)


def test_a_damaged_file_is_no_preview_and_no_crash(page: DossierPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 broken")
    with qtbot.waitSignal(page.failed) as caught:
        page.preview.open(tmp_path / "a.pdf")
    assert "cannot be shown" in caught.args[0].message
    assert page.preview.nothing.isVisibleTo(page)
