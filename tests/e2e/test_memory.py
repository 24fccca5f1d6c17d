#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One transfer needs no memory that grows with the file.

Both engines send and receive a file of 64 MiB and then one of 1 GiB, and their peaks (VmHWM) are
compared. Both files are sparse, so that the disk is not what is measured. A peak never
goes down: whatever the second file took beyond the first is seen. Over io_uring the pool of chunk
buffers is pinned from the start; over epoll a buffer counts when it was used for the first
time, so the rest of the pool may still come.
"""

import os
import re
import sys

import engines
from engines import World, check, same_content

MIB = 1 << 20
SMALL_MIB = 64
LARGE_MIB = 1024
POOL_MIB = 16
GROWTH_MAX_MIB = 8


def peak_mib(node):
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmHWM:\s+(\d+) kB", status.read(), re.M).group(1)) / 1024


def is_pinned(node):
    status = [event for event in node.hft_json("status") if event["event"] == "status"][0]
    return status["engine"]["io"] == "uring"


def send_and_compare(world, osaka, tokyo, size_mib):
    name = f"sparse-{size_mib}"
    source = os.path.join(world.folder, name)
    with open(source, "wb") as out:
        out.truncate(size_mib * MIB)
    osaka.hft("send", source, "tokyo")
    check(same_content(source, tokyo.inbox_path(name)), name, "differs")
    os.unlink(tokyo.inbox_path(name))
    return peak_mib(osaka), peak_mib(tokyo)


def compare_peaks(io_engine):
    keys = f"io_engine = {io_engine}\nmovers = 1\nbuffer_pool = {POOL_MIB}\n"
    with World() as world:
        osaka, tokyo = world.pair(engine_keys=keys)
        tokyo.start()
        osaka.start()
        allowed = GROWTH_MAX_MIB + (0 if is_pinned(tokyo) else POOL_MIB)
        small = send_and_compare(world, osaka, tokyo, SMALL_MIB)
        large = send_and_compare(world, osaka, tokyo, LARGE_MIB)
        for node, before, after in zip((osaka, tokyo), small, large):
            print(f"{io_engine}, {node.name}: peak {before:.1f} MiB after {SMALL_MIB} MiB, "
                  f"{after:.1f} MiB after {LARGE_MIB} MiB")
            check(after - before < allowed, node.name, "grew by more than", allowed, "MiB")


def memory_does_not_grow_with_the_file():
    compare_peaks("auto")


def nor_over_epoll():
    compare_peaks("epoll")


if engines.SANITIZED:
    print("skip: under a sanitizer, sizes of memory mean nothing")
    sys.exit(77)
engines.run(memory_does_not_grow_with_the_file, nor_over_epoll)
