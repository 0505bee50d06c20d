"""Finds models: in caches and stores by their layout, in any other folder by its weight files and configuration."""

import contextlib
import os
import re
import stat
from typing import Callable, Iterable, List, Optional, Set, Tuple

from . import huggingface, limits, ollama
from .found import File, Found, Report, digest_named, file_at, file_of, sums
from .names import MODEL_FILES, is_weight, tells_a_model
from .paths import resolve
from .text import path as shown
from .walk import Listing, Walk, explain, read_regular

_ENGINE = re.compile(r"^rank\d+\.engine$|\.engine$")
_SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)", re.IGNORECASE)
_NO_MODELS = ("datasets--", "spaces--")
"""Beginnings of the other folders of a Hugging Face cache, which may hold more files than all models."""
_REPOSITORY = re.compile(r"^(?:README|LICEN[SC]E|config\.json)", re.IGNORECASE)


class Finder:
    """Collects the models below the places it is shown; the same folder is looked into once."""

    def __init__(self, report: Report, stop: Callable[[], bool]) -> None:
        self._report = report
        self._stop = stop
        self._given: Set[str] = set()
        self._seen: Set[Tuple[int, int]] = set()
        self._taken: Set[str] = set()
        self.models: List[Found] = []

    def look(self, path: str, named: bool) -> None:
        """Look at a file or folder; ``named``: somebody asked for it, so its absence is worth a word."""
        try:
            real = resolve(path)
            if real in self._given:
                return
            self._given.add(real)
            # A folder that was named is looked into in any case; the others once, by whatever path they are met.
            seen: Set[Tuple[int, int]] = set() if named else self._seen
            walk = Walk(self._report, self._stop, seen)
            if stat.S_ISDIR(os.stat(path).st_mode):
                self._survey(real, real, "", None, walk, 0)
            else:
                self._single(path, real)
            self._seen |= seen
        except (FileNotFoundError, NotADirectoryError) as error:
            if named:
                self._report(shown(path), *explain(error), lost=True)
        except OSError as error:
            self._report(shown(path), *explain(error), lost=True)

    def _single(self, path: str, real: str) -> None:
        if not is_weight(os.path.basename(path)) and not re.match(r"^sha256-[0-9a-f]{64}$", os.path.basename(path)):
            self._report(shown(path), "is not a weight file", "unsupported", "name the folder of the model", lost=True)
            return
        file = file_at(os.path.basename(path), path, real)
        model = Found("directory", path, os.path.basename(path), "file")
        model.add(file, digest_named(os.path.basename(real).replace("sha256-", ""), "blob name"), weight=True)
        self._take([model])

    def _take(self, models: Iterable[Found]) -> None:
        for model in models:
            if model.path in self._taken:
                continue
            self._taken.add(model.path)
            if len(self.models) >= limits.MODELS:
                what = f"more than {limits.MODELS:,} models were found, those beyond are not reported"
                self._report(shown(model.path), what, "error")
                return
            self.models.append(model)

    def _survey(self, root: str, folder: str, prefix: str, owner: Optional[Found], walk: Walk, depth: int) -> None:
        listing = walk.list(folder, depth)
        if owner and (listing is None or walk.cut):
            owner.complete = False
        if listing is None:
            return
        if huggingface.is_cached_model(folder, listing.folders):
            self._take(huggingface.cached(folder, walk, self._report))
            return
        if ollama.is_store(listing.folders):
            self._take(ollama.stored(folder, walk, self._report))
            return
        opened = self._open(folder, listing, owner)
        if opened:
            owner, prefix = opened, ""
            owner.complete = not walk.cut
        if owner:
            self._fill(owner, root, folder, prefix, listing)
        elif any(is_weight(name) and tells_a_model(name) for name in listing.names()):
            self._loose(root, folder, listing)
        for sub in listing.folders:
            if sub.startswith(_NO_MODELS):
                continue
            self._survey(root, os.path.join(folder, sub), os.path.join(prefix, sub), owner, walk, depth + 1)
        if opened:
            self._close(opened)

    def _open(self, folder: str, listing: Listing, owner: Optional[Found]) -> Optional[Found]:
        """The model that begins at this folder, if one does."""
        names = listing.names()
        local = huggingface.is_local(folder, listing.folders)
        configured = any(name in names for name in MODEL_FILES)
        weighty = any(is_weight(name) for name in names)
        if owner and (owner.whole or not (local or (configured and weighty))):
            return None
        whole = local or "model_index.json" in names or {"modules.json", "config.json"} <= names
        named = any(tells_a_model(name) for name in names)
        if not (whole or (configured and weighty) or (named and not _is_collection(names)) or _is_unfilled(names)):
            return None
        store = "huggingface-local" if local else "directory"
        if any(_ENGINE.search(name) for name in names):
            store = "tensorrt-llm"
        model = Found(store, folder, os.path.basename(folder) or folder, "walk")
        model.whole = whole
        return model

    def _fill(self, model: Found, root: str, folder: str, prefix: str, listing: Listing) -> None:
        for entry in listing.files:
            model.add(file_of(entry, prefix))
        inside = resolve(root) + os.sep
        for name, real in listing.links:
            path = os.path.join(folder, name)
            if not is_weight(name) and not real.startswith(inside):
                # A text is shown to whoever reads the evidence; a link must not choose which file that is.
                what = f"is a link out of the folder, to {shown(real)}, and was not read"
                self._report(shown(path), what, "unsupported")
                continue
            self._add_at(model, File(os.path.join(prefix, name), path, real, 0, 0, 0))

    def _add_at(self, model: Found, file: File) -> None:
        try:
            model.add(file_at(file.name, file.path, file.real))
        except OSError as error:
            self._report(shown(file.path), *explain(error))

    def _loose(self, root: str, folder: str, listing: Listing) -> None:
        """Weight files that lie side by side without anything that makes them one model: each is one."""
        models = {}
        for name in sorted(listing.names()):
            if not (is_weight(name) and tells_a_model(name)):
                continue
            key = _SHARD.sub("", name)
            if key not in models:
                models[key] = Found("directory", os.path.join(folder, name), key, "file")
            path = os.path.join(folder, name)
            self._add_at(models[key], File(name, path, resolve(path), 0, 0, 0))
        self._take(models.values())

    def _close(self, model: Found) -> None:
        if model.store == "huggingface-local":
            huggingface.expect_local(model, self._report)
        for file in model.files:
            if os.path.basename(file.name).upper().startswith("SHA256SUM"):
                self._expect_sums(model, file)
        self._take([model])

    def _expect_sums(self, model: Found, file: File) -> None:
        try:
            stated = sums(read_regular(file.real, 16 * limits.MIB, follow=True))
        except OSError as error:
            self._report(shown(file.path), *explain(error))
            return
        base = os.path.dirname(file.name)
        model.expect(
            shown(file.path), {os.path.normpath(os.path.join(base, name)): digest for name, digest in stated.items()}
        )


