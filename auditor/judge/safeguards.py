"""Checks of how the host is set up: support, encryption, leftovers of prompts, firewall, logins, containers."""

from collections.abc import Iterable, Sequence
from typing import Any

from auditor.facts.fact import Fact
from auditor.facts.safeguards import Container, CoreLimit, Store, Swap
from auditor.judge.context import Context, check
from auditor.judge.finding import Outcome, Sentence, Subject, SubjectKind, Verdict, say
from auditor.knowledge.distributions import release_of
from auditor.policy.arguments import NoArguments, RemoteLogin, Supported

_AT = "/facts/safeguards"


@check("host.supported")
def supported(context: Context, arguments: Supported) -> Iterable[Outcome]:
    """One outcome for the host."""
    expected = say("The operating system gets security updates.")
    fact = context.audit.facts.host.os
    if not fact.seen or fact.value is None:
        yield _blind(context, expected, ("/facts/host/os",), _why(say("The operating system"), fact))
        return
    system, day = fact.value, context.now.date().isoformat()
    release = release_of(system.id, system.version, context.knowledge.distributions)
    name = f"{system.name} {system.version}".strip()
    rests = ("/facts/host/os", "/facts/host/kernel")
    if release is None:
        yield _blind(
            context, expected, rests, say("How long {system} is supported: the table does not list it.", system=name)
        )
        return
    until = max(release.until, release.extended) if arguments.extended else release.until
    left = (say("Whether its updates are installed, and the kernel that runs is the newest one."),)
    verdict = Verdict.PASS if day <= until else Verdict.FAIL
    observed = (
        say("{system} gets updates until {until} (table of {date}).", system=name, until=until, date=release.date)
        if verdict is Verdict.PASS
        else say("{system} got updates until {until} (table of {date}).", system=name, until=until, date=release.date)
    )
    yield _outcome(context, verdict, expected, observed, rests, left, say("Upgrade to a release that is supported."))


@check("host.encrypted_store")
def encrypted_store(context: Context, arguments: NoArguments) -> Iterable[Outcome]:
    """One outcome for the host, over all folders of models."""
    expected = say("Models lie on disks that this host encrypts.")
    found = _part(context, "stores")
    if found is None or not found.seen:
        yield _unread(context, expected, "stores", found)
        return
    stores: Sequence[Store] = found.value or ()
    rests = (f"{_AT}/stores",)
    if not stores:
        yield _outcome(context, Verdict.NOT_APPLICABLE, expected, say("No model was found."), rests)
        return
    below = (say("Encryption by a disk itself, a hypervisor or a storage server."),)
    clear = [store for store in stores if store.encrypted is False]
    doubtful = [store for store in stores if store.encrypted is None and store.kind != "memory"]
    if clear:
        yield _outcome(
            context,
            Verdict.FAIL,
            expected,
            say("No encryption of this host lies between models and device: {places}.", places=_places(clear)),
            rests,
            below,
            say("Put the models on a volume that dm-crypt encrypts (LUKS)."),
        )
    elif doubtful:
        unsure = say("What {places} lie on, and whether it is encrypted.", places=_places(doubtful))
        yield _blind(context, expected, rests, unsure)
    else:
        yield _outcome(
            context,
            Verdict.PASS,
            expected,
            say("dm-crypt encrypts what models lie on: {places}.", places=_places(stores)),
            rests,
            (say("Who holds the keys, and whether they lie on the same disk."),),
        )


