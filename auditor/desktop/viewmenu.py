"""The menu at the foot of the window: colours, language, about."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFont, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton

from auditor.desktop.language import LANGUAGES, available


class ViewMenu(QToolButton):
    """A button with the menu."""

    colours = Signal(str)
    """``system``, ``light`` or ``dark``."""
    language = Signal(str)
    """Its code."""
    about = Signal()

    def __init__(self, face: QFont) -> None:
        super().__init__()
        self.setText(self.tr("View"))
        self.setAccessibleName(self.tr("View: colours, language, about"))
        self.setFont(face)
        self.setAutoRaise(True)
        self.setProperty("kind", "menu")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self)
        for choice, title in (
            ("system", self.tr("Colours of the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            menu.addAction(title).triggered.connect(lambda _=False, c=choice: self.colours.emit(c))
        menu.addSeparator()
        for code in available():
            menu.addAction(LANGUAGES[code]).triggered.connect(lambda _=False, c=code: self.language.emit(c))
        menu.addSeparator()
        about = QAction(self.tr("About Sovereignty Auditor"), menu)
        about.setShortcut(QKeySequence.StandardKey.HelpContents)
        about.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # shown; the window itself listens
        about.triggered.connect(self.about)
        menu.addAction(about)
        self.setMenu(menu)
