#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One transfer needs no memory that grows with the file.

Both engines send and receive a file of 64 MiB and then one of 1 GiB, and their peaks (VmHWM) are
compared. Both files are sparse, so that the disk is not what is measured. A peak never
goes down: whatever the second file took beyond the first is seen.
"""

import os
import re
import sys

import engines
from engines import World, check, same_content

SMALL_BYTES = 64 << 20
LARGE_BYTES = 1 << 30
GROWTH_MAX_BYTES = 8 << 20
MIB = 1 << 20


def peak_bytes(node):
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmHWM:\s+(\d+) kB", status.read(), re.M).group(1)) * 1024


def sparse_file(world, name, size):
    path = os.path.join(world.folder, name)
    with open(path, "wb") as out:
        out.truncate(size)
    return path


def send_and_compare(world, osaka, tokyo, name, size):
    source = sparse_file(world, name, size)
    osaka.hft("send", source, "tokyo")
    check(same_content(source, tokyo.inbox_path(name)), name, "differs")
    os.unlink(tokyo.inbox_path(name))
    return {node.name: peak_bytes(node) for node in (osaka, tokyo)}


def memory_does_not_grow_with_the_file():
    with World() as world:
        osaka, tokyo = world.pair()
        tokyo.start()
        osaka.start()
        small = send_and_compare(world, osaka, tokyo, "small", SMALL_BYTES)
        large = send_and_compare(world, osaka, tokyo, "large", LARGE_BYTES)
        for name in small:
            print(f"{name}: peak {small[name] / MIB:.1f} MiB after {SMALL_BYTES // MIB} MiB, "
                  f"{large[name] / MIB:.1f} MiB after {LARGE_BYTES // MIB} MiB")
        for name in small:
            check(large[name] - small[name] < GROWTH_MAX_BYTES, name, "grew by",
                  large[name] - small[name], "bytes")


if engines.SANITIZED:
    print("skip: under a sanitizer, sizes of memory mean nothing")
    sys.exit(77)
engines.run(memory_does_not_grow_with_the_file)
