"""An archive of OSV records becomes rows for the stacks that are known; what is hostile in it costs nothing else."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collect.osv import keep, read_osv, with_imports
from auditor.errors import UserError
from auditor.knowledge.knowledge import load
from auditor.knowledge.vulnerabilities import affects
from auditor.recognise.osv import packages_of, rows_of


def record(id_: str = "GHSA-aaaa-bbbb-cccc", name: str = "vllm", **changes: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "modified": "2026-11-20T10:00:00Z",
        "aliases": ["CVE-2026-90001"],
        "summary": "Something can be done to it.",
        "database_specific": {"severity": "MODERATE"},
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0.2.0"}, {"fixed": "0.3.1"}]}],
            }
        ],
    } | changes


def archive(folder: Path, *records: Any) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w") as file:
        for at, one in enumerate(records):
            file.writestr(f"{at}.json", one if isinstance(one, str) else json.dumps(one))
    return path


def test_records_on_known_stacks_are_kept_and_joined(tmp_path: Path) -> None:
    path = archive(
        tmp_path, record(), record("GHSA-x", name="requests"), record("GHSA-y", withdrawn="2026-01-01T00:00:00Z")
    )
    imported = read_osv(path, load())
    assert [(row.id, row.stack, row.severity, row.fixed_in) for row in imported.entries] == [
        ("GHSA-aaaa-bbbb-cccc", "vllm", "medium", "0.3.1")
    ]
    assert imported.taken.date == "2026-11-20"
    keep(imported, tmp_path / "kept")
    table = with_imports(load(), tmp_path / "kept").vulnerabilities
    row = next(found for found in table.of("vllm") if found.id == "GHSA-aaaa-bbbb-cccc")
    assert (affects(row, "0.3.0"), affects(row, "0.3.1"), affects(row, "0.1.9")) == (True, False, False)
    assert "ollama" not in imported.taken.stacks


def test_names_are_normalised_and_go_modules_known(tmp_path: Path) -> None:
    ranges = [{"type": "SEMVER", "events": [{"introduced": "0"}, {"last_affected": "0.9.0"}]}]
    go = {"package": {"ecosystem": "Go", "name": "github.com/ollama/ollama"}, "ranges": ranges}
    path = archive(tmp_path, record("GO-2026-1", affected=[go]), record("PYSEC-1", name="Open_WebUI"))
    assert [(row.id, row.stack) for row in read_osv(path, load()).entries] == [
        ("GO-2026-1", "ollama"), ("PYSEC-1", "open-webui")
    ]  # fmt: skip


def test_one_record_alone_makes_nothing_newer(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(record()))
    imported = read_osv(path, load())
    assert (len(imported.entries), imported.taken.stacks) == (1, ())


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "PK\x03\x04broken", '{"id": "x"}'])
def test_what_is_no_archive_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        read_osv(path, load())
    assert error.value.where == str(path)
    with pytest.raises(UserError):
        read_osv(tmp_path / "none.zip", load())


def test_a_damaged_table_is_told_and_not_taken_for_empty(tmp_path: Path) -> None:
    assert with_imports(load(), tmp_path) == load()
    (tmp_path / "osv.json").write_text("{}")
    with pytest.raises(UserError):
        with_imports(load(), tmp_path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["PyPI", "vllm", "0.1", "0"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["id", "affected", "package", "ecosystem", "name", "ranges", "events", "type", "introduced",
                         "fixed", "versions", "database_specific", "severity", "aliases"]), inner, max_size=6,
    ),
    max_leaves=30,
)  # fmt: skip


@given(_JSON)
def test_no_record_takes_the_import_down(value: Any) -> None:
    for row in rows_of(value, packages_of(load().stacks)):
        assert row.affected


@given(_JSON)
def test_no_affected_package_takes_it_down(value: Any) -> None:
    whole = record(affected=[{"package": {"ecosystem": "PyPI", "name": "vllm"}, "ranges": value, "versions": value}])
    assert all(row.stack == "vllm" for row in rows_of(whole, packages_of(load().stacks)))
