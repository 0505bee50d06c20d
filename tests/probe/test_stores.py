"""Models are found in every kind of store, and nothing else is opened."""

import os
import re

import pytest

from auditor.probe import limits, models, names, stores, walk
from tests.probe import making

SHARD = "model-00001-of-00002.safetensors"


def find(*paths, named=True):
    problems = []

    def report(where, what, status, remedy="", lost=None):
        problems.append((where, what, status))

    finder = stores.Finder(report, lambda: False)
    for path in paths:
        finder.look(str(path), named)
    return finder.models, problems


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def expected(model):
    return {
        weight.file.name: [(e["algorithm"], e["digest"], os.path.basename(e["source"])) for e in weight.expected]
        for weight in model.weights
    }


def test_a_hugging_face_cache(tmp_path):
    snapshot = making.cache(tmp_path / "hub")

    (model,), problems = find(tmp_path)

    assert problems == []
    assert (model.store, model.name, model.revision, model.note) == (
        "huggingface-cache",
        "org/tiny",
        making.COMMIT,
        "refs: main",
    )
    assert model.path == str(snapshot)
    assert sorted(file.name for file in model.files) == ["LICENSE", "config.json", "model.safetensors"]
    digest = making.digest(making.safetensors())
    assert expected(model) == {
        "model.safetensors": [("sha256", digest, "blob name"), ("sha256", digest, f"{making.COMMIT}.json")]
    }
    assert sorted(text.name for text in model.texts) == ["LICENSE", "config.json", f"trees/{making.COMMIT}.json"]


def test_a_link_out_of_a_cache_is_not_followed(tmp_path):
    snapshot = making.cache(tmp_path / "hub")
    (tmp_path / "secret.txt").write_text("secret")
    (snapshot / "README.md").symlink_to(tmp_path / "secret.txt")

    (model,), problems = find(tmp_path / "hub")

    assert "README.md" not in [file.name for file in model.files]
    assert any("link out of its store" in what for _, what, _ in problems)
    assert not model.complete


def test_a_blob_that_is_missing_is_named(tmp_path):
    snapshot = making.cache(tmp_path / "hub")
    (snapshot / SHARD).symlink_to("../../blobs/" + "d" * 64)

    _, problems = find(tmp_path / "hub")

    assert [(status, SHARD in where) for where, _, status in problems] == [("absent", True)]


def test_a_local_folder_of_the_hub(tmp_path):
    folder = write(tmp_path / "tiny", config__json=b"{}", model__safetensors=making.safetensors())
    notes = folder / ".cache" / "huggingface" / "download"
    digest = making.digest(making.safetensors())
    write(notes, **{"model__safetensors__metadata": f"{making.COMMIT}\n{digest}\n1700000000.0\n".encode()})

    (model,), _ = find(tmp_path)

    assert (model.store, model.revision) == ("huggingface-local", making.COMMIT)
    assert expected(model) == {"model.safetensors": [("sha256", digest, "model.safetensors.metadata")]}


def test_an_ollama_store(tmp_path):
    manifest = making.ollama(tmp_path / "models")

    (model,), problems = find(tmp_path)

    assert problems == []
    assert (model.store, model.name, model.path) == ("ollama", "tiny:latest", str(manifest))
    digest = making.digest(making.gguf())
    assert expected(model) == {
        f"blobs/sha256-{digest}": [("sha256", digest, "blob name"), ("sha256", digest, "latest")]
    }
    assert sorted(text.name for text in model.texts) == ["config", "license", "manifest", "template"]


@pytest.mark.parametrize("digest", ["sha256:../../../etc/passwd", "sha256:" + "g" * 64, "", 7])
def test_an_ollama_manifest_cannot_name_another_file(tmp_path, digest):
    manifest = making.ollama(tmp_path / "models")
    text = manifest.read_text()
    value = f'"{digest}"' if isinstance(digest, str) else str(digest)
    manifest.write_text(re.sub(r'"sha256:[0-9a-f]{64}"', value, text))

    (model,), problems = find(tmp_path)

    assert model.weights == []
    assert not model.complete
    assert "is not a manifest" in problems[0][1]


