"""A real sshd on loopback, with host keys and users' keys of its own."""

import contextlib
import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from auditor.collect.bundle import STARTER
from auditor.collect.collect import collect
from auditor.collect.request import Options, build
from auditor.collect.ssh import Ssh
from auditor.collect.stream import Hello, Progress
from auditor.errors import UserError
from tests.probe import making

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
needs_sshd = pytest.mark.skipif(not SSHD or not shutil.which("ssh"), reason="openssh-server is not installed")


@pytest.mark.parametrize(
    ("destination", "parts"),
    [
        ("gpu1", ("gpu1", "", None)),
        ("gpu1.example.org:2222", ("gpu1.example.org", "", 2222)),
        ("ops@10.0.0.5", ("10.0.0.5", "ops", None)),
        ("ssh://ops@gpu1:22", ("gpu1", "ops", 22)),
        ("ops@[2001:db8::1]:22", ("2001:db8::1", "ops", 22)),
    ],
)
def test_destinations(destination, parts):
    target = Ssh.parse(destination)

    assert (target.host, target.user, target.port) == parts
    assert target.facts().kind == "ssh"


@pytest.mark.parametrize(
    "destination", ["", "-oProxyCommand=x", "a b", "host:0", "host:99999", "$(x)", "host;x", "a@-b"]
)
def test_what_is_no_destination_is_refused(destination):
    with pytest.raises(UserError):
        Ssh.parse(destination)


def test_the_command_asks_nothing_and_trusts_nobody():
    command = Ssh.parse("ops@gpu1:2222", sudo=True).command()

    options = {command[n + 1] for n, word in enumerate(command) if word == "-o"}
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "ForwardAgent=no", "ClearAllForwardings=yes"} <= options
    assert command[-3:-1] == ["--", "gpu1"]
    assert shlex.split(command[-1]) == ["exec", "sudo", "-n", "--", "python3", "-I", "-S", "-B", "-c", STARTER]


@pytest.mark.parametrize(
    ("code", "said", "message"),
    [
        (255, "Host key verification failed.\r\n", "key is not known"),
        (255, "ops@gpu1: Permission denied (publickey).", "none of your keys"),
        (255, "ssh: connect to host gpu1 port 22: Connection refused", "refuses"),
        (255, "ssh: Could not resolve hostname gpu1: Name or service not known", "name is not known"),
        (1, "sudo: a password is required", "sudo asks"),
        (127, "bash: line 1: exec: python3: not found", "no such Python"),
        (9, "something else", "ended with 9"),
    ],
)
def test_faults_are_told_in_plain_words(code, said, message):
    error = Ssh("gpu1").explain(code, said)

    assert message in error.message
    assert error.where == "gpu1"


class Daemon:
    """One sshd with its folder of keys and configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        for name in ("host", "user", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        self.write("authorized", (folder / "user.pub").read_text())
        self.trust("host")
        config = self.write(
            "sshd_config",
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {folder}/host\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n",
        )
        with contextlib.suppress(OSError):
            # Where root starts it, sshd wants this folder to be there.
            os.makedirs("/run/sshd", exist_ok=True)
        self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=subprocess.PIPE, text=True)
        self._await()

    def write(self, name: str, text: str) -> str:
        """A file of the folder, for its owner only."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def trust(self, name: str) -> None:
        """Make this the one known host key."""
        key = " ".join((self.folder / f"{name}.pub").read_text().split()[:2])
        self.write("known", f"[127.0.0.1]:{self.port} {key}\n")

    def _await(self) -> None:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if self.process.poll() is not None:
                pytest.skip(f"sshd does not start: {self.process.stderr.read()}")
            time.sleep(0.1)
        pytest.skip("sshd does not answer")

    def target(self, key: str = "user", **more: object) -> Ssh:
        """This machine, through that sshd."""
        config = self.write(
            "client",
            f"IdentityFile {self.folder}/{key}\nIdentitiesOnly yes\nIdentityAgent none\n"
            f"UserKnownHostsFile {self.folder}/known\n",
        )
        return Ssh(
            "127.0.0.1", getpass.getuser(), self.port, **{"python": sys.executable, "config": Path(config), **more}
        )

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    daemon = Daemon(tmp_path_factory.mktemp("sshd"))
    yield daemon
    daemon.stop()


@pytest.fixture
def model(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(making.safetensors())
    return tmp_path


def ask(target, folder, on_event=lambda event: None, cancel=None, **more):
    options = Options(paths=(str(folder),), stores=False, collectors=("host", "models", "weights"), nice=False, **more)
    return collect(target, build(options), on_event=on_event, cancel=cancel or threading.Event())


@needs_sshd
def test_an_audit_over_ssh(daemon, model):
    collected = ask(daemon.target(), model)

    assert not collected.partial
    assert [r.sha256 for r in collected.records if r.type == "weight"] == [making.digest(making.safetensors())]


@needs_sshd
def test_an_unknown_or_changed_host_key_is_refused(daemon, model):
    known = (daemon.folder / "known").read_text()
    for wrong in ("", None):
        if wrong is None:
            daemon.trust("stranger")
        else:
            daemon.write("known", wrong)
        try:
            with pytest.raises(UserError, match="key is not known"):
                ask(daemon.target(), model)
        finally:
            daemon.write("known", known)
    assert (daemon.folder / "known").read_text() == known


@needs_sshd
def test_a_strangers_key_is_refused(daemon, model):
    with pytest.raises(UserError, match="none of your keys"):
        ask(daemon.target("stranger"), model)


@needs_sshd
def test_nobody_listens(daemon, model):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    target = daemon.target()

    with pytest.raises(UserError, match="refuses"):
        ask(Ssh("127.0.0.1", target.user, port, config=target.config), model)


@needs_sshd
def test_a_python_that_is_not_there(daemon, model):
    with pytest.raises(UserError, match="no such Python"):
        ask(daemon.target(python="/nonexistent/python3"), model)


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


@needs_sshd
@pytest.mark.parametrize("how", ["cancel", "the client is killed"])
def test_an_audit_that_is_cut_short_leaves_nothing_running(daemon, model, how):
    (model / "model.safetensors").write_bytes(b"x" * 20_000_000)
    cancel, pid = threading.Event(), []

    def on_event(event):
        if isinstance(event, Hello):
            pid.append(event.pid)
        if isinstance(event, Progress) and event.collector == "weights":
            if how == "cancel":
                cancel.set()
            else:
                for child in Path("/proc/self/task").glob("*/children"):
                    for number in child.read_text().split():
                        if b"ssh\0-T" in Path(f"/proc/{number}/cmdline").read_bytes():
                            os.kill(int(number), signal.SIGKILL)

    collected = ask(daemon.target(), model, on_event, cancel, bytes_per_second=1_000_000, readers=1)

    assert collected.partial
    assert [r for r in collected.records if r.type == "host"]
    assert gone(pid[0])


@needs_sshd
@pytest.mark.skipif(not shutil.which("sudo"), reason="sudo is not installed")
def test_the_probe_runs_as_root_by_sudo(daemon, model):
    if subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
        pytest.skip("sudo asks for a password here")

    assert ask(daemon.target(sudo=True), model).probe.uid == 0
