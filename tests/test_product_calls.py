"""Real products in a network that nothing leaves: what the table of contacts says of them is what they do."""

import os
from fnmatch import fnmatchcase

import pytest

from auditor.facts.serving import Switch, SwitchState
from auditor.knowledge.knowledge import load
from auditor.probe import packages
from auditor.probe.egress import Unavailable, Watcher
from auditor.recognise.stacks import serving_of
from auditor.recognise.switches import switches_of
from tests.closed_net import needs_namespaces, run
from tests.product_calls import CALLS, Call, Setting
from tests.products import PYTHON, needs_products
from tests.recognise.process_records import process

CASES = [pytest.param(call, setting, id=f"{call.entry}-{setting.label}") for call in CALLS for setting in call.settings]
KNOWN = [entry.distribution for entry in load().phone_home if entry.distribution]


def installed(*wanted: str) -> dict[str, str]:
    """Versions among the test products, as the probe reads them from the environment of a process."""
    variables = {"VIRTUAL_ENV": str(PYTHON.parent.parent.resolve())}
    return packages.versions(os.getpid(), [str(PYTHON)], str(PYTHON), variables, wanted)


def switch(call: Call, setting: Setting) -> Switch:
    """What is said of the contact of a process with these variables, in the version that is installed."""
    environment = {"HOME": "/home/user", **dict(call.always), **setting.environment}
    command, files = (call.command, ()) if call.command else ("/usr/bin/python3 /srv/app.py", ("/srv/m.safetensors",))
    records = [process(command, environment=environment, packages=installed(*KNOWN) | {"vllm": "0.33.0"}, files=files)]
    found = switches_of(records, serving_of(records, load()), load())
    return next(one for one in found if one.entry == call.entry)


@needs_products
@pytest.mark.parametrize(("call", "setting"), CASES)
def test_what_is_said_of_the_switches_of_a_real_product(call: Call, setting: Setting) -> None:
    assert switch(call, setting).state.value is setting.state


@needs_products
def test_what_is_in_vain_is_named_even_where_something_else_decides() -> None:
    gradio = next(call for call in CALLS if call.entry == "gradio")
    said = switch(gradio, Setting({"DO_NOT_TRACK": "1"}, False, SwitchState.UNKNOWN)).state.note
    assert said.startswith("not switched off by DO_NOT_TRACK; not seen whether")


@needs_products
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.entry)
def test_the_table_says_in_which_version_it_was_last_run(call: Call) -> None:
    (entry,) = (entry for entry in load().phone_home if entry.id == call.entry)
    assert entry.verified == "sink"
    assert entry.checked is not None
    assert entry.checked.version == installed(call.distribution)[call.distribution]


@needs_products
@needs_namespaces
@pytest.mark.root
@pytest.mark.parametrize(("call", "setting"), CASES)
def test_a_real_product_contacts_the_named_host_unless_a_switch_that_works_is_set(call: Call, setting: Setting) -> None:
    try:
        watcher = Watcher()
    except Unavailable:
        watcher = None
    try:
        ran = run([str(PYTHON), "-c", call.code], dict(call.always) | setting.environment)
    finally:
        if watcher is not None:
            watcher.close()

    assert ran.code == 0, ran.output
    assert (call.host not in ran.names) is setting.silent, ran.names
    known = [host.partition(":")[0] for host in switch(call, Setting(dict(call.always), False, setting.state)).hosts]
    assert any(fnmatchcase(call.host, host) for host in known)
    if watcher is not None:
        # A program of the kernel saw each attempt, though the namespace has no route. Of those that ended at once it
        # may not know the namespace; others on this machine may use the same addresses.
        mine = [(key[1], seen) for key, seen in watcher.flows.items() if seen.space in (ran.space, None)]
        assert (call.host in {ran.addresses.get(address) for address, _ in mine}) is not setting.silent
        assert not any(seen.established for address, seen in mine if address in ran.addresses and seen.space)
