"""Words of the interface that more than one page uses: verdicts, severities, statuses, collectors."""

from functools import cache

from PySide6.QtCore import QObject

from auditor.desktop import units


class Words(QObject):
    """Translated anew on each call, because the language may change while the app runs."""

    def verdict(self, verdict: str) -> str:
        """``Contradicted``."""
        return {
            "pass": self.tr("Evidenced"),
            "fail": self.tr("Contradicted"),
            "unknown": self.tr("Not seen"),
            "waived": self.tr("Waived"),
            "not_applicable": self.tr("Not applicable"),
        }[verdict]

    def no_finding(self) -> str:
        """Of a thing about which no finding speaks."""
        return self.tr("no finding")

    def further(self, number: int) -> str:
        """What a list leaves out."""
        return self.tr("and further: {number}").format(number=units.count(number))

    def waived_until(self, day: str) -> str:
        """``Waived until 2027-03-31``."""
        return self.tr("Waived until {day}").format(day=day)

    def answer(self, answer: str) -> str:
        """To one of the five questions."""
        return {
            "yes": self.tr("Yes"),
            "no": self.tr("No"),
            "conditional": self.tr("On terms"),
            "unknown": self.tr("Not seen"),
        }[answer]

    def overall(self, verdict: str, policy: str) -> str:
        """The headline."""
        return {
            "conforms": self.tr("This deployment meets “{policy}”."),
            "does_not_conform": self.tr("This deployment does not meet “{policy}”."),
            "inconclusive": self.tr("It could not be decided whether this deployment meets “{policy}”."),
        }[verdict].format(policy=units.clean(policy, 200))

    def severity(self, severity: str) -> str:
        """``critical``."""
        return {
            "info": self.tr("info"),
            "low": self.tr("low"),
            "medium": self.tr("medium"),
            "high": self.tr("high"),
            "critical": self.tr("critical"),
        }[severity]

    def status(self, status: str) -> str:
        """How a fact came to be known, or why it is not."""
        return {
            "observed": self.tr("measured"),
            "declared": self.tr("declared"),
            "inferred": self.tr("inferred"),
            "absent": self.tr("not there"),
            "denied": self.tr("no right to see it"),
            "unsupported": self.tr("cannot be told here"),
            "error": self.tr("looking failed"),
        }[status]

    def confidence(self, confidence: str) -> str:
        """What an answer rests on."""
        return {
            "measured": self.tr("measured"),
            "declared": self.tr("declared"),
            "inferred": self.tr("inferred"),
        }[confidence]

    def collector(self, name: str) -> str:
        """What a collector looks at; its own name where it is not known."""
        return {
            "host": self.tr("Host and rights"),
            "gpus": self.tr("GPUs"),
            "processes": self.tr("Serving processes"),
            "models": self.tr("Models and licences"),
            "weights": self.tr("Weights"),
            "custody": self.tr("Weights in use"),
            "traffic": self.tr("Traffic window"),
            "footprints": self.tr("Traces of past contact"),
            "endpoints": self.tr("Answers on loopback"),
            "judge": self.tr("Judge under the policy"),
            "compose": self.tr("Compose the dossier"),
            "seal": self.tr("Sign the dossier"),
        }.get(name, name)

    def subject(self, kind: str, name: str) -> str:
        """``PID 4188``."""
        shown = units.clean(name, 200)
        return {
            "process": self.tr("PID {name}"),
            "gpu": self.tr("GPU {name}"),
        }.get(kind, "{name}").format(name=shown)

    def outcome(self, outcome: str) -> str:
        """How a collector ended."""
        return {
            "complete": self.tr("complete"),
            "partial": self.tr("Part of it could not be seen."),
            "cancelled": self.tr("Stopped before it was complete."),
            "failed": self.tr("It failed."),
            "not_run": self.tr("It did not run."),
        }[outcome]

    def page(self, key: str) -> str:
        """The name of a page."""
        return {
            "start": self.tr("New audit"),
            "running": self.tr("Running audit"),
            "overview": self.tr("Overview"),
            "findings": self.tr("Findings"),
            "models": self.tr("Models"),
            "weights": self.tr("Weights"),
            "traffic": self.tr("Traffic"),
            "gpus": self.tr("GPUs"),
            "serving": self.tr("Serving"),
            "sealed": self.tr("Sealed run"),
            "watch": self.tr("Live traffic"),
            "facts": self.tr("Facts"),
            "history": self.tr("History"),
            "policy": self.tr("Policy"),
            "dossier": self.tr("Dossier"),
        }[key]

    def direction(self, direction: str) -> str:
        """Which way a finding went."""
        return {
            "worse": self.tr("Worse"),
            "new": self.tr("New"),
            "better": self.tr("Better"),
            "gone": self.tr("Gone"),
            "changed": self.tr("Changed"),
            "same": self.tr("Same"),
        }[direction]


@cache
def words() -> Words:
    """The one set of words."""
    return Words()


ANSWER_MARKS = {"yes": "pass", "no": "fail", "conditional": "conditional", "unknown": "unknown"}
"""Answer → mark."""
