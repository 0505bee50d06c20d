"""The whole probe within this process, and as a child that may write and connect to nothing."""

import ast
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from auditor import probe
from auditor.collect import bundle
from auditor.probe import main
from tests.probe import making

FOLDER = Path(probe.__file__).parent
EVERYTHING = {
    "host": {},
    "gpus": {},
    "processes": {"patterns": ["python"], "variables": ["HOME"], "packages": ["pip"]},
    "weights": {},
    "custody": {},
    "traffic": {"seconds": 0},
    "footprints": {"entries": [{"entry": "e", "path": "~/.x"}]},
}


def request(tmp_path, **more):
    collectors = {**EVERYTHING, "models": {"paths": [str(tmp_path)], "stores": False}, **more}
    return json.dumps({"protocol": 1, "collectors": collectors, "nice": False}).encode() + b"\n"


class Open(io.BytesIO):
    """An input that does not end after its first line."""

    def readline(self, size=-1):
        line = super().readline(size)
        return line or b"{}\n"


def run(line):
    out = io.BytesIO()
    code = main.run(Open(line), out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_collectors_run_in_order_and_all_come_to_an_end(tmp_path):
    making.cache(tmp_path)

    code, lines = run(request(tmp_path))

    assert code == 0
    assert [lines[0]["kind"], lines[-1]["kind"]] == ["hello", "bye"]
    begun = [line["collector"] for line in lines if line["kind"] == "begin" and line["collector"] != "traffic"]
    assert begun == ["host", "gpus", "processes", "models", "weights", "custody", "footprints"]
    assert {line["collector"] for line in lines if line["kind"] == "end"} == set(main.COLLECTORS) - {"endpoints"}, (
        "nobody is asked unless a person says so"
    )


def test_a_collector_that_fails_leaves_the_others(tmp_path, monkeypatch):
    def fail(stream, asked):
        raise RuntimeError("a fault")

    monkeypatch.setattr(main.host, "collect", fail)

    _, lines = run(request(tmp_path))

    ends = {line["collector"]: line for line in lines if line["kind"] == "end"}
    assert ends["host"]["outcome"] == "failed"
    assert "RuntimeError: a fault" in ends["host"]["note"]
    assert ends["weights"]["outcome"] == "complete"


@pytest.mark.parametrize(
    "line", [b"", b"nonsense\n", b"{}\n", b'{"protocol": 9, "collectors": {}}\n', b'{"protocol": 1, "collectors": 7}\n']
)
def test_a_request_of_another_form_is_answered(line):
    code, lines = run(line)

    assert code == 2
    assert [line["kind"] for line in lines] == ["hello", "problem", "bye"]


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_modules_are_python_3_8_and_import_the_standard_library_only(module):
    tree = ast.parse(module.read_text(), feature_version=(3, 8))

    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module.split(".")[0] in sys.stdlib_module_names


def pythons():
    found = {f"3.{minor}": shutil.which(f"python3.{minor}") for minor in range(8, 16)}
    return [pytest.param(path, id=version) for version, path in found.items() if path]


def speak(python, line, starter=bundle.STARTER, **more):
    text = bundle.preamble(line)
    # The input is closed at once, which cancels; collectors answer all the same.
    return subprocess.run([python, *bundle.FLAGS, "-c", starter], input=text, capture_output=True, timeout=120, **more)


@pytest.mark.peer
@pytest.mark.parametrize("python", pythons())
def test_other_pythons_run_the_bundle(python, tmp_path):
    if subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"{python} does not start")

    done = speak(python, request(tmp_path))

    assert done.stderr == b""
    assert done.returncode == 0
    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
    assert (kinds[0], kinds[-1]) == ("hello", "bye")
    assert not [line for line in map(json.loads, done.stdout.splitlines()) if line.get("outcome") == "failed"]


GUARD = """
import os, sys
def parent(pid):
    with open("/proc/%d/stat" % pid) as file:
        return int(file.read().rpartition(")")[2].split()[1])
def guard(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if path == "/dev/null" or isinstance(path, int):
            # An input or output of a child: what nobody wants, or a pipe.
            pass
        elif (mode and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & 0o3103):
            raise SystemError("opened for writing: %r" % (arguments,))
    elif event == "os.kill" and parent(arguments[0]) == os.getpid():
        pass
    elif event == "socket.bind" and arguments[0].family == 16:
        pass
    elif event in ("socket.connect", "socket.bind", "socket.sendto", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
                   "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate", "os.utime", "os.system", "os.kill",
                   "os.setxattr", "tempfile.mkstemp", "tempfile.mkdtemp", "socket.getaddrinfo"):
        raise SystemError("%s: %r" % (event, arguments))
    elif event == "socket.__new__" and arguments[1] not in (16, 17):
        # AF_NETLINK asks the kernel, AF_PACKET listens; both are bound by no name and send to no host.
        raise SystemError("%s: %r" % (event, arguments[1:]))
sys.addaudithook(guard)
"""


def test_the_probe_writes_nothing_and_connects_to_nothing(tmp_path):
    home, models = tmp_path / "home", tmp_path / "models"
    home.mkdir()
    making.cache(models)
    making.ollama(models / "ollama")
    before = sorted((str(path), path.lstat().st_mtime_ns) for path in tmp_path.rglob("*"))

    done = speak(
        sys.executable,
        request(models, traffic={"seconds": 1}),
        GUARD + bundle.STARTER,
        cwd=home,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
    )

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == b""
    assert lines[-1]["kind"] == "bye"
    assert not [line for line in lines if "SystemError" in str(line)]
    assert sorted((str(path), path.lstat().st_mtime_ns) for path in tmp_path.rglob("*")) == before
