#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One file of 1 GiB, hot in the page cache, between two engines on this machine.

Measured is what a user waits for: from `hft send` to its return, which means durable under
the final name, digest compared. TLS and plain text take turns, so that a noisy moment hits
both; medians and the spread are printed, and CPU seconds of the whole machine. Beside
them, in the same turns, what the disk takes alone: the same bytes by dd with O_DIRECT and
fsync. One JSON object for each of the three.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "e2e"))
import engines  # pylint: disable=wrong-import-position

SIZE = 1 << 30
TURNS = 5


def machine_cpu_s():
    with open("/proc/stat", encoding="ascii") as stat:
        fields = [int(field) for field in stat.readline().split()[1:]]
    busy = sum(fields[:3]) + sum(fields[5:8])
    return busy / os.sysconf("SC_CLK_TCK")


def timed(action):
    cpu = machine_cpu_s()
    began = time.monotonic()
    action()
    return time.monotonic() - began, machine_cpu_s() - cpu


def plain_pair(world):
    """A second pair that trusts the link: security = plain on both sides."""
    kyoto, nara = world.node("kyoto"), world.node("nara")
    kyoto.knows(nara, "security = plain")
    nara.knows(kyoto, "security = plain")
    nara.receives()
    return kyoto, nara


def send(pair, source):
    sender, receiver = pair
    sender.hft("send", source, receiver.name)
    os.unlink(receiver.inbox_path(os.path.basename(source)))


def disk_alone(world, source):
    target = os.path.join(world.folder, "dd")
    subprocess.run(["dd", f"if={source}", f"of={target}", "bs=1M", "oflag=direct",
                    "conv=fsync", "status=none"], check=True)
    os.unlink(target)


def report(name, runs):
    seconds = [wall for wall, _ in runs]
    median_s = statistics.median(seconds)
    cpu_s = statistics.median(cpu for _, cpu in runs)
    print(json.dumps({
        "scenario": name, "bytes": SIZE, "turns": len(runs),
        "gb_per_s": round(SIZE / median_s / 1e9, 3),
        "gb_per_s_worst": round(SIZE / max(seconds) / 1e9, 3),
        "gb_per_s_best": round(SIZE / min(seconds) / 1e9, 3),
        "cpu_s_per_gb": round(cpu_s / (SIZE / 1e9), 3),
        "cores": os.cpu_count(), "kernel": platform.release()}), flush=True)


def main():
    with engines.World() as world:
        tls, plain = world.pair(), plain_pair(world)
        for node in tls + plain:
            node.start()
        source = world.random_file("big", SIZE)
        actions = {"send-tls": lambda: send(tls, source),
                   "send-plain": lambda: send(plain, source),
                   "disk-alone": lambda: disk_alone(world, source)}
        runs = {name: [] for name in actions}
        for turn in range(TURNS + 1):
            for name, action in actions.items():
                taken = timed(action)
                if turn > 0:  # the first turn warms up
                    runs[name].append(taken)
        for name, taken in runs.items():
            report(name, taken)


main()
