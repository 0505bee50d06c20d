"""The table of models: names are told by their words, configurations by their shape."""

import pytest

from auditor.knowledge.knowledge import load
from auditor.knowledge.models import KnownModel, Shape, load_models, parse, significant

TABLE = load_models()


@pytest.mark.parametrize(
    ("name", "family", "model", "exact"),
    [
        ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.3", "meta-llama/Llama-3.3-70B-Instruct", True),
        ("llama3.3:70b", "llama-3.3", "meta-llama/Llama-3.3-70B-Instruct", True),
        ("Meta-Llama-3.1-8B-Instruct-AWQ-INT4", "llama-3.1", "meta-llama/Llama-3.1-8B-Instruct", True),
        ("Llama-3-8B", "llama-3", "meta-llama/Meta-Llama-3-8B-Instruct", True),
        ("NousResearch/Hermes-3-Llama-3.1-8B", "llama-3.1", "meta-llama/Llama-3.1-8B-Instruct", False),
        ("Mistral-Small-Instruct-2409", "mistral-small", "mistralai/Mistral-Small-Instruct-2409", True),
        ("Mistral-Small-3.2-24B-Instruct-2506", "mistral-small", "mistralai/Mistral-Small-3.2-24B-Instruct-2506", True),
        ("DeepSeek-V3-0324", "deepseek-v3", "deepseek-ai/DeepSeek-V3-0324", True),
        ("deepseek-r1:70b", "deepseek-r1-distill", "deepseek-ai/DeepSeek-R1-Distill-Llama-70B", True),
        ("Qwen2.5-VL-3B-Instruct-AWQ", "qwen-2.5", "Qwen/Qwen2.5-VL-3B-Instruct", True),
        ("qwen3:30b-a3b", "qwen-3", "Qwen/Qwen3-30B-A3B", True),
        ("gemma-3-270m-q4_k_m.gguf", "gemma-3", "google/gemma-3-270m-it", True),
        ("gemma-2b", "gemma", "google/gemma-2b-it", True),
        ("gemma-2-2b", "gemma-2", "google/gemma-2-2b-it", True),
        ("gemma3n:e4b", "gemma-3n", "google/gemma-3n-E4B-it", True),
        ("ministral-3-8b", "ministral-3", "mistralai/Ministral-3-8B-Instruct-2512", True),
        ("Ministral-8B-Instruct-2410", "ministral", "mistralai/Ministral-8B-Instruct-2410", True),
        ("Mixtral-8x7B-Instruct-v0.1-GPTQ", "mixtral", "mistralai/Mixtral-8x7B-Instruct-v0.1", True),
        ("gpt-oss:120b", "gpt-oss", "openai/gpt-oss-120b", True),
        ("all-MiniLM-L6-v2", "minilm", "sentence-transformers/all-MiniLM-L6-v2", True),
    ],
)
def test_a_name_tells_family_and_model(name: str, family: str, model: str, exact: bool) -> None:
    told = TABLE.named(name)
    assert told is not None
    assert (told.family, told.model and told.model.name, told.exact) == (family, model, exact)


@pytest.mark.parametrize("name", ["model", "checkpoint-500", "", "3.1", "/", "llama"])
def test_a_name_without_known_words_tells_nothing(name: str) -> None:
    assert TABLE.named(name) is None


def test_every_model_is_told_by_its_own_name_and_by_every_other_name_given() -> None:
    for key, family in TABLE.families.items():
        for model in family.models:
            for name in (model.name, *model.also):
                told = TABLE.named(name)
                assert told is not None
                assert told.family == key, name
                assert told.model is not None, name
                assert told.model.name == model.name, name


def test_a_shape_that_two_releases_share_answers_with_both() -> None:
    fits = TABLE.shaped(["llama"], Shape(8192, 80, 128256), context=131072, parameters=70_553_706_496)
    assert {i.family for i in fits} == {"llama-3.1", "llama-3.3", "deepseek-r1-distill"}


def test_context_and_size_tell_models_of_one_shape_apart() -> None:
    old = TABLE.shaped(["llama"], Shape(4096, 32, 128256), context=8192)
    assert [i.family for i in old] == ["llama-3"]
    nemo = TABLE.shaped(["mistral"], Shape(5120, 40, 131072), parameters=12_247_782_400)
    assert [i.family for i in nemo] == ["mistral-nemo"]


