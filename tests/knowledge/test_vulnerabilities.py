"""Versions are compared as each stack counts them, and the table says how old it is."""

import datetime as dt

import pytest

from auditor.knowledge.stacks import load_stacks
from auditor.knowledge.vulnerabilities import (
    Import,
    Span,
    Vulnerabilities,
    Vulnerability,
    affects,
    load_vulnerabilities,
)


def entry(stack: str = "vllm", id_: str = "CVE-1", also: tuple[str, ...] = (), **span: str) -> Vulnerability:
    affected = Span.model_validate({"from": span.pop("from_", ""), **span})
    return Vulnerability(
        id=id_,
        also=also,
        stack=stack,
        summary="s",
        severity="high",
        affected=(affected,),
        source="x",
        checked="2026-11-01",
    )


@pytest.mark.parametrize(
    ("version", "hit"),
    [
        ("0.10.1", True), ("0.10.0", False), ("0.13.9", True), ("0.14.0", False), ("0.14", False), ("v0.12.0", True),
        ("0.14.0rc1", True), ("0.14.0.dev5+cu130", True), ("0.14.0+cu130", False), ("0.14.0.post1", False),
        ("0.10.1rc2", False), ("main", None), ("", None),
    ],
)  # fmt: skip
def test_a_range_begins_with_its_first_and_ends_before_the_mended_version(version: str, hit: bool | None) -> None:
    assert affects(entry(from_="0.10.1", before="0.14.0"), version) is hit


@pytest.mark.parametrize(("version", "hit"), [("0.5.10", True), ("0.5.10.post1", True), ("0.5.11", False)])
def test_a_last_affected_version_belongs_to_the_range(version: str, hit: bool) -> None:
    assert affects(entry("sglang", from_="0.5.10", to="0.5.10"), version) is hit


@pytest.mark.parametrize(
    ("version", "hit"), [("b8145", True), ("b8146", False), ("b9000-0a1b2c3d", False), ("0.3.2", None), ("8145", None)]
)
def test_builds_of_llama_cpp_compare_with_builds_only(version: str, hit: bool | None) -> None:
    assert affects(entry("llama.cpp", before="b8146"), version) is hit


def test_the_shipped_table_speaks_of_known_stacks_and_affects_something() -> None:
    table, stacks = load_vulnerabilities(), {stack.id for stack in load_stacks()}
    assert {found.stack for found in table.entries} <= stacks
    for found in table.entries:
        assert found.affected
        assert all(span.before or span.to for span in found.affected), found.id
        if found.fixed_in:
            assert affects(found, found.fixed_in) is False, found.id
        assert dt.date.fromisoformat(found.checked) <= dt.date.fromisoformat(table.date)


def test_an_import_adds_what_is_new_and_refreshes_only_its_own_stacks() -> None:
    shipped = Vulnerabilities(date="2026-01-01", entries=(entry(id_="CVE-1", also=("GHSA-1",)),))
    taken = Import(name="all.zip", sha256="0" * 64, date="2026-11-01", stacks=("vllm",), entries=2)
    table = shipped.with_import((entry(id_="PYSEC-9", also=("GHSA-1",)), entry(id_="GHSA-2")), taken)
    assert [found.id for found in table.entries] == ["CVE-1", "GHSA-2"]
    assert (table.date_of("vllm"), table.date_of("ollama")) == ("2026-11-01", "2026-01-01")
