"""A waiver is written into a policy, and nothing else in the file moves."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.policy.document import parse
from auditor.policy.effective import Approval, Waiver
from auditor.policy.loader import load
from auditor.policy.waivers import add_waiver
from tests.policy.samples import MINIMAL, write

WAIVER = Waiver(
    id="W-2026-004",
    control="LIC-001",
    hosts=("gpu-01",),
    subject={"model": "acme/large", "sha256": "0" * 64},
    reason="Signed agreement: no. 2026/118, \"as is\" # with the vendor.",
    approved_by=Approval(name="J. Nováková", role="DPO", on=dt.date(2026, 10, 1)),
    until=dt.date(2027, 3, 31),
    compensating=("Outbound firewall rule 4411",),
)  # fmt: skip

LAYOUTS = {
    "no waivers yet": MINIMAL,
    "no newline at the end": MINIMAL.rstrip(),
    "comments at the end": MINIMAL + "\n# the end\n",
    "an empty list": MINIMAL + "waivers: []   # none yet\ntests: []\n",
    "an empty key": MINIMAL + "waivers:   # none yet\ntests: []\n",
    "a block list": MINIMAL
    + """
waivers:   # reviewed in May
  # the first one
  - id: W-1
    control: LIC-001
    reason: >-
      Agreement no. 118,
      # which is no comment
      signed.
    approved_by: {name: A, role: DPO, on: 2026-10-01}
    until: 2027-03-31   # a year is too long

# what follows
tests: []
""",
    "a list that is not indented": MINIMAL
    + """waivers:
- id: W-1
  control: LIC-001
  reason: Agreement no. 118.
  approved_by: {name: A, role: DPO, on: 2026-10-01}
  until: 2027-03-31
""",
    "a flow list": MINIMAL
    + "waivers: [{id: W-1, control: LIC-001, reason: Agreement no. 118.,"
    + " approved_by: {name: A, role: DPO, on: 2026-10-01}, until: 2027-03-31}]  # one line\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_waiver_is_added_and_every_line_stays(tmp_path: Path, name: str) -> None:
    text = LAYOUTS[name]

    written = add_waiver(text, WAIVER)

    loaded = load(write(tmp_path, "site.yaml", written))
    added = list(loaded.merged.waivers.values())[-1].plain()
    assert added["id"] == "W-2026-004"
    assert added["reason"] == WAIVER.reason
    rest = iter(written.splitlines())
    if "flow" not in name and "empty list" not in name:
        assert all(line in rest for line in text.splitlines()), "a line was changed or moved"
    for comment in ("# reviewed in May", "# the first one", "# what follows", "# none yet", "# one line", "# the end"):
        assert (comment in written) == (comment in text)


def test_two_waivers_can_be_added_one_after_the_other(tmp_path: Path) -> None:
    second = WAIVER.model_copy(update={"id": "W-2026-005"})

    written = add_waiver(add_waiver(MINIMAL, WAIVER), second)

    assert list(load(write(tmp_path, "site.yaml", written)).merged.waivers) == ["W-2026-004", "W-2026-005"]


def test_the_ends_of_lines_stay_as_they_are() -> None:
    written = add_waiver(LAYOUTS["a block list"].replace("\n", "\r\n"), WAIVER)

    assert written.count("\n") == written.count("\r\n")


def test_an_id_stands_once() -> None:
    with pytest.raises(ValueError, match="there is a waiver W-2026-004 already"):
        add_waiver(add_waiver(MINIMAL, WAIVER), WAIVER)


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", "{schema: sovereign-policy/1}\n", MINIMAL + "waivers: none\n"])
def test_what_leaves_no_place_for_a_waiver_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"waiver|policy"):
        add_waiver(text, WAIVER)


def test_a_waiver_for_every_host_names_none() -> None:
    written = add_waiver(MINIMAL, WAIVER.model_copy(update={"hosts": ("*",)}))

    assert "hosts" not in written


@settings(deadline=None)
@given(st.text(min_size=10, max_size=80), st.text(min_size=1, max_size=20))
def test_whatever_a_person_types_is_read_back(reason: str, name: str) -> None:
    approval = Approval(name=name, role="DPO", on=dt.date(2026, 10, 1))
    waiver = WAIVER.model_copy(update={"reason": reason, "approved_by": approval})
    try:
        written = add_waiver(MINIMAL, waiver)
    except ValueError:
        return
    tree, _ = parse(written.encode(), "policy")
    assert tree is not None
    assert tree.plain()["waivers"][0]["reason"] == reason
    assert tree.plain()["waivers"][0]["approved_by"]["name"] == name
