"""What the collectors did not reach, model by model: a check may rest on the rest.

A collector that broke off, failed or did not run leaves everything open. One that ended ``partial`` leaves open only
the models that one of its problems lies at, under or above. Weight files are facts of their own, which say themselves
what was not read of them.
"""

import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterator

from auditor.facts.audit import Audit, Collector, Outcome, Problem
from auditor.facts.fact import Status
from auditor.facts.models import Model, Store
from auditor.facts.weights import Weight
from auditor.judge.context import Context
from auditor.judge.finding import Outcome as Said
from auditor.judge.finding import Sentence, Subject, SubjectKind, Verdict, say

LISTED = 5
"""Problems that are named one by one; those beyond are counted."""

_LOST = (Status.DENIED, Status.ERROR)


class Reach:
    """The problems of some collectors, found by place."""

    def __init__(self, audit: Audit, *collectors: str) -> None:
        self._ended = [audit.collector(name) for name in collectors]
        told = {problem.collector for problem in audit.problems}
        self.cut_short = tuple(collector for collector in self._ended if _is_cut_short(collector, told))
        """Those that may have left out anything."""
        self._at: dict[str, list[Problem]] = defaultdict(list)
        self._below: dict[str, list[Problem]] = defaultdict(list)
        self._placeless: list[Problem] = []
        partial = {collector.name for collector in self._ended if collector.outcome is Outcome.PARTIAL}
        for problem in audit.problems:
            # What stands for those beyond the bounds of the list, has no place and may concern any model.
            if problem.collector in partial and (problem.status in _LOST or not problem.where):
                self._place(problem)

    def _place(self, problem: Problem) -> None:
        if not problem.where.startswith("/"):
            self._placeless.append(problem)
            return
        self._at[problem.where].append(problem)
        for folder in _above(problem.where):
            self._below[folder].append(problem)

    def lost(self, model: Model, weights: Collection[Weight]) -> tuple[Sentence, ...]:
        """What may have been left out of this model; nothing where it was looked at as a whole."""
        ended = [
            say("The collector {name} ended as {outcome}.", name=collector.name, outcome=_ending(collector))
            for collector in self.cut_short
        ]
        problems = self._concerning(model, weights)
        named = [say("{where}: {what}.", where=p.where or p.collector, what=p.what) for p in problems[:LISTED]]
        more = len(problems) - LISTED
        if more == 1:
            named.append(say("1 more problem of this model is listed in facts.json."))
        elif more > 1:
            named.append(say("{count} more problems of this model are listed in facts.json.", count=more))
        return (*ended, *named)

    def _concerning(self, model: Model, weights: Collection[Weight]) -> list[Problem]:
        files = {weight.path for weight in weights}
        found = []
        for place in (model.path, *_aside(model, files)):
            found += [*self._at.get(place, ()), *self._below.get(place, ())]
        for folder in _folders(model.path, files):
            found += self._at.get(folder, ())
        # A problem of a weight file says no more than the facts of that file do.
        return [*self._placeless, *(problem for problem in dict.fromkeys(found) if problem.where not in files)]

    def outside(self, models: Collection[Model], weights: Collection[Weight]) -> bool:
        """Whether models may be there that nobody saw: a problem lies beyond all those that were found."""
        if self.cut_short or self._placeless:
            return True
        known = {model.path for model in models} | {weight.path for weight in weights}
        known |= {place for model in models for place in _aside(model, known)}
        return any(not known & {where, *_above(where)} for where in self._at)


def _is_cut_short(collector: Collector, told: Collection[str]) -> bool:
    """Whether a collector may have left out anything; cancelled reading of weights still names every file.

    ``told`` are the collectors that name a problem: one that is partial and names none may have left out anything.
    """
    if collector.outcome in (Outcome.FAILED, Outcome.NOT_RUN):
        return True
    if collector.outcome is Outcome.CANCELLED:
        return collector.name != "weights"
    return collector.outcome is Outcome.PARTIAL and (collector.ended is None or collector.name not in told)


def _ending(collector: Collector) -> str:
    return "broken off" if collector.outcome is Outcome.PARTIAL else collector.outcome.value.replace("_", " ")


def _above(path: str) -> Iterator[str]:
    """Every folder above a path, the nearest first."""
    while path not in ("/", ""):
        path = posixpath.dirname(path)
        yield path


def _folders(path: str, files: Collection[str]) -> tuple[str, ...]:
    """The folders above a model and its files, each once, the nearest first."""
    nearest = sorted({posixpath.dirname(file) for file in files})
    return tuple(dict.fromkeys((*_above(path), *nearest, *(above for folder in nearest for above in _above(folder)))))


def _aside(model: Model, files: Collection[str]) -> Iterator[str]:
    """Places of a model that do not lie under its path."""
    wanted = model.shards.value if model.shards is not None and model.shards.value else ()
    if model.store is Store.HUGGINGFACE_CACHE:
        snapshots, commit = posixpath.split(model.path)
        yield posixpath.join(posixpath.dirname(snapshots), "trees", f"{commit}.json")
    elif model.store is Store.OLLAMA:
        store = model.path.partition("/manifests/")[0]
        yield from (posixpath.join(store, name) for name in wanted)
    elif model.path in files:
        yield from (posixpath.join(posixpath.dirname(model.path), name) for name in wanted)


def unseen_models(context: Context, expected: Sentence) -> Iterator[Said]:
    """One outcome for the host where models may be there that nobody saw, or where there are none."""
    facts = context.audit.facts
    collector = context.audit.collector("models")
    subject = Subject(kind=SubjectKind.HOST, id=context.audit.target.name)
    if Reach(context.audit, "models").outside(facts.models, facts.weights):
        yield Said(
            subject=subject,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            observed=say("The search for models ended as {outcome}.", outcome=_ending(collector)),
            rests_on=("/collectors", "/problems"),
            not_seen=(say("Models that the search did not reach."),),
            remedy=say("Let the search for models complete, and name every folder that holds some."),
        )
    elif not facts.models:
        yield Said(
            subject=subject,
            verdict=Verdict.NOT_APPLICABLE,
            expected=expected,
            observed=say("No model was found."),
            rests_on=("/collectors", "/facts/models"),
        )
