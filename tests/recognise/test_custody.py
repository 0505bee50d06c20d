"""From what processes hold to the digests of what they use."""

from typing import Any

import pytest

from auditor.facts.fact import Status
from auditor.facts.records import AnyRecord
from auditor.facts.serving import Custody, Held, Layer
from auditor.knowledge.knowledge import load
from auditor.recognise.custody import custody_of, later
from auditor.recognise.models import models_of
from auditor.recognise.stacks import serving_of
from auditor.recognise.weights import weights_of
from tests.recognise import process_records
from tests.recognise.custody_records import custody
from tests.recognise.model_records import TIME, model, weight

FOLDER = "/srv/models/m"
FILE = f"{FOLDER}/model.safetensors"


def of(*records: AnyRecord) -> tuple[Custody, ...]:
    knowledge = load()
    models = models_of(records, knowledge)
    return custody_of(records, serving_of(records, knowledge), models, weights_of(records, models), knowledge)


def server(**changes: Any) -> AnyRecord:
    return process_records.process(f"vllm serve {FOLDER}", started=TIME, **changes)


def stored() -> tuple[AnyRecord, ...]:
    return model(weight(FOLDER, "model.safetensors"))


def test_the_same_inode_has_the_digest_that_was_read_from_disk() -> None:
    (held,) = of(*stored(), server(files=(FILE,)), custody())

    assert held.mapped_sha256.value == held.disk_sha256.value == "a" * 64
    assert held.mapped_sha256.method == "the same file as on disk"
    assert (held.weight, held.model, held.held.value) == (FILE, "m", Held.MAPPED)
    assert (held.replaced.value, held.after_start.value, held.copied.value) == (False, False, 0)
    assert (held.identity.value, held.layer.value) == ("8:1:1312", Layer.HOST)


def test_a_swapped_file_has_two_digests() -> None:
    (held,) = of(*stored(), server(files=(FILE,)), custody(same=False, deleted=True, sha256="b" * 64))

    assert (held.disk_sha256.value, held.mapped_sha256.value) == ("a" * 64, "b" * 64)
    assert held.replaced.value is True
    assert held.mapped_sha256.method == "sha256 through map_files"


def test_where_identities_do_not_tell_the_bytes_do() -> None:
    (held,) = of(*stored(), server(files=(FILE,)), custody(same=None, sha256="a" * 64))

    assert (held.replaced.value, held.replaced.status) == (False, Status.INFERRED)


def test_what_may_not_be_read_is_denied_and_not_the_same() -> None:
    (held,) = of(*stored(), server(files=(FILE,)), custody(same=False, status=Status.DENIED, note="no rights"))

    assert (held.mapped_sha256.value, held.mapped_sha256.status) == (None, Status.DENIED)
    assert held.mapped_sha256.note == "no rights"


def test_a_file_of_no_model_has_the_digest_that_was_read_for_it() -> None:
    (held,) = of(server(files=("/x.gguf",)), custody("/x.gguf", weight="", disk_sha256="c" * 64))

    assert (held.weight, held.model, held.disk_sha256.value) == ("", "", "c" * 64)
    assert held.mapped_sha256.value == "c" * 64


def test_a_worker_holds_for_its_server() -> None:
    worker = process_records.process("VLLM::Worker_TP0", pid=101, parent=100, files=(FILE,))
    (held,) = of(*stored(), server(), worker, custody(pid=101))

    assert (held.pid, held.server) == (101, 100)


def test_a_loader_without_trace_leaves_what_the_command_line_names() -> None:
    (held,) = of(*stored(), server())

    assert held.held.value is Held.NAMED
    assert held.held.status is Status.DECLARED
    assert held.disk_sha256.value == "a" * 64
    assert held.mapped_sha256.value is None
    assert "left no trace" in held.mapped_sha256.note


def test_a_process_in_a_container_names_what_lies_below_its_root() -> None:
    path = f"/proc/100/root{FOLDER}"
    (held,) = of(*model(weight(path, "model.safetensors"), path=path), server())

    assert held.weight == f"{path}/model.safetensors"


def test_a_process_that_names_no_model_that_was_found_has_nothing() -> None:
    assert of(*stored(), process_records.process("vllm serve /elsewhere/m2")) == ()


@pytest.mark.parametrize(
    ("changed", "after"),
    [
        ("2026-11-22T10:00:01.900000Z", False),
        ("2026-11-22T10:00:02.100000Z", True),
        ("2026-11-22T09:59:59Z", False),
    ],
)
def test_starts_are_exact_to_two_seconds(changed: str, after: bool) -> None:
    assert later(changed, TIME) is after
