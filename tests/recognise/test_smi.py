"""The output of nvidia-smi comes from the audited host: it is read within bounds and never expanded."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise import smi
from auditor.recognise.smi import compute_pids, size, supported, tree
from tests.recognise.process_records import gpu_xml, smi_xml

LAUGHS = '<!DOCTYPE nvidia_smi_log [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><nvidia_smi_log>&b;</nvidia_smi_log>'


def test_a_whole_output_is_a_tree() -> None:
    root = tree(smi_xml(gpu_xml(), gpu_xml(bus="00000000:64:00.0")))
    assert [gpu.id for gpu in root.each("gpu")] == ["00000000:53:00.0", "00000000:64:00.0"]
    assert next(root.each("gpu")).find("pci/pci_device_id") == "233010DE"


def test_the_first_path_that_says_something_counts() -> None:
    root = tree("<nvidia_smi_log><old>N/A</old><new>5 MiB</new></nvidia_smi_log>")
    assert root.find("old", "new") == "5 MiB"
    assert root.find("old") == "N/A"
    assert root.find("nowhere/at/all") == ""


def test_words_around_the_document_do_not_matter() -> None:
    assert tree("WARNING: infoROM is corrupted\n" + smi_xml(gpu_xml()) + "\nWARNING: again\n").name == "nvidia_smi_log"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("NVIDIA-SMI has failed because it couldn't communicate", "holds no nvidia_smi_log: “NVIDIA-SMI has failed"),
        ("<nvidia_smi_log><gpu>", "is cut"),
        ("<nvidia_smi_log><gpu></nvidia_smi_log>", "not well-formed"),
        (LAUGHS, "entities"),
        (LAUGHS.replace("nvidia_smi_log [", "nvidia_smi_log SYSTEM '>' ["), "entities"),
        ("<nvidia_smi_log>&other;</nvidia_smi_log>", "not well-formed"),
        ("<nvidia_smi_log><!DOCTYPE x []></nvidia_smi_log>", "not well-formed"),
        ("<nvidia_smi_log>" + "<a>" * 40 + "</a>" * 40 + "</nvidia_smi_log>", "nested deeper"),
    ],
)
def test_what_is_no_output_of_nvidia_smi_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        tree(text)


def test_size_and_number_of_elements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smi, "MOST_ELEMENTS", 10)
    with pytest.raises(ValueError, match="more than 10 elements"):
        tree("<nvidia_smi_log>" + "<a/>" * 10 + "</nvidia_smi_log>")
    monkeypatch.setattr(smi, "MOST_CHARACTERS", 10)
    with pytest.raises(ValueError, match="longer than 10"):
        tree(smi_xml())


def test_the_text_of_one_element_is_bounded() -> None:
    text = tree(f"<nvidia_smi_log><a>{'x' * 100_000}</a></nvidia_smi_log>").find("a")
    assert 0 < len(text) <= 2 * smi.MOST_TEXT


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("81559 MiB", 81559 << 20),
        ("16 GiB", 16 << 30),
        ("0 MiB", 0),
        ("N/A", None),
        ("-1 MiB", None),
        ("999999999999 GiB", None),
        ("1.5 GiB", None),
    ],
)
def test_a_size_has_a_unit(text: str, found: int | None) -> None:
    assert size(text) == found


@pytest.mark.parametrize(
    "excuse", ["N/A", "[N/A]", "", "Requested functionality has been deprecated", "Insufficient Permissions"]
)
def test_an_excuse_is_no_value(excuse: str) -> None:
    assert not supported(excuse)


def test_processes_of_old_and_new_documents() -> None:
    one = "<process_info><pid>7</pid><type>C</type></process_info>"
    graphics = "<process_info><pid>8</pid><type>G</type></process_info>"
    both = "<process_info><pid>9</pid><type>C+G</type></process_info>"
    new = f"<gpu><processes>{one}{graphics}{both}</processes></gpu>"
    old = "<gpu><compute_processes><process_info><pid>10</pid></process_info></compute_processes></gpu>"
    assert compute_pids(f"<nvidia_smi_log>{new}{old}</nvidia_smi_log>") == {7, 9, 10}
    assert compute_pids("no driver") == frozenset()


TAGS = "<nvidia_smi_log> </nvidia_smi_log> <gpu> </gpu> <!DOCTYPE_x_[ <!ENTITY_e_'x'> &e; <pid> <![CDATA[ ]]> <?x?> 7"
markup = st.sampled_from([tag.replace("E_", "E ") for tag in TAGS.split()])


@given(st.lists(markup | st.text(max_size=8), max_size=40).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    compute_pids(text)
    with contextlib.suppress(ValueError):
        assert tree(text).name.startswith("nvidia_smi_log")
