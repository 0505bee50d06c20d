"""The dossier's fonts: static instances of the packaged variable font, made once and the same on every machine.

Source Sans 3 comes as a variable font (``fontpkg-source-sans-3``), which reportlab cannot embed; the weights that
the dossier needs are instantiated and kept in the user's cache. IBM Plex Mono is static already.
"""

import hashlib
import io
import logging
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import platformdirs
from fontTools import subset
from fontTools.ttLib import TTFont as Outlines
from fontTools.varLib import instancer
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

log = logging.getLogger(__name__)

SANS, BOLD, ITALIC, MONO = "Sans", "SansSemibold", "SansItalic", "Mono"
"""The names by which the dossier asks for its faces."""


@dataclass(frozen=True)
class Face:
    """Where a face comes from; ``weight`` None for a font that is static already."""

    name: str
    package: str
    file: str
    weight: int | None = None


FACES = (
    Face(SANS, "fontpkg_source_sans_3", "SourceSans3[wght].ttf", 400),
    Face(BOLD, "fontpkg_source_sans_3", "SourceSans3[wght].ttf", 600),
    Face(ITALIC, "fontpkg_source_sans_3", "SourceSans3-Italic[wght].ttf", 400),
    Face(MONO, "fontpkg_ibm_plex_mono", "IBMPlexMono-Regular.ttf"),
)

RECIPE = 1
"""Number of the way in which instances are made; a new number empties the cache."""

POSTSCRIPT = 6
"""Name ID of the PostScript name."""

BLOCKS = (
    range(0x20, 0x250),  # Latin with all its extensions of the European languages
    range(0x2B0, 0x530),  # modifiers, Greek, Cyrillic
    range(0x1E00, 0x2000),  # Latin and Greek extended
    range(0x2000, 0x2C00),  # punctuation, currency, arrows, mathematics, shapes
)
"""The code points that the dossier can draw, as far as the font has them."""


def instantiate(face: Face) -> bytes:
    """The bytes of a static font; the same input gives the same bytes."""
    source = packaged(face)
    if face.weight is None:
        return source
    font = Outlines(io.BytesIO(source), recalcTimestamp=False)
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, recalc_timestamp=False)
    # Cutting first makes the instance in a tenth of the time.
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[point for block in BLOCKS for point in block])
    cutter.subset(font)
    static = instancer.instantiateVariableFont(font, {"wght": face.weight}, inplace=True)
    for record in static["name"].names:
        if record.nameID == POSTSCRIPT:
            # Without a name of its own, two faces of one family share a name in the PDF.
            record.string = f"SourceSans3-{face.name}"
    out = io.BytesIO()
    static.save(out)
    return out.getvalue()


def packaged(face: Face) -> bytes:
    """The font as its package ships it."""
    folder = import_module(face.package).__file__
    if folder is None:
        raise FileNotFoundError(f"the package {face.package} holds no files")
    return (Path(folder).parent / "files" / face.file).read_bytes()


def cached(face: Face, folder: Path | None = None) -> bytes:
    """The static font, from the cache folder where it is there already.

    The name in the cache is a digest of everything that the instance depends on. What cannot be written is made
    again the next time.
    """
    if face.weight is None:
        return packaged(face)
    folder = folder or Path(platformdirs.user_cache_dir("sovereignty-auditor")) / "fonts"
    recipe = f"{RECIPE} {face} {BLOCKS} {version('fonttools')}"
    key = hashlib.sha256(packaged(face) + recipe.encode()).hexdigest()
    path, seal = folder / f"{key[:32]}.ttf", folder / f"{key[:32]}.sha256"
    try:
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() == seal.read_text(encoding="ascii"):
            return data
    except (OSError, UnicodeDecodeError):
        log.debug("font %s is not in the cache", face.name)
    data = instantiate(face)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, data)
        _write(seal, hashlib.sha256(data).hexdigest().encode())
    except OSError as error:
        log.info("font cache %s cannot be written: %s", folder, error)
    return data


def _write(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(name, path)


@cache
def register() -> None:
    """Make the faces known to reportlab, once a process."""
    for face in FACES:
        pdfmetrics.registerFont(TTFont(face.name, io.BytesIO(cached(face))))
    pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=BOLD, italic=ITALIC, boldItalic=BOLD)
    pdfmetrics.registerFontFamily(MONO, normal=MONO, bold=MONO, italic=MONO, boldItalic=MONO)


@cache
def glyphs(name: str) -> frozenset[int]:
    """The code points that a registered face can draw."""
    register()
    return frozenset(pdfmetrics.getFont(name).face.charToGlyph)


def printable(text: str, name: str = SANS) -> str:
    """``text`` with every character that the face cannot draw written as ``<U+XXXX>``.

    Control and bidirectional characters are among them, so that hostile text cannot rearrange a line.
    """
    known = glyphs(name)
    return "".join(
        c if (ord(c) in known and c.isprintable()) or c in " \u00a0" else " " if c in "\n\t\r" else f"<U+{ord(c):04X}>"
        for c in text
    )
