"""docker inspect, as it prints by itself and as the script asks it to."""

import json

from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.exported.containers import containers_of
from auditor.recognise.safeguards import safeguards_of

TIME = "2026-11-22T10:00:00Z"


def test_both_forms_tell_the_same_and_no_environment() -> None:
    host = {"Privileged": True, "NetworkMode": "host", "Binds": ["/var/run/docker.sock:/s"]}
    whole = json.dumps([{"Id": "0123456789abcdef", "Config": {"Env": ["HF_TOKEN=geheim"]}, "HostConfig": host}])
    line = json.dumps({"Id": "0123456789abcdef", **host}) + "\n"
    for text in (whole, line):
        records = tuple(containers_of(text, "docker.json", TIME))
        assert "geheim" not in str(records)
        found = safeguards_of(records, ())
        assert found is not None
        (container,) = found.containers.value or ()
        assert container.id == "0123456789ab"
        assert container.privileged
        assert container.host_network
        assert container.engine_socket


@given(st.text())
def test_any_text_gives_containers_or_none(text: str) -> None:
    assert all(record.name == "container" for record in containers_of(text, "x", TIME))
