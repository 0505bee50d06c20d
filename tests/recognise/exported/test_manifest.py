"""The manifest tells what was tried, so that “none there” and “not looked” differ."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.exported.manifest import Manifest, Step, manifest_of


def test_what_the_script_says_of_itself() -> None:
    said = manifest_of(
        "sovereignty-export\t1\ntime\t2026-11-22T10:00:00Z\nuid\t0\ncapabilities\t000001ffffffffff\nhidden\t3\n"
        "models\t/srv/models\nstep\tss.txt\tok\tss -tunap\nstep\tlspci.txt\tmissing\tlspci -Dnnvv\n"
    )
    assert (said.time, said.uid, said.hidden, said.models) == ("2026-11-22T10:00:00Z", 0, 3, ("/srv/models",))
    assert said.capabilities == 0x1FFFFFFFFFF
    assert said.steps == (Step("ss.txt", "ok", "ss -tunap"), Step("lspci.txt", "missing", "lspci -Dnnvv"))
    assert (said.ended("lspci.txt"), said.ended("ps.txt")) == ("missing", "")


def test_what_is_no_time_number_or_digest_is_not_taken() -> None:
    said = manifest_of("time\tyesterday\nuid\troot\ncapabilities\tall\nmachine\tabc\nticks\t0\n")
    assert said == Manifest(ticks=1)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert manifest_of(text).uid >= -1
