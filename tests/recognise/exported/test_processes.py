"""Processes of an export: what the script's blocks tell, what ps tells, and that no secret gets through."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.exported.processes import listed, processes_of

TIME = "2026-11-22T10:00:00Z"
BLOCK = """\
process 4242
 parent 1
 uid 998
 name vllm
 ticks 1000
 exe /usr/bin/python3.11
 cgroup 0::/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope
 argument /opt/venv/bin/vllm
 argument serve
 argument /srv/models/qwen
 argument --api-key
 argument sk-verysecretvalue
 variable VLLM_NO_USAGE_STATS=1
 variable VLLM_API_KEY=alsosecret
 variable NOT_ASKED_FOR=1
 file /srv/models/qwen/model.safetensors
 file /usr/share/misc/firmware.bin
 package vllm-0.11.0.dist-info
 package other-1.0.dist-info
process 5000
 denied environment
 denied files
 argument ollama
"""


def test_a_block_tells_what_the_probe_would() -> None:
    one, other = processes_of(
        BLOCK, "processes.txt", TIME, 100, 100, ("VLLM_NO_USAGE_STATS", "VLLM_API_KEY"), ("vllm",)
    )
    assert (one.pid, one.parent, one.uid, one.name, one.container) == (4242, 1, 998, "vllm", "0123456789ab")
    assert one.started == "1970-01-01T00:01:50.000000Z"
    assert one.files == ("/srv/models/qwen/model.safetensors",)
    assert one.packages == {"vllm": "0.11.0"}
    assert (other.environment, other.files) == (None, None)


def test_secrets_are_masked_whatever_the_export_did() -> None:
    one, _ = processes_of(BLOCK, "processes.txt", TIME, None, 100, ("VLLM_NO_USAGE_STATS", "VLLM_API_KEY"), ())
    assert one.command[-2:] == ("--api-key", "***")
    assert one.environment == {"VLLM_API_KEY": "***", "VLLM_NO_USAGE_STATS": "1"}
    assert one.started is None


def test_ps_tells_the_command_and_no_more() -> None:
    text = (
        "UID          PID    PPID  C STIME TTY          TIME CMD\n"
        "root           1       0  0 Nov21 ?        00:00:09 /sbin/init\n"
        'llm         4242       1  9 Nov21 ?        01:00:09 vllm serve "/srv/my models" --api-key geheim\n'
    )
    (one,) = listed(text, "ps.txt", TIME, ("vllm",))
    assert one.command == ("vllm", "serve", "/srv/my models", "--api-key", "***")
    assert (one.pid, one.parent, one.environment, one.files) == (4242, 1, None, None)


@given(st.text(), st.text())
def test_any_text_ends_in_processes_or_none(head: str, text: str) -> None:
    assert len(tuple(processes_of("process 1\n" + text, "x", TIME, 1, 100, ("A",), ("b",)))) >= 1
    tuple(listed(f"PID {head} CMD\n{text}", "x", TIME, ("a",)))
