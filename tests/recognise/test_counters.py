"""Counters are summed over their labels; whatever is no count tells nothing."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.counters import total

NAME = "vllm:request_success_total"


def test_samples_of_all_labels_are_summed():
    text = f'# TYPE {NAME} counter\n{NAME}{{reason="stop"}} 3.0\n{NAME}{{reason="a b}} 1"}} 4 1700000000\nother 9\n'
    assert total(text, (NAME,)) == 7


def test_a_counter_that_is_not_there_is_not_zero():
    assert total("other 1\n", (NAME,)) is None
    assert total("", (NAME,)) is None


def test_what_is_no_count_tells_nothing():
    for value in ("NaN", "+Inf", "-1", "1e300", "many"):
        assert total(f"{NAME} {value}", (NAME,)) is None


@given(st.lists(st.integers(0, 10**9)))
def test_any_counts_are_added_up(counts):
    text = "\n".join(f'{NAME}{{place="{place}"}} {float(count)}' for place, count in enumerate(counts))
    assert total(text, (NAME,)) == (sum(counts) if counts else None)


@given(st.text())
def test_any_text_is_read(text):
    found = total(text, (NAME,))
    assert found is None or found >= 0
