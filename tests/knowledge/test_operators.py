"""Operators and countries: who answers, and what a transfer there rests on, on which day."""

import pytest

from auditor.knowledge.operators import TransferClass, class_of, load_operators, load_transfers, of_name, of_network
from auditor.knowledge.registries import load_registries


@pytest.mark.parametrize(
    ("country", "day", "expected"),
    [
        ("DE", "2026-11-22", "eea"),
        ("NO", "2026-11-22", "eea"),
        ("CH", "2026-11-22", "adequate"),
        ("BR", "2026-01-25", "third"),
        ("BR", "2026-01-26", "adequate"),
        ("GB", "2031-12-27", "adequate"),
        ("GB", "2031-12-28", "third"),
        ("US", "2026-11-22", "conditional"),
        ("US", "2023-07-09", "third"),
        ("CN", "2026-11-22", "third"),
        ("", "2026-11-22", "unknown"),
    ],
)
def test_a_country_has_a_class_on_a_day(country, day, expected):
    assert class_of(country, load_transfers(), day) == expected


def test_there_are_thirty_countries_of_the_eea_and_seven_regions_with_codes_of_their_own():
    eea = [each for each in load_transfers() if each.class_ is TransferClass.EEA]
    assert len(eea) == 30 + 7


def test_a_conditional_decision_says_whom_it_covers():
    for each in load_transfers():
        assert bool(each.covers) == (each.class_ is TransferClass.CONDITIONAL)


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("api.openai.com", "openai"),
        ("example.openai.azure.com", "azure-openai"),
        ("generativelanguage.googleapis.com", "google-ai"),
        ("storage.googleapis.com", "google"),
        ("huggingface.co", "hugging-face"),
        ("nothuggingface.co", None),
        ("", None),
    ],
)
def test_the_longest_pattern_tells_whose_service_a_name_is(name, operator):
    found = of_name(name, load_operators())
    assert (found.id if found else None) == operator


def test_no_network_has_two_operators():
    every = [asn for operator in load_operators() for asn in operator.asns]
    assert len(every) == len(set(every))
    assert of_network(13335, load_operators()).cdn
    assert of_network(None, load_operators()) is None


def test_every_network_that_is_named_is_in_the_shipped_table():
    networks = load_registries().networks
    assert networks is not None
    for operator in load_operators():
        for asn in operator.asns:
            assert networks._holder(asn.to_bytes(4, "big")), (operator.id, asn)
