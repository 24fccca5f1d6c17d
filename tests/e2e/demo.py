#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration of the README: 1 GiB, the receiver killed on the way, and what became of it.

Two engines on this machine, each with its own key, state and folder, talk TLS over
loopback. The receiver is killed with -9 near the middle and started again a second later;
nobody touches the sender. Everything lies in one folder that is removed at the end.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engines  # pylint: disable=wrong-import-position

SIZE = 1 << 30
RATE = "350M"  # so that people see it, and the kill falls into the middle
DOWN_S = 1.0


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        while block := source.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


class Story:
    """Follows the transfer by its events and kills the receiver in the middle of it."""

    def __init__(self, sender, receiver):
        self.sender = sender
        self.receiver = receiver
        self.events = []
        self.killed_at = None
        self.killed_bytes = 0

    def follow(self):
        watch = self.sender.spawn_hft("--json", "watch", stdout=subprocess.PIPE, text=True)
        for line in watch.stdout:
            event = json.loads(line)
            self.events.append((time.monotonic(), event))
            if event["event"] == "progress" and not self.killed_at and \
                    event.get("bytes", 0) >= SIZE * 45 // 100:
                self.kill(event["bytes"])
            if event["event"] in ("completed", "failed"):
                break
        watch.kill()

    def kill(self, durable):
        self.killed_bytes = durable
        pid = self.receiver.process.pid
        self.killed_at = time.monotonic()
        self.receiver.kill()
        print(f"\n  >> kill -9 {pid}: the receiver is dead, {durable >> 20} MiB were durable")
        time.sleep(DOWN_S)
        self.receiver.start()
        print("  >> the receiver runs again; nobody touched the sender\n", flush=True)

    def last(self, kind):
        found = [event for _, event in self.events if event["event"] == kind]
        return found[-1] if found else {}


def table(rows):
    width = max(len(name) for name, _ in rows)
    print()
    for name, value in rows:
        print(f"  {name:<{width}}  {value}")


def show(world):
    keys = "dead_after = 500\nretrytime = 1\nretrycnt = 60\nsockerr_autoretry = 60\n"
    sender, receiver = world.pair(engine_keys=keys)
    print("making a file of 1 GiB ...", flush=True)
    source = world.random_file("big.dat", SIZE)
    receiver.start()
    sender.start()
    story = Story(sender, receiver)
    follower = threading.Thread(target=story.follow)
    follower.start()
    time.sleep(0.2)
    print("$ hft send big.dat tokyo", flush=True)
    began = time.monotonic()
    result = sender.spawn_hft("send", "--limit-rate", RATE, source, "tokyo").wait()
    took_s = time.monotonic() - began
    follower.join(timeout=10)
    engines.check(result == 0, "hft send ended with", result)
    target = receiver.inbox_path("big.dat")
    print("comparing sha256 of both files ...", flush=True)
    same = sha256(source) == sha256(target)
    done = story.last("completed")
    table([("size", f"{SIZE >> 20} MiB"),
           ("time", f"{took_s:.1f} s, {DOWN_S:.0f} s of it with a dead receiver"),
           ("rate", f"{SIZE / took_s / 1e6:.0f} MB/s over all (limited to {RATE}B/s)"),
           ("loss noticed", f"{done.get('noticed_ms', '?')} ms after the last sign"),
           ("bytes resent", f"{done.get('bytes_resent', 0) / 1e6:.1f} MB of "
                            f"{SIZE / 1e6:.0f}, after {story.killed_bytes >> 20} MiB were durable"),
           ("attempts", done.get("attempt", "?")),
           ("result", "both files are the same" if same else "THE FILES DIFFER")])
    engines.check(story.killed_at is not None, "the transfer ended before the kill")
    engines.check(same, "sha256 differs")


def main():
    try:
        with engines.World() as world:
            show(world)
    except engines.Failure as failure:
        sys.exit(f"demo: {failure}")


main()
