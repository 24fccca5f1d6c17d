#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_headers.py -- the header is the manual page, and stands on its own.

Every file says its licence in one line and what it is in its head; every exported
function and every field of a struct has its comment; every header compiles alone.
"""
import concurrent.futures
import os
import re
import subprocess

import source

APACHE = "SPDX-License-Identifier: Apache-2.0"
BPF_LICENCE = "SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause"
LICENSED = (".c", ".h", ".sh", ".py", ".cmake", "CMakeLists.txt", ".sql", ".clang-format",
            ".gitignore", ".service", ".conf", "rules.txt")
LICENSED_EXACTLY = ("dev", ".ci/run")
MANUAL = re.compile(r"docs/man/.*\.[1-8]$")

OURS = ("engine/", "include/", "cli/", "tests/support/")
HEAD = re.compile(r"/\* (\S+) -- \S")


def check_licence(path, text):
    if not (path.endswith(LICENSED) or path in LICENSED_EXACTLY or MANUAL.match(path)):
        return
    wanted = BPF_LICENCE if path.startswith("bpf/") and path.endswith((".c", ".h")) else APACHE
    if wanted not in "\n".join(text.splitlines()[:3]):
        yield path, 1, f'licence line missing: put "{wanted}" into the first line'


def check_head(path, text):
    name = os.path.basename(path)
    match = HEAD.search(text)
    line = source.line_at(text, match.start()) if match else 0
    if not match or line > 3 or match.group(1) != name:
        yield path, 2, f'the file must open with "/* {name} -- what it is": what it is, ' \
            "what it is not, its one idea"


def documented(text, start, previous_end):
    """A comment directly above, or directly below a declaration that has one."""
    if source.comment_above(text, start):
        return True
    between = text[previous_end:start]
    return previous_end > 0 and between.strip() == "" and between.count("\n") <= 1


def check_functions(path, text, code):
    previous_end, previous_documented = 0, False
    for start, end, head, body in source.statements(code):
        plain = " ".join(head.split())
        is_function = re.search(r"\w\s*\(", re.sub(r"^HFT_\w+\s*\([^()]*\)", "", plain)) \
            and not re.match(r"(typedef|struct \w+$|enum|union|static_assert|_Static_assert)",
                             plain)
        above = source.comment_above(text, start)
        if is_function:
            fine = bool(above) or (previous_documented and documented(text, start, previous_end))
            if not fine:
                name = re.search(r"(\w+)\s*\(", re.sub(r"\bHFT_\w+\b(\s*\([^()]*\))?", "", plain))
                yield path, source.line_at(text, start), \
                    f"{name.group(1) if name else plain}: no comment above: say what it does, " \
                    "what must hold before, what it returns, who owns what"
            previous_documented = fine
        else:
            previous_documented = False
        if body and re.match(r"(typedef\s+)?(struct|union)\b", plain) and "(" not in plain:
            yield from check_fields(path, text, code, body)
        previous_end = end


def check_fields(path, text, code, body):
    """A comment on the line, or above a group of lines without a blank one between."""
    lines = text.splitlines()
    first, last = source.line_at(text, body[0]), source.line_at(text, body[1])
    code_lines = code.splitlines()
    covered = False
    for number in range(first + 1, last):
        original, bare = lines[number - 1].strip(), code_lines[number - 1].strip()
        if not original:
            covered = False
        elif not bare:
            covered = True
        elif bare in ("{", "}", "};") or bare.startswith(("#", "}")) \
                or re.match(r"(struct|union)\s*\w*\s*\{$", bare):
            covered = covered or bool(re.search(r"/\*|\*/|//", original))
        elif ";" in bare and not covered and not says_itself(bare) \
                and not re.search(r"/\*|\*/|//", original):
            yield path, number, f'field without a comment: "{bare}": say its unit and its ' \
                '"nothing" value'


def says_itself(field):
    """`struct log *log;`: a comment could only repeat the type, whose header has it."""
    match = re.fullmatch(r"(?:const )?(?:struct|enum|union) (\w+) \*?(\w+);", field)
    return bool(match) and match.group(1).endswith(match.group(2))


def check_guard(path, text):
    bare = source.without_comments(text).strip()
    if not bare.startswith("#pragma once") and not re.match(r"#ifndef (\w+)\s+#define \1\b", bare):
        yield path, 1, "no include guard: put #pragma once below the head"


def compiles_alone(root, path):
    """Returns the first line the compiler says about the header alone, or None."""
    command = [os.environ.get("CC", "cc"), "-std=gnu17", "-fsyntax-only", "-Wall", "-Wextra",
               "-Wno-unused-function", "-x", "c", "-Iengine", "-Iinclude", "-Icli", "-Itests", "-"]
    result = subprocess.run(command, cwd=root, input=f'#include "{os.path.abspath(root)}/{path}"\n',
                            capture_output=True, text=True)
    if result.returncode == 0:
        return None
    words = [line for line in result.stderr.splitlines() if "error:" in line]
    return (words or result.stderr.splitlines() or ["?"])[0].replace(root + "/", "")


def check(root):
    headers = []
    for path in source.files(root):
        if not (path.endswith(LICENSED) or path in LICENSED_EXACTLY or MANUAL.match(path)):
            continue
        text = source.read(root, path)
        yield from check_licence(path, text)
        if not path.endswith((".c", ".h")) or not path.startswith(OURS + ("tests/",)):
            continue
        yield from check_head(path, text)
        if path.endswith(".h") and path.startswith(OURS):
            headers.append(path)
            yield from check_guard(path, text)
            yield from check_functions(path, text, source.code_of(text))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, error in zip(headers, pool.map(lambda h: compiles_alone(root, h), headers)):
            if error:
                yield path, 1, f"does not compile alone: {error}"


_TOP = "/* SPDX-License-Identifier: Apache-2.0 */\n/* a.h -- nothing. */\n#pragma once\n"
_GOOD = _TOP + """\
#include <stdint.h>

