"""Secrets never reach the stream."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe import masks

SECRET = "Zq9sEcReTvAlUe42x"
secrets = st.text(string.ascii_letters + string.digits, min_size=12, max_size=40).map(lambda s: "Zq9" + s)


@pytest.mark.parametrize(
    "command",
    [
        ["vllm", "serve", "--api-key", SECRET],
        ["vllm", "serve", f"--api-key={SECRET}"],
        ["server", "--token", SECRET],
        ["server", f"--hf-token={SECRET}"],
        ["server", "-hft", f"hf_{SECRET}"],
        ["curl", "-H", f"Authorization: Bearer {SECRET}"],
        ["run", f"OPENAI_API_KEY=sk-{SECRET}"],
        ["run", f"PASSWORD={SECRET}"],
        ["run", f"postgres://user:{SECRET}@db.example:5432/x"],
        ["run", f"https://host.example/path?token={SECRET}&x=1"],
        ["sh", "-c", f"export AWS_SECRET_ACCESS_KEY={SECRET}; exec server"],
        ["server", "--config", '{"api_key": "' + SECRET + '"}'],
        ["server", "--ssl-keyfile-password", SECRET],
        ["server", f"nvapi-{SECRET}"],
    ],
)
def test_secrets_in_command_lines_are_masked(command):
    shown = masks.command(command)

    assert SECRET not in " ".join(shown)
    assert masks.MASK in " ".join(shown)


@pytest.mark.parametrize(
    "command",
    [
        ["vllm", "serve", "/srv/models/llama", "--max-num-batched-tokens", "8192", "--tokenizer", "org/tok"],
        ["llama-server", "-m", "/srv/monkey.gguf", "--host", "0.0.0.0", "--n-predict", "128"],
        [
            "text-generation-launcher",
            "--max-input-tokens=1024",
            "--usage-stats=off",
            "--long-prefill-token-threshold",
            "9",
        ],
    ],
)
def test_what_an_auditor_needs_stays(command):
    assert masks.command(command) == command


@given(st.sampled_from(["--api-key", "--auth-token", "--password", "--client-secret"]), secrets, st.booleans())
def test_no_value_of_a_secret_option_survives(option, value, joined):
    command = [f"{option}={value}"] if joined else [option, value]

    assert value not in " ".join(masks.command(["server", *command, "--port", "1"]))


@given(st.text(max_size=2_000))
def test_masking_text_ends_and_is_stable(value):
    once = masks.text(value)

    assert masks.text(once).count(masks.MASK) >= once.count(masks.MASK)


def test_masking_of_long_hostile_text_ends():
    for unit in (
        "key" * 50_000,
        "a=" * 60_000,
        "://" * 50_000,
        "token:" * 30_000,
        "-----BEGIN PRIVATE KEY-----" * 5_000,
    ):
        masks.text(unit)


def test_only_asked_for_variables_are_shown_and_secrets_by_their_presence():
    variables = {
        "HF_TOKEN": SECRET,
        "VLLM_NO_USAGE_STATS": "1",
        "HOME": "/root",
        "MY_PASSWORD": "",
        "URL": "http://u:p@h/",
    }

    shown = masks.environment(variables, ["HF_TOKEN", "VLLM_NO_USAGE_STATS", "MY_PASSWORD", "URL", "NOT_SET"])

    assert shown == {"HF_TOKEN": "***", "MY_PASSWORD": "", "URL": "http://***@h/", "VLLM_NO_USAGE_STATS": "1"}
