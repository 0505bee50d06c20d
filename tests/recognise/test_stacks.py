"""A process is recognised by how it is started; its workers belong to it."""

from typing import Any

import pytest

from auditor.facts.fact import Status
from auditor.facts.serving import Served
from auditor.knowledge.knowledge import load
from auditor.recognise.stacks import serving_of
from tests.recognise.process_records import gpu_xml, process, smi, smi_xml

LLAMA = "/srv/models/Llama-3.3-70B-Instruct"
STARTED: list[tuple[str, str | None, tuple[str, ...]]] = [
    # vLLM
    (f"/usr/bin/python3 /usr/local/bin/vllm serve {LLAMA} --port 8000", "vllm", (LLAMA,)),
    ("vllm serve meta-llama/Llama-3.3-70B-Instruct", "vllm", ("meta-llama/Llama-3.3-70B-Instruct",)),
    (f"/opt/venv/bin/vllm serve --tensor-parallel-size=8 {LLAMA}", "vllm", (LLAMA,)),
    (f"vllm serve --model {LLAMA} --api-key ***", "vllm", (LLAMA,)),
    (f"python3 -m vllm.entrypoints.openai.api_server --model {LLAMA}", "vllm", (LLAMA,)),
    (f"python3.12 -u -m vllm.entrypoints.openai.api_server --model={LLAMA}", "vllm", (LLAMA,)),
    (f"python -X faulthandler -m vllm.entrypoints.api_server --model {LLAMA}", "vllm", (LLAMA,)),
    (f"python /src/vllm/entrypoints/openai/api_server.py --model {LLAMA}", "vllm", (LLAMA,)),
    ("vllm bench throughput --model x", None, ()),
    ("VLLM::EngineCore", "vllm", ()),
    # SGLang
    (f"python3 -m sglang.launch_server --model-path {LLAMA} --tp 4", "sglang", (LLAMA,)),
    (f"python3 -m sglang.launch_server --model_path {LLAMA}", "sglang", (LLAMA,)),
    (f"/usr/bin/python /opt/venv/bin/sglang serve --model-path {LLAMA}", "sglang", (LLAMA,)),
    ("sglang::scheduler_TP0", "sglang", ()),
    # Text Generation Inference
    (f"text-generation-launcher --model-id {LLAMA} --usage-stats=off", "tgi", (LLAMA,)),
    ("/usr/local/bin/text-generation-router --port 80 --tokenizer-name x", "tgi", ()),
    # TensorRT-LLM and Triton
    ("/usr/bin/python3 /usr/local/bin/trtllm-serve /engines/llama --host 127.0.0.1", "tensorrt-llm",
     ("/engines/llama",)),
    ("trtllm-serve serve /engines/llama --port 8000", "tensorrt-llm", ("/engines/llama",)),
    ("python3 -m tensorrt_llm.commands.serve nvidia/Llama-3.3-70B-FP8", "tensorrt-llm",
     ("nvidia/Llama-3.3-70B-FP8",)),
    ("tritonserver --model-repository=/models --http-port 8000", "triton", ("/models",)),
    ("/opt/tritonserver/bin/tritonserver --model-store /models", "triton", ("/models",)),
    # Ollama
    ("/usr/local/bin/ollama serve", "ollama", ()),
    ("ollama start", "ollama", ()),
    ("/usr/local/bin/ollama runner --ollama-engine --model /blobs/sha256-ab --port 35001", "ollama",
     ("/blobs/sha256-ab",)),
    ("ollama run llama3.3", None, ()),
    # llama.cpp
    ("/opt/llama.cpp/build/bin/llama-server -m /srv/gguf/q4.gguf -c 8192", "llama.cpp", ("/srv/gguf/q4.gguf",)),
    ("llama-server --model=/srv/gguf/q4.gguf --offline", "llama.cpp", ("/srv/gguf/q4.gguf",)),
    ("llama-server -hf ggml-org/gemma-3-4b-it-GGUF", "llama.cpp", ("ggml-org/gemma-3-4b-it-GGUF",)),
    ("python3 -m llama_cpp.server --model /srv/gguf/q4.gguf", "llama.cpp", ("/srv/gguf/q4.gguf",)),
    # others that serve
    ("/opt/LM-Studio/lm-studio --type=utility", "lm-studio", ()),
    ("lms server start", "lm-studio", ()),
    ("./local-ai run --models-path /srv/models", "localai", ("/srv/models",)),
    ("ray::ServeReplica:default:LLM", "ray-serve", ()),
    ("xinference-local --host 0.0.0.0 --port 9997", "xinference", ()),
    ("bentoml serve service:LLM", "bentoml", ("service:LLM",)),
    ("openllm start llama3.3", "bentoml", ("llama3.3",)),
    # companions
    ("python3 /usr/local/bin/open-webui serve --port 8080", "open-webui", ()),
    ("uvicorn open_webui.main:app --host 0.0.0.0 --port 8080", "open-webui", ()),
    ("/usr/bin/python3 /venv/bin/uvicorn --workers 1 open_webui.main:app", "open-webui", ()),
    ("litellm --config /etc/litellm.yaml --port 4000", "litellm", ()),
    ("gunicorn -k uvicorn.workers.UvicornWorker litellm.proxy.proxy_server:app", "litellm", ()),
    ("streamlit run app.py --browser.gatherUsageStats=false", "streamlit", ()),
    ("python3 -m streamlit run app.py", "streamlit", ()),
    ("./qdrant --config-path config.yaml", "qdrant", ()),
    ("mlflow server --host 127.0.0.1", "mlflow", ()),
    ("jupyter lab --no-browser", "jupyterlab", ()),
    # things that only speak of them
    ("grep -r vllm /etc", None, ()),
    ("vim /srv/vllm/serve.py", None, ()),
    ("bash -c 'vllm serve /srv/models/x'", None, ()),
    ("python3 -c 'import vllm'", None, ()),
    ("tail -f /var/log/ollama.log", None, ()),
    ("python3", None, ()),
]  # fmt: skip


