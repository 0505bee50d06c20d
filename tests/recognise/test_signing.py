"""A baseline is read as its signer wrote it, or refused; what it lists and what its subject says have to agree."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.signing import (
    Baseline,
    Piece,
    pae,
    read_bundle,
    read_statement,
    statement,
    whole_files,
    write_bundle,
)
from tests.recognise.signed import bundle, owner

A, B = hashlib.sha256(b"a").hexdigest(), hashlib.sha256(b"b").hexdigest()
SIGNER = owner("Publisher")
NAMES = st.lists(st.text("abc-._ é", min_size=1).filter(lambda n: n not in (".", "..")), min_size=1).map("/".join)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def document(resources: list[tuple[str, str, str]], **how: Any) -> dict[str, Any]:
    """A statement as another tool writes it: resources are name, digest and algorithm."""
    root = hashlib.sha256(b"".join(bytes.fromhex(digest) for _, digest, _ in resources)).hexdigest()
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model", "digest": {"sha256": root}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False, **how},
            "resources": [{"name": n, "digest": d, "algorithm": a} for n, d, a in resources],
        },
    }


def read(document: dict[str, Any]) -> Baseline:
    return read_statement(json.dumps(document).encode())


def shards(*entries: tuple[str, str]) -> dict[str, Any]:
    listed = [(name, digest, "sha256-sharded-10") for name, digest in entries]
    return document(listed, method="shards", shard_size=10.0)


def test_the_encoding_before_signing_is_that_of_the_specification() -> None:
    assert pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.dictionaries(NAMES, DIGESTS, min_size=1, max_size=8), st.booleans())
def test_what_is_written_is_read_again(digests: dict[str, str], links: bool) -> None:
    written = whole_files("model", digests, links=links)
    assert read_statement(statement(written)) == written
    assert {name: each[0].digest for name, each in written.files().items()} == digests


def test_files_are_listed_by_the_parts_of_their_paths_and_the_root_is_over_them_in_that_order() -> None:
    written = whole_files("model", {"a.txt": A, "a/b": B})
    assert [each.name for each in written.resources] == ["a/b", "a.txt"]
    assert written.root == hashlib.sha256(bytes.fromhex(B) + bytes.fromhex(A)).hexdigest()


def test_a_bundle_is_taken_apart_as_it_was_put_together() -> None:
    found = read_bundle(bundle(b"{}", SIGNER))
    assert found.payload == b"{}"
    assert found.chain == (SIGNER.certificate,)
    assert read_bundle(write_bundle(found)) == found


def test_shards_follow_each_other_and_end_with_the_file() -> None:
    read_one = read(shards(("w:x:0:10", A), ("w:x:10:13", B)))
    assert [(each.name, each.piece) for each in read_one.resources] == [
        ("w:x", Piece("sha256", 0, 10)),
        ("w:x", Piece("sha256", 10, 13)),
    ]


@pytest.mark.parametrize(
    "entries",
    [
        [("w:10:20", A)],
        [("w:0:10", A), ("w:12:20", B)],
        [("w:0:9", A), ("w:9:12", B)],
        [("w:0:10", A), ("v:0:4", B), ("w:10:12", B)],
        [("w:0:11", A)],
        [("w:0:0", A)],
        [("w:0:x", A)],
        [("w", A)],
        [("w:-1:3", A)],
    ],
    ids=str,
)
def test_shards_that_leave_something_out_are_refused(entries: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="predicate/resources"):
        read(shards(*entries))


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a//b", "a/./b", "", "a\0b", "a/.."])
def test_names_stay_below_the_model(name: str) -> None:
    with pytest.raises(ValueError, match="no path inside the model"):
        read(document([(name, A, "sha256")]))


def test_a_file_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'a' stands twice"):
        read(document([("a", A, "sha256"), ("a", B, "sha256")]))


def test_a_subject_that_is_not_the_digest_of_the_list_is_refused() -> None:
    changed = document([("a", A, "sha256")])
    changed["predicate"]["resources"][0]["digest"] = B
    with pytest.raises(ValueError, match="the listed digests give"):
        read(changed)


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("sha256", A[:-2]), ("sha256", "z" * 64), ("blake2b", A), ("blake3", B)]
)
def test_a_digest_has_the_algorithm_and_length_of_the_baseline(algorithm: str, digest: str) -> None:
    changed = document([("a", A, algorithm)])
    changed["predicate"]["resources"][0]["digest"] = digest
    with pytest.raises(ValueError, match="predicate/resources/0"):
        read(changed)


def test_signatures_from_before_the_format_was_settled_are_named_as_such() -> None:
    with pytest.raises(ValueError, match=r"before version 1\.0"):
        read({**document([("a", A, "sha256")]), "predicateType": "https://model_signing/Digests/v0.1"})


def test_ignored_paths_take_all_below_them_along_and_no_neighbour() -> None:
    found = read(document([("a", A, "sha256")], ignore_paths=[".git", "x/y/"]))
    assert [found.ignores(name) for name in (".git", ".git/config", "x/y/z", ".gitmodules", "x")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("ignored", [".git", [1], ["x"] * 1001], ids=["text", "numbers", "many"])
def test_ignored_paths_are_a_short_list(ignored: Any) -> None:
    with pytest.raises(ValueError, match="at most 1000 paths"):
        read(document([("a", A, "sha256")], ignore_paths=ignored))


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("mediaType",), "application/json", "no Sigstore bundle"),
        (("dsseEnvelope", "payloadType"), "text/plain", "no in-toto statement"),
        (("dsseEnvelope", "signatures"), [], "exactly one"),
        (("dsseEnvelope", "payload"), "%%%", "not base64"),
        (("verificationMaterial",), None, "an object is expected"),
        (("verificationMaterial", "x509CertificateChain"), {"certificates": [{}] * 11}, "at most 10"),
    ],
)
def test_a_bundle_that_is_none_says_where(path: tuple[str, ...], value: Any, why: str) -> None:
    def edit(found: Any) -> None:
        for part in path[:-1]:
            found = found[part]
        found[path[-1]] = value

    with pytest.raises(ValueError, match=why):
        read_bundle(bundle(b"{}", SIGNER, edit=edit))


def test_doubled_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        read_statement(b'{"_type": "a", "_type": "b"}')


@given(
    st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(repr).map(str.encode)
)
def test_anything_else_is_refused_and_nothing_worse(data: bytes) -> None:
    for reader in (read_bundle, read_statement):
        with pytest.raises(ValueError, match=r".+"):
            reader(data)


@given(
    st.sampled_from(["_type", "subject", "predicateType", "predicate"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
)
def test_a_statement_with_one_strange_part_is_refused(part: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read({**document([("a", A, "sha256")]), part: value})


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        read(document([("\ud800", A, "sha256")]))


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        read_bundle(b"[" * 200_000)
