"""Draw every page of the app in light and dark, at 100 % and 200 %, without a display.

    python tools/screenshots.py [--folder FOLDER] [PAGE…]

The audit shown is invented (``tests/desktop/sample.py``). Each language, theme and scale is a process of its own,
because Qt reads the scale once.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
THEMES = ("light", "dark")
SCALES = (1, 2)
LANGUAGES = ("en", "cs", "de")
ONE = "AUDITOR_SCREENSHOTS_ONE"
"""Set in the process that draws one theme at one scale in one language."""


def main() -> int:
    """All of them, or one theme and scale where they are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--scale", type=int, choices=SCALES)
    parser.add_argument("--language", action="append", help=f"default: {', '.join(LANGUAGES)}; may be repeated")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    languages = arguments.language or LANGUAGES
    if os.environ.get(ONE):
        return draw(arguments.folder, arguments.pages, arguments.theme, arguments.scale, languages[0])
    themes = (arguments.theme,) if arguments.theme else THEMES
    scales = (arguments.scale,) if arguments.scale else SCALES
    for language, theme, scale in itertools.product(languages, themes, scales):
        line = [sys.executable, __file__, *arguments.pages, "--folder", str(arguments.folder)]
        line += ["--theme", theme, "--scale", str(scale), "--language", language]
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale), ONE: "1"}
        code = subprocess.run(line, cwd=ROOT, env=environment, check=False).returncode
        if code:
            return code
    print(arguments.folder)
    return 0


def draw(folder: Path, pages: list[str], theme: str, scale: int, language: str) -> int:
    """One theme at one scale."""
    from PySide6.QtWidgets import QApplication

    from auditor.desktop.app import build
    from auditor.desktop.pages.registry import CLASSES
    from auditor.desktop.settings import Settings
    from tests.desktop import sample

    app = QApplication([])
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(Path(scratch) / "desktop.ini")
        settings.set("window/theme", theme)
        settings.set("window/language", language)
        window = build(app, settings, Path(scratch) / "history.sqlite")
        window.show()
        window.resize(1440, 900)
        until(app, lambda: window.page("start").policy.count() > 1)
        with window.history() as history:
            history.add(sample.documents(findings=sample.earlier(), of=sample.audit(started="2026-10-18T12:00:00Z")))
            number = history.add(sample.documents(destinations=sample.destinations()))
        window.open_history(number)
        until(app, lambda: not window.opening)
        window.show_recent()
        for page in pages or list(CLASSES):
            if page == "running":
                run(window)
            else:
                window.show_page(page)
            if page == "watch":
                watch(window)
                if page == "sealed":
                    show_sealed(window)
            settle(app, 0.2)
            window.setFocus()
            settle(app, 0.1)
            spoken = "" if language == "en" else f"-{language}"
            name = f"{page}-{theme}{spoken}{'' if scale == 1 else '@2x'}.png"
            window.grab().save(str(folder / name))
        window.close()
    return 0


def run(window) -> None:  # type: ignore[no-untyped-def]
    """An audit in the middle of its work, from messages as the probe sends them."""
    from auditor.desktop.run import Run, Wanted
    from tests.desktop import sample

    window.run = Run(Wanted("inference-1", "Sample baseline", Path("audit")), window)
    for message in sample.messages():
        window.run.progress.feed(message)
    window.side.show_running(True)
    window.page("running").show_run(window.run)
    window.show_page("running")
    window.side.show_running(False)
    window.run = None


def show_sealed(window) -> None:  # type: ignore[no-untyped-def]
    """A sealed run that found something."""
    from auditor.facts.sealed import Phase
    from tests.facts.sealed_runs import SIGHTING, attempt, sealed_run, trial

    leak = attempt("cloud.langfuse.com", product="Langfuse", requests=("POST /api/public/otel/v1/traces",),
                   sightings=(SIGHTING,))  # fmt: skip
    usage = attempt("stats.vllm.ai", product="vLLM", process="VLLM::EngineCore")
    phases = trial(attempts=(leak, usage)), trial(Phase.SWITCHED_OFF, attempts=(leak,)), trial(Phase.NO_ROUTE)
    window.page("sealed").command.setText("vllm serve /srv/models/m --port 8000")
    window.page("sealed").show_runs((sealed_run(*phases),))


def watch(window) -> None:  # type: ignore[no-untyped-def]
    """A watch in the middle of its work, from messages as the command sends them."""
    from PySide6.QtWidgets import QApplication

    from tests.desktop import sample

    page = window.page("watch")
    page.out.setText("~/Sovereignty audits/watch")
    for part in page.parts:
        part.setVisible(True)
    for message in sample.watched():
        page._take(message)
    page._draw()
    settle(QApplication.instance(), 0.2)
    page.area.ensureWidgetVisible(page.map.map)


def until(app, over, most: float = 60) -> None:  # type: ignore[no-untyped-def]
    """Let the window work until this is so."""
    end = time.monotonic() + most
    while not over() and time.monotonic() < end:
        settle(app, 0.05)


def settle(app, seconds: float) -> None:  # type: ignore[no-untyped-def]
    """Let the window work."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