def test_an_ollama_blob_that_is_missing_is_named(tmp_path):
    making.ollama(tmp_path / "models")
    (tmp_path / "models" / "blobs" / f"sha256-{making.digest(making.gguf())}").unlink()

    (model,), problems = find(tmp_path)

    assert not model.complete
    assert problems[0][2] == "absent"


def test_a_folder_of_engines(tmp_path):
    write(tmp_path / "engine", config__json=b"{}", rank0__engine=b"ptrt")

    (model,), _ = find(tmp_path)

    assert model.store == "tensorrt-llm"
    assert [weight.file.name for weight in model.weights] == ["rank0.engine"]


def test_folders_within_a_model_belong_to_it_and_models_within_a_folder_do_not(tmp_path):
    write(tmp_path / "llama", config__json=b"{}", model__safetensors=b"x")
    write(tmp_path / "llama" / "original", consolidated__pth=b"x", params__json=b"{}")
    write(tmp_path / "pipe", model_index__json=b"{}")
    write(tmp_path / "pipe" / "unet", config__json=b"{}", diffusion__safetensors=b"x")
    write(tmp_path / "llama" / "onnx", model__onnx=b"x")

    found, _ = find(tmp_path)

    assert {(model.path.removeprefix(str(tmp_path)), len(model.weights)) for model in found} == {
        ("/llama", 2),
        ("/llama/original", 1),
        ("/pipe", 1),
    }


def test_single_gguf_files_side_by_side_are_models_of_their_own(tmp_path):
    write(tmp_path, **{"a-00001-of-00002__gguf": b"x", "a-00002-of-00002__gguf": b"x", "b__gguf": b"x"})

    found, _ = find(tmp_path)

    assert [(model.name, len(model.weights)) for model in found] == [("a.gguf", 2), ("b.gguf", 1)]


def test_gguf_files_with_one_card_are_one_model(tmp_path):
    write(tmp_path / "repo", a__gguf=b"x", b__gguf=b"x", README__md=b"# both")

    (model,), _ = find(tmp_path)

    assert len(model.weights) == 2


def test_a_single_file(tmp_path):
    write(tmp_path, one__safetensors=b"x", notes__txt=b"x")

    found, problems = find(tmp_path / "one.safetensors", tmp_path / "notes.txt", tmp_path / "nothing")

    assert [model.path for model in found] == [str(tmp_path / "one.safetensors")]
    assert [(what, status) for _, what, status in problems] == [
        ("is not a weight file", "unsupported"),
        ("is not there", "absent"),
    ]


def test_firmware_is_no_model(tmp_path):
    write(tmp_path / "firmware", wifi__bin=b"x", config__json=b"{}")
    write(tmp_path / "web", modules__json=b"{}")
    (tmp_path / "firmware" / "config.json").unlink()

    assert find(tmp_path)[0] == []


def test_default_places_that_are_not_there_need_no_word(tmp_path):
    assert find(tmp_path / "nothing", named=False) == ([], [])


def test_a_checksum_list_states_digests(tmp_path):
    sums = f"{'a' * 64}  model.safetensors\n{'B' * 64} *sub/x.bin\nnonsense\n".encode()
    write(tmp_path / "m", config__json=b"{}", model__safetensors=b"x", SHA256SUMS=sums)
    write(tmp_path / "m" / "sub", x__bin=b"x")

    (model,), _ = find(tmp_path)

    assert expected(model) == {
        "model.safetensors": [("sha256", "a" * 64, "SHA256SUMS")],
        "sub/x.bin": [("sha256", "b" * 64, "SHA256SUMS")],
    }