def only(*records: Any) -> Served:
    (found,) = serving_of(records, load())
    return found


@pytest.mark.parametrize(("command", "stack", "models"), STARTED, ids=[command[:60] for command, *_ in STARTED])
def test_a_command_line_tells_stack_and_model(command: str, stack: str | None, models: tuple[str, ...]) -> None:
    found = serving_of([process(command)], load())
    if stack is None:
        assert found == ()
        return
    (served,) = found
    assert served.stack.value == stack
    assert served.stack.status is Status.INFERRED
    assert (served.models.value or ()) == models


def test_the_version_is_that_of_the_distribution_in_the_process_itself() -> None:
    served = only(process("vllm serve x", packages={"vllm": "0.33.1", "torch": "2.9"}))
    assert (served.version.value, served.version.method) == ("0.33.1", "dist-info")


def test_a_distribution_may_be_spelled_in_any_way() -> None:
    assert only(process("python3 -m llama_cpp.server", packages={"llama-cpp-python": "0.4.1"})).version.value == "0.4.1"


@pytest.mark.parametrize(
    ("record", "version"),
    [
        (process("tritonserver", environment={"TRITON_SERVER_VERSION": "2.63.0"}), "2.63.0"),
        (process("/nix/store/abc-ollama-0.33.1/bin/ollama serve"), "0.33.1"),
        (process("/opt/ollama-v0.33.1/ollama serve"), "0.33.1"),
    ],
)
def test_a_program_without_a_distribution_may_tell_its_version_otherwise(record: Any, version: str) -> None:
    found = only(record).version
    assert (found.value, found.status) == (version, Status.DECLARED)


def test_a_version_that_nothing_tells_is_absent() -> None:
    assert only(process("/usr/local/bin/ollama serve")).version.status is Status.ABSENT


def test_workers_belong_to_the_process_that_started_them() -> None:
    served = only(
        process("vllm serve org/model", pid=100),
        process("VLLM::EngineCore", pid=101, parent=100, files=("/cache/model-00001.safetensors",)),
        process("python3 -c from multiprocessing.spawn import spawn_main", pid=102, parent=101,
                files=("/cache/model-00002.safetensors",)),
    )  # fmt: skip
    assert served.pid == 100
    assert served.models.value == ("org/model", "/cache/model-00001.safetensors", "/cache/model-00002.safetensors")


def test_another_stack_below_a_server_is_a_server_of_its_own() -> None:
    found = serving_of([process("local-ai run", pid=1), process("llama-server -m /m.gguf", pid=2, parent=1)], load())
    assert [served.stack.value for served in found] == ["localai", "llama.cpp"]


def test_processes_that_name_each_other_as_parent_do_not_hang() -> None:
    found = serving_of([process("x", pid=5, parent=6, files=("/a.gguf",)), process("y", pid=6, parent=5)], load())
    assert [served.pid for served in found] == [5]


def test_a_process_that_holds_weights_is_a_fact_even_if_nobody_knows_it() -> None:
    served = only(process("/opt/acme/engine", files=("/srv/model.safetensors",)))
    assert served.stack.status is Status.ABSENT
    assert served.models.value == ("/srv/model.safetensors",)


def test_a_process_that_computes_on_a_gpu_is_a_fact_even_if_nobody_knows_it() -> None:
    entry = "<process_info><pid>100</pid><type>C</type><process_name>engine</process_name></process_info>"
    text = smi_xml(gpu_xml().replace("<processes></processes>", f"<processes>{entry}</processes>"))
    assert only(smi(text), process("/opt/acme/engine")).stack.status is Status.ABSENT


def test_what_may_not_be_read_is_denied_and_not_absent() -> None:
    served = only(process("vllm serve", environment=None, files=None, exe=""))
    assert served.environment.status is Status.DENIED
    assert served.models.status is Status.DENIED
    assert served.exe.status is Status.DENIED


def test_a_model_may_come_from_the_environment() -> None:
    served = only(process("text-generation-launcher", environment={"MODEL_ID": "/data/model"}))
    assert served.models.value == ("/data/model",)


def test_a_licence_key_is_not_kept() -> None:
    served = only(
        process("litellm", environment={"LITELLM_LICENSE": "eyJ0", "LICENSE_KEY": "***", "EMPTY_LICENSE": ""})
    )
    assert served.environment.value == {"EMPTY_LICENSE": "", "LICENSE_KEY": "***", "LITELLM_LICENSE": "***"}
