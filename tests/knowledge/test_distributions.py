"""The table of distributions: which release a host runs, and until when it gets updates."""

import pytest

from auditor.knowledge.distributions import load_distributions, release_of


@pytest.mark.parametrize(
    ("os", "version", "id_"),
    [
        ("debian", "13", "debian-13"),
        ("rhel", "9.4", "rhel-9"),
        ("ubuntu", "24.04", "ubuntu-24.04"),
        ("debian", "130", None),
        ("ubuntu", "", None),
    ],
)
def test_a_release_by_os_release(os: str, version: str, id_: str | None) -> None:
    found = release_of(os, version, load_distributions())
    assert (found.id if found else None) == id_


def test_extended_support_ends_later() -> None:
    assert all(one.extended > one.until for one in load_distributions() if one.extended)
