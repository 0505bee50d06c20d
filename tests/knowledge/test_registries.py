"""The shipped tables answer; a hostile one is refused or bounded, and a damaged own one gives way to the shipped."""

import hashlib
import ipaddress
import shutil

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from auditor.knowledge.registries import (
    INDEX,
    Countries,
    Networks,
    build_networks,
    index,
    load_registries,
    pack,
    public,
    unpack,
)
from auditor.knowledge.resources import resource

addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


def ip(text):
    return ipaddress.ip_address(text)


def rows(*listed):
    return [(ip(first), ip(last), number, holder) for first, last, number, holder in listed]


@pytest.fixture(scope="module")
def shipped():
    return load_registries()


@pytest.mark.parametrize(
    ("address", "country", "asn", "holder"),
    [
        ("8.8.8.8", "US", 15169, "Google LLC"),
        ("2a01:4f8::1", "DE", 24940, "Hetzner Online GmbH"),
        ("2606:4700::1", "US", 13335, "Cloudflare, Inc."),
    ],
)
def test_the_shipped_tables_know_well_known_networks(shipped, address, country, asn, holder):
    found = shipped.find(ip(address))
    assert (found.country, found.asn, found.holder) == (country, asn, holder)


def test_every_shipped_table_says_its_date_licence_and_digest():
    for one in index(resource("registries")):
        data = (resource("registries") / one.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == one.sha256
        assert one.integrity.startswith("sha512-")
        assert one.licence in ("CC0-1.0", "CC-BY-4.0")
        assert one.attribution
    assert {one.kind for one in index(resource("registries"))} == {"country", "network"}


def test_the_notice_names_everybody_who_asks_to_be_named():
    notice = (resource("registries").parents[1] / "NOTICE").read_text(encoding="utf-8")
    for name in ("RouteViews", "nro.net", "https://db-ip.com"):
        assert name in notice


@given(addresses)
def test_any_address_has_an_answer(address):
    found = load_once().find(address)
    assert len(found.country) in (0, 2)


def load_once(kept=[]):  # noqa: B006
    if not kept:
        kept.append(load_registries())
    return kept[0]


RANGES = st.lists(st.integers(0, 2**32 - 2), min_size=2, max_size=40, unique=True).map(sorted)


@given(RANGES, st.integers(0, 2**32 - 1))
def test_a_packed_table_answers_as_the_ranges_do(ends, wanted):
    pairs = [(a, b, n) for n, (a, b) in enumerate(zip(ends[::2], ends[1::2], strict=False))]
    table = Networks(
        build_networks((ipaddress.IPv4Address(a), ipaddress.IPv4Address(b), n, f"holder {n}") for a, b, n in pairs)
    )
    expected = next(((n, f"holder {n}") for a, b, n in pairs if a <= wanted <= b), (None, ""))
    assert table.find(ipaddress.IPv4Address(wanted)) == expected


def test_a_range_that_reaches_into_the_next_ends_before_it():
    table = Networks(build_networks(rows(("10.0.0.0", "10.0.0.9", 1, "one"), ("10.0.0.5", "10.0.0.20", 2, "two"))))
    assert [table.find(ip(f"10.0.0.{n}"))[0] for n in (4, 5, 9, 20, 21)] == [1, 2, 2, 2, None]


@pytest.mark.parametrize(
    "listed",
    [
        (("10.0.0.9", "10.0.0.0", 1, ""),),
        (("10.0.0.0", "::1", 1, ""),),
        (("10.0.0.0", "10.0.0.1", 1, ""), ("10.0.0.0", "10.0.0.2", 2, "")),
        (("10.0.0.0", "10.0.0.1", 2**32, ""),),
    ],
)
def test_what_are_no_ranges_is_refused(listed):
    with pytest.raises(ValueError, match="range"):
        build_networks(rows(*listed))


@given(st.binary(max_size=400))
def test_no_bytes_are_taken_for_a_table_that_they_are_not(data):
    for kind in (Networks, Countries):
        with pytest.raises(ValueError, match=r"no |not as long"):
            kind(data)


@given(st.data())
def test_a_table_of_networks_with_changed_bytes_still_only_answers_or_is_refused(data):
    whole = bytearray(build_networks(rows(("1.0.0.0", "1.0.0.255", 5, "a"), ("2001:db8::", "2001:db8::ff", 6, "b"))))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    try:
        table = Networks(bytes(whole))
    except ValueError:
        return
    for address in ("1.0.0.7", "2001:db8::1", "255.255.255.255"):
        number, holder = table.find(ip(address))
        assert (number is None and not holder) or isinstance(holder, str)


@given(st.data())
def test_a_table_of_countries_with_changed_bytes_answers_or_says_that_it_is_damaged(data):
    whole = bytearray(country_table())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        table = Countries(bytes(whole))
        assert len(table.find(ip("8.8.8.8"))) in (0, 2)
    except ValueError:
        pass


def country_table() -> bytes:
    """A MaxMind DB of one node, both sides of which lead to {"country_code": "DE"}."""

    def text(word: str) -> bytes:
        return bytes([2 << 5 | len(word)]) + word.encode()

    def number(value: int) -> bytes:
        return bytes([6 << 5 | 4]) + value.to_bytes(4, "big")

    record = bytes([7 << 5 | 1]) + text("country_code") + text("DE")
    node = (1 + 16).to_bytes(3, "big") * 2
    names = {
        "node_count": number(1),
        "record_size": number(24),
        "ip_version": number(4),
        "database_type": text("country"),
        "languages": bytes([0, 4]),
        "binary_format_major_version": number(2),
        "binary_format_minor_version": number(0),
        "build_epoch": number(1_781_725_900),
        "description": bytes([7 << 5]),
    }
    metadata = bytes([7 << 5 | len(names)]) + b"".join(text(name) + value for name, value in names.items())
    return node + bytes(16) + record + b"\xab\xcd\xefMaxMind.com" + metadata


def test_a_small_table_of_countries_is_read():
    table = Countries(country_table())
    assert table.find(ip("8.8.8.8")) == "DE"
    assert table.find(ip("2001:4860::1")) == ""
    assert table.built.isoformat() == "2026-06-17"


def test_a_file_that_is_not_the_listed_one_is_refused():
    data = pack(b"table")
    assert unpack(data, hashlib.sha256(data).hexdigest()) == b"table"
    with pytest.raises(ValueError, match="not the one"):
        unpack(data, "0" * 64)
    with pytest.raises(ValueError, match="cannot be unpacked"):
        unpack(b"no zstd", hashlib.sha256(b"no zstd").hexdigest())


def test_a_file_that_unpacks_without_end_is_refused():
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(200 * 2**20))
    with pytest.raises(ValueError, match="too large"):
        unpack(bomb, hashlib.sha256(bomb).hexdigest())


