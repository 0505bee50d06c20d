"""Records of the host become its facts."""

import pytest

from auditor.facts.host import Host
from auditor.facts.records import HostRecord
from auditor.recognise.host import host_of

NOW = "2026-11-22T12:00:00Z"


def record(name, value, status="observed", note=""):
    return HostRecord(source="/x", method="read", time=NOW, status=status, note=note, name=name, value=value)


def test_values_and_provenance_carry_over():
    host = host_of(
        [
            record("hostname", "gpu1"),
            record("os", {"id": "debian", "name": "Debian", "version": "12"}),
            record("clock", {"synchronised": True, "max_error_us": 500}),
            record("memory_total", 1024),
            record("container", None, "absent"),
        ]
    )

    assert (host.hostname.value, host.hostname.source, host.hostname.method, host.hostname.time) == (
        "gpu1",
        "/x",
        "read",
        NOW,
    )
    assert host.os.value.version == "12"
    assert host.clock.value.synchronised
    assert (host.container.value, str(host.container.status)) == (None, "absent")


def test_what_was_not_reported_is_an_error_and_not_an_absence():
    host = host_of([])

    assert {str(getattr(host, name).status) for name in Host.model_fields} == {"error"}
    assert not host.kernel.seen


@pytest.mark.parametrize(
    ("name", "value"), [("memory_total", "many"), ("os", "Debian"), ("clock", {"synchronised": True}), ("kernel", 7)]
)
def test_a_value_of_another_shape_is_an_error(name, value):
    fact = getattr(host_of([record(name, value)]), name)

    assert (fact.value, str(fact.status)) == (None, "error")
    assert "another shape" in fact.note
