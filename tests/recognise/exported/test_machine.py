"""The machine by its own files, as an export holds them."""

from auditor.facts.fact import Status
from auditor.recognise.exported.machine import boot_of, machine_of
from auditor.recognise.exported.manifest import Manifest
from auditor.recognise.host import host_of

TIME = "2026-11-22T10:00:00Z"
FILES = {
    "/etc/os-release": 'NAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n',
    "uname": "Linux llm01 6.12.48-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20) x86_64 GNU/Linux\n",
    "/proc/stat": "cpu 1 2 3\nbtime 1763800000\n",
    "/proc/meminfo": "MemTotal:       131072 kB\n",
    "/proc/cpuinfo": "processor\t: 0\nmodel name\t: Example CPU\nprocessor\t: 1\n",
    "timedatectl.txt": "Timezone=Etc/UTC\nNTPSynchronized=yes\n",
}


def test_every_property_that_was_exported_is_a_fact() -> None:
    host = host_of(machine_of(FILES, Manifest(machine="a" * 64, container="docker"), TIME))
    assert host.os.value is not None
    assert (host.os.value.id, host.os.value.version) == ("debian", "13")
    assert (host.hostname.value, host.kernel.value, host.architecture.value) == ("llm01", "6.12.48-amd64", "x86_64")
    assert (host.memory_total.value, host.cpu.value) == (128 * 1024**2, "Example CPU (2 threads)")
    assert host.clock.value is not None
    assert host.clock.value.synchronised
    assert (host.machine_id.value, host.container.value) == ("a" * 64, "docker")
    assert boot_of(FILES) == 1763800000


def test_what_was_not_exported_is_absent_with_a_reason() -> None:
    host = host_of(machine_of({}, Manifest(), TIME))
    assert host.kernel.status is Status.ABSENT
    assert host.kernel.note == "nothing of it was exported"
