"""Command lines and environments as guides and compose files of the projects give them: what is read from each.

Each row: command, environment, stack, models, and settings that an audit has to name as a concern.
"""

import pytest

from auditor.knowledge.knowledge import load
from auditor.recognise.settings import Judged, settings_of
from auditor.recognise.stacks import serving_of
from tests.recognise.process_records import process

Row = tuple[str, dict[str, str], str, tuple[str, ...], set[str]]
ROWS: list[Row] = [
    # vLLM: container, systemd unit, behind a proxy, many nodes, closed down
    ("vllm serve mistralai/Mistral-7B-v0.1", {}, "vllm", ("mistralai/Mistral-7B-v0.1",), {"address", "API key", "TLS"}),
    ("python3 -m vllm.entrypoints.openai.api_server --model Qwen/Qwen3-8B", {},
     "vllm", ("Qwen/Qwen3-8B",), {"address"}),
    ("vllm serve /m --host 127.0.0.1 --api-key ***", {"VLLM_NO_USAGE_STATS": "1"}, "vllm", ("/m",), {"TLS"}),
    ("vllm serve /m --tensor-parallel-size 8 --trust-remote-code", {}, "vllm", ("/m",), {"trust remote code"}),
    ("vllm serve /m --enable-log-requests", {"VLLM_SERVER_DEV_MODE": "1"}, "vllm", ("/m",),
     {"log of requests", "development mode"}),
    ("vllm serve /m --ssl-keyfile /k --ssl-certfile /c --api-key ***", {}, "vllm", ("/m",), {"address"}),
    # SGLang
    ("python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-V3 --tp 8 --trust-remote-code", {}, "sglang",
     ("deepseek-ai/DeepSeek-V3",), {"trust remote code", "API key"}),
    ("python3 -m sglang.launch_server --model-path /m --host 0.0.0.0 --port 30000", {}, "sglang", ("/m",), {"address"}),
    ("python3 -m sglang.launch_server --model-path /m --crash-dump-folder /tmp/x", {},
     "sglang", ("/m",), {"crash dumps"}),
    ("sglang serve --model-path /m --api-key ***", {}, "sglang", ("/m",), set()),
    # Text Generation Inference
    ("text-generation-launcher --model-id teknium/OpenHermes-2.5-Mistral-7B", {}, "tgi",
     ("teknium/OpenHermes-2.5-Mistral-7B",), {"address", "API key"}),
    ("text-generation-launcher --port 80", {"MODEL_ID": "/data/m"}, "tgi", ("/data/m",), {"API key"}),
    ("text-generation-launcher --model-id /m --trust-remote-code", {}, "tgi", ("/m",), {"trust remote code"}),
    ("text-generation-launcher --model-id /m --hostname 127.0.0.1 --api-key ***", {}, "tgi", ("/m",), set()),
    # TensorRT-LLM and Triton
    ("trtllm-serve TinyLlama/TinyLlama-1.1B-Chat-v1.0", {},
     "tensorrt-llm", ("TinyLlama/TinyLlama-1.1B-Chat-v1.0",), set()),
    ("trtllm-serve /engines/e --host 0.0.0.0 --port 8000", {}, "tensorrt-llm", ("/engines/e",), {"address"}),
    ("trtllm-serve /engines/e --trust_remote_code", {}, "tensorrt-llm", ("/engines/e",), {"trust remote code"}),
    ("tritonserver --model-repository=/models", {}, "triton", ("/models",), {"address"}),
    ("tritonserver --model-repository=/models --model-control-mode=explicit", {}, "triton", ("/models",),
     {"model control"}),
    # Ollama: unit of the installer, container, other origins, other folder
    ("/usr/local/bin/ollama serve", {}, "ollama", (), {"API key"}),
    ("/bin/ollama serve", {"OLLAMA_HOST": "0.0.0.0:11434"}, "ollama", (), {"address", "API key"}),
    ("/bin/ollama serve", {"OLLAMA_HOST": "0.0.0.0", "OLLAMA_ORIGINS": "*"}, "ollama", (), {"address", "origins"}),
    ("ollama serve", {"OLLAMA_MODELS": "/srv/ollama"}, "ollama", (), {"API key"}),
    ("ollama serve", {"OLLAMA_DEBUG_LOG_REQUESTS": "1"}, "ollama", (), {"log of requests"}),
    # llama.cpp
    ("llama-server -m /m/model.gguf -c 8192 -ngl 99", {}, "llama.cpp", ("/m/model.gguf",), {"API key"}),
    ("/app/llama-server -m /m/model.gguf --host 0.0.0.0 --port 8080", {}, "llama.cpp", ("/m/model.gguf",), {"address"}),
    ("llama-server -hf ggml-org/gemma-3-1b-it-GGUF", {}, "llama.cpp", ("ggml-org/gemma-3-1b-it-GGUF",), {"API key"}),
    ("llama-server -m /m.gguf --api-key ***", {}, "llama.cpp", ("/m.gguf",), set()),
    ("llama-server -m /m.gguf --rpc 10.0.0.6:50052", {}, "llama.cpp", ("/m.gguf",), {"remote computing"}),
    ("llama-server -m /m.gguf --no-slots", {}, "llama.cpp", ("/m.gguf",), {"API key"}),
    ("python3 -m llama_cpp.server --model /m.gguf", {}, "llama.cpp", ("/m.gguf",), {"API key"}),
    # LocalAI, Ray Serve, LM Studio, others
    ("./local-ai run", {}, "localai", (), {"address"}),
    ("./local-ai run --models-path /models", {"LOCALAI_API_KEY": "***"}, "localai", ("/models",), {"address"}),
    ("ray::ServeReplica:default:LLMDeployment", {}, "ray-serve", (), set()),
    ("lms server start", {}, "lm-studio", (), set()),
    ("xinference-local --host 0.0.0.0 --port 9997", {}, "xinference", (), set()),
    ("bentoml serve service:LLM", {}, "bentoml", ("service:LLM",), set()),
    # companions
    ("open-webui serve", {}, "open-webui", (), set()),
    ("open-webui serve", {"WEBUI_AUTH": "False"}, "open-webui", (), {"login"}),
    ("uvicorn open_webui.main:app --host 0.0.0.0 --port 8080", {}, "open-webui", (), set()),
    ("litellm --config /app/config.yaml --port 4000", {}, "litellm", (), set()),
    ("litellm --config /app/config.yaml --detailed_debug", {}, "litellm", (), {"detailed log"}),
    ("streamlit run app.py", {}, "streamlit", (), set()),
    ("jupyter lab --no-browser", {}, "jupyterlab", (), set()),
]  # fmt: skip


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 40


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[2]}: {row[0][:50]} {len(row[1])}" for row in ROWS])
def test_a_deployment_is_read_as_it_is_documented(row: Row) -> None:
    command, environment, stack, models, concerns = row
    (served,) = serving_of([process(command, environment={"HOME": "/root", **environment})], load())
    assert served.stack.value == stack
    assert (served.models.value or ()) == models
    found = {setting.name for setting in settings_of(served, load()) if setting.judged is Judged.CONCERN}
    assert concerns <= found
