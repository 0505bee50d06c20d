"""What is told of a model by its names, configuration, headers and card."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.facts.canonical import canonical
from auditor.facts.fact import Status
from auditor.facts.models import Model, Store
from auditor.facts.records import AnyRecord
from auditor.knowledge.knowledge import load
from auditor.recognise.models import models_of
from tests.recognise.model_records import header, model, text, weight

KNOWLEDGE = load()
M = "/srv/models/m"

LLAMA_70B = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 8192, "num_hidden_layers": 80,
    "vocab_size": 128256, "max_position_embeddings": 131072, "torch_dtype": "bfloat16",
}  # fmt: skip
MISTRAL_7B = {
    "model_type": "mistral", "hidden_size": 4096, "num_hidden_layers": 32, "vocab_size": 32768,
    "max_position_embeddings": 32768,
}  # fmt: skip


def told(*records: AnyRecord, **more: Any) -> Model:
    (found,) = models_of(model(*records, **more), KNOWLEDGE)
    return found


def test_a_cached_model_is_named_by_its_repository() -> None:
    found = told(
        text(M, "config.json", LLAMA_70B), store=Store.HUGGINGFACE_CACHE, name="meta-llama/Llama-3.3-70B-Instruct",
        revision="6f6073b423013f6a7d4d9f39144961bfbfbc386b",
    )  # fmt: skip
    assert (found.name.value, found.name.status) == ("meta-llama/Llama-3.3-70B-Instruct", Status.DECLARED)
    assert (found.family.value, found.release.value) == ("llama-3.3", "Llama 3.3")
    assert found.release.note == "published 2024-12-06"
    assert found.revision.value == "6f6073b423013f6a7d4d9f39144961bfbfbc386b"
    assert (found.architecture.value, found.context.value) == ("LlamaForCausalLM", 131072)
    assert found.id == "Llama-3.3-70B-Instruct"


def test_a_tag_of_ollama_is_read_as_the_model_that_it_stands_for() -> None:
    found = told(store=Store.OLLAMA, name="llama3.3:70b")
    assert found.name.value == "meta-llama/Llama-3.3-70B-Instruct"
    assert "llama3.3:70b" in found.name.note


def test_configuration_alone_tells_by_inference_and_says_that_it_may_be_a_variant() -> None:
    found = told(text(M, "config.json", {**LLAMA_70B, "max_position_embeddings": 8192}))
    assert (found.family.value, found.family.status) == ("llama-3", Status.INFERRED)
    assert found.name.value == "meta-llama/Meta-Llama-3-70B-Instruct"
    assert "variant" in found.name.note


def test_a_configuration_that_two_releases_share_is_not_decided_between_them() -> None:
    found = told(text(M, "config.json", LLAMA_70B))
    assert (found.family.value, found.family.status) == (None, Status.ABSENT)
    assert "llama-3.1" in found.family.note
    assert "llama-3.3" in found.family.note


def test_a_name_that_the_configuration_contradicts_is_noted_and_not_believed() -> None:
    found = told(text(M, "config.json", MISTRAL_7B), name="Llama-3.1-8B-Instruct")
    assert (found.family.value, found.family.status) == ("mistral-7b", Status.INFERRED)
    assert found.family.note.startswith("contradiction: the name Llama-3.1-8B-Instruct says llama-3.1")


def test_a_name_that_the_number_of_parameters_contradicts_is_noted() -> None:
    small = told(header(M, "model.safetensors", parameters=8_030_261_248, dtypes={"BF16": 8_030_261_248}),
                 name="Llama-3.1-70B-Instruct")  # fmt: skip
    assert small.name.note.startswith("contradiction: meta-llama/Llama-3.1-70B-Instruct has 70.55 billion")


def test_a_derived_model_keeps_its_name_and_points_to_its_origin() -> None:
    found = told(text(M, "config.json", {**LLAMA_70B, "hidden_size": 4096, "num_hidden_layers": 32}),
                 store=Store.HUGGINGFACE_CACHE, name="NousResearch/Hermes-3-Llama-3.1-8B")  # fmt: skip
    assert found.name.value == "NousResearch/Hermes-3-Llama-3.1-8B"
    assert (found.base.value, found.base.status) == (("meta-llama/Llama-3.1-8B-Instruct",), Status.INFERRED)


def test_a_path_into_a_cache_names_its_repository_as_origin() -> None:
    path = "/home/user/.cache/huggingface/hub/models--Qwen--Qwen2.5-VL-3B-Instruct/snapshots/0123abcd"
    found = told(text(M, "config.json", {"model_type": "qwen2_5_vl", "_name_or_path": path}), name="out")
    assert found.base.value == ("Qwen/Qwen2.5-VL-3B-Instruct",)
    assert (found.family.value, found.family.status) == ("qwen-2.5", Status.INFERRED)
    elsewhere = told(text(M, "config.json", {"model_type": "qwen2", "_name_or_path": "/data/out/checkpoint-500"}))
    assert elsewhere.base.value is None


def test_a_distillation_carries_the_model_that_it_was_distilled_into() -> None:
    found = told(text(M, "config.json", LLAMA_70B), store=Store.OLLAMA, name="deepseek-r1:70b")
    assert found.family.value == "deepseek-r1-distill"
    assert found.base.value == ("meta-llama/Llama-3.3-70B-Instruct",)
    assert "not stated" in found.base.note


def test_a_card_states_licence_and_origin() -> None:
    card = (
        "---\nlicense: other\nlicense_name: llama3.3\nlicense_link: LICENSE\nbase_model:\n- a/b\n- c/d\n---\n# Card\n"
    )
    found = told(text(M, "README.md", card))
    assert [(s.value.where, s.value.value) for s in found.stated if s.value] == [
        ("README.md license", "other"), ("README.md license_name", "llama3.3"), ("README.md license_link", "LICENSE"),
    ]  # fmt: skip
    assert found.base.value == ("a/b", "c/d")
    assert all(s.status is Status.DECLARED for s in found.stated)


def test_a_gguf_header_states_licence_origin_shape_and_file_type() -> None:
    meta = {
        "general.architecture": "qwen3", "general.name": "Qwen3 8B", "general.license": "apache-2.0",
        "general.file_type": "15", "general.base_model.0.repo_url": "https://example.org/Qwen/Qwen3-8B-Base",
        "qwen3.context_length": "40960", "qwen3.embedding_length": "4096", "qwen3.block_count": "36",
    }  # fmt: skip
    types = {"Q4_K": 6_000_000_000, "Q6_K": 2_190_000_000, "F32": 300_000}
    found = told(header(M, "q.gguf", "gguf", parameters=8_190_300_000, dtypes=types, metadata=meta),
                 weight(M, "q.gguf", "gguf"))  # fmt: skip
    assert (found.family.value, found.quantisation.value, found.context.value) == ("qwen-3", "Q4_K_M", 40960)
    assert found.quantisation.note == ""
    assert (found.parameters.value, found.parameters.status) == (8_190_300_000, Status.OBSERVED)
    assert found.base.value == ("Qwen/Qwen3-8B-Base",)
    assert [s.value.where for s in found.stated if s.value] == ["general.license"]
    assert found.format.value == "gguf"


def test_a_gguf_whose_tensors_are_not_of_the_declared_type_is_noted() -> None:
    meta = {"general.architecture": "qwen3", "general.file_type": "15"}
    found = told(header(M, "q.gguf", "gguf", parameters=10, dtypes={"F16": 10}, metadata=meta))
    assert found.quantisation.note == "contradiction: the header says Q4_K_M, most weights are F16"


@pytest.mark.parametrize(
    ("config", "label"),
    [
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "AWQ 4-bit"),
        ({"quant_method": "gptq", "bits": 8}, "GPTQ 8-bit"),
        ({"quant_method": "fp8", "activation_scheme": "dynamic"}, "FP8"),
        ({"quant_method": "mxfp4"}, "MXFP4"),
        (
            {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
            "bitsandbytes 4-bit (nf4)",
        ),
        ({"quant_method": "compressed-tensors", "format": "float-quantized"}, "FP8"),
        ({"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}, "NVFP4"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "NVFP4"),
    ],
)
def test_the_configuration_declares_the_quantisation(config: dict[str, Any], label: str) -> None:
    found = told(text(M, "config.json", {"model_type": "llama", "quantization_config": config}))
    assert (found.quantisation.value, found.quantisation.status) == (label, Status.DECLARED)


def test_other_files_declare_it_too() -> None:
    gptq = told(text(M, "config.json", {}), text(M, "quantize_config.json", {"bits": 4, "group_size": 128}))
    assert gptq.quantisation.value == "GPTQ 4-bit"
    nvidia = told(text(M, "hf_quant_config.json", {"quantization": {"quant_algo": "NVFP4"}}))
    assert nvidia.quantisation.value == "NVFP4"
    network = {"architecture": "Qwen2ForCausalLM", "hidden_size": 3584, "num_hidden_layers": 28, "vocab_size": 152064}
    network["quantization"] = {"quant_algo": "FP8"}
    engine = {"pretrained_config": network, "build_config": {"max_seq_len": 8192}}
    built = told(text(M, "config.json", engine), store=Store.TENSORRT_LLM)
    assert (built.quantisation.value, built.context.value) == ("FP8", 8192)
    assert "qwen-2.5" in built.family.note


def test_declared_as_quantised_and_yet_plain_is_noted() -> None:
    config = {"model_type": "llama", "quantization_config": {"quant_method": "awq", "bits": 4}}
    found = told(text(M, "config.json", config), header(M, "model.safetensors", parameters=10, dtypes={"BF16": 10}))
    assert found.quantisation.note == "contradiction: AWQ 4-bit is declared, all weights are BF16"


def test_packed_parameters_are_counted_unpacked_and_marked_as_an_estimate() -> None:
    config = {"model_type": "llama", "quantization_config": {"quant_method": "awq", "bits": 4}}
    found = told(text(M, "config.json", config), header(M, "model.safetensors", dtypes={"I32": 1000, "F16": 100}))
    assert (found.parameters.value, found.parameters.status) == (8100, Status.INFERRED)


def test_several_quantisations_side_by_side_are_noted() -> None:
    def copy(name: str, type_: str, number: str) -> AnyRecord:
        meta = {"general.architecture": "qwen3", "general.file_type": number}
        return header(M, name, "gguf", parameters=8, dtypes={type_: 8}, metadata=meta)

    found = told(copy("a-Q8_0.gguf", "Q8_0", "7"), copy("a-Q4_K_M.gguf", "Q4_K", "15"))
    assert found.parameters.value == 8
    assert found.quantisation.note == "one of 2 GGUF files of the folder, each a model of its own"


def test_the_same_weights_in_two_layouts_count_once() -> None:
    one = {"parameters": 7, "dtypes": {"BF16": 7}}
    found = told(header(M, "consolidated.safetensors", **one), header(M, "model-00001-of-00002.safetensors", **one),
                 header(M, "model-00002-of-00002.safetensors", **one))  # fmt: skip
    assert found.parameters.value == 14


def test_parameters_are_too_low_where_a_header_is_missing() -> None:
    found = told(header(M, "a.safetensors", parameters=7, dtypes={"BF16": 7}), weight(M, "a.safetensors"),
                 weight(M, "b.safetensors"))  # fmt: skip
    assert found.parameters.status is Status.INFERRED
    assert found.parameters.note.startswith("incomplete: ")


def test_what_a_model_takes_in_is_told_by_configuration_and_tensors() -> None:
    assert told(text(M, "config.json", {"model_type": "llama"})).modality.value == ("text",)
    config = {"model_type": "gemma3n", "vision_config": {"x": 1}, "audio_config": {"x": 1}}
    assert told(text(M, "config.json", config)).modality.value == ("text", "image", "audio")
    assert told(header(M, "m.safetensors", prefixes=("vision_tower.encoder",))).modality.value == ("text", "image")
    projector = {"general.architecture": "clip", "clip.has_vision_encoder": "true"}
    seen = told(header(M, "a.gguf", "gguf", metadata={"general.architecture": "gemma3"}),
                header(M, "mmproj.gguf", "gguf", metadata=projector))  # fmt: skip
    assert seen.modality.value == ("text", "image")


def test_code_beside_the_weights_is_listed() -> None:
    config = {"model_type": "x", "sub": {"auto_map": {"AutoModel": "modeling_x.X"}}}
    found = told(text(M, "config.json", config), files=("modeling_x.py",))
    assert found.custom_code.value == ("modeling_x.py", "config.json: auto_map modeling_x.X")


def test_modules_of_another_library_are_code() -> None:
    modules = [{"type": "sentence_transformers.models.Transformer"}, {"type": "custom_st.Transformer"}]
    assert told(text(M, "modules.json", modules)).custom_code.value == ("modules.json: type custom_st.Transformer",)


def test_no_code_is_a_value_only_if_everything_was_looked_through() -> None:
    assert told(text(M, "config.json", {})).custom_code.value == ()
    assert told(text(M, "config.json", "{")).custom_code.status is Status.ERROR
    assert told(files=("config.json",)).custom_code.status is Status.ERROR
    assert told(text(M, "config.json", {}), complete=False).custom_code.status is Status.ERROR


def test_the_index_calls_for_files() -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    found = told(text(M, "model.safetensors.index.json", index))
    assert found.shards is not None
    assert found.shards.value == ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def test_an_index_that_was_not_read_leaves_open_what_the_model_calls_for() -> None:
    found = told(weight(M, "model.safetensors"), files=("model.safetensors.index.json",))
    assert found.shards is not None
    assert (found.shards.status, found.shards.note) == (Status.ERROR, "model.safetensors.index.json was not read")


def test_numbered_names_call_for_the_whole_series_where_the_index_is_too_long_to_read() -> None:
    found = told(text(M, "model.safetensors.index.json", "{", cut=True), weight(M, "model-00002-of-00003.safetensors"))
    assert found.shards is not None
    assert found.shards.value == tuple(f"model-0000{n}-of-00003.safetensors" for n in (1, 2, 3))
    assert "too long" in found.shards.note


def test_a_series_beyond_belief_is_not_expanded() -> None:
    found = told(weight(M, "model-00001-of-99999.safetensors"))
    assert found.shards is not None
    assert found.shards.status is Status.ERROR


def test_every_model_of_an_audit_has_an_id_of_its_own() -> None:
    records = [r for n in range(3) for r in model(path=f"/m/{n}", name="org/Same name")]
    assert [m.id for m in models_of(records, KNOWLEDGE)] == ["Same-name", "Same-name~2", "Same-name~3"]


def test_unprintable_characters_do_not_reach_the_evidence() -> None:
    card = '---\nlicense: "mit\\u202egnp\\n\\u001b[31m"\n---\n'
    (stated,) = told(text(M, "README.md", card), name="a\u202eb\ud800").stated
    assert stated.value is not None
    assert stated.value.value == "mit\\u202egnp\\u000a\\u001b[31m"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from([
    "model_type", "architectures", "hidden_size", "num_hidden_layers", "vocab_size", "max_position_embeddings",
    "quantization_config", "text_config", "vision_config", "auto_map", "_name_or_path", "license", "pretrained_config",
    "build_config", "quantization", "weight_map", "metadata", "torch_dtype", "config_groups", "moe", "type", "layers",
])  # fmt: skip
GGUF = st.sampled_from([
    "general.architecture", "general.name", "general.file_type", "general.license", "llama.block_count",
    "llama.embedding_length", "llama.context_length", "general.base_model.0.repo_url",
])  # fmt: skip
CONFIG = st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON, max_size=4), max_size=8)
NAMES = st.sampled_from([
    "config.json", "quantize_config.json", "hf_quant_config.json", "modules.json", "model.safetensors.index.json",
    "tokenizer_config.json", "manifest", "params.json", "adapter_config.json",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(name=NAMES, config=CONFIG | JSON, store=st.sampled_from(Store))
def test_hostile_configuration_ends_in_facts_that_can_be_written(name: str, config: Any, store: Store) -> None:
    canonical(told(text(M, name, config), weight(M, "model.safetensors"), store=store))


@settings(max_examples=100, deadline=None)
@given(content=st.text(max_size=200), name=st.text(max_size=80), cut=st.booleans())
def test_hostile_texts_end_in_facts_that_can_be_written(content: str, name: str, cut: bool) -> None:
    found = told(text(M, "config.json", content, cut=cut), text(M, "README.md", f"---\n{content}\n---\n"), name=name)
    canonical(found.model_copy(update={"path": "p"}))


@settings(max_examples=100, deadline=None)
@given(
    meta=st.dictionaries(GGUF | st.text(max_size=9), st.text() | st.integers().map(str) | st.just("llama"), max_size=8),
    types=st.dictionaries(st.sampled_from(["F16", "Q4_K", "I32", "U8"]) | st.text(max_size=5), st.integers(-1, 2**70)),
)
def test_hostile_headers_end_in_facts_that_can_be_written(meta: dict[str, str], types: dict[str, int]) -> None:
    canonical(told(header(M, "m.gguf", "gguf", metadata=meta, dtypes=types)))
    canonical(told(header(M, "m.safetensors", metadata=meta, dtypes=types)))


@pytest.mark.parametrize(
    "content", ["[" * 200_000, '{"a":' * 100_000, "9" * 10_000, '{"hidden_size": 1e999}', "\ud800", ""]
)
def test_bombs_are_errors(content: str) -> None:
    found = told(text(M, "config.json", content))
    assert found.family.value is None
    canonical(found)


def test_the_format_is_told_by_content_and_by_names_only_where_nothing_was_read() -> None:
    read = told(weight(M, "a.bin", "safetensors"), header(M, "a.bin"))
    assert (read.format.value, read.format.status) == ("safetensors", Status.OBSERVED)
    named = told(files=("a.bin",))
    assert (named.format.value, named.format.status) == ("pickle", Status.DECLARED)
    both = told(header(M, "a.safetensors"), files=("b.bin",))
    assert (both.format.value, both.format.status) == ("mixed", Status.DECLARED)
    assert told(weight(M, "a.bin", "unknown", sha256=None)).format.value is None


def test_a_conclusion_from_what_was_compared_with_nothing_says_so() -> None:
    def shaped(type_: str, hidden: int, layers: int, vocabulary: int) -> Model:
        config = {"model_type": type_, "hidden_size": hidden, "num_hidden_layers": layers, "vocab_size": vocabulary}
        return told(text(M, "config.json", config))

    guessed = shaped("mpnet", 768, 12, 30527)
    assert guessed.family.value == "mpnet"
    assert "not compared with what the publisher says" in guessed.family.note
    assert "not compared with what the publisher says" in guessed.name.note
    assert "not compared with the publisher's" in guessed.release.note
    read = shaped("qwen3", 5120, 40, 151936)
    assert read.family.value == "qwen-3"
    assert (read.family.note, read.release.note) == ("", "published 2025-04-29")


def test_the_publisher_s_own_layout_is_read_where_there_is_no_other_configuration() -> None:
    params = {"dim": 4096, "n_layers": 34, "hidden_dim": 14336, "vocab_size": 131072, "vision_encoder": {"dim": 1024},
              "max_position_embeddings": 262144}  # fmt: skip
    found = told(text(M, "params.json", params))
    assert (found.family.value, found.family.status) == ("ministral-3", Status.INFERRED)
    assert found.name.value == "mistralai/Ministral-3-8B-Instruct-2512"
    assert (found.context.value, found.modality.value) == (262144, ("text", "image"))
    assert found.architecture.status is Status.ABSENT
    meta = {"dim": 16384, "n_layers": 126, "vocab_size": 128256, "multiple_of": 4096}
    assert told(text(M, "params.json", meta)).family.value == "llama-3.1"
    assert told(text(M, "params.json", {"dim": 1, "n_layers": 1})).family.value is None


def test_a_name_that_the_publisher_s_own_layout_cannot_contradict_is_believed() -> None:
    params = {"dim": 5120, "n_layers": 40, "hidden_dim": 14336, "vocab_size": 131072, "vision_encoder": {"dim": 1024}}
    found = told(text(M, "params.json", params), name="Pixtral-12B-2409")
    assert (found.family.value, found.family.note) == ("pixtral", "")
    other = told(text(M, "params.json", params), name="Qwen3-8B")
    assert other.family.note.startswith("contradiction:")


def test_files_called_notice_are_told_and_their_absence_only_of_a_whole_list() -> None:
    found = told(files=("docs/NOTICE.txt", "Notice", "notice.py", "notices-of-others.bin")).notices
    assert found is not None
    assert found.value == ("Notice", "docs/NOTICE.txt")
    whole = model()[0]
    for change, status in (
        ({}, Status.ABSENT),
        ({"complete": False}, Status.UNSUPPORTED),
        ({"method": "file"}, Status.UNSUPPORTED),
    ):
        absent = models_of([whole.model_copy(update=change)], KNOWLEDGE)[0].notices
        assert absent is not None
        assert (absent.value, absent.status) == (None, status)
