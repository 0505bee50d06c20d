"""A switch is off only if the product reads it so, in this version; anything else is on, in vain, or unknown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.serving import Switch, SwitchState
from auditor.knowledge.knowledge import load
from auditor.recognise.stacks import serving_of
from auditor.recognise.switches import switches_of
from tests.recognise.process_records import file, process

OFF, ON, VAIN, UNKNOWN = SwitchState.OFF, SwitchState.ON, SwitchState.INEFFECTIVE, SwitchState.UNKNOWN
LOCAL = "vllm serve /srv/models/llama"
PACKAGES = {"vllm": "0.33.0", "huggingface_hub": "2.4.0"}


def all_of(command: str, *others: Any, looked: bool = True, **changes: Any) -> dict[str, Switch]:
    if isinstance(changes.get("environment"), dict):
        changes["environment"] = {"HOME": "/home/user"} | changes["environment"]
    records = [process(command, **changes), *others]
    return {s.entry: s for s in switches_of(records, serving_of(records, load()), load(), looked)}


def state(entry: str, command: str, *others: Any, **changes: Any) -> SwitchState | None:
    return all_of(command, *others, **changes)[entry].state.value


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ON),
        ({"VLLM_NO_USAGE_STATS": "1"}, OFF),
        ({"VLLM_NO_USAGE_STATS": "true"}, VAIN),
        ({"VLLM_NO_USAGE_STATS": "0"}, ON),
        ({"DO_NOT_TRACK": "1"}, OFF),
        ({"DO_NOT_TRACK": "true"}, VAIN),
        ({"DO_NOT_TRACK": "yes"}, VAIN),
        ({"VLLM_DO_NOT_TRACK": "1"}, OFF),
        ({"VLLM_DO_NOT_TRACK": "0", "DO_NOT_TRACK": "1"}, VAIN),
        ({"HF_HUB_OFFLINE": "1"}, VAIN),
        ({"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}, OFF),
    ],
)
def test_vllm_takes_nothing_but_one(environment: dict[str, str], expected: SwitchState) -> None:
    assert state("vllm-usage", LOCAL, environment=environment, packages=PACKAGES) is expected


def test_vllm_is_off_by_a_file() -> None:
    opt_out = file("vllm-usage", "/home/user/.config/vllm/do_not_track")
    switch = all_of(LOCAL, opt_out, packages=PACKAGES)["vllm-usage"]
    assert switch.state.value is OFF
    assert switch.found == (opt_out.path,)


@pytest.mark.parametrize("version", ["0.2.0", "0.34.0", "dev"])
def test_outside_the_known_versions_nothing_is_claimed(version: str) -> None:
    environment = {"VLLM_NO_USAGE_STATS": "1"}
    assert state("vllm-usage", LOCAL, environment=environment, packages={"vllm": version}) is UNKNOWN
    assert state("vllm-usage", LOCAL, packages={"vllm": version}) is UNKNOWN


def test_a_version_that_was_not_seen_is_outside_too() -> None:
    assert state("vllm-usage", LOCAL, environment={"VLLM_NO_USAGE_STATS": "1"}) is UNKNOWN


def test_an_environment_that_may_not_be_read_leaves_it_open() -> None:
    assert state("vllm-usage", LOCAL, environment=None, packages=PACKAGES) is UNKNOWN


def test_a_home_that_was_not_searched_leaves_it_open() -> None:
    assert state("vllm-usage", LOCAL, packages=PACKAGES, looked=False) is UNKNOWN


@pytest.mark.parametrize(
    ("command", "environment", "expected"),
    [
        ("text-generation-launcher", {}, ON),
        ("text-generation-launcher --usage-stats=off", {}, OFF),
        ("text-generation-launcher --usage-stats=no-stack", {}, VAIN),
        ("text-generation-launcher", {"USAGE_STATS": "off"}, UNKNOWN),
    ],
)
def test_tgi_reports_from_containers(command: str, environment: dict[str, str], expected: SwitchState) -> None:
    assert state("tgi-usage", command, environment=environment, container="0123456789ab") is expected


def test_tgi_outside_a_container_does_not_report() -> None:
    assert state("tgi-usage", "text-generation-launcher") is OFF


def test_ollama_in_a_version_that_was_not_seen_is_never_off() -> None:
    assert state("ollama-recs", "ollama serve") is ON
    assert state("ollama-recs", "ollama serve", environment={"OLLAMA_NO_CLOUD": "1"}) is UNKNOWN
    assert state("ollama-recs", "ollama serve", environment={"DO_NOT_TRACK": "1"}) is VAIN


def test_ollama_in_a_version_that_its_path_tells() -> None:
    quiet = {"OLLAMA_NO_CLOUD": "1"}
    assert state("ollama-recs", "/opt/ollama-0.33.0/ollama serve", environment=quiet) is OFF
    assert state("ollama-cloud", "/opt/ollama-0.16.2/ollama serve", environment=quiet) is OFF
    assert state("ollama-cloud", "/opt/ollama-0.16.1/ollama serve", environment=quiet) is UNKNOWN
    assert "ollama-recs" not in all_of("/opt/ollama-0.22.0/ollama serve"), "it came with 0.22.1"


@pytest.mark.parametrize(
    ("version", "environment", "expected"),
    [
        ("1.106.2", {"LITELLM_OFFLINE_MODE": "true"}, {"litellm-costmap": VAIN}),
        ("1.109.1", {"LITELLM_OFFLINE_MODE": "true"}, {"litellm-costmap-offline": OFF}),
        ("1.108.0", {"LITELLM_OFFLINE_MODE": "true"}, {"litellm-costmap": UNKNOWN}),
        ("1.106.2", {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}, {"litellm-costmap": OFF}),
    ],
)
def test_the_rule_of_the_version_at_hand_counts(
    version: str, environment: dict[str, str], expected: dict[str, SwitchState]
) -> None:
    found = all_of("litellm --port 4000", environment=environment, packages={"litellm": version})
    assert {name: s.state.value for name, s in found.items() if name.startswith("litellm-costmap")} == expected


@pytest.mark.parametrize(
    ("entry", "command", "package", "environment", "expected"),
    [
        ("lmcache-usage", LOCAL, {"lmcache": "0.5.6"}, {"LMCACHE_TRACK_USAGE": "false"}, OFF),
        ("lmcache-usage", LOCAL, {"lmcache": "0.5.6"}, {"LMCACHE_TRACK_USAGE": "0"}, VAIN),
        ("lmcache-usage", LOCAL, {"lmcache": "0.5.6"}, {"DO_NOT_TRACK": "true"}, OFF),
        ("mlflow", "mlflow server", {"mlflow-skinny": "3.17.2"}, {"DO_NOT_TRACK": "1"}, VAIN),
        ("mlflow", "mlflow server", {"mlflow-skinny": "3.17.2"}, {"DO_NOT_TRACK": "true"}, OFF),
        ("mlflow", "mlflow server", {"mlflow-skinny": "3.17.2"}, {"CI": "true"}, ON),
        ("openwebui-update", "open-webui serve", {"open-webui": "0.12.4"}, {"OFFLINE_MODE": "1"}, VAIN),
        ("openwebui-update", "open-webui serve", {"open-webui": "0.12.4"}, {"OFFLINE_MODE": "true"}, OFF),
        ("openwebui-update", "open-webui serve", {"open-webui": "0.12.4"}, {"ENABLE_VERSION_UPDATE_CHECK": "no"}, OFF),
        ("gradio", "gradio app.py", {"gradio": "6.31.0"}, {"GRADIO_ANALYTICS_ENABLED": "true"}, OFF),
        ("gradio", "gradio app.py", {"gradio": "6.31.0"}, {"DO_NOT_TRACK": "1"}, UNKNOWN),
        ("hf-telemetry", LOCAL, {"huggingface_hub": "2.4.0"}, {"DO_NOT_TRACK": "on"}, OFF),
        ("hf-telemetry", LOCAL, {"huggingface_hub": "2.4.0"}, {}, ON),
        ("trtllm-usage", "trtllm-serve /m", {}, {"TRTLLM_NO_USAGE_STATS": "true"}, VAIN),
        ("trtllm-usage", "trtllm-serve /m", {}, {"TRTLLM_USAGE_FORCE_ENABLED": "1", "DO_NOT_TRACK": "1"}, ON),
        ("weaviate", "weaviate --host 0.0.0.0", {}, {"DO_NOT_TRACK": "1"}, VAIN),
        ("anythingllm", "AnythingLLMDesktop", {}, {"DISABLE_TELEMETRY": "1"}, VAIN),
        ("bentoml", "bentoml serve s:L", {"bentoml": "1.4.40"}, {"BENTOML_DO_NOT_TRACK": "1"}, VAIN),
        ("bentoml", "bentoml serve s:L", {"bentoml": "1.4.40"}, {"BENTOML_DO_NOT_TRACK": "TRUE"}, OFF),
        ("otlp", LOCAL, {"vllm": "0.33.0"}, {}, OFF),
        ("otlp", LOCAL, {"vllm": "0.33.0"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://192.0.2.1:4318"}, ON),
        ("llamacpp", "llama-server -m /m.gguf", {}, {}, OFF),
        ("llamacpp", "llama-server -hf org/m", {}, {}, ON),
        ("llamacpp", "llama-server -hf org/m --offline", {}, {}, OFF),
        ("ray", "ray::ServeReplica:x", {"ray": "2.60.0"}, {"RAY_USAGE_STATS_ENABLED": "0"}, OFF),
        ("ray", "ray::ServeReplica:x", {"ray": "2.60.0"}, {"RAY_USAGE_STATS_ENABLED": "1"}, ON),
        ("ray", "ray::ServeReplica:x", {"ray": "2.60.0"}, {"DO_NOT_TRACK": "1"}, VAIN),
        ("vllm-hub", LOCAL, {"vllm": "0.33.0"}, {}, OFF),
        ("qdrant", "qdrant --disable-telemetry", {}, {}, OFF),
        ("localai", "local-ai run", {}, {}, ON),
        ("localai", "local-ai run", {}, {"LOCALAI_AUTOLOAD_GALLERIES": "false"}, VAIN),
    ],
)  # fmt: skip
def test_the_truth_of_each_product(
    entry: str, command: str, package: dict[str, str], environment: dict[str, str], expected: SwitchState
) -> None:
    assert state(entry, command, environment=environment, packages=package) is expected


def test_what_is_silent_only_in_an_automated_build_is_told_so() -> None:
    found = all_of("mlflow server", environment={"CI": "true"}, packages={"mlflow-skinny": "3.17.2"})["mlflow"]
    assert "silent for now" in found.state.note
    assert "CI=true" in found.found


def test_what_is_not_installed_makes_no_contact() -> None:
    assert "lmcache-usage" not in all_of(LOCAL, packages=PACKAGES)


def test_an_unknown_process_has_no_known_switches() -> None:
    assert all_of("/opt/acme/engine", files=("/m.safetensors",)) == {}


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        ("http://Stats.Example.net/v1", ("stats.example.net",)),
        ("https://user:pw@stats.example.net:8443/x", ("stats.example.net:8443",)),
        ("stats.example.net", ("stats.example.net",)),
        ("http://[2001:db8::1]:80/", ("[2001:db8::1]:80",)),
        ("***", ("stats.vllm.ai",)),
        ("https://***@stats.example.net/", ("stats.example.net",)),
        ("", ("stats.vllm.ai",)),
    ],
)
def test_a_variable_that_sends_it_elsewhere_changes_the_host(value: str, hosts: tuple[str, ...]) -> None:
    found = all_of(LOCAL, environment={"VLLM_USAGE_STATS_SERVER": value}, packages=PACKAGES)["vllm-usage"]
    assert found.hosts == hosts
    assert ("VLLM_USAGE_STATS_SERVER sends it to" in found.state.note) is (hosts != ("stats.vllm.ai",))


def test_each_host_of_a_list_is_told() -> None:
    environment = {"OLLAMA_REMOTES": "ollama.com, models.example.net"}
    found = all_of("/opt/ollama-0.33.0/ollama serve", environment=environment)["ollama-cloud"]
    assert found.hosts == ("ollama.com", "models.example.net")


@given(st.text())
def test_any_address_gives_some_host(value: str) -> None:
    environment = {"VLLM_USAGE_STATS_SERVER": value}
    assert all_of(LOCAL, environment=environment, packages=PACKAGES)["vllm-usage"].hosts


def test_of_a_program_that_nobody_knows_what_is_installed_beside_it_is_told() -> None:
    packages = {"haystack-ai": "3.4.0", "ragas": "0.4.3"}
    found = all_of("python3 /srv/app.py", environment={}, packages=packages, files=("/m.safetensors",))
    assert {name: one.state.value for name, one in found.items()} == {"haystack": UNKNOWN, "ragas": UNKNOWN}
    assert "whether the program uses it was not seen" in found["haystack"].state.note


STARTS = ["vllm serve /m", "text-generation-launcher", "ollama serve", "trtllm-serve /m", "litellm", "open-webui serve"]
VARIABLES = sorted({name for entry in load().phone_home for rule in entry.off_if for name in rule.env})


@given(
    st.sampled_from(STARTS),
    st.dictionaries(st.sampled_from(VARIABLES), st.sampled_from(["", "0", "1", "true", "True", "off", "x", "***"])),
    st.dictionaries(st.sampled_from(["vllm", "litellm", "huggingface_hub"]), st.sampled_from(["0.33.0", "2.4.0", "?"])),
)
def test_seeing_less_never_switches_anything_off(
    command: str, environment: dict[str, str], packages: dict[str, str]
) -> None:
    """Whoever may read neither environment nor versions must not learn "off" from it, flags and paths aside."""
    blind = all_of(command, environment=None, packages=packages)
    sighted = all_of(command, environment=environment, packages=packages)
    for entry, switch in blind.items():
        if switch.state.value is OFF:
            assert sighted[entry].state.value in (OFF, ON)
            assert "command line" in switch.state.note or "nothing switches it on" in switch.state.note
