"""Authorities for tests: a small PKI whose time stamps, OCSP answers and CRLs certomancer serves.

It listens on loopback and runs in the environment of real programs, as an independent implementation. The time stamp
authority has a root of its own; the signers' root issues an intermediate one, which issues the certificates of the
auditor and of the officer.
"""

import contextlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.products import PYTHON

NAMES = ("root", "interm", "auditor", "dpo", "revoked", "tsa", "tsa-root", "ocsp")


@dataclass(frozen=True)
class Authorities:
    """Where they answer, and their files."""

    url: str
    folder: Path

    @property
    def tsa(self) -> str:
        """Address of the time stamp authority."""
        return f"{self.url}/test/tsa/tsa"

    @property
    def anchors(self) -> list[Path]:
        """The two roots."""
        return [self.certificate("root"), self.certificate("tsa-root")]

    def certificate(self, name: str) -> Path:
        """A certificate as PEM."""
        return next(self.folder.glob(f"out/*/{name}.cert.pem"))

    def key(self, name: str) -> Path:
        """Key, certificate and intermediate certificate of a signer as PEM."""
        path = self.folder / f"{name}.signer.pem"
        parts = [self.folder / f"keys/{name}.pem", self.certificate(name), self.certificate("interm")]
        path.write_bytes(b"".join(part.read_bytes() for part in parts))
        return path


def configuration(url: str) -> dict[str, object]:
    """The PKI as certomancer reads it."""

    def validity(first: int, last: int) -> dict[str, str]:
        return {"valid-from": f"{first}-01-01T00:00:00+0000", "valid-to": f"{last}-01-01T00:00:00+0000"}

    def usage(*names: str) -> dict[str, object]:
        return {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": list(names)}}

    def lists(repository: str) -> dict[str, object]:
        schema = {"schema": "crl-dist-url", "params": {"crl-repo-names": [repository]}}
        return {"id": "crl_distribution_points", "smart-value": schema}

    def purpose(name: str) -> dict[str, object]:
        return {"id": "extended_key_usage", "critical": True, "value": [name]}

    authority = {"id": "basic_constraints", "critical": True, "value": {"ca": True}}
    issuing = usage("digital_signature", "key_cert_sign", "crl_sign")
    answers = {"schema": "aia-urls", "params": {"ocsp-responder-names": ["interm"]}}

    def root(name: str) -> dict[str, object]:
        return {"subject": name, "issuer": name, "subject-key": name, "authority-key": name,
                "validity": validity(2020, 2060), "extensions": [authority, issuing]}  # fmt: skip

    def signer(**more: object) -> dict[str, object]:
        found = [usage("digital_signature", "non_repudiation"), lists("interm")]
        return {"issuer": "interm", "validity": validity(2025, 2028), **more,
                "extensions": [*found, {"id": "authority_information_access", "smart-value": answers}]}  # fmt: skip

    certificates = {
        "root": root("root"),
        "tsa-root": root("tsa-root"),
        "interm": {"issuer": "root", "validity": validity(2020, 2050),
                   "extensions": [authority, issuing, lists("root")]},
        "ocsp": {"issuer": "interm", "validity": validity(2020, 2040),
                 "extensions": [usage("digital_signature"), purpose("ocsp_signing"), {"id": "ocsp_no_check"}]},
        "auditor": signer(),
        "dpo": signer(),
        "revoked": signer(revocation={"revoked-since": "2026-01-01T00:00:00+0000", "reason": "key_compromise"}),
        "tsa": {"issuer": "tsa-root", "validity": validity(2020, 2045),
                "extensions": [usage("digital_signature"), purpose("time_stamping"), lists("tsa-root")]},
    }  # fmt: skip

    def repository(name: str) -> dict[str, str]:
        return {"for-issuer": name, "signing-key": name, "simulated-update-schedule": "P30D"}

    services = {
        "ocsp": {"interm": {"for-issuer": "interm", "responder-cert": "ocsp", "signing-key": "ocsp"}},
        "crl-repo": {name: repository(name) for name in ("root", "tsa-root", "interm")},
        "time-stamping": {"tsa": {"signing-key": "tsa", "signing-cert": "tsa"}},
    }
    entities = {name: {"common-name": f"Test {name}"} for name in NAMES}
    return {
        "keysets": {"keys": {"path-prefix": "keys", "keys": {name: {"path": f"{name}.pem"} for name in NAMES}}},
        "external-url-prefix": url,
        "pki-architectures": {
            "test": {
                "keyset": "keys",
                "entity-defaults": {"country-name": "CZ", "organization-name": "Test s.r.o."},
                "entities": entities,
                "certs": certificates,
                "services": services,
            }
        },
    }


@contextlib.contextmanager
def authorities(folder: Path) -> Iterator[Authorities]:
    """The server, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    (folder / "keys").mkdir()
    for name in NAMES:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (folder / "keys" / f"{name}.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    (folder / "certomancer.yml").write_text(yaml.safe_dump(configuration(url)))
    command = [str(PYTHON), "-m", "certomancer", "--config", str(folder / "certomancer.yml")]
    subprocess.run([*command, "mass-summon", "test", str(folder / "out"), "--no-pfx"], check=True, capture_output=True)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "animate", "--port", str(port), "--no-web-ui"], cwd=folder, stdout=log, stderr=log
        )
    try:
        for _ in range(300):
            with contextlib.suppress(urllib.error.HTTPError, OSError):
                urllib.request.urlopen(f"{url}/test/crls/root/latest.crl", timeout=5).read()
                break
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield Authorities(url, folder)
    finally:
        server.terminate()
        server.wait(20)
