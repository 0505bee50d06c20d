"""Pages of a PDF as images, one at a time, by pdfium."""

from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
from PySide6.QtCore import Signal
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from auditor.desktop.parts import add, button, row, text
from auditor.errors import UserError

LARGEST = 256 * 2**20
"""Bytes; a larger file is not shown."""


class Preview(QWidget):
    """One page, and the way to the others."""

    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._document: pypdfium2.PdfDocument | None = None
        self._page = 0
        self.image = QLabel()
        self.image.setAccessibleName(self.tr("Page of the dossier"))
        self.place = text("", tone="muted")
        self.back = button(self.tr("Page back"), lambda: self.turn(-1), "small")
        self.forward = button(self.tr("Page forward"), lambda: self.turn(1), "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        nothing = self.tr("No dossier of this audit is signed yet. Sign and save makes one.")
        self.nothing = text(nothing, tone="muted", wrap=True)
        add(layout, row(self.back, self.forward, self.place, None), self.nothing, self.image, None)
        for key, by in (
            (QKeySequence.StandardKey.MoveToNextPage, 1),
            (QKeySequence.StandardKey.MoveToPreviousPage, -1),
        ):
            QShortcut(key, self).activated.connect(lambda by=by: self.turn(by))
        self._draw()

    def open(self, path: Path) -> None:
        """Show page one of a file; what cannot be read is told."""
        self.close_file()
        try:
            if path.stat().st_size > LARGEST:
                raise ValueError(self.tr("it is too large"))
            self._document = pypdfium2.PdfDocument(path.read_bytes())
        except (OSError, ValueError, pypdfium2.PdfiumError) as error:
            self.failed.emit(
                UserError(
                    self.tr("The dossier cannot be shown: {why}").format(why=error),
                    self.tr("Open it with another program, or sign it again."),
                    str(path),
                )
            )
        self._draw()

    def close_file(self) -> None:
        """Let go of the file."""
        if self._document is not None:
            self._document.close()
        self._document, self._page = None, 0

    def turn(self, by: int) -> None:
        """To another page."""
        if self._document is not None and 0 <= self._page + by < len(self._document):
            self._page += by
            self._draw()

    def _draw(self) -> None:
        pages = len(self._document) if self._document is not None else 0
        self.back.setEnabled(self._page > 0)
        self.forward.setEnabled(self._page + 1 < pages)
        self.place.setText(
            self.tr("Page {number} of {total}").format(number=self._page + 1, total=pages) if pages else ""
        )
        self.image.setVisible(pages > 0)
        self.nothing.setVisible(pages == 0)
        if self._document is None:
            return
        ratio = self.devicePixelRatioF()
        page = self._document[self._page]
        # 1.25 px a point: A4 is 744 px wide.
        bitmap = page.render(scale=1.25 * ratio, rev_byteorder=True)
        data = bytes(bitmap.buffer)
        kind = QImage.Format.Format_RGBA8888 if bitmap.n_channels == 4 else QImage.Format.Format_RGB888
        image = QImage(data, bitmap.width, bitmap.height, bitmap.stride, kind).copy()
        image.setDevicePixelRatio(ratio)
        page.close()
        self.image.setPixmap(QPixmap.fromImage(image))
