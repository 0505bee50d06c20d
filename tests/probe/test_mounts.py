"""The table of mounts as kernels write it."""

import os

from hypothesis import given
from hypothesis import strategies as st

from auditor.probe.mounts import View, layers, mounts_of

OVERLAY = (
    "812 790 0:71 / / rw,relatime - overlay overlay "
    r"rw,lowerdir=/var/lib/docker/overlay2/l/AB:/var/lib/a\040b/c\134:d,upperdir=/up,workdir=/work"
)


def test_layers_of_an_overlay() -> None:
    (mount,) = mounts_of(OVERLAY)

    assert (mount.point, mount.kind, mount.options["upperdir"]) == ("/", "overlay", "/up")
    assert layers(mount.options["lowerdir"]) == ["/var/lib/docker/overlay2/l/AB", "/var/lib/a b/c:d"]


def test_layers_that_are_told_one_by_one() -> None:
    (mount,) = mounts_of("1 2 0:1 / /m rw - overlay none rw,lowerdir+=/a,lowerdir+=/b,upperdir=/c")

    assert layers(mount.options["lowerdir"]) == ["/a", "/b"]


def test_of_mounts_at_one_place_the_last_holds() -> None:
    view = View(os.getpid())
    view._mounts = mounts_of(
        "1 2 8:1 / / rw - ext4 /dev/sda1 rw\n3 1 0:5 / /m rw - tmpfs a rw\n4 3 0:6 / /m rw - nfs4 b rw"
    )

    assert view.layer_of("/m/x")["mount"] == "/m (nfs4)"
    assert view.layer_of("/mm/x")["mount"] == "/ (ext4)"


def test_lines_of_another_form_are_passed_over() -> None:
    assert mounts_of("nonsense\n\n1 2 3 - x\n") == []


@given(st.text())
def test_no_table_breaks_the_reader(text: str) -> None:
    for mount in mounts_of(text):
        layers(mount.options.get("lowerdir", ""))
