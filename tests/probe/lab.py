"""Two network namespaces with a cable between them, made for a test and gone with it."""

import contextlib
import os
import subprocess
import sys

import pytest

# The kernel reports of all namespaces: laboratories of tests that run at the same time must not be mixed up.
_OWN = os.getpid() % 251
NEAR, FAR = f"10.9.{_OWN}.1", f"10.9.{_OWN}.2"
NEAR6, FAR6 = f"fd00:9:{_OWN:x}::1", f"fd00:9:{_OWN:x}::2"


class Lab:
    """``near`` is where a host is watched, ``far`` everybody else. Both are processes that hold a namespace."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.near, self.far = (self._hold() for _ in range(2))
        here = ("nsenter", "-t", str(self.near.pid), "-n")
        there = ("nsenter", "-t", str(self.far.pid), "-n")
        self.here, self.there = here, there
        self._do("nsenter", "-t", str(self.near.pid), "-n", "ip", "link", "add", "near0", "type", "veth", "peer",
                 "name", "far0", "netns", str(self.far.pid))  # fmt: skip
        for inside, name, four, six in ((here, "near0", NEAR, NEAR6), (there, "far0", FAR, FAR6)):
            self._do(*inside, "ip", "link", "set", "lo", "up")
            self._do(*inside, "ip", "addr", "add", f"{four}/24", "dev", name)
            self._do(*inside, "ip", "addr", "add", f"{six}/64", "dev", name, "nodad")
            self._do(*inside, "ip", "link", "set", name, "up")

    def _hold(self):
        ready = "import sys, time; print(flush=True); time.sleep(600)"
        command = ["unshare", "--net", "--", sys.executable, "-c", ready]
        holder = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.stack.callback(self._end, holder)
        if not holder.stdout.readline():
            pytest.skip("no network namespace can be made here")
        return holder

    @staticmethod
    def _end(process):
        process.kill()
        process.communicate()

    @staticmethod
    def _do(*command):
        subprocess.run(command, check=True, capture_output=True)

    def python(self, inside, code, *arguments, **options):
        """Start a program in one of the namespaces; it is ended with the laboratory if it has not ended before."""
        command = [*inside, sys.executable, "-c", code, *map(str, arguments)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
        self.stack.callback(self._end, child)
        return child

    def run(self, inside, code, *arguments):
        """Run a program in one of the namespaces to its end; gives what it printed."""
        child = self.python(inside, code, *arguments)
        out = child.communicate(timeout=120)[0]
        assert child.returncode == 0
        return out.decode()


@contextlib.contextmanager
def laboratory():
    """Skips where namespaces and cables cannot be made."""
    with contextlib.ExitStack() as stack:
        try:
            lab = Lab()
        except (OSError, subprocess.CalledProcessError) as why:
            pytest.skip(f"no network namespaces with a cable here: {why}")
        stack.enter_context(lab.stack)
        yield lab
