"""Themes, fonts and marks: shapes that can be told apart without colour, in both themes and at any scale."""

from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontInfo, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel

from auditor.desktop import fonts
from auditor.desktop.marks import COLOURS, Mark, paint_mark
from auditor.desktop.settings import Settings
from auditor.desktop.theme import theme, tokens

VERDICTS = ("pass", "conditional", "fail", "unknown", "waived", "not_applicable")


def drawn(kind: str, side: int = 48) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    paint_mark(painter, kind, QRectF(0, 0, side, side))
    painter.end()
    return image


def shape(image: QImage) -> bytes:
    """Light and dark without colour: one bit a pixel for paint, one for a glyph lighter than the paint."""
    out = bytearray()
    for y in range(0, image.height(), 3):
        for x in range(0, image.width(), 3):
            pixel = image.pixelColor(x, y)
            out.append(0 if pixel.alpha() < 128 else 2 if pixel.lightness() > 200 else 1)
    return bytes(out)


def test_each_verdict_has_a_shape_of_its_own_without_colour(styled: QApplication) -> None:
    shapes = {kind: shape(drawn(kind)) for kind in VERDICTS}
    for one in VERDICTS:
        for other in VERDICTS:
            if one != other:
                different = sum(a != b for a, b in zip(shapes[one], shapes[other], strict=True))
                assert different >= 12, (one, other)


@pytest.mark.parametrize("side", [16, 20, 40])
def test_a_mark_is_as_large_as_asked(styled: QApplication, side: int) -> None:
    image = drawn("fail", side)
    assert image.pixelColor(side // 2, side // 5).name() == tokens()["light"]["fail"].lower()
    assert image.pixelColor(0, 0).alpha() == 0


def test_marks_follow_the_theme(styled: QApplication) -> None:
    theme().choose("dark")
    try:
        assert drawn("pass").pixelColor(6, 24).name() == tokens()["dark"]["pass"].lower()
    finally:
        theme().choose("light")


def test_every_mark_can_be_a_widget(styled: QApplication) -> None:
    for kind in COLOURS:
        mark = Mark(kind)
        assert not mark.grab().isNull()
        mark.deleteLater()


def test_the_fonts_are_the_apps_own_with_tabular_figures(styled: QApplication) -> None:
    assert QFontInfo(fonts.font()).family() == "Source Sans 3"
    assert QFontInfo(fonts.font("mono")).family() == "IBM Plex Mono"
    metrics = QFontMetricsF(fonts.font())
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("8888")
    strong = QFontMetricsF(fonts.font(strong=True))
    assert strong.horizontalAdvance("Verdict") > metrics.horizontalAdvance("Verdict")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often the faces are made; three times the same face, because making them takes a while."""
    from auditor.evidence.fonts import FACES, MONO, packaged

    face = packaged(next(face for face in FACES if face.name == MONO))
    times: list[int] = []

    def make() -> list[bytes]:
        times.append(1)
        return [face] * 3

    monkeypatch.setattr(fonts, "_make", make)
    return times


def test_fonts_that_cannot_be_kept_still_serve(styled: QApplication, tmp_path: Path, made: list[int]) -> None:
    (tmp_path / "file").write_text("")
    assert fonts.load(tmp_path / "file" / "fonts")
    assert made


def test_fonts_are_made_once_and_kept(styled: QApplication, tmp_path: Path, made: list[int]) -> None:
    assert fonts.load(tmp_path)
    assert fonts.load(tmp_path)
    assert len(made) == 1


def test_without_the_packages_the_fonts_of_the_system_serve(
    styled: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_PACKAGES", ("a-package-that-nobody-has",))
    assert not fonts.load(tmp_path)


def test_a_tone_is_a_colour_of_the_theme(styled: QApplication) -> None:
    from auditor.desktop.parts import text

    label = text("x", tone="fail")
    label.ensurePolished()
    assert label.palette().color(label.foregroundRole()).name() == tokens()["light"]["fail"].lower()
    assert isinstance(label, QLabel)


def test_settings_of_another_kind_count_as_not_set(tmp_path: Path) -> None:
    (tmp_path / "s.ini").write_text("[start]\nseconds=many\nfolders=/a\n[window]\ngeometry=7\n")
    settings = Settings(tmp_path / "s.ini")
    assert settings.number("start/seconds", 300) == 300
    assert settings.texts("start/folders") == ["/a"]
    assert settings.bytes("window/geometry").isEmpty()


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


TONES = ("pass", "fail", "unknown", "waived", "na")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_texts_reach_the_contrast_of_wcag_aa(name: str) -> None:
    c = tokens()[name]
    grounds = ("paper", "surface", "sunken", "accent-tint")
    pairs = [(tone, ground) for tone in ("ink", "muted", "accent") for ground in grounds]
    pairs += [(tone, ground) for tone in TONES for ground in ("paper", "surface", f"{tone}-tint")]
    pairs += [("ink", f"{tone}-tint") for tone in TONES] + [("on-accent", "accent")]
    weak = {
        pair: round(contrast(c[pair[0]], c[pair[1]]), 2) for pair in pairs if contrast(c[pair[0]], c[pair[1]]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_borders_of_controls_and_marks_stand_out(name: str) -> None:
    c = tokens()[name]
    pairs = [(part, ground) for part in ("line-strong", "accent", *TONES) for ground in ("paper", "surface")]
    weak = {pair: round(contrast(c[pair[0]], c[pair[1]]), 2) for pair in pairs if contrast(c[pair[0]], c[pair[1]]) < 3}
    assert weak == {}