def test_a_linked_weight_is_followed_and_a_linked_text_is_not(tmp_path):
    write(tmp_path / "elsewhere", w__safetensors=b"weights", shadow=b"secret")
    folder = write(tmp_path / "m", config__json=b"{}")
    (folder / "model.safetensors").symlink_to(tmp_path / "elsewhere" / "w.safetensors")
    (folder / "LICENSE").symlink_to(tmp_path / "elsewhere" / "shadow")

    (model,), problems = find(folder)

    assert [weight.file.real for weight in model.weights] == [str(tmp_path / "elsewhere" / "w.safetensors")]
    assert [text.name for text in model.texts] == ["config.json"]
    assert "link out of the folder" in problems[0][1]


def test_loops_and_special_files_end_and_are_named(tmp_path):
    folder = write(tmp_path / "m", config__json=b"{}", model__safetensors=b"x")
    (folder / "again").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    os.mkfifo(folder / "LICENSE")
    os.mkfifo(folder / "extra.safetensors")

    (model,), problems = find(folder)

    assert len(model.weights) == 1
    assert {os.path.basename(where) for where, _, _ in problems} == {"again", "self", "LICENSE", "extra.safetensors"}


def test_deep_folders_and_long_folders_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "DEPTH", 3)
    monkeypatch.setattr(limits, "ENTRIES", 50)
    write(tmp_path / "deep" / "1" / "2" / "3" / "4", model__safetensors=b"x")
    long = write(tmp_path / "long", config__json=b"{}", **{f"model{n}__safetensors": b"" for n in range(80)})

    found, problems = find(tmp_path / "deep", long)

    assert [what.split(" and ")[0] for _, what, _ in problems] == [
        "is nested deeper than 3 folders",
        "has more than 50 entries, those beyond were not looked at",
    ]
    assert [model.complete for model in found] == [False]


def test_a_file_is_opened_only_if_it_is_regular(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("/etc/hostname")

    for path in (tmp_path / "fifo", tmp_path, "/dev/null", tmp_path / "link"):
        with pytest.raises(OSError, match=r"regular|symbolic"):
            walk.open_regular(str(path))


def test_reading_leaves_the_access_time(tmp_path):
    file = tmp_path / "f"
    file.write_bytes(b"x")
    os.utime(file, (1, 1))

    assert walk.read_regular(str(file), 10) == b"x"
    assert file.stat().st_atime == 1


def test_the_collector_reports_models_texts_and_headers(tmp_path):
    making.cache(tmp_path / "hub")
    making.ollama(tmp_path / "ollama")
    heard = making.Heard()

    weights = models.collect(heard, {"paths": [str(tmp_path)]})

    assert len(weights) == 2
    assert [record["store"] for record in heard.records("model")] == ["huggingface-cache", "ollama"]
    assert {record["format"] for record in heard.records("header")} == {"safetensors", "gguf"}
    licence = next(record for record in heard.records("text") if record["name"] == "license")
    assert (licence["text"], licence["sha256"]) == ("Apache License", making.digest(b"Apache License"))
    assert heard.problems() == []


def test_a_long_text_is_cut_and_hashed_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "TEXT", 10)
    write(tmp_path, config__json=b"{}", model__safetensors=b"x", LICENSE=b"0123456789abcdef")
    heard = making.Heard()

    models.collect(heard, {"paths": [str(tmp_path)]})

    licence = next(record for record in heard.records("text") if record["name"] == "LICENSE")
    assert (licence["text"], licence["cut"], licence["size"]) == ("0123456789", True, 16)
    assert licence["sha256"] == making.digest(b"0123456789abcdef")


