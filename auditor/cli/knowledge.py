"""``auditor knowledge``: the age of the tables by which addresses are told, and newer ones put in their place."""

import argparse
import csv
import datetime as dt
import hashlib
import io
import ipaddress
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from auditor.audit import known, registries_folder, vulnerabilities_folder
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.osv import keep, read_osv
from auditor.documents import write
from auditor.errors import UserError
from auditor.knowledge.knowledge import load
from auditor.knowledge.registries import (
    INDEX,
    LARGEST,
    LARGEST_PACKED,
    Address,
    Countries,
    Described,
    build_networks,
    index,
    load_registries,
    pack,
)

MOST_ROWS = 3_000_000
PROBES = ("8.8.8.8", "1.1.1.1", "185.1.1.1", "41.1.1.1", "200.1.1.1", "2001:4860:4860::8888", "2a01:4f8::1")
"""Addresses that any table of the whole Internet can answer for."""


@command("knowledge show", "Show the tables of countries and networks, and how old they are")
def show(arguments: argparse.Namespace) -> Answer:
    """The tables that an audit would use now."""
    rows = [one.model_dump(mode="json") for one in load_registries(registries_folder()).described]
    return Answer(rows, lambda: _show(rows))


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--countries", type=Path, metavar="FILE", help="a MaxMind DB of countries (country_code or country.iso_code)"
    )
    parser.add_argument(
        "--asn",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="CSV of networks: first address, last address, number, holder; repeat it for IPv4 and IPv6",
    )
    parser.add_argument("--date", type=_day, metavar="DAY", help="day of the data; for --asn needed, YYYY-MM-DD")
    parser.add_argument("--licence", default="not stated", metavar="ID", help="licence of the data, e.g. CC-BY-4.0")
    parser.add_argument("--name", default="", metavar="NAME", help="what the table is called; default: the file's name")


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day, like 2026-06-17") from None


@command(
    "knowledge update",
    "Put newer tables of countries and networks in the place of the shipped ones, for this user",
    _arguments,
    example="auditor knowledge update --countries geo-whois-asn-country.mmdb --licence CC0-1.0",
)
def update(arguments: argparse.Namespace) -> Answer:
    """Each table is checked before anything is written; the shipped ones stay where they are."""
    if not arguments.countries and not arguments.asn:
        raise UserError("no table is named", "Give --countries FILE, --asn FILE, or both.")
    made: list[tuple[Described, bytes]] = []
    if arguments.countries:
        made.append(_countries(arguments))
    if arguments.asn:
        made.append(_networks(arguments))
    folder = registries_folder()
    kept = [one for one in index(folder) if one.kind not in {described.kind for described, _ in made}]
    for described, data in made:
        write(folder / described.file, data)
    listed = {"registries": [one.model_dump(mode="json") for one in (*kept, *(described for described, _ in made))]}
    write(folder / INDEX, yaml.safe_dump(listed, sort_keys=False).encode())
    rows = [one.model_dump(mode="json") for one in load_registries(folder).described]
    return Answer(rows, lambda: _show(rows), Exit.CONFORMS)


def _osv_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="an archive of OSV records (.zip), or one record (.json)"
    )


@command(
    "knowledge import-osv",
    "Take in known vulnerabilities of serving stacks from an archive of OSV records, for this user",
    _osv_arguments,
    example="auditor knowledge import-osv all.zip",
)
def import_osv(arguments: argparse.Namespace) -> Answer:
    """What speaks of known stacks is kept, in the place of an earlier import."""
    imported = read_osv(arguments.file, load())
    path = keep(imported, vulnerabilities_folder())
    table = known().vulnerabilities
    data = {
        "kept": str(path),
        "archive": imported.taken.model_dump(mode="json"),
        "shipped": table.date,
        "entries": len(table.entries),
    }

    def show() -> None:
        console = Console(highlight=False)
        taken = imported.taken
        console.print(
            f"{taken.entries} entries on known stacks, newest record of {taken.date}, kept in {path}", markup=False
        )
        console.print(f"The table now has {len(table.entries)} entries; the shipped ones were checked on {table.date}.")

    return Answer(data, show)


def _countries(arguments: argparse.Namespace) -> tuple[Described, bytes]:
    path: Path = arguments.countries
    data = _read(path)
    try:
        table = Countries(data)
        known = [table.find(ipaddress.ip_address(address)) for address in PROBES]
        date = arguments.date or table.built.isoformat()
    except ValueError as error:
        raise UserError(str(error), "The file must be a MaxMind DB (.mmdb) of countries.", str(path)) from None
    if sum(map(bool, known)) < len(PROBES) // 2:
        raise UserError(
            "has no countries for well-known addresses", "It must have country_code or country.iso_code.", str(path)
        )
    return _described(arguments, "country", path, date, pack(data), table.metadata.node_count)


def _networks(arguments: argparse.Namespace) -> tuple[Described, bytes]:
    paths: list[Path] = arguments.asn
    if not arguments.date:
        raise UserError("the day of the data is not given", "Say --date YYYY-MM-DD; a CSV does not tell it.")
    rows = [row for path in paths for row in _rows(path)]
    if not rows:
        raise UserError("holds no ranges", where=str(paths[0]))
    try:
        table = build_networks(rows)
    except ValueError as error:
        raise UserError(str(error), "The ranges of one table must not begin at one address.", str(paths[0])) from None
    return _described(arguments, "network", paths[0], arguments.date, pack(table), len(rows))


def _rows(path: Path) -> Iterator[tuple[Address, Address, int, str]]:
    lines = csv.reader(io.StringIO(_read(path).decode("utf-8", "replace")))
    number = 0
    try:
        for number, row in enumerate(lines, 1):
            if number > MOST_ROWS:
                raise ValueError(f"more than {MOST_ROWS:,} ranges")
            first, last, asn, holder = (*row, "")[:4] if len(row) == 3 else row[:4]
            yield ipaddress.ip_address(first), ipaddress.ip_address(last), int(asn), holder
    except (ValueError, csv.Error) as error:
        raise UserError(
            str(error), "A line is: first address, last address, number, holder.", f"{path}:{number}"
        ) from None


def _described(
    arguments: argparse.Namespace, kind: str, path: Path, date: str, data: bytes, entries: int
) -> tuple[Described, bytes]:
    if len(data) > LARGEST_PACKED:
        raise UserError("is too large", f"At most {LARGEST_PACKED // 2**20} MiB packed.", str(path))
    described = Described.model_validate(
        {
            "kind": kind,
            "file": "countries.mmdb.zst" if kind == "country" else "networks.zst",
            "name": arguments.name or path.stem,
            "origin": path.name,
            "date": date,
            "sha256": hashlib.sha256(data).hexdigest(),
            "licence": arguments.licence,
            "entries": entries,
        }
    )
    return described, data


def _read(path: Path) -> bytes:
    """A regular file of bounded size. Raises UserError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise UserError("is no regular file", where=str(path))
            if status.st_size > LARGEST:
                raise UserError("is too large", f"At most {LARGEST // 2**20} MiB.", str(path))
            return file.read(LARGEST)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _show(rows: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for head in ("Table", "Kind", "Day", "Age", "Licence", "From"):
        table.add_column(head, overflow="fold")
    today = dt.datetime.now(dt.UTC).date()
    for row in rows:
        age = (today - dt.date.fromisoformat(row["date"])).days
        table.add_row(row["name"], row["kind"], row["date"], f"{age} days", row["licence"], row["origin"])
    console.print(table)
    for row in rows:
        if row["attribution"]:
            console.print(f"{row['name']}: {row['attribution']}", style="bright_black", markup=False)