@check("host.no_prompt_leftovers")
def no_prompt_leftovers(context: Context, arguments: NoArguments) -> Iterable[Outcome]:
    """One outcome for the host: swap, and core files of serving processes."""
    expected = say("Memory of serving processes, and prompts in it, is written to no disk in the clear.")
    swaps, pattern, limits = (_part(context, name) for name in ("swaps", "core_pattern", "core_limits"))
    rests = (f"{_AT}/swaps", f"{_AT}/core_pattern", f"{_AT}/core_limits")
    bad: list[str] = []
    blind: list[Sentence] = []
    if swaps is None or not swaps.seen:
        blind.append(_why(say("Swap"), swaps))
    else:
        areas: Sequence[Swap] = swaps.value or ()
        bad += [f"swap on {area.device}" for area in areas if area.encrypted is False and area.kind != "zram"]
        unsure = [area.device for area in areas if area.encrypted is None and area.kind != "zram"]
        if unsure:
            blind.append(say("Whether swap on {devices} is encrypted.", devices=", ".join(unsure)))
    bad_cores, blind_cores = _cores(context, pattern, limits)
    bad += bad_cores
    blind += blind_cores
    if bad:
        yield _outcome(
            context,
            Verdict.FAIL,
            expected,
            say("Memory can be written to disk in the clear: {ways}.", ways="; ".join(bad)),
            rests,
            tuple(blind),
            say("Switch swap off or encrypt it; start servers with LimitCORE=0."),
        )
    elif blind:
        yield _blind(context, expected, rests, *blind)
    else:
        yield _outcome(
            context,
            Verdict.PASS,
            expected,
            say("No swap in the clear is in use, and no serving process can leave a core file."),
            rests,
            (say("What programs write themselves: logs, crash folders, caches."),),
        )


def _cores(context: Context, pattern: Fact[Any] | None, limits: Fact[Any] | None) -> tuple[list[str], list[Sentence]]:
    """Serving processes that can leave a core file, and what of it was not seen."""
    if not context.audit.facts.serving:
        return [], []
    if limits is None or not limits.seen:
        return [], [_why(say("Limits of core files"), limits)]
    found: Sequence[CoreLimit] = limits.value or ()
    open_ = [limit for limit in found if limit.bytes != "0"]
    if not open_:
        if pattern is not None and pattern.seen and str(pattern.value).startswith("|"):
            # core(5): a program that is handed the core is not bound by the limit; systemd's keeps to it.
            if "systemd-coredump" in str(pattern.value):
                return [], []
            return [], [say("What {program} keeps, which the limit does not bind.", program=str(pattern.value)[1:80])]
        return [], []
    if pattern is None or not pattern.seen:
        return [], [_why(say("Where core files go"), pattern)]
    if not pattern.value:
        return [], []
    return [f"core files of process {limit.pid} ({pattern.value})" for limit in open_], []


@check("host.firewall_default")
def firewall_default(context: Context, arguments: NoArguments) -> Iterable[Outcome]:
    """One outcome for the host."""
    expected = say("What comes in and no rule speaks of is dropped.")
    found = _part(context, "firewall")
    if found is None or not found.seen or found.value is None:
        yield _unread(context, expected, "firewall", found)
        return
    wall, rests = found.value, (f"{_AT}/firewall",)
    if wall.default == "drop":
        left = (say("What the rules before it let in, and filters outside this host."),)
        observed = say("{kind} drops it: {where}.", kind=wall.kind, where=wall.where)
        yield _outcome(context, Verdict.PASS, expected, observed, rests, left)
        return
    observed = (
        say("The kernel holds no rule for what comes in.")
        if wall.kind == "none"
        else say("{kind} lets it in: {where}.", kind=wall.kind, where=wall.where)
    )
    left = (say("A firewall in front of this host."),)
    remedy = say("Set the policy of the input chain to drop, with rules for what is to come in.")
    yield _outcome(context, Verdict.FAIL, expected, observed, rests, left, remedy)


@check("host.remote_login")
def remote_login(context: Context, arguments: RemoteLogin) -> Iterable[Outcome]:
    """One outcome for the host, by the files of sshd."""
    expected = (
        say("Nobody logs in over ssh as root, nor by a password.")
        if arguments.root == "no"
        else say("Nobody logs in over ssh by a password; root by a key at most.")
    )
    found = _part(context, "login")
    if found is not None and found.status.value == "absent" and found.source.endswith("sshd_config"):
        yield _outcome(context, Verdict.NOT_APPLICABLE, expected, say("There is no sshd_config."), (f"{_AT}/login",))
        return
    if found is None or not found.seen or found.value is None:
        yield _unread(context, expected, "login", found)
        return
    login, rests = found.value, (f"{_AT}/login", f"{_AT}/accounts")
    permitted = ("no",) if arguments.root == "no" else ("no", "prohibit-password", "without-password",
                                                         "forced-commands-only")  # fmt: skip
    observed = say(
        "sshd: PermitRootLogin {root}, passwords {passwords}.",
        root=login.root,
        passwords="permitted" if login.passwords else "refused",
    )
    if login.root not in permitted or login.passwords:
        remedy = say(
            "Set PermitRootLogin and PasswordAuthentication, and KbdInteractiveAuthentication, in sshd_config."
        )
        yield _outcome(context, Verdict.FAIL, expected, observed, rests, (), remedy)
    elif login.conditional:
        yield _blind(context, expected, rests, say("For whom Match blocks of sshd say otherwise."))
    else:
        left = (say("Other ways in, and options that sshd was started with."),)
        yield _outcome(context, Verdict.PASS, expected, observed, rests, left)


