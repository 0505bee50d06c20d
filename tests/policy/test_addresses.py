"""Address blocks."""

import pytest

from auditor.policy.addresses import check_cidr


@pytest.mark.parametrize("block", ["10.0.0.0/8", "192.168.1.7", "fd00::/8", "::1", "0.0.0.0/0"])
def test_a_block_is_accepted(block: str) -> None:
    assert check_cidr(block) == ("", "")


def test_bits_behind_the_prefix_are_an_error_with_a_suggestion() -> None:
    assert check_cidr("10.1.2.3/8") == ("'10.1.2.3/8' has bits set behind its prefix", "10.0.0.0/8")


@pytest.mark.parametrize("block", ["example.org", "10.0.0.0/33", "", "10.0.0", "10.0.0.0/8 "])
def test_anything_else_is_refused(block: str) -> None:
    problem, meant = check_cidr(block)

    assert "no address block" in problem
    assert meant == ""
