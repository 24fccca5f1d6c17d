#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_layers.py -- who may include whom.

Includes are written from engine/ ("base/ranges.h"), so a line tells its layer. The table
is that of engine/README.md; CMakeLists.txt proves the same by linking.
"""
import os
import re

import source

MAY = {
    "base": [], "host": ["base"], "record": ["base"], "wire": ["base", "record"],
    "control": ["base", "record"],
    **{decider: ["base", "record", "wire"] for decider in source.DECIDERS},
    "journal": ["base", "host", "record"], "io": ["base", "host", "wire"],
    "probe": ["base", "host"], "jobs": ["base", "host", "record"],
    "daemon": source.LAYERS,
    "cli/client": ["base", "record", "control", "client"], "cli": ["client"],
}

# Header of others -> the files that may include it. One header of ours is among them:
# it exists to hide what differs between versions of liburing.
THIRD_PARTY = [
    (r"xxhash\.h", r"engine/base/checksum\.c"),
    (r"jansson\.h", r"engine/control/\w+\.c"),
    (r"sqlite3\.h", r"engine/journal/\w+\.c"),
    (r"openssl/.*", r"engine/io/(tls|datagram_tag)\w*\.c"),
    (r"liburing.*", r"engine/io/(\w+\.c|uring_compat\.h)"),
    (r"ini\.h", r"engine/daemon/\w+\.c"),
    (r"csv\.h", r"engine/jobs/\w+\.c"),
    (r"bpf/.*", r"engine/probe/\w+\.c"),
    (r"systemd/.*", r"engine/daemon/\w+\.c"),
    (r"zstd.*", r"engine/io/\w+\.c"),
    (r"criterion/.*", r"tests/(unit|support)/.*"),
]

WORLD = r"unistd\.h|fcntl\.h|poll\.h|time\.h|signal\.h|pthread\.h|dirent\.h|netdb\.h" \
        r"|netinet/.*|arpa/.*|linux/.*|sys/.*"
# Layer -> system headers it must not include, and why.
FORBIDDEN = {
    **{decider: (WORLD + r"|liburing.*", "a decider sees events and time, not the world")
       for decider in source.DECIDERS},
    # Memory without a name is memory: a slab gives its pages back.
    "base": (WORLD.replace(r"sys/.*", r"sys/(?!types\.h|cdefs\.h|mman\.h).*"),
             "base is pure: no files, no clock"),
    "record": (WORLD, "record is pure: no files, sockets, clock"),
    "wire": (WORLD, "wire is pure: no files, sockets, clock"),
}
ALLOCATION = re.compile(r"\b(malloc|calloc|realloc|strdup|strndup|asprintf|free)\s*\(")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def check_file(root, path, text):
    layer = source.layer_of(path)
    for match in INCLUDE.finditer(source.without_comments(text)):
        line, quote, name = source.line_at(text, match.start()), match.group(1), match.group(2)
        if name.endswith(".c"):
            yield path, line, f'includes "{name}": link the .c file instead of including it'
        elif quote == '"':
            yield from check_ours(root, path, line, layer, name)
        else:
            yield from check_system(path, line, layer, name)
    if layer in ("record", "wire"):
        for match in ALLOCATION.finditer(source.code_of(text)):
            yield path, source.line_at(text, match.start()), \
                f"{match.group(1)}() in {layer}: it allocates nothing, " \
                "let the caller give the memory"


def check_ours(root, path, line, layer, name):
    if name.startswith("hft/"):
        yield path, line, f'"{name}" is public: write <{name}>'
        return
    if path.startswith("bpf/") or (layer == "probe" and name.startswith("bpf/")):
        return
    folder = name.split("/")[0] if "/" in name else None
    if layer is None:
        return
    if folder is None:
        if layer != "cli":
            yield path, line, f'"{name}": write it from engine/, as in "base/ranges.h"'
        return
    own = layer.split("/")[-1]
    if folder != own and folder not in MAY.get(layer, []):
        allowed = ", ".join(MAY.get(layer, [])) or "nothing of ours"
        yield path, line, f'{layer} must not include "{name}": it may include {allowed}; ' \
            "what it wants from elsewhere goes through the daemon as an event or action"
    elif layer.startswith("cli") and folder in ("client", "cli"):
        return
    elif not os.path.isfile(os.path.join(root, "engine", name)):
        yield path, line, f'"{name}" does not exist below engine/: write the path from there'


def check_system(path, line, layer, name):
    for header, place in THIRD_PARTY:
        if re.fullmatch(header, name) and not re.fullmatch(place, path) \
                and not path.startswith(("bpf/", "tests/")):
            where = place.replace("\\", "")
            yield path, line, f"<{name}> belongs into {where} only, never into a header " \
                "of ours: call what that file offers"
    headers, why = FORBIDDEN.get(layer, (None, None))
    if headers and re.fullmatch(headers, name):
        yield path, line, f"<{name}> in {layer}: {why}; let an effector or the daemon do it"
    if layer in MAY and re.match(r"(engine|%s)/" % "|".join(source.LAYERS), name):
        yield path, line, f'<{name}> is ours: write "{name}"'


def check(root):
    for path in source.files(root, ".c", ".h"):
        if path.startswith(("engine/", "cli/", "include/", "tests/")):
            yield from check_file(root, path, source.read(root, path))


SAMPLES = [
    ("what the table allows is fine", {
        "engine/base/ranges.h": "",
        "engine/base/checksum.c": '#include <xxhash.h>\n#include "base/ranges.h"\n',
        "engine/transfer/sender.c": '#include "base/ranges.h"\n#include <hft/limits.h>\n'
                                    '/* #include <time.h> */\n#include <string.h>\n',
        "engine/io/uring_compat.h": "#include <liburing.h>\n",
        "cli/hft.c": '#include "client/client.h"\n',
        "tests/unit/base/test_ranges.c": '#include <criterion/criterion.h>\n',
    }, []),
    ("base gives pages back, and sees no more of the world than that", {
        "engine/base/slab.c": "#include <sys/mman.h>\n#include <sys/stat.h>\n"},
     ["engine/base/slab.c:2"]),
    ("an upward include", {
        "engine/io/op.h": "",
        "engine/base/ranges.c": '#include "io/op.h"\n'}, ["engine/base/ranges.c:1"]),
    ("one decider includes another", {
        "engine/request/request.h": "",
        "engine/transfer/a.c": '\n#include "request/request.h"\n'}, ["engine/transfer/a.c:2"]),
    ("a decider looks at the world", {
        "engine/verdict/a.c": "#include <time.h>\n#include <sys/socket.h>\n"
                              "#include <unistd.h>\n#include <liburing.h>\n"},
     [f"engine/verdict/a.c:{line}" for line in (1, 2, 3, 4)]),
    ("a library outside its folder, or in a header", {
        "engine/daemon/a.c": "#include <jansson.h>\n",
        "engine/journal/a.h": "#include <sqlite3.h>\n",
        "engine/io/socket.c": "#include <openssl/ssl.h>\n"},
     ["engine/daemon/a.c:1", "engine/journal/a.h:1", "engine/io/socket.c:1"]),
    ("a path that is not written from engine/", {
        "engine/base/ranges.h": "",
        "engine/base/a.c": '#include "ranges.h"\n#include "../base/ranges.h"\n'},
     ["engine/base/a.c:1", "engine/base/a.c:2"]),
    ("a .c file by include", {
        "tests/unit/base/test_a.c": '#include "base/a.c"\n'}, ["tests/unit/base/test_a.c:1"]),
    ("the client library reaches into the engine", {
        "engine/host/clock.h": "",
        "cli/client/a.c": '#include "host/clock.h"\n'}, ["cli/client/a.c:1"]),
    ("wire allocates", {
        "engine/wire/a.c": "void *f(void)\n{\n\treturn malloc(4);\n}\n"}, ["engine/wire/a.c:3"]),
]

if __name__ == "__main__":
    source.run(check, SAMPLES)
