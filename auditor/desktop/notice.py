"""Tells on the desktop that a long audit has ended, where somebody works with another window meanwhile."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QStyle, QSystemTrayIcon

LONG_MS = 30_000
"""An audit that took longer is told of."""
NOTICE_MS = 8_000


def notify(window: QMainWindow, sentence: str, elapsed_ms: int) -> None:
    """A mark at the window's entry, and a notice where it took long."""
    QApplication.alert(window)
    if not window.isActiveWindow() and elapsed_ms > LONG_MS and QSystemTrayIcon.supportsMessages():
        icon = window.windowIcon()
        if icon.isNull():
            icon = window.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxInformation)
        tray = QSystemTrayIcon(icon, window)
        tray.messageClicked.connect(window.activateWindow)
        tray.show()
        tray.showMessage("Sovereignty Auditor", sentence, icon, NOTICE_MS)
        QTimer.singleShot(2 * NOTICE_MS, tray, tray.deleteLater)
