"""The editor of a policy file: messages with line and column while one types, checked by the command line."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QFileDialog, QListWidget, QListWidgetItem, QPlainTextEdit, QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.child import Task
from auditor.desktop.draft import add_waiver
from auditor.desktop.fonts import font
from auditor.desktop.marks import Mark
from auditor.desktop.parts import Elided, add, button, row, text
from auditor.documents import write
from auditor.errors import UserError
from auditor.policy.document import MAX_BYTES

PAUSE_MS = 400
"""After the last key before the text is checked."""


class Editor(QWidget):
    """One file, or a new text without a file yet."""

    failed = Signal(object)
    closed = Signal()
    use = Signal(str)
    """Use this file for the next audit."""

    def __init__(self) -> None:
        super().__init__()
        self.path: Path | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="auditor-policy-")
        self._tasks: list[Task] = []
        self._choose: Callable[[], str] = lambda: QFileDialog.getSaveFileName(
            self, self.tr("Save the policy as"), "policy.yaml", self.tr("Policies (*.yaml)")
        )[0]
        self.name = Elided("", "mono", "muted")
        self.text = QPlainTextEdit()
        self.text.setFont(font("mono"))
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(self.tr("Text of the policy"))
        self.messages = QListWidget()
        self.messages.setFont(font())
        self.messages.setFixedHeight(132)
        self.messages.setAccessibleName(self.tr("Messages about the policy"))
        self.state, self.mark, self.place = text(""), Mark("waiting"), text("", "caption", "muted")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._check)
        self.text.textChanged.connect(self._timer.start)
        self.text.cursorPositionChanged.connect(self._tell_place)
        self.messages.itemActivated.connect(self._jump)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        save = button(self.tr("Save"), self.save)
        self.use_button = button(self.tr("Use for the next audit"), self._use)
        add(
            layout,
            self.name,
            self.text,
            row(self.mark, self.state, None, self.place),
            self.messages,
            row(save, self.use_button, None, button(self.tr("Close the editor"), self.closed.emit)),
        )
        QShortcut(QKeySequence.StandardKey.Save, self).activated.connect(self.save)
        self.destroyed.connect(self._folder.cleanup)

    def open(self, path: Path) -> bool:
        """Show a file; False where it cannot be read."""
        try:
            data = path.read_bytes()[: MAX_BYTES + 1]
            if len(data) > MAX_BYTES:
                raise UserError(self.tr("too large for a policy"), self.tr("A policy has at most 1 MiB."), str(path))
            content = data.decode("utf-8")
        except OSError as error:
            self.failed.emit(UserError(self.tr("cannot be read: {why}").format(why=error.strerror), "", str(path)))
            return False
        except UnicodeDecodeError:
            self.failed.emit(UserError(self.tr("is not UTF-8 text"), self.tr("Is this a policy?"), str(path)))
            return False
        except UserError as error:
            self.failed.emit(error)
            return False
        self.show_text(content, path)
        return True

    def show_text(self, content: str, path: Path | None = None) -> None:
        """Show a text; without a path it is a new policy."""
        self.path = path
        self.name.show_text(str(path) if path else self.tr("New policy, not saved yet"))
        self.text.setPlainText(content)
        self.text.document().setModified(False)
        self._check()

    def add_waiver(self, waiver: dict[str, Any]) -> bool:
        """Write a waiver into the text; False where that failed."""
        try:
            changed = add_waiver(self.text.toPlainText(), waiver)
        except UserError as error:
            self.failed.emit(error)
            return False
        cursor = self.text.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(changed)
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        return True

    def save(self) -> bool:
        """Write the file; a new policy asks where. False where that failed or was cancelled."""
        path = self.path or Path(self._choose() or ".")
        if path == Path("."):
            return False
        try:
            write(path, self.text.toPlainText().encode())
        except UserError as error:
            self.failed.emit(error)
            return False
        self.path = path
        self.name.show_text(str(path))
        self.text.document().setModified(False)
        self._check()
        return True

    def stop(self) -> None:
        """End what still runs."""
        self._timer.stop()
        for task in self._tasks:
            task.stop()
        self._folder.cleanup()

    def show_messages(self, rows: Any) -> None:
        """The answer of ``policy check``."""
        self.messages.clear()
        found = [message for message in rows if isinstance(message, dict)] if isinstance(rows, list) else []
        for message in found[:200]:
            line, column = int(message.get("line", 1)), int(message.get("column", 1))
            words = f"{line}:{column}  {message.get('message', '')}"
            if message.get("suggestion"):
                words += "  " + self.tr("Did you mean “{word}”?").format(word=message["suggestion"])
            item = QListWidgetItem(units.clean(words, 500))
            item.setData(256, (line, column))
            self.messages.addItem(item)
        self.mark.set_kind("fail" if found else "pass")
        self.state.setText(
            self.tr("Messages: {number}. Enter goes to the place.").format(number=len(found))
            if found
            else self.tr("The policy has no mistakes.")
        )

    def _check(self) -> None:
        for task in self._tasks:
            task.stop()
        content = self.text.toPlainText()
        # A file beside others is checked where it lies, for it may extend them; anything else from a private copy.
        path = self.path
        if path is None or self.text.document().isModified():
            path = Path(self._folder.name) / "policy.yaml"
            path.write_text(content, encoding="utf-8")
        self.mark.set_kind("busy")
        self.state.setText(self.tr("Checking"))
        task = Task(["policy", "check", str(path)], self)
        task.done.connect(lambda data, _: self.show_messages(data))
        task.failed.connect(self.failed)
        self._tasks = [task]
        task.start()

    def _use(self) -> None:
        if (self.path and not self.text.document().isModified()) or self.save():
            self.use.emit(str(self.path))

    def _tell_place(self) -> None:
        cursor = self.text.textCursor()
        self.place.setText(
            self.tr("Line {line}, column {column}").format(
                line=cursor.blockNumber() + 1, column=cursor.columnNumber() + 1
            )
        )

    def _jump(self, item: QListWidgetItem) -> None:
        line, column = item.data(256)
        block = self.text.document().findBlockByNumber(line - 1)
        cursor = QTextCursor(block)
        cursor.movePosition(
            QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.MoveAnchor, min(column - 1, block.length() - 1)
        )
        self.text.setTextCursor(cursor)
        self.text.setFocus()
