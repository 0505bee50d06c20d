"""What a box sees of the host's files: all of them, read-only; what it writes is in memory and gone with it.

Sockets of the host's services in /run, through which a name could be asked for outside, are hidden.
"""

import glob
import os
import re
import socket
from pathlib import Path

from auditor.sealed import kernel
from auditor.sealed.plan import Plan

ROOM = "/run/sealed"
HOME, TEMPORARY, BUNDLE, RUNTIME = f"{ROOM}/home", f"{ROOM}/tmp", f"{ROOM}/ca.pem", f"{ROOM}/runtime"
_SCRATCH = ("/tmp", "/var/tmp")
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_PACKAGED = (
    "certifi/cacert.pem",
    "botocore/cacert.pem",
    "pip/_vendor/certifi/cacert.pem",
    "grpc/_cython/_credentials/roots.pem",
    "httplib2/cacerts.txt",
)
RESOLVER = "192.0.2.53"
CA_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "AWS_CA_BUNDLE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "PIP_CERT",
    "GIT_SSL_CAINFO",
    "DENO_CERT",
    "HTTPLIB2_CA_CERTS",
)


def arrange(plan: Plan, authority: bytes) -> tuple[str, ...]:
    """Put the box's view of the files in order; gives what could not be done. Raises OSError."""
    missing = []
    try:
        kernel.freeze("/")
    except OSError:
        missing.append("read-only files")
    bundles = _trusted(plan)
    needed = "\0".join(
        (*plan.command, *plan.prompt_command, plan.folder, *plan.environment.values(), *plan.links.values())
    )
    kept = {path: _mentioned(path, needed) for path in ("/run", *_SCRATCH) if os.path.isdir(path)}
    _run(kept.pop("/run", []))
    for path, entries in kept.items():
        if os.path.realpath(path) == path:
            _replace(path, entries)
    for path in ("/dev/shm", "/dev/infiniband"):
        if os.path.isdir(path):
            kernel.mount("tmpfs", path, "tmpfs", kernel.NOSUID, "mode=1777")
    try:
        kernel.mount("proc", "/proc", "proc", kernel.NOSUID | kernel.NODEV)
    except OSError:
        missing.append("a /proc of its own")
    name = socket.gethostname()
    _place("/etc/resolv.conf", f"nameserver {RESOLVER}\noptions timeout:2 attempts:2\n".encode())
    _place("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 {name}\n".encode())
    Path(BUNDLE).write_bytes(authority)
    for path in bundles:
        _place(path, authority)
    for path, content in plan.home_files.items():
        file = Path(HOME, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    for path, target in plan.links.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, path)
    return tuple(missing)


def _run(entries: list[str]) -> None:
    """Empty /run, with the box's own room in it."""
    _replace("/run", entries)
    for path, mode in ((ROOM, 0o755), (HOME, 0o755), (TEMPORARY, 0o777), (RUNTIME, 0o700), ("/run/lock", 0o777)):
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)


def _replace(path: str, entries: list[str]) -> None:
    """An empty folder in memory instead of this one; the named entries stay, read-only."""
    aside = f"{ROOM}/aside" if path != "/run" else "/dev/shm" if os.path.isdir("/dev/shm") else ""
    if entries and aside:
        os.makedirs(aside, exist_ok=True)
        kernel.bind(path, aside, below=True)
    kernel.mount("tmpfs", path, "tmpfs", kernel.NOSUID, "mode=1777" if path != "/run" else "mode=755")
    for entry in entries if aside else []:
        source, target = f"{aside}/{entry}", f"{path}/{entry}"
        if os.path.islink(source):
            os.symlink(os.readlink(source), target)
        elif os.path.isdir(source):
            os.mkdir(target)
            kernel.bind(source, target, below=True)
        elif os.path.isfile(source):
            Path(target).touch()
            kernel.bind(source, target)
    if entries and aside:
        kernel.detach(aside)


def _mentioned(path: str, text: str) -> list[str]:
    """Entries of a folder that the command speaks of; services and other people's files are not among them."""
    found = {match for match in re.findall(re.escape(path) + r"/([^/\0:;,=\s]+)", text) if match not in (".", "..")}
    return sorted(entry for entry in found if os.path.lexists(f"{path}/{entry}"))


def _place(path: str, content: bytes) -> None:
    """Let a file that is there have another content."""
    real = os.path.realpath(path)
    if real.startswith(("/run/", "/tmp/", "/var/tmp/")) and not os.path.exists(real):
        os.makedirs(os.path.dirname(real), exist_ok=True)
        Path(real).write_bytes(content)
    elif os.path.isfile(real):
        source = f"{ROOM}/placed-{len(os.listdir(ROOM))}"
        Path(source).write_bytes(content)
        kernel.bind(source, real)


def _trusted(plan: Plan) -> list[str]:
    """Files with the certificates that programs trust: the system's, and those that Python packages bring."""
    roots = {os.path.dirname(os.path.realpath(path)) for path in _programs(plan)}
    roots |= {os.path.dirname(path) for path in _programs(plan)}
    folders = ["/usr/lib/python3/dist-packages", "/usr/local/lib/python3*/dist-packages"]
    for root in sorted(roots):
        folders += [f"{glob.escape(os.path.dirname(root))}/lib*/python3*/site-packages"]
    found = [path for folder in folders for name in _PACKAGED for path in glob.glob(f"{folder}/{name}")]
    found += [path for path in _BUNDLES if os.path.isfile(path)]
    return sorted({os.path.realpath(path) for path in found})


def _programs(plan: Plan) -> list[str]:
    """Programs that the command names: itself, its arguments that are files, and the interpreters in first lines."""
    search = plan.environment.get("PATH", os.defpath).split(os.pathsep)
    found = []
    for word in (*plan.command, *plan.prompt_command):
        paths = [word] if "/" in word else [os.path.join(folder, word) for folder in search]
        path = next(
            (os.path.join(plan.folder, path) for path in paths if os.path.isfile(os.path.join(plan.folder, path))), ""
        )
        if path and os.access(path, os.X_OK):
            found += [path, *_interpreter(path)]
    return found


def _interpreter(path: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            line = file.readline(512)
    except OSError:
        return []
    return [os.fsdecode(line[2:].split()[0])] if line.startswith(b"#!/") and line[2:].split() else []
