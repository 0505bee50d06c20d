"""A setting is what the process was started with, else the product's default; what was not seen is not judged."""

from typing import Any

import pytest

from auditor.knowledge.knowledge import load
from auditor.recognise.settings import Found, settings_of
from auditor.recognise.stacks import serving_of
from tests.recognise.process_records import process


def settings(command: str, **changes: Any) -> dict[str, Found]:
    (served,) = serving_of([process(command, **changes)], load())
    return {found.name: found for found in settings_of(served, load())}


@pytest.mark.parametrize(
    ("command", "environment", "name", "value", "judged"),
    [
        ("vllm serve /m", {}, "address", "0.0.0.0", "concern"),
        ("vllm serve /m --host 127.0.0.1", {}, "address", "127.0.0.1", "fine"),
        ("vllm serve /m --host ::1", {}, "address", "::1", "fine"),
        ("vllm serve /m --host 10.0.0.5", {}, "address", "10.0.0.5", "concern"),
        ("vllm serve /m", {}, "API key", "not set", "concern"),
        ("vllm serve /m --api-key ***", {}, "API key", "set", "fine"),
        ("vllm serve /m", {"VLLM_API_KEY": "***"}, "API key", "set", "fine"),
        ("vllm serve /m", {}, "TLS", "not set", "concern"),
        ("vllm serve /m --ssl-certfile /c.pem", {}, "TLS", "/c.pem", "fine"),
        ("vllm serve /m", {}, "CORS origins", '["*"]', "concern"),
        ("vllm serve /m --allowed-origins '[\"https://intranet.example\"]'", {}, "CORS origins",
         '["https://intranet.example"]', "fine"),
        ("vllm serve /m --trust-remote-code", {}, "trust remote code", "set", "concern"),
        ("vllm serve /m --trust_remote_code", {}, "trust remote code", "set", "concern"),
        ("vllm serve /m --trust-remote-code --no-trust-remote-code", {}, "trust remote code", "not set", "fine"),
        ("vllm serve /m --trust-remote-code=false", {}, "trust remote code", "not set", "fine"),
        ("vllm serve /m", {}, "trust remote code", "not set", "fine"),
        ("vllm serve /m --enable-log-requests", {}, "log of requests", "set", "concern"),
        ("vllm serve /m", {"VLLM_SERVER_DEV_MODE": "1"}, "development mode", "1", "concern"),
        ("vllm serve /m", {"VLLM_SERVER_DEV_MODE": "0"}, "development mode", "0", "fine"),
        ("vllm serve /m", {}, "media domains", "not set", "concern"),
        ("ollama serve", {}, "address", "127.0.0.1", "fine"),
        ("ollama serve", {"OLLAMA_HOST": "0.0.0.0:11434"}, "address", "0.0.0.0:11434", "concern"),
        ("ollama serve", {}, "API key", "not set", "concern"),
        ("ollama serve", {"OLLAMA_DEBUG_LOG_REQUESTS": "1"}, "log of requests", "1", "concern"),
        ("ollama serve", {"OLLAMA_DEBUG_LOG_REQUESTS": "false"}, "log of requests", "false", "fine"),
        ("ollama serve", {}, "log of requests", "not set", "fine"),
        ("ollama serve", {"OLLAMA_ORIGINS": "*"}, "origins", "*", "concern"),
        ("llama-server -m /m.gguf", {}, "slots", "not set", "concern"),
        ("llama-server -m /m.gguf --no-slots", {}, "slots", "set", "fine"),
        ("llama-server -m /m.gguf --api-key-file /k", {}, "API key", "set", "fine"),
        ("llama-server -m /m.gguf --rpc 10.0.0.6:50052", {}, "remote computing", "10.0.0.6:50052", "concern"),
        ("text-generation-launcher", {"TRUST_REMOTE_CODE": "true"}, "trust remote code", "set", "concern"),
        ("text-generation-launcher", {"TRUST_REMOTE_CODE": "false"}, "trust remote code", "not set", "fine"),
        ("python3 -m sglang.launch_server --crash-dump-folder /tmp/x", {}, "crash dumps", "/tmp/x", "concern"),
        ("tritonserver --model-control-mode=explicit", {}, "model control", "explicit", "concern"),
        ("tritonserver", {}, "model control", "none", "fine"),
        ("local-ai run", {}, "address", ":8080", "concern"),
        ("open-webui serve", {"WEBUI_AUTH": "False"}, "login", "False", "concern"),
        ("litellm --detailed_debug", {}, "detailed log", "set", "concern"),
    ],
)  # fmt: skip
def test_a_setting(command: str, environment: dict[str, str], name: str, value: str, judged: str) -> None:
    found = settings(command, environment=environment)[name]
    assert (found.value, found.judged) == (value, judged)
    assert bool(found.why) is (judged == "concern")


def test_what_sets_it_is_named() -> None:
    found = settings("llama-server -m /m.gguf --host 0.0.0.0", environment={"LLAMA_API_KEY": "***"})
    assert (found["address"].set_by, found["API key"].set_by, found["TLS"].set_by) == ("--host", "LLAMA_API_KEY", "")


def test_an_environment_that_may_not_be_read_is_not_taken_for_empty() -> None:
    found = settings("vllm serve /m --host 127.0.0.1", environment=None)
    assert found["API key"].judged == "unknown"
    assert found["development mode"].judged == "unknown"
    assert found["address"].judged == "fine", "the command line decides"


def test_no_secret_is_ever_shown() -> None:
    assert "hunter2" not in str(settings("vllm serve /m --api-key hunter2"))


def test_a_stack_that_is_not_known_has_no_settings() -> None:
    (served,) = serving_of([process("/opt/acme", files=("/m.gguf",))], load())
    assert settings_of(served, load()) == ()
