"""Watches packets between two network namespaces at several rates: what is lost, and what it costs (tier B).

    python benchmarks/observe.py [--packets 200000] [--rates 10000 50000 100000]

Needs root and iproute2. The sender is a program of its own, whose cost is not counted; beside it, where it is
installed, dumpcap writes the same packets to nowhere.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

SETTLE = 0.5

SEND = """
import socket, sys, time
count, rate = int(sys.argv[1]), int(sys.argv[2])
flows = []
for number in range(200):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.connect(("10.9.0.2", 20_000 + number))
    flows.append(one)
step, done, start = max(1, rate // 500), 0, time.monotonic()
while done < count:
    for _ in range(min(step, count - done)):
        flows[done % 200].send(b"x" * 172)
        done += 1
    wait = start + done / rate - time.monotonic()
    if wait > 0:
        time.sleep(wait)
print(done / (time.monotonic() - start))
"""

WATCH = """
import json, sys, time
from auditor.probe.wire import Wire
wire = Wire()
begun = time.process_time()
print(flush=True)
sys.stdin.readline()
losses = wire.close()
sent = sum(way.packets for way in wire.ways() if way.proto == 17 and 20_000 <= way.target_port < 20_200)
print(json.dumps({"counted": sent, "lost": losses.counted, "cpu": time.process_time() - begun}))
"""


@contextlib.contextmanager
def namespace():
    """Commands that run where one end of a cable takes everything; the other end lies in the same namespace."""
    holder = subprocess.Popen(["unshare", "--net", "--", "sleep", "3600"])
    try:
        time.sleep(SETTLE)
        inside = ["nsenter", "-t", str(holder.pid), "-n"]
        for command in (
            "ip link add near0 type veth peer name far0",
            "ip addr add 10.9.0.1/24 dev near0",
            "ip link set near0 up",
            "ip link set far0 up",
            "ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:01 dev near0",
        ):
            subprocess.run([*inside, *command.split()], check=True)
        yield inside
    finally:
        holder.kill()
        holder.wait()


def send(inside, packets, rate):
    """Packets a second that were really sent."""
    done = subprocess.run(
        [*inside, sys.executable, "-c", SEND, str(packets), str(rate)], check=True, capture_output=True
    )
    return float(done.stdout)


def own(inside, packets, rate):
    """What tier B counted, lost and cost. Each packet is seen at both ends of the cable."""
    watch = subprocess.Popen([*inside, sys.executable, "-c", WATCH], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    watch.stdout.readline()
    real = send(inside, packets, rate)
    told = json.loads(watch.communicate(b"\n")[0])
    return real, told["counted"], told["lost"], told["cpu"]


def dumpcap(inside, packets, rate):
    """The same with dumpcap on one end of the cable, which writes to nowhere."""
    command = [*inside, "dumpcap", "-q", "-i", "near0", "-B", "64", "-s", "96", "-f", "udp", "-w", os.devnull]
    dump = subprocess.Popen(command, stderr=subprocess.PIPE)
    time.sleep(4 * SETTLE)
    real = send(inside, packets, rate)
    time.sleep(4 * SETTLE)
    dump.send_signal(signal.SIGINT)
    said = dump.communicate()[1].decode()
    counts = re.search(r"interface 'near0': (\d+)/(\d+)", said)
    return real, *(map(int, counts.groups()) if counts else (0, 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=200_000)
    parser.add_argument("--rates", type=int, nargs="+", default=[10_000, 50_000, 100_000])
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("network namespaces need root")
    print(f"{'who':10} {'asked/s':>9} {'sent/s':>9} {'counted':>9} {'lost':>6} {'CPU-s':>6} {'per 200,000':>12}")
    with namespace() as inside:
        for rate in arguments.rates:
            real, counted, lost, cpu = own(inside, arguments.packets, rate)
            # Both ends are looked at, so that twice the packets were worked on.
            per = cpu * 200_000 / (2 * arguments.packets)
            print(f"{'auditor':10} {rate:9,} {real:9,.0f} {counted:9,} {lost:6,} {cpu:6.2f} {per:12.2f}")
            if shutil.which("dumpcap"):
                real, counted, lost = dumpcap(inside, arguments.packets, rate)
                print(f"{'dumpcap':10} {rate:9,} {real:9,.0f} {counted:9,} {lost:6,} {'-':>6} {'-':>12}")


if __name__ == "__main__":
    main()
