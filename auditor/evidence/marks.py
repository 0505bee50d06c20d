"""The verdict marks: drawn shapes on a grid of 16 units, so that shape and colour tell the same as the word."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from reportlab.lib.colors import HexColor

from auditor.evidence.look import tokens
from auditor.judge.finding import Answer, Overall, Verdict


class Mark(StrEnum):
    """A mark, by what it says; its value is the colour token."""

    PASS = "pass"
    TERMS = "terms"
    FAIL = "fail"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    NOT_APPLICABLE = "na"

    @property
    def colour(self) -> str:
        """Name of the colour token."""
        return "pass" if self is Mark.TERMS else self.value


OF_VERDICT = {
    Verdict.PASS: Mark.PASS,
    Verdict.FAIL: Mark.FAIL,
    Verdict.UNKNOWN: Mark.UNKNOWN,
    Verdict.WAIVED: Mark.WAIVED,
    Verdict.NOT_APPLICABLE: Mark.NOT_APPLICABLE,
}
WORST_FIRST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASS, Verdict.NOT_APPLICABLE)
"""The order of counts and bars."""

OF_ANSWER = {
    Answer.YES: Mark.PASS,
    Answer.CONDITIONAL: Mark.TERMS,
    Answer.NO: Mark.FAIL,
    Answer.UNKNOWN: Mark.UNKNOWN,
}
OF_OVERALL = {
    Overall.CONFORMS: Mark.PASS,
    Overall.DOES_NOT_CONFORM: Mark.FAIL,
    Overall.INCONCLUSIVE: Mark.UNKNOWN,
}


def draw(canvas: Any, mark: Mark, x: float, y: float, size: float) -> None:
    """Draw ``mark`` with its lower left corner at (x, y), ``size`` points wide and high."""
    canvas.saveState()
    canvas.translate(x, y + size)
    canvas.scale(size / 16, -size / 16)
    colour = HexColor(tokens().light[mark.colour])
    canvas.setFillColor(colour)
    canvas.setStrokeColor(colour)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    _SHAPES[mark](canvas, HexColor(tokens().light["on-mark"]))
    canvas.restoreState()


def _tick(canvas: Any) -> None:
    canvas.setLineWidth(1.7)
    path = canvas.beginPath()
    path.moveTo(4.7, 8.3)
    path.lineTo(7.1, 10.7)
    path.lineTo(11.4, 5.7)
    canvas.drawPath(path, stroke=1, fill=0)


def _pass(canvas: Any, inner: Any) -> None:
    canvas.circle(8, 8, 7.5, stroke=0, fill=1)
    canvas.setStrokeColor(inner)
    _tick(canvas)


def _terms(canvas: Any, inner: Any) -> None:
    canvas.setLineWidth(1.2)
    canvas.circle(8, 8, 6.9, stroke=1, fill=0)
    _tick(canvas)


def _fail(canvas: Any, inner: Any) -> None:
    canvas.roundRect(0.75, 0.75, 14.5, 14.5, 1.6, stroke=0, fill=1)
    canvas.setStrokeColor(inner)
    canvas.setLineWidth(1.8)
    canvas.line(5.1, 5.1, 10.9, 10.9)
    canvas.line(5.1, 10.9, 10.9, 5.1)


def _unknown(canvas: Any, inner: Any) -> None:
    diamond = canvas.beginPath()
    diamond.moveTo(8, -0.6)
    diamond.lineTo(16.6, 8)
    diamond.lineTo(8, 16.6)
    diamond.lineTo(-0.6, 8)
    diamond.close()
    canvas.drawPath(diamond, stroke=0, fill=1)
    canvas.setStrokeColor(inner)
    canvas.setFillColor(inner)
    canvas.setLineWidth(1.4)
    hook = canvas.beginPath()
    hook.moveTo(6.0, 6.3)
    hook.curveTo(6.0, 3.7, 10.0, 3.7, 10.0, 6.2)
    hook.curveTo(10.0, 7.8, 8.0, 7.7, 8.0, 9.3)
    canvas.drawPath(hook, stroke=1, fill=0)
    canvas.circle(8, 11.7, 0.95, stroke=0, fill=1)


def _waived(canvas: Any, inner: Any) -> None:
    canvas.setLineWidth(1.2)
    half = canvas.beginPath()
    half.moveTo(8, 1.1)
    half.curveTo(4.19, 1.1, 1.1, 4.19, 1.1, 8)
    half.curveTo(1.1, 11.81, 4.19, 14.9, 8, 14.9)
    half.close()
    canvas.drawPath(half, stroke=0, fill=1)
    canvas.circle(8, 8, 6.9, stroke=1, fill=0)


def _not_applicable(canvas: Any, inner: Any) -> None:
    canvas.setLineWidth(2)
    canvas.line(3, 8, 13, 8)


_SHAPES: dict[Mark, Callable[[Any, Any], None]] = {
    Mark.PASS: _pass,
    Mark.TERMS: _terms,
    Mark.FAIL: _fail,
    Mark.UNKNOWN: _unknown,
    Mark.WAIVED: _waived,
    Mark.NOT_APPLICABLE: _not_applicable,
}
