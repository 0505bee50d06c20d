"""Links lead where they lead for the process behind whose root they lie."""

import os
import subprocess
import sys

import pytest

from auditor.probe import footprints, paths, processes, stores
from tests.probe import making
from tests.probe.making import Heard


def test_outside_of_containers_links_are_those_of_the_system(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)

    assert paths.resolve(str(tmp_path / "link" / "x")) == str(tmp_path.resolve() / "x")


def test_a_relative_link_behind_a_root(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a/../a")
    root = f"/proc/{os.getpid()}/root"

    assert paths.resolve(f"{root}{tmp_path}/link/x") == f"{root}{tmp_path}/a/x"


def test_an_absolute_link_behind_a_root_starts_there_again(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "a")
    root = f"/proc/{os.getpid()}/root"

    assert paths.resolve(f"{root}{tmp_path}/link") == f"{root}{tmp_path}/a"
    assert paths.resolve(f"{root}/../../..{tmp_path}") == f"{root}{tmp_path}"


def test_links_that_go_round_end(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "link")

    with pytest.raises(OSError, match="symbolic"):
        paths.resolve(f"/proc/{os.getpid()}/root{tmp_path}/link")


@pytest.fixture
def contained(tmp_path):
    """A process whose root is another one, with a cache and a footprint in it; gives its pid."""
    home = tmp_path / "home"
    making.cache(home / "hub")
    (home / "shadow").symlink_to("/etc/hostname")
    (home / "trace").write_text("seen")
    code = f"import os, sys; os.chroot({str(tmp_path)!r}); print('up', flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    variables = {"HF_HUB_CACHE": "/home/hub", "XDG_CONFIG_HOME": "/home/config", "HOME": "/home"}
    with subprocess.Popen([sys.executable, "-c", code, "vllm"], stdin=pipe, stdout=pipe, env=variables) as child:
        assert child.stdout.readline()
        yield child.pid
        child.stdin.close()


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change a root")
def test_a_cache_behind_another_root_is_found_with_its_blobs(contained):
    problems = []
    finder = stores.Finder(lambda *said, **more: problems.append(said), lambda: False)

    finder.look(f"/proc/{contained}/root/home/hub", False)

    (model,) = finder.models
    assert problems == []
    assert model.complete
    assert [len(weight.expected) for weight in model.weights] == [2]
    assert model.weights[0].file.real.startswith(f"/proc/{contained}/root/home/hub/")


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change a root")
def test_footprints_behind_another_root_do_not_lead_out_of_it(contained, monkeypatch):
    monkeypatch.setattr(footprints, "homes", list)
    entries = [{"entry": "a", "path": "~/trace"}, {"entry": "b", "path": "~/shadow"}]
    heard = Heard()

    footprints.collect(heard, {"entries": entries}, [f"/proc/{contained}/root/home"])

    assert [record["text"] for record in heard.records("footprint")] == ["seen"]
    assert "link out of the home" in heard.problems()[0][1]


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change a root")
def test_places_of_a_process_are_named_through_its_root(contained):
    places = processes.collect(Heard(), {"patterns": ["vllm"]})

    assert f"/proc/{contained}/root/home/hub" in places.models
    assert f"/proc/{contained}/root/home" in places.homes
    assert f"/proc/{contained}/root/home/config" in places.configs
