"""Whose addresses are: a table of countries (MaxMind DB) and a table of networks (own packing), looked up offline.

The shipped tables lie packed in ``resources/registries``, described by ``registries.yaml``; newer ones, which
``auditor knowledge update`` puts into a folder of the user, go first. A table that is damaged is refused, and the
shipped one is taken.
"""

import bisect
import contextlib
import datetime as dt
import hashlib
import io
import ipaddress
import logging
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import maxminddb
import zstandard
from pydantic import StringConstraints

from auditor.facts.fact import Sha256, Value
from auditor.facts.traffic import Registration, Registry
from auditor.knowledge.resources import resource
from auditor.knowledge.tables import read_yaml

log = logging.getLogger(__name__)

INDEX = "registries.yaml"
LARGEST = 128 * 2**20
"""Bytes of a table, unpacked."""
LARGEST_PACKED = 32 * 2**20
MOST_LOOKUPS = 20_000
"""Addresses of one audit that are looked up."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_MAGIC = b"SA-ASN\x00\x01"
_HEAD = struct.Struct(">8sIIII")
_NAME = struct.Struct(">II")


class Described(Value):
    """One table and where it came from."""

    kind: Literal["country", "network"]
    file: str
    name: str
    origin: str
    """Package and version, or the file that was handed in."""
    integrity: str = ""
    """Digest by which the origin's package is known."""
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
    sha256: Sha256
    """Of the file as it lies here, packed."""
    licence: str
    attribution: str = ""
    entries: int


class Countries:
    """Addresses → countries. The pure Python reader is used: it bounds every look-up, whatever the file says."""

    def __init__(self, data: bytes) -> None:
        """Raises ValueError for what is no such table."""
        try:
            self._reader = maxminddb.open_database(io.BytesIO(data), maxminddb.MODE_FD)
            self.metadata = self._reader.metadata()
        except Exception as error:  # a hostile header raises whatever its fields are not
            raise ValueError(f"no MaxMind DB of countries: {error}") from error

    @property
    def built(self) -> dt.date:
        """Day on which it was built, as it says."""
        try:
            return dt.datetime.fromtimestamp(self.metadata.build_epoch, dt.UTC).date()
        except (OverflowError, OSError, ValueError, TypeError) as error:
            raise ValueError("the table does not say when it was built") from error

    def find(self, address: Address) -> str:
        """The country's code, empty where the table has none. Raises ValueError for a damaged table."""
        try:
            if address.version > self.metadata.ip_version:
                return ""
            record = self._reader.get(address)
        except Exception as error:
            raise ValueError(f"the table of countries is damaged: {error}") from error
        found = record.get("country_code") if isinstance(record, dict) else None
        if isinstance(record, dict) and found is None:
            country = record.get("country")
            found = country.get("iso_code") if isinstance(country, dict) else None
        return found if isinstance(found, str) and len(found) == 2 and found.isascii() and found.isupper() else ""


class _Keys:
    """A column of addresses of one width, as a sequence that ``bisect`` can search."""

    def __init__(self, data: memoryview, width: int) -> None:
        self._data, self._width = data, width

    def __len__(self) -> int:
        return len(self._data) // self._width

    def __getitem__(self, place: int) -> bytes:
        return bytes(self._data[place * self._width : (place + 1) * self._width])


class Networks:
    """Addresses → networks: sorted ranges of both versions, and the names of the networks."""

    def __init__(self, data: bytes) -> None:
        """Raises ValueError for what is no such table."""
        if len(data) < _HEAD.size:
            raise ValueError("no table of networks: it is too short")
        magic, four, six, names, text = _HEAD.unpack_from(data)
        if magic != _MAGIC:
            raise ValueError("no table of networks: it begins otherwise")
        if len(data) != _HEAD.size + four * 12 + six * 36 + names * 8 + text:
            raise ValueError("the table of networks is not as long as it says")
        view, at = memoryview(data), _HEAD.size

        def take(count: int) -> memoryview:
            nonlocal at
            at += count
            return view[at - count : at]

        self._ranges = {
            version: (_Keys(take(count * width), width), _Keys(take(count * width), width), _Keys(take(count * 4), 4))
            for version, count, width in ((4, four, 4), (6, six, 16))
        }
        self._names, self._text = _Keys(take(names * 8), 8), take(text)
        self.entries = four + six

    def find(self, address: Address) -> tuple[int | None, str]:
        """Number and holder of the network; None where the table has none."""
        first, last, numbers = self._ranges[address.version]
        place = bisect.bisect_right(first, address.packed) - 1
        if place < 0 or address.packed > last[place]:
            return None, ""
        number = numbers[place]
        return int.from_bytes(number, "big"), self._holder(number)

    def _holder(self, number: bytes) -> str:
        place = bisect.bisect_left(self._names, number + b"\0\0\0\0")
        if place == len(self._names) or self._names[place][:4] != number:
            return ""
        start = _NAME.unpack(self._names[place])[1]
        end = _NAME.unpack(self._names[place + 1])[1] if place + 1 < len(self._names) else len(self._text)
        return bytes(self._text[start : min(end, start + 200)]).decode("utf-8", "replace")


