"""Records of what files import, templates and settings become contents with signs of harm."""

from typing import Any

from auditor.facts.contents import Content, Harm
from auditor.facts.fact import Status
from auditor.facts.models import Store
from auditor.facts.records import AnyRecord, ContentRecord, ImportSeen, SignSeen
from auditor.knowledge.knowledge import load
from auditor.recognise.contents import contents_of
from auditor.recognise.models import models_of
from tests.recognise.model_records import TIME, header, model, text

M = "/srv/models/m"
EVIL = "{{ x.__class__ }}"


def content(name: str = "w.bin", **more: Any) -> ContentRecord:
    """What the probe tells of a file."""
    path = f"{M}/{name}"
    return ContentRecord(source=path, method="opcodes", time=TIME, model=M, path=path, kind="pickle", **more)


def found(*records: AnyRecord, **more: Any) -> tuple[Content, ...]:
    everything = model(*records, **more)
    return contents_of(everything, models_of(everything, load()))


def harms(content: Content) -> list[tuple[str, Harm]]:
    return [(hazard.kind, hazard.harm) for hazard in content.hazards.value or ()]


def test_imports_are_told_by_how_much_is_known_of_them() -> None:
    names = ("collections.OrderedDict", "numpy.polyfit", "os.system")
    (one,) = found(content(imports=tuple(ImportSeen(name=name, how="GLOBAL") for name in names)))
    assert [(h.name, h.harm) for h in one.hazards.value or ()] == [("os.system", "high"), ("numpy.polyfit", "medium")]


def test_a_file_that_could_not_be_followed_has_no_value_and_one_with_signs_keeps_them() -> None:
    (one,) = found(content(problems=("ends within an opcode",)))
    assert (one.hazards.value, one.hazards.status, one.hazards.note) == (None, Status.ERROR, "ends within an opcode")
    (two,) = found(content(problems=("x",), signs=(SignSeen(kind="extension", detail="names entry 1"),)))
    assert harms(two) == [("extension", Harm.HIGH)]
    assert two.hazards.note == "x"


def test_templates_are_found_wherever_a_loader_looks() -> None:
    several = {"chat_template": [{"name": "default", "template": "{{ x }}"}, {"name": "tools", "template": EVIL}]}
    contents = found(
        text(M, "tokenizer_config.json", several),
        text(M, "chat_template.json", {"chat_template": EVIL}),
        text(M, "chat_template.jinja", EVIL),
        text(M, "additional_chat_templates/rag.jinja", EVIL),
        header(M, "w.gguf", "gguf", metadata={"tokenizer.chat_template": EVIL}),
    )
    assert len(contents) == 5
    for one in contents:
        assert one.kind == "chat template"
        assert harms(one) == [("template", Harm.HIGH)]
    named = next(one for one in contents if one.path.endswith("tokenizer_config.json"))
    assert (named.hazards.value or ())[0].where == "tools, line 1"


def test_a_template_that_was_not_read_whole_is_not_clean() -> None:
    (cut,) = found(text(M, "chat_template.jinja", "{{ x }}", cut=True))
    assert cut.hazards.value is None
    (gguf,) = found(header(M, "w.gguf", "gguf", metadata={"tokenizer.chat_template": "x" * 65536}))
    assert gguf.hazards.value is None
    (broken,) = found(text(M, "tokenizer_config.json", "{"))
    assert "not JSON" in broken.hazards.note


def test_the_template_of_ollama_is_of_another_language_and_is_said_to_be() -> None:
    (one,) = found(text(M, "template", "{{ .Prompt }}"), store=Store.OLLAMA)
    assert one.kind == "Go template"
    assert one.hazards.status is Status.INFERRED
    assert "Go" in one.hazards.note


def test_attention_that_is_fetched_from_elsewhere_is_code() -> None:
    fetched = {"text_config": {"_attn_implementation": "kernels-community/flash-attn3"}}
    (one,) = found(text(M, "config.json", fetched))
    assert harms(one) == [("kernel", Harm.HIGH)]
    assert found(text(M, "config.json", {"_attn_implementation": "flash_attention_2"})) == ()