def test_names_that_are_not_utf8_arrive_escaped(tmp_path):
    folder = os.fsencode(tmp_path) + b"/m\xff"
    os.mkdir(folder)
    with open(folder + b"/model-\xfe.safetensors", "wb") as file:
        file.write(making.safetensors())
    heard = making.Heard()

    models.collect(heard, {"paths": [str(tmp_path)]})

    assert heard.records("model")[0]["name"] == "m\\xff"
    assert heard.records("header")[0]["path"].endswith("model-\\xfe.safetensors")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("LICENSE", True),
        ("LICENCE.txt", True),
        ("License Agreement.md", True),
        ("USE_POLICY.md", True),
        ("gemma-terms-of-use.html", True),
        ("AUP.md", True),
        ("README.md", True),
        ("model.safetensors.index.json", True),
        ("hf_quant_config.json", True),
        ("tokenizer.json", False),
        ("vocab.txt", False),
        ("LICENSE.pdf", False),
        ("config.json.metadata", False),
        ("license_model.safetensors", False),
        ("touch.txt", False),
    ],
)
def test_which_files_are_texts(name, kept):
    assert names.is_text(name) is kept


def test_what_lies_beside_models_in_a_cache_is_passed_over(tmp_path):
    making.cache(tmp_path)
    write(tmp_path / "datasets--org--big" / "snapshots" / "x", model__safetensors=b"x")

    assert [model.name for model in find(tmp_path)[0]] == ["org/tiny"]


def test_a_weight_file_damaged_at_its_beginning_has_a_header_that_says_so(tmp_path):
    write(tmp_path, config__json=b"{}", model__safetensors=b"\0" * 100, other__gguf=b"\0" * 100)
    heard = making.Heard()

    models.collect(heard, {"paths": [str(tmp_path)]})

    assert [record["problems"][0] for record in heard.records("header")] == [
        "header is not JSON: Expecting value: line 1 column 1 (char 0)",
        "file does not begin with GGUF",
    ]


def test_the_usual_places_are_looked_into_for_every_home(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "homes", lambda: [str(tmp_path / "a"), str(tmp_path / "b")])
    making.cache(tmp_path / "a" / ".cache" / "huggingface" / "hub")
    making.ollama(tmp_path / "b" / ".ollama" / "models")
    write(tmp_path / "b" / ".lmstudio" / "models" / "org" / "m", m__gguf=making.gguf())
    write(tmp_path / "elsewhere", m__gguf=making.gguf())
    heard = making.Heard()

    models.collect(heard, {"paths": [], "stores": True}, [str(tmp_path / "elsewhere")])

    assert [record["store"] for record in heard.records("model")] == [
        "huggingface-cache",
        "ollama",
        "directory",
        "directory",
    ]
    assert heard.problems() == []


def test_a_list_of_files_of_another_form_is_named(tmp_path):
    snapshot = making.cache(tmp_path / "hub")
    (snapshot.parents[1] / "trees" / f"{making.COMMIT}.json").write_text('{"files": 7}')

    (model,), problems = find(tmp_path)

    assert [len(weight.expected) for weight in model.weights] == [1]
    assert "not a list of files" in problems[0][1]


def test_folders_within_a_snapshot_belong_to_the_model(tmp_path):
    snapshot = making.cache(tmp_path / "hub")
    write(snapshot / "onnx", model__onnx=b"x")

    (model,), _ = find(tmp_path)

    assert "onnx/model.onnx" in [file.name for file in model.files]


@pytest.mark.parametrize("note", [b"", b"nonsense", b"not-a-commit\n" + b"a" * 64, b"0" * 40 + b"\nno digest\n"])
def test_notes_of_another_form_state_nothing(tmp_path, note):
    folder = write(tmp_path / "tiny", config__json=b"{}", model__safetensors=b"x")
    write(folder / ".cache" / "huggingface" / "download", model__safetensors__metadata=note)

    (model,), problems = find(tmp_path)

    assert model.store == "huggingface-local"
    assert (expected(model), problems) == ({"model.safetensors": []}, [])


def test_a_local_folder_takes_its_commit_from_any_note_and_its_list_of_files(tmp_path):
    folder = write(tmp_path / "tiny", config__json=b"{}", model__safetensors=b"x")
    base = folder / ".cache" / "huggingface"
    write(base / "download", config__json__metadata=f'{making.COMMIT}\n"{"b" * 40}"\n1.0\n'.encode())
    tree = b'{"files": {"model.safetensors": {"lfs_sha256": "%s"}, "x": {}}}' % (b"a" * 64)
    write(base / "trees", **{f"{making.COMMIT}__json": tree})

    (model,), _ = find(tmp_path)

    assert model.revision == making.COMMIT
    assert expected(model) == {"model.safetensors": [("sha256", "a" * 64, f"{making.COMMIT}.json")]}


