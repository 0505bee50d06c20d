"""Judge a kept audit again under another policy: in a child process, from the recorded facts, without the host."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QVBoxLayout, QWidget

from auditor.archive.history import History
from auditor.desktop.child import Task
from auditor.desktop.fonts import font
from auditor.desktop.parts import add, button, prose, row
from auditor.desktop.work import Work
from auditor.documents import Documents
from auditor.errors import UserError


class Again(QDialog):
    """Choose the policy, wait, and the history has one entry more."""

    judged = Signal(int)
    """Number of the new entry."""
    failed = Signal(object)

    def __init__(self, parent: QWidget, history: Callable[[], History], number: int) -> None:
        super().__init__(parent)
        self._history, self._number = history, number
        self._folder = tempfile.TemporaryDirectory(prefix="auditor-again-")
        self._task: Task | None = None
        self._keeping: Work | None = None
        self._choose: Callable[[], str] = lambda: QFileDialog.getOpenFileName(
            self, self.tr("Policy file"), "", self.tr("Policies (*.yaml *.yml)")
        )[0]
        self.setWindowTitle(self.tr("Judge again"))
        self.policy = QComboBox()
        self.policy.setFont(font())
        self.policy.setEditable(True)
        self.policy.setMinimumWidth(360)
        self.policy.setAccessibleName(self.tr("Policy"))
        self.go = button(self.tr("Judge"), self.judge)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(16)
        add(
            layout,
            prose(self.tr("The recorded facts are judged under this policy. The host is not looked at again.")),
            row(self.policy, button(self.tr("A file…"), self._take, "small")),
            row(None, button(self.tr("Cancel"), self.reject), self.go),
        )
        self._names = Task(["policy", "list"], self)
        self._names.done.connect(lambda rows, _: self.policy.addItems([row_["id"] for row_ in rows]))
        self._names.start()

    def judge(self) -> None:
        """Start the child."""
        folder, out = Path(self._folder.name) / "in", Path(self._folder.name) / "out"
        try:
            with self._history() as history:
                documents = history.documents(self._number)
            if not folder.exists():
                documents.write(folder)
        except UserError as error:
            self.failed.emit(error)
            return
        self.go.setEnabled(False)
        name = self.policy.currentText().strip()
        self._task = Task(["dossier", str(folder), "--policy", name, "--out", str(out), "--unsigned"], self)
        self._task.done.connect(self._done)
        self._task.failed.connect(self._fail)
        self._task.start()

    def done(self, code: int) -> None:
        """End what still runs, and clean up."""
        for task in (self._names, self._task, self._keeping):
            if task is not None:
                task.stop()
        self._folder.cleanup()
        super().done(code)

    def _take(self) -> None:
        path = self._choose()
        if path:
            self.policy.setEditText(path)

    def _done(self, data: Any, code: int) -> None:
        self._keeping = Work(self._keep, self)
        self._keeping.done.connect(self._kept)
        self._keeping.failed.connect(self._fail)
        self._keeping.start()

    def _keep(self) -> int:
        """Beside the window. Raises UserError."""
        documents = Documents.read(Path(self._folder.name) / "out")
        with self._history() as history:
            return history.add(documents)

    def _kept(self, number: int) -> None:
        self.accept()
        self.judged.emit(number)

    def _fail(self, error: UserError) -> None:
        self.go.setEnabled(True)
        self.failed.emit(error)