def test_gguf_files_of_mistral_call_themselves_llama() -> None:
    fits = TABLE.shaped(["llama"], Shape(4096, 32, 32000), gguf=True, parameters=7_241_732_096)
    assert {i.family for i in fits} == {"mistral-7b"}


def test_a_configuration_that_names_no_type_fits_models_of_every_type_that_it_may_be() -> None:
    fits = TABLE.shaped(["mistral", "mistral3"], Shape(4096, 34, 131072))
    assert [i.model.name for i in fits if i.model] == ["mistralai/Ministral-3-8B-Instruct-2512"]
    assert {"mistral-7b", "ministral-3"} <= set(TABLE.typed(["mistral", "mistral3"]))
    assert TABLE.typed([]) == ()


@pytest.mark.parametrize(
    ("family", "name", "licence"),
    [
        ("deepseek-v3", "deepseek-ai/DeepSeek-V3", "deepseek-1.0"),
        ("deepseek-v3", "deepseek-ai/DeepSeek-V3-0324", "mit"),
        ("qwen-2.5", "Qwen/Qwen2.5-3B-Instruct", "qwen-research-2024-09-19"),
        ("qwen-2.5", "Qwen/Qwen2.5-7B-Instruct", "apache-2.0"),
        ("qwen-2.5", "something", "apache-2.0"),
        ("unheard-of", "Qwen/Qwen2.5-7B-Instruct", None),
    ],
)
def test_the_licence_goes_by_the_release(family: str, name: str, licence: str | None) -> None:
    assert TABLE.licence(family, name) == licence


def test_every_licence_and_every_base_that_the_table_names_is_known() -> None:
    licences = load().licences
    for family in TABLE.families.values():
        assert family.licence in licences
        for model in family.models:
            assert model.licence is None or model.licence in licences
            assert all(TABLE.named(base) is not None for base in model.base)


def test_variants_and_packing_do_not_count_unless_nothing_else_is_left() -> None:
    assert significant("org/Qwen3-8B-Instruct") == ("qwen", "3", "8b")
    assert significant("instruct") == ("instruct",)


def test_one_name_for_two_models_is_refused() -> None:
    family = {
        "title": "T", "vendor": "V", "licence": "mit", "released": "2024-01", "names": ["t"], "types": ["t"],
        "source": "s", "date": "2024-01-01", "models": [{"name": "o/t-1b"}, {"name": "o/u-1b", "also": ["t 1b"]}],
    }  # fmt: skip
    with pytest.raises(ValueError, match="t 1b"):
        parse({"schema": "sovereign-models/1", "families": {"t": family}})


def test_the_number_of_parameters_has_a_tolerance() -> None:
    model = KnownModel(name="o/m-8b", billions=8.0)
    assert model.holds(8_100_000_000) is True
    assert model.holds(9_000_000_000) is False
    assert model.holds(0) is None


def test_every_fact_of_the_table_says_where_it_was_read_or_counts_as_unchecked() -> None:
    for family in TABLE.families.values():
        for model in family.models:
            assert not set(model.unchecked) & set(model.checked)
            assert set(model.checked) <= {"released", "licence", "billions", "shape", "context", "base"}
            for fact in model.checked:
                assert getattr(model, fact), f"{model.name}: {fact} is checked and not given"
    assert "shape" in TABLE.unchecked("yi-1.5", KnownModel(name="o/m", shape=Shape(1, 1, 1)))


def test_a_family_hands_down_whether_its_licence_and_date_were_read() -> None:
    assert TABLE.unchecked("llama-3.3") == ()
    assert TABLE.unchecked("gemma") == ("licence", "released")
    own = KnownModel(name="o/m", licence="mit", checked={"licence": "llama"})
    assert TABLE.unchecked("gemma", own) == ("released",)
    assert TABLE.unchecked("unheard of") == ()


def test_a_source_that_is_not_listed_is_refused() -> None:
    family = {
        "title": "T", "vendor": "V", "licence": "mit", "released": "2024-01", "names": ["t"], "types": ["t"],
        "date": "2024-01-01", "checked": {"licence": "hearsay"},
    }  # fmt: skip
    with pytest.raises(ValueError, match="hearsay"):
        parse({"schema": "sovereign-models/1", "families": {"t": family}})
