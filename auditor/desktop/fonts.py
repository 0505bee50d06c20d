"""The app's fonts: the dossier's faces as static files under one family name, kept in a cache to start quickly.

Qt does not tell the weights of a variable font apart when it is loaded as an application font, and the dossier's faces
have no tabular figures. Making the files takes a second or two and happens once; where that fails, the system's fonts
serve.
"""

import hashlib
import io
import logging
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from auditor.desktop.theme import tokens
from auditor.errors import UserError

log = logging.getLogger(__name__)

_RECIPE = "4"
"""Counts up when the files are made in another way."""

_FEATURES = ["tnum"]
"""Kerning would make the instances four times as slow."""

_PACKAGES = ("fontpkg-source-sans-3", "fontpkg-ibm-plex-mono", "fonttools")


def load(folder: Path | None = None) -> bool:
    """Make the faces known to Qt; True where they are the app's own. Needs a QGuiApplication."""
    folder = folder or Path(platformdirs.user_cache_dir("sovereignty-auditor")) / "app-fonts"
    try:
        faces = _faces(folder)
    except (OSError, ImportError, PackageNotFoundError, ValueError) as error:
        log.warning("the app's fonts cannot be loaded, the system's serve: %s", error)
        return False
    added = [QFontDatabase.addApplicationFontFromData(QByteArray(face)) for face in faces]
    return min(added) >= 0


def _faces(folder: Path) -> list[bytes]:
    """From the cache; made, and kept where that is possible, if one is missing."""
    key = hashlib.sha256(" ".join([_RECIPE, *(version(name) for name in _PACKAGES)]).encode()).hexdigest()[:16]
    paths = [folder / f"{key}-{name}.ttf" for name in ("sans", "semibold", "mono")]
    if all(path.is_file() for path in paths):
        return [path.read_bytes() for path in paths]
    faces = _make()
    try:
        from auditor.documents import write

        for path, face in zip(paths, faces, strict=True):
            write(path, face)
    except UserError as error:
        log.info("the app's fonts cannot be kept: %s", error)
    return faces


def _make() -> list[bytes]:
    """Regular, semibold and mono; the first two cut to the dossier's characters first, which is ten times quicker."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    from auditor.evidence import fonts

    packaged = {face.name: face for face in fonts.FACES}
    family = tokens()["families"]["sans"]
    faces = []
    for weight, style in ((400, "Regular"), (600, "Semibold")):
        source = TTFont(io.BytesIO(fonts.packaged(packaged[fonts.SANS])), recalcTimestamp=False)
        cutter = subset.Subsetter(subset.Options(layout_features=_FEATURES, hinting=False, recalc_timestamp=False))
        cutter.populate(unicodes=[point for block in fonts.BLOCKS for point in block])
        cutter.subset(source)
        made = instancer.instantiateVariableFont(source, {"wght": weight}, inplace=True)
        made["OS/2"].usWeightClass = weight
        for number, name in ((1, family), (2, "Regular"), (4, f"{family} {style}"), (16, family), (17, style)):
            made["name"].setName(name, number, 3, 1, 0x409)
        out = io.BytesIO()
        made.save(out)
        faces.append(out.getvalue())
    return [*faces, fonts.packaged(packaged[fonts.MONO])]


@cache
def font(style: str = "body", strong: bool = False) -> QFont:
    """A font of the scale: ``caption``, ``body``, ``h3``, ``h2``, ``h1`` or ``mono``."""
    family = tokens()["families"]["mono" if style == "mono" else "sans"]
    made = QFont([family, "monospace" if style == "mono" else "sans-serif"])
    if style == "mono":
        made.setStyleHint(QFont.StyleHint.Monospace)
    made.setPixelSize(round(tokens()["app"][style][0]))
    made.setWeight(QFont.Weight.DemiBold if strong or style in ("h1", "h2", "h3") else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def install(app: QApplication) -> None:
    """Load the faces and make body text the default."""
    load()
    app.setFont(font())