@pytest.mark.parametrize("text", ["nonsense", "[]", "{}", '{"config": {}, "layers": 7}'])
def test_an_ollama_manifest_of_another_form_is_named(tmp_path, text):
    making.ollama(tmp_path).write_text(text)

    (model,), problems = find(tmp_path)

    assert not model.complete
    assert "is not a manifest" in problems[0][1]


def test_an_ollama_store_names_models_of_other_registries(tmp_path):
    manifest = making.ollama(tmp_path)
    other = tmp_path / "manifests" / "hf.co" / "org" / "model" / "Q4"
    other.parent.mkdir(parents=True)
    other.write_text(manifest.read_text())
    (tmp_path / "manifests" / "stray").write_text("x")

    found, problems = find(tmp_path)

    assert sorted(model.name for model in found) == ["hf.co/org/model:Q4", "tiny:latest"]
    assert "where a manifest's folder should be" in problems[0][1]


def test_an_ollama_blob_cannot_lead_out_of_its_store(tmp_path):
    making.ollama(tmp_path / "models")
    blob = tmp_path / "models" / "blobs" / f"sha256-{making.digest(b'Apache License')}"
    blob.unlink()
    blob.symlink_to(write(tmp_path / "else", secret=b"secret") / "secret")

    (model,), problems = find(tmp_path / "models")

    assert "license" not in [text.name for text in model.texts]
    assert "link out of its store" in problems[0][1]


def test_an_ollama_blob_of_another_size_is_named(tmp_path):
    making.ollama(tmp_path)
    (tmp_path / "blobs" / f"sha256-{making.digest(making.gguf())}").write_bytes(b"short")

    _, problems = find(tmp_path)

    assert "has 5 bytes, the manifest of tiny:latest says" in problems[0][1]


def test_more_files_or_texts_than_the_limit_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FILES_PER_MODEL", 3)
    monkeypatch.setattr(limits, "TEXTS_PER_MODEL", 1)
    write(tmp_path / "m", config__json=b"{}", a__safetensors=b"x", LICENSE=b"x", NOTICE=b"x", z__txt=b"x")
    heard = making.Heard()

    models.collect(heard, {"paths": [str(tmp_path)]})

    (record,) = heard.records("model")
    assert (len(record["files"]), record["complete"]) == (3, False)
    assert len(heard.records("text")) == 1
    assert heard.problems()[0][1] == "not all of its files could be listed"


def test_more_models_than_the_limit_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MODELS", 1)
    write(tmp_path / "a", model__safetensors=b"x")
    write(tmp_path / "b", model__safetensors=b"x")

    found, problems = find(tmp_path)

    assert len(found) == 1
    assert "more than 1 models" in problems[0][1]


def test_a_text_that_is_far_too_long_is_named_and_not_read(tmp_path):
    write(tmp_path, config__json=b"{}", model__safetensors=b"x", LICENSE=b"")
    os.truncate(tmp_path / "LICENSE", 2**40)
    heard = making.Heard()

    models.collect(heard, {"paths": [str(tmp_path)]})

    assert "LICENSE" not in [record["name"] for record in heard.records("text")]
    assert "too many for a text" in heard.problems()[0][1]


def test_a_folder_that_cannot_be_entered_leaves_only_its_own_model_incomplete(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / "model.safetensors").write_bytes(b"x")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("/b/sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, problems = find(tmp_path)

    assert {os.path.basename(model.path): model.complete for model in found} == {"a": True, "b": False, "c": True}
    assert [(os.path.basename(os.path.dirname(where)), status) for where, _, status in problems] == [("b", "denied")]
