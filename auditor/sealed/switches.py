"""What is set and what is taken away in a server's environment, by what is known of products that phone home."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from auditor.knowledge.phonehome import Entry, Rule
from auditor.sealed import files

HIDERS = (
    "CI", "GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "TRAVIS", "JENKINS_URL", "BUILDKITE", "TEAMCITY_VERSION",
    "TF_BUILD", "CODEBUILD_BUILD_ID", "APPVEYOR", "DRONE", "BITBUCKET_BUILD_NUMBER", "PYTEST_CURRENT_TEST",
    "PYTEST_VERSION",
)  # fmt: skip
"""With one of these set, products think that they are tested and stay silent."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy", "grpc_proxy")


class Off(NamedTuple):
    """Everything off: variables, files below HOME, and contacts that no variable or file switches off."""

    environment: dict[str, str]
    home_files: dict[str, str]
    unset: tuple[str, ...]


def scrubbed(environment: Mapping[str, str], entries: Iterable[Entry]) -> dict[str, str]:
    """The environment without what makes products hide or speak to a proxy, with the box's authority."""
    hidden = {*HIDERS, *(name for entry in entries for name in entry.silent_in)}
    kept = {
        name: value
        for name, value in environment.items()
        if name not in hidden and name.lower() not in PROXIES and name not in files.CA_VARIABLES
    }
    kept |= dict.fromkeys(files.CA_VARIABLES, files.BUNDLE)
    return kept | {"TMPDIR": files.TEMPORARY, "XDG_RUNTIME_DIR": files.RUNTIME}


def everything_off(entries: Iterable[Entry]) -> Off:
    """Every known switch, set as the products read it. Of two that contradict each other, the first counts."""
    environment: dict[str, str] = {}
    home: dict[str, str] = {}
    unset = []
    for entry in entries:
        done = not entry.off_if
        for rule in entry.off_if:
            wanted = _variables(rule)
            if wanted and all(environment.get(name, value) == value for name, value in wanted.items()):
                environment |= wanted
                done = True
            elif rule.rule == "file_exists" and rule.path.startswith("~/"):
                home[rule.path[2:]] = ""
                done = True
        if not done:
            unset.append(entry.id)
    return Off(environment, home, tuple(unset))


def _variables(rule: Rule) -> dict[str, str]:
    """Variables that make a rule hold; none where no variable does."""
    match rule.rule:
        case "equals" | "equals_any":
            return {rule.env[0]: rule.values[0]}
        case "all_equal":
            return dict.fromkeys(rule.env, rule.values[0])
        case "non_empty" | "present" | "go_parse_bool":
            return {rule.env[0]: "1"}
        case "not_equals":
            return {rule.env[0]: "False"}
    return {}