def test_an_own_table_goes_first_and_a_damaged_one_gives_way(tmp_path, shipped):
    networks = pack(build_networks(rows(("8.8.8.0", "8.8.8.255", 64500, "Example"))))
    described = next(one for one in index(resource("registries")) if one.kind == "network")
    own = described.model_copy(update={"file": "own.zst", "sha256": hashlib.sha256(networks).hexdigest()})
    (tmp_path / "own.zst").write_bytes(networks)
    (tmp_path / INDEX).write_text(f"registries:\n- {own.model_dump_json()}\n", encoding="utf-8")
    assert load_registries(tmp_path).find(ip("8.8.8.8")).asn == 64500
    assert load_registries(tmp_path).find(ip("8.8.8.8")).country == "US"
    (tmp_path / "own.zst").write_bytes(networks[:-1])
    assert load_registries(tmp_path).find(ip("8.8.8.8")) == shipped.find(ip("8.8.8.8"))
    (tmp_path / INDEX).write_text("registries: 7", encoding="utf-8")
    assert load_registries(tmp_path).find(ip("8.8.8.8")) == shipped.find(ip("8.8.8.8"))
    shutil.rmtree(tmp_path)
    assert load_registries(tmp_path).find(ip("8.8.8.8")) == shipped.find(ip("8.8.8.8"))


@pytest.mark.parametrize("text", ["10.0.0.1", "::1", "fe80::1", "224.0.0.1", "nobody", "", "203.0.113.5"])
def test_an_address_that_is_nobodys_is_not_looked_up(text):
    assert public(text) is None


def test_a_mapped_address_is_looked_up_as_what_it_is():
    assert public("::ffff:8.8.8.8") == ip("8.8.8.8")