struct other;

/* A range. */
struct range {
	uint64_t start; /* first byte */
	/* Where the next one is. */
	struct range *next;
	struct range *last;

	struct range *range;
	struct {
		int depth; /* of the tree */
	} inner; /* private */
};

/* Adds one. */
int range_add(struct range *range,
	      int count);
int range_remove(struct range *range);

typedef int (*range_fn)(struct range *range);

/* Gives the start. */
static inline uint64_t range_start(const struct range *range)
{
	return range->start;
}
"""

SAMPLES = [
    ("a header that says everything", {"engine/base/a.h": _GOOD}, []),
    ("no licence line", {"engine/base/a.c": "/* a.c -- nothing. */\n", "tests/a.sh": "#!/bin/sh\n"},
     ["engine/base/a.c:1", "tests/a.sh:1"]),
    ("BPF has a licence of its own", {
        "bpf/a.bpf.c": "/* SPDX-License-Identifier: Apache-2.0 */\n"}, ["bpf/a.bpf.c:1"]),
    ("a head with another file's name", {
        "engine/base/b.c": "/* SPDX-License-Identifier: Apache-2.0 */\n/* a.c -- x. */\n"},
     ["engine/base/b.c:2"]),
    ("a function without a comment", {
        "engine/base/a.h": _TOP + "\nint f(void);\n\n/* g. */\nint g(void);\n\nint h(void);\n"},
     ["engine/base/a.h:5", "engine/base/a.h:10"]),
    ("a field without a comment", {
        "engine/base/a.h": _TOP + "/* A. */\nstruct a {\n\tint x; /* x */\n\tint y;\n};\n"},
     ["engine/base/a.h:7"]),
    ("a header that needs another one first", {
        "engine/base/a.h": _TOP + "/* f. */\nuint64_t f(void);\n"}, ["engine/base/a.h:1"]),
    ("no include guard", {
        "engine/base/a.h": _TOP.replace("#pragma once\n", "")}, ["engine/base/a.h:1"]),
]

if __name__ == "__main__":
    source.run(check, SAMPLES)
