"""What real products do on their own, as snippets, with switches that work and switches that do not.

Each snippet uses a product the usual way, ends by itself, and needs no network to end. ``tests/closed_net.py`` runs
them where nothing can leave.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from auditor.facts.serving import SwitchState
from tests.products import PYTHON

SITE = next(PYTHON.parent.parent.glob("lib/python3*/site-packages"), Path("absent"))
OFF, ON, VAIN, UNKNOWN = SwitchState.OFF, SwitchState.ON, SwitchState.INEFFECTIVE, SwitchState.UNKNOWN


@dataclass(frozen=True)
class Setting:
    """Variables, whether the product is silent with them, and what is to be said of them."""

    environment: dict[str, str]
    silent: bool
    state: SwitchState

    @property
    def label(self) -> str:
        """For the names of tests."""
        return re.sub(r"/\S*/", "", ",".join(f"{name}={value}" for name, value in self.environment.items())) or "bare"


@dataclass(frozen=True)
class Call:
    """One known contact of a product that is installed with the test products."""

    entry: str
    """In the table of contacts."""
    distribution: str
    host: str
    """Asked for unless the contact is off."""
    command: str
    """A command line under which the product runs in a stack; empty: in a program that no stack is."""
    code: str
    settings: tuple[Setting, ...]
    always: tuple[tuple[str, str], ...] = ()
    """Variables that the snippet needs to run at all."""


def _hf(*more: Setting) -> tuple[Setting, ...]:
    return (Setting({}, False, ON), Setting({"HF_HUB_OFFLINE": "1"}, True, OFF), *more)


_LANGFUSE = (("LANGFUSE_PUBLIC_KEY", "pk-lf-test"), ("LANGFUSE_SECRET_KEY", "sk-lf-test"))
_OTLP = (("OTEL_EXPORTER_OTLP_ENDPOINT", "http://traces.example.net:4318"),)

CALLS = (
    Call(
        "gradio", "gradio", "api.gradio.app", "gradio app.py",
        "import time, gradio\n"
        "gradio.Interface(lambda x: x, 'text', 'text').launch(prevent_thread_lock=True, quiet=True)\n"
        "time.sleep(3)\n",
        (
            Setting({}, False, UNKNOWN),
            Setting({"GRADIO_ANALYTICS_ENABLED": "False"}, True, OFF),
            Setting({"GRADIO_ANALYTICS_ENABLED": "true"}, True, OFF),
            Setting({"DO_NOT_TRACK": "1"}, False, UNKNOWN),
            Setting({"HF_HUB_OFFLINE": "1"}, False, UNKNOWN),
        ),
    ),
    Call(
        "litellm-costmap", "litellm", "raw.githubusercontent.com", "litellm --port 4000", "import litellm\n",
        (
            Setting({}, False, ON),
            Setting({"LITELLM_LOCAL_MODEL_COST_MAP": "True"}, True, OFF),
            Setting({"LITELLM_OFFLINE_MODE": "true"}, False, VAIN),
        ),
    ),
    Call(
        "haystack", "haystack-ai", "eu.i.posthog.com", "",
        "import time\n"
        "from haystack import Pipeline, component\n"
        "@component\n"
        "class Same:\n"
        "    @component.output_types(x=int)\n"
        "    def run(self, x: int):\n"
        "        return {'x': x}\n"
        "pipeline = Pipeline()\n"
        "pipeline.add_component('same', Same())\n"
        "pipeline.run({'same': {'x': 1}})\n"
        "time.sleep(2)\n",
        (
            Setting({}, False, UNKNOWN),
            Setting({"HAYSTACK_TELEMETRY_ENABLED": "False"}, True, OFF),
            Setting({"DO_NOT_TRACK": "1"}, False, VAIN),
        ),
    ),
    Call(
        "hf-telemetry", "huggingface_hub", "huggingface.co", "vllm serve /srv/model",
        "import time\n"
        "from huggingface_hub.utils import send_telemetry\n"
        "send_telemetry('audit/test', library_name='audit')\n"
        "time.sleep(2)\n",
        _hf(Setting({"DO_NOT_TRACK": "1"}, True, OFF), Setting({"DO_NOT_TRACK": "y"}, False, VAIN)),
    ),
    Call(
        "hf-hub", "huggingface_hub", "huggingface.co", "text-generation-launcher --model-id org/model",
        "import contextlib\n"
        "from huggingface_hub import model_info\n"
        "with contextlib.suppress(Exception):\n"
        "    model_info('org/model', timeout=5)\n",
        _hf(Setting({"HF_HUB_DISABLE_TELEMETRY": "1"}, False, VAIN), Setting({"DO_NOT_TRACK": "1"}, False, VAIN)),
    ),
    Call(
        "tiktoken", "tiktoken", "openaipublic.blob.core.windows.net", "vllm serve /srv/model",
        "import contextlib, tiktoken\n"
        "with contextlib.suppress(Exception):\n"
        "    tiktoken.get_encoding('cl100k_base')\n",
        (
            Setting({}, False, UNKNOWN),
            Setting({"HF_HUB_OFFLINE": "1"}, False, UNKNOWN),
            Setting({"TIKTOKEN_CACHE_DIR": str(SITE / "litellm/litellm_core_utils/tokenizers")}, True, UNKNOWN),
        ),
    ),
    Call(
        "mlflow", "mlflow-skinny", "config.mlflow-telemetry.io", "mlflow server",
        "import time, mlflow\n"
        "mlflow.set_tracking_uri('file:./runs')\n"
        "with mlflow.start_run():\n"
        "    mlflow.log_param('a', 1)\n"
        "time.sleep(2)\n",
        (
            Setting({}, False, ON),
            Setting({"MLFLOW_DISABLE_TELEMETRY": "true"}, True, OFF),
            Setting({"DO_NOT_TRACK": "true"}, True, OFF),
            Setting({"DO_NOT_TRACK": "1"}, False, VAIN),
            Setting({"BUILDKITE": "1"}, True, ON),
        ),
        (("MLFLOW_ALLOW_FILE_STORE", "true"),),
    ),
    Call(
        "langfuse-sdk", "langfuse", "cloud.langfuse.com", "litellm --port 4000",
        "from langfuse import Langfuse\n"
        "client = Langfuse()\n"
        "with client.start_as_current_observation(name='audit'):\n"
        "    pass\n"
        "client.flush()\n",
        (
            Setting({}, False, ON),
            Setting({"LANGFUSE_TRACING_ENABLED": "false"}, True, OFF),
            Setting({"LANGFUSE_TRACING_ENABLED": "0"}, False, VAIN),
            Setting({"DO_NOT_TRACK": "1"}, False, VAIN),
        ),
        _LANGFUSE,
    ),
    Call(
        "otlp", "opentelemetry-exporter-otlp-proto-http", "traces.example.net", "vllm serve /srv/model",
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
        "from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter\n"
        "provider = TracerProvider()\n"
        "provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(timeout=2)))\n"
        "with provider.get_tracer('audit').start_as_current_span('span'):\n"
        "    pass\n",
        (
            Setting({}, False, ON),
            Setting({"OTEL_SDK_DISABLED": "true"}, True, UNKNOWN),
            Setting({"OTEL_SDK_DISABLED": "1"}, False, VAIN),
        ),
        _OTLP,
    ),
    Call(
        "langsmith", "langsmith", "api.smith.langchain.com", "litellm --port 4000",
        "import time\n"
        "from langsmith import traceable\n"
        "@traceable\n"
        "def same(x):\n"
        "    return x\n"
        "same(1)\n"
        "time.sleep(2)\n",
        (
            Setting({}, True, OFF),
            Setting({"LANGSMITH_TRACING": "true"}, False, ON),
            Setting({"LANGSMITH_TRACING": "1"}, True, OFF),
            Setting({"LANGSMITH_TRACING": "true", "DO_NOT_TRACK": "1"}, False, VAIN),
        ),
        (("LANGSMITH_API_KEY", "lsv2_test"),),
    ),
    Call(
        "wandb", "wandb", "api.forge.coreweave.com", "",
        "import contextlib, wandb\n"
        "with contextlib.suppress(wandb.errors.CommError):\n"
        "    wandb.init(project='audit', settings=wandb.Settings(init_timeout=3, silent=True))\n",
        (
            Setting({}, False, UNKNOWN),
            Setting({"WANDB_MODE": "offline"}, True, OFF),
            Setting({"WANDB_MODE": "disabled"}, True, OFF),
            Setting({"WANDB_DISABLED": "true"}, False, UNKNOWN),
            Setting({"DO_NOT_TRACK": "1"}, False, UNKNOWN),
        ),
        (("WANDB_API_KEY", "0" * 40),),
    ),
    Call(
        "openai-sdk", "openai", "api.openai.com", "",
        "import contextlib, openai\n"
        "with contextlib.suppress(openai.OpenAIError):\n"
        "    openai.OpenAI(api_key='none', max_retries=0, timeout=5).models.list()\n",
        (
            Setting({}, False, UNKNOWN),
            Setting({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, True, UNKNOWN),
            Setting({"DO_NOT_TRACK": "1"}, False, UNKNOWN),
        ),
    ),
    Call(
        "posthog-sdk", "posthog", "us.i.posthog.com", "",
        "import posthog\n"
        "client = posthog.Posthog('phc_test', max_retries=0, timeout=3)\n"
        "client.capture('audit', distinct_id='nobody')\n"
        "client.shutdown()\n",
        (Setting({}, False, UNKNOWN), Setting({"DO_NOT_TRACK": "1"}, False, UNKNOWN)),
    ),
    Call(
        "sigstore-root", "sigstore", "tuf-repo-cdn.sigstore.dev", "",
        "from sigstore.models import ClientTrustConfig\n"
        "try:\n"
        "    ClientTrustConfig.production()\n"
        "except BaseException as error:\n"
        "    print(type(error))\n",
        (Setting({}, False, UNKNOWN), Setting({"DO_NOT_TRACK": "1"}, False, UNKNOWN)),
    ),
)  # fmt: skip