def _is_collection(names: Set[str]) -> bool:
    """Several models as single files in one folder, rather than one model in several files."""
    if any(_REPOSITORY.match(name) for name in names):
        return False
    ggufs = {_SHARD.sub("", name) for name in names if name.lower().endswith(".gguf")}
    others = [name for name in names if tells_a_model(name) and not name.lower().endswith(".gguf")]
    return len(ggufs) > 1 or bool(ggufs and others)


def _is_unfilled(names: Set[str]) -> bool:
    """A model's folder from which the weights are missing."""
    return "config.json" in names and any(
        name.startswith("tokenizer") or name.endswith(".index.json") for name in names
    )


def homes() -> List[str]:
    """Home folders by /etc/passwd and below /home; read as files, because asking the system may ask a network."""
    found = {os.path.expanduser("~"), "/root"}
    with contextlib.suppress(OSError):
        for line in read_regular("/etc/passwd", limits.MIB, follow=True).decode("utf-8", "replace").splitlines():
            fields = line.split(":")
            if len(fields) >= 7 and fields[5] not in ("", "/", "/nonexistent"):
                found.add(fields[5])
    with contextlib.suppress(OSError):
        found.update(os.path.join("/home", name) for name in os.listdir("/home")[: limits.MODELS])
    return sorted({resolve(home) for home in found})


_BELOW_HOME = (
    ".cache/huggingface/hub",
    ".ollama/models",
    ".lmstudio/models",
    ".cache/lm-studio/models",
    ".cache/llama.cpp",
    ".cache/modelscope/hub",
    ".local/share/nomic.ai/GPT4All",
)
_SYSTEM = ("/usr/share/ollama/.ollama/models", "/var/lib/ollama/.ollama/models", "/var/lib/ollama/models")


def default_places() -> List[str]:
    """Where the usual programs keep their models unless told otherwise."""
    return [os.path.join(home, below) for home in homes() for below in _BELOW_HOME] + list(_SYSTEM)