@dataclass(frozen=True)
class Registries:
    """Both tables, each as far as it is there."""

    countries: Countries | None = None
    networks: Networks | None = None
    described: tuple[Described, ...] = ()

    @property
    def used(self) -> tuple[Registry, ...]:
        """The tables, as facts name them."""
        return tuple(
            Registry(kind=one.kind, name=one.name, date=one.date, sha256=one.sha256, licence=one.licence)
            for one in self.described
        )

    def find(self, address: Address) -> Registration:
        """What the tables say of a public address. Raises ValueError for a damaged table."""
        number, holder = self.networks.find(address) if self.networks is not None else (None, "")
        country = self.countries.find(address) if self.countries is not None else ""
        return Registration(address=str(address), country=country, asn=number, holder=holder)

    def replaced(self, one: Described, data: bytes) -> Self:
        """With one table for another. Raises ValueError where the bytes are not the table described."""
        others = tuple(other for other in self.described if other.kind != one.kind)
        described = tuple(sorted((*others, one), key=lambda each: each.kind))
        plain = unpack(data, one.sha256)
        if one.kind == "country":
            return type(self)(Countries(plain), self.networks, described)
        return type(self)(self.countries, Networks(plain), described)


def load_registries(own: Path | None = None) -> Registries:
    """The shipped tables, each replaced by the user's own where ``own`` has a whole one."""
    found = Registries()
    for folder in filter(None, (resource("registries"), own)):
        for one in index(folder):
            try:
                found = found.replaced(one, (folder / one.file).read_bytes())
            except (OSError, ValueError) as error:
                log.warning("the table %s is not used: %s", folder / one.file, error)
    return found


def index(folder: Path) -> tuple[Described, ...]:
    """The tables of a folder; none where it has no list of them that can be read."""
    try:
        listed = read_yaml(folder / INDEX)["registries"]
        return tuple(Described.model_validate(one) for one in listed)
    except FileNotFoundError:
        return ()
    except Exception as error:
        log.warning("%s cannot be read: %s", folder / INDEX, error)
        return ()


def pack(data: bytes) -> bytes:
    """A table as it is stored; the same bytes from the same release of zstandard."""
    return zstandard.ZstdCompressor(level=19).compress(data)


def unpack(data: bytes, sha256: str) -> bytes:
    """The table in a stored file. Raises ValueError where it is another one, or too large."""
    if len(data) > LARGEST_PACKED or hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError("the file is not the one that its list names")
    try:
        with zstandard.ZstdDecompressor().stream_reader(data) as stream:
            plain = stream.read(LARGEST + 1)
    except zstandard.ZstdError as error:
        raise ValueError(f"the file cannot be unpacked: {error}") from error
    if len(plain) > LARGEST:
        raise ValueError("the table is too large")
    return plain


def build_networks(rows: Iterable[tuple[Address, Address, int, str]]) -> bytes:
    """The table of networks from ranges in any order; one that reaches into the next ends before it.

    Raises ValueError where two begin at one address, or one is upside down.
    """
    ranges: dict[int, list[tuple[bytes, bytes, int]]] = {4: [], 6: []}
    names: dict[int, str] = {}
    for lowest, highest, number, holder in rows:
        if lowest.version != highest.version or lowest.packed > highest.packed or not 0 <= number < 2**32:
            raise ValueError(f"{lowest} to {highest} of network {number} is no range")
        ranges[lowest.version].append((lowest.packed, highest.packed, number))
        if holder and number not in names:
            names[number] = holder[:200]
    parts: list[bytes] = []
    for each in ranges.values():
        each.sort()
        for place, (first, last, number) in enumerate(each[:-1]):
            begins = each[place + 1][0]
            if begins == first:
                raise ValueError(f"two ranges begin at {ipaddress.ip_address(first)}")
            if begins <= last:
                before = (int.from_bytes(begins, "big") - 1).to_bytes(len(begins), "big")
                each[place] = (first, before, number)
        parts += [b"".join(row[0] for row in each), b"".join(row[1] for row in each)]
        parts.append(b"".join(row[2].to_bytes(4, "big") for row in each))
    text, places = bytearray(), bytearray()
    for number in sorted(names):
        places += _NAME.pack(number, len(text))
        text += names[number].encode("utf-8")
    head = _HEAD.pack(_MAGIC, len(ranges[4]), len(ranges[6]), len(names), len(text))
    return b"".join((head, *parts, bytes(places), bytes(text)))


def public(text: str) -> Address | None:
    """The address that a text is, if it is one that is registered to somebody; else None."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(text.strip("[]"))
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        address = mapped or address
        return address if address.is_global and not address.is_multicast else None
    return None
