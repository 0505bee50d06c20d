"""BLAKE3 where this Python has it, and the plain truth where not."""

import subprocess
import sys

from auditor.collect.local import blake3_folder
from auditor.probe import digests


def test_the_package_of_this_installation_is_used_where_its_folder_is_named():
    found = digests.find_blake3(blake3_folder())

    assert (found.make(b"").hexdigest()[:8], found.why) == ("af1349b9", "")


def test_without_the_package_it_is_said_to_be_missing():
    code = (
        "import sys; sys.path[:0] = ['.']; from auditor.probe import digests; "
        "digests._system_folders = lambda: []; print(digests.find_blake3())"
    )
    said = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.strip() == 'Blake3(make=None, why="the host\'s Python has no blake3 package")'


def test_a_package_that_computes_something_else_is_not_used(tmp_path):
    (tmp_path / "blake3.py").write_text(
        "class blake3:\n    def __init__(self, data): pass\n    def hexdigest(self): return 'ff'\n"
    )
    code = f"from auditor.probe import digests; print(digests.find_blake3({str(tmp_path)!r}).why)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "the host's blake3 package computes wrong digests"


def test_a_package_that_others_may_write_to_is_not_loaded(tmp_path):
    (tmp_path / "blake3").mkdir()
    (tmp_path / "blake3" / "__init__.py").write_text("raise SystemExit('ran')")
    assert digests._is_guarded(str(tmp_path))
    (tmp_path / "blake3" / "__init__.py").chmod(0o666)

    assert not digests._is_guarded(str(tmp_path))
