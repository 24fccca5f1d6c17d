#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_tests_exist.py -- a source file that runs without the world has its unit test.

In base, record, wire, control, the deciders and the journal: engine/LAYER/NAME.c is tested
by tests/unit/LAYER/test_NAME.c, with at least one test in it. Also the other way round: a
unit test without its source is a leftover.
"""
import os
import re

import source

TESTED = ["base", "record", "wire", "control", *source.DECIDERS, "journal"]


def check(root):
    present = set(source.files(root, ".c", ".h"))
    for path in sorted(present):
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "engine" and parts[1] in TESTED \
                and path.endswith(".c"):
            wanted = f"tests/unit/{parts[1]}/test_{parts[2]}"
            if wanted not in present:
                yield path, 1, f"has no unit test: write {wanted}"
        if re.fullmatch(r"tests/unit/\w+/test_\w+\.c", path):
            yield from check_unit_test(root, path, present)


def check_unit_test(root, path, present):
    layer, name = path.split("/")[2], os.path.basename(path)[len("test_"):-len(".c")]
    if layer in TESTED and not {f"engine/{layer}/{name}.c", f"engine/{layer}/{name}.h"} & present:
        yield path, 1, f"tests engine/{layer}/{name}.c, which does not exist: " \
            "name the test after its source"
    if not re.search(r"^(Parameterized)?Test\(", source.read(root, path), re.M):
        yield path, 1, "has no Test(...): a file without a test proves nothing"


_TEST = "Test(a, b)\n{\n}\n"

SAMPLES = [
    ("each has its test; effectors need none here", {
        "engine/base/a.c": "", "tests/unit/base/test_a.c": _TEST,
        "engine/base/list.h": "", "tests/unit/base/test_list.c": _TEST,
        "engine/io/b.c": ""}, []),
    ("a test is missing", {"engine/verdict/a.c": ""}, ["engine/verdict/a.c:1"]),
    ("a test without its source", {"tests/unit/wire/test_a.c": _TEST},
     ["tests/unit/wire/test_a.c:1"]),
    ("a test file without a test", {
        "engine/base/a.c": "", "tests/unit/base/test_a.c": "\n"}, ["tests/unit/base/test_a.c:1"]),
]

if __name__ == "__main__":
    source.run(check, SAMPLES)