@check("host.containers_confined")
def containers_confined(context: Context, arguments: NoArguments) -> Iterable[Outcome]:
    """One outcome for the host, over all containers."""
    expected = say("No container is privileged, shares the host's network or holds the engine's socket.")
    found = _part(context, "containers")
    if found is not None and found.status.value == "absent":
        observed = say("No container of Docker was found.")
        yield _outcome(context, Verdict.NOT_APPLICABLE, expected, observed, (f"{_AT}/containers",))
        return
    if found is None or not found.seen:
        yield _unread(context, expected, "containers", found)
        return
    containers: Sequence[Container] = found.value or ()
    loose = [(one.id, ways) for one in containers if (ways := _loose(one))]
    rests = (f"{_AT}/containers", f"{_AT}/engine")
    if loose:
        told = "; ".join(f"{name}: {', '.join(ways)}" for name, ways in loose[:10])
        observed = say("{count} containers are not confined: {which}.", count=len(loose), which=told)
        remedy = say("Start them without --privileged, --network host and the engine's socket.")
        yield _outcome(context, Verdict.FAIL, expected, observed, rests, (), remedy)
        return
    observed = say("None of {count} containers is so.", count=len(containers))
    yield _outcome(context, Verdict.PASS, expected, observed, rests, (say("Containers of other engines."),))


def _loose(container: Container) -> list[str]:
    ways = (
        (container.privileged, "privileged"),
        (container.host_network, "network of the host"),
        (container.engine_socket, "socket of the engine"),
    )
    return [word for holds, word in ways if holds]


def _part(context: Context, name: str) -> Fact[Any] | None:
    safeguards = context.audit.facts.safeguards
    return None if safeguards is None else getattr(safeguards, name)


def _places(stores: Sequence[Store]) -> str:
    found = dict.fromkeys(f"{store.mount or store.path} ({store.filesystem or '?'})" for store in stores)
    return ", ".join(list(found)[:5]) + (", …" if len(found) > 5 else "")


def _why(what: Sentence, fact: Fact[Any] | None) -> Sentence:
    why = "nobody looked" if fact is None else fact.note or fact.status.value
    return say("{what}: {why}.", what=str(what), why=why)


def _unread(context: Context, expected: Sentence, name: str, fact: Fact[Any] | None) -> Outcome:
    rests = (f"{_AT}/{name}",) if fact is not None else ("/collectors",)
    return _blind(context, expected, rests, _why(say("{setting}", setting=name), fact))


def _blind(context: Context, expected: Sentence, rests: tuple[str, ...], *blind: Sentence) -> Outcome:
    return _outcome(
        context, Verdict.UNKNOWN, expected, say("Not all that decides was seen."), rests, blind,
        say("Run the audit as root, on the host itself and not in a container."),
    )  # fmt: skip


def _outcome(
    context: Context,
    verdict: Any,
    expected: Sentence,
    observed: Sentence,
    rests: tuple[str, ...],
    blind: tuple[Sentence, ...] = (),
    remedy: Sentence | None = None,
) -> Outcome:
    return Outcome(
        subject=Subject(kind=SubjectKind.HOST, id=context.audit.target.name),
        verdict=verdict,
        expected=expected,
        observed=observed,
        rests_on=rests,
        not_seen=blind,
        remedy=remedy,
    )
