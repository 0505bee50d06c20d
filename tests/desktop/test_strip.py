"""The chain from GPU to verdict: every link stands in its box, and goes on below where the page is narrow."""

import pytest
from pytestqt.qtbot import QtBot

from auditor.desktop.strip import Link, Strip

LINKS = [[Link(f"link {n}", f"told {n}", ("", "pass", "fail", "unknown")[n % 4]) for n in range(9)]] * 2


@pytest.mark.parametrize(("width", "across"), [(1200, 9), (600, 5)])
@pytest.mark.parametrize("dark", [False, True])
def test_boxes_are_apart_and_inside(styled: object, qtbot: QtBot, width: int, across: int, dark: bool) -> None:
    strip = Strip("chain", LINKS)
    qtbot.addWidget(strip)
    strip.resize(width, strip.height())
    strip.show()

    assert strip.across() == across
    boxes = [box for box, _, _ in strip.boxes()]
    assert len(boxes) == 18
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])
    assert max(box.bottom() for box in boxes) <= strip.height()
    assert max(box.right() for box in boxes) <= width + 0.5
    assert not strip.grab().isNull()


def test_whoever_cannot_see_it_hears_it(styled: object, qtbot: QtBot) -> None:
    strip = Strip("From GPU to verdict", LINKS)
    qtbot.addWidget(strip)
    assert strip.accessibleName() == "From GPU to verdict"
    assert "link 8: told 8" in strip.accessibleDescription()
