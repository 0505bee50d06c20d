"""The probe as one program text."""

import hashlib
import subprocess
import sys

from auditor.collect import bundle


def test_every_module_is_part_of_it():
    names = set(bundle.sources())

    assert {"probe", "probe.main", "probe.stream", "probe.limits", "probe.gguf"} <= names


def test_it_is_the_same_in_another_process():
    code = "from auditor.collect import bundle; print(bundle.digest())"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )

    assert said.stdout.strip() == bundle.digest() == hashlib.sha256(bundle.program()).hexdigest()


def test_it_is_ascii_and_ends_where_its_length_says():
    request = b'{"protocol":1}'
    given = bundle.preamble(request)
    length, _, rest = given.partition(b"\n")

    assert rest[: int(length)] == bundle.program()
    assert rest[int(length) :] == request + b"\n"
    bundle.program().decode("ascii")
