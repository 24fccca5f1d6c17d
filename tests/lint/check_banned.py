#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_banned.py -- calls, marks and variables that this code does not have.

Calls that overflow, hide errors, block or depend on a shell; notes to oneself that were
never acted on; variables that outlive a function without an owner.
"""
import re

import source

_NUMBERS = "base/parse.h: it refuses rubbish, overflow and trailing text"
_TEXT = "snprintf, or base/text.h: both know how much room there is"
_WAIT = "a timer or an event: nothing here waits by sleeping"
_SHELL = "engine/jobs: an argument vector, never a shell line"
_ENDIAN = "base/bytes.h: it writes bytes in a stated order"

BANNED = {
    "sprintf": _TEXT, "vsprintf": _TEXT, "strcpy": _TEXT, "strcat": _TEXT, "strncpy": _TEXT,
    "gets": "a read with a length", "strtok": "base/parse.h: it keeps no hidden state",
    "atoi": _NUMBERS, "atol": _NUMBERS, "strtol": _NUMBERS, "sscanf": _NUMBERS,
    "alloca": "a buffer with a limit from include/hft/limits.h",
    "usleep": _WAIT, "sleep": _WAIT, "system": _SHELL, "popen": _SHELL,
    "rand": "a generator with a seed, or getrandom() where it must not be guessed",
    "htonl": _ENDIAN, "htons": _ENDIAN,
}
CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED))
LEFTOVER = re.compile(r"\b(FIX" r"ME|TO" r"DO|XX" r"X)\b")
TEXT_FILES = (".c", ".h", ".sh", ".py", ".txt", ".cmake", ".sql", ".md", "dev", "run")

# The two files that hold what a signal handler needs.
MAY_HAVE_VARIABLES = ("engine/daemon/main.c", "cli/hft.c")
NO_VARIABLE = re.compile(r"^(typedef|static_assert|_Static_assert|extern|#|$)")
ONLY_A_TYPE = re.compile(r"^(static\s+|const\s+)*(struct|enum|union)\s*\w*\s*(HFT_\w+\s*)?$")
STATIC_INSIDE = re.compile(r"(?<=[;{}])\s*(static\s[^;{}=]*?)(?=[=;])|(?<=[;{}])\s*(static\s"
                           r"[^;{}=]*?\])(?=\s*=)")
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)|\bHFT_\w+\s*\([^()]*\)", re.S)


def is_mutable_variable(declaration):
    """declaration: the text before any initialiser, without the semicolon."""
    text = " ".join(ATTRIBUTE.sub(" ", declaration).split())
    if NO_VARIABLE.match(text) or ONLY_A_TYPE.match(text):
        return False
    function_pointer = re.search(r"\(\s*\*", text)
    if "(" in text and not (function_pointer and function_pointer.start() == text.index("(")):
        return False
    pointed = text.rfind("*", 0, text.find(")") if function_pointer else len(text))
    if not re.search(r"\w\s*\[?", text) or " " not in text:
        return False
    if pointed >= 0:
        return not re.match(r"\*\s*(restrict\s+)?const\b", text[pointed:])
    return not re.search(r"\bconst\b", text)


def check_variables(path, text):
    code = source.code_of(text)
    for start, end, head, _ in source.statements(code):
        declaration = code[start:end].split("=")[0].split(";")[0]
        declaration = re.sub(r"\{.*\}", " ", declaration, flags=re.S)
        if "{" not in declaration and is_mutable_variable(declaration):
            yield path, source.line_at(text, start), \
                f"mutable variable at file level: {' '.join(declaration.split())}: put it into " \
                "a struct with an owner, or make it const"
    for function in source.functions(text):
        for match in STATIC_INSIDE.finditer(";" + function.code):
            declaration = match.group(1) or match.group(2)
            if is_mutable_variable(declaration):
                at = function.body[0] + match.start(1 if match.group(1) else 2)
                yield path, source.line_at(text, at), \
                    f"{function.name}: static variable that changes: put it into a struct " \
                    "with an owner"


def check(root):
    for path in source.files(root, *TEXT_FILES):
        if path.startswith(("tests/lint/", "docs/")):
            continue
        text = source.read(root, path)
        for match in LEFTOVER.finditer(text):
            yield path, source.line_at(text, match.start()), \
                f"leftover {match.group(1)}: do it, or open an issue and say what holds today"
        if not path.endswith((".c", ".h")):
            continue
        for match in CALL.finditer(source.code_of(text)):
            name = match.group(1)
            yield path, source.line_at(text, match.start()), \
                f"{name}() is banned: use {BANNED[name]}"
        if path.startswith(("engine/", "cli/")) and path.endswith(".c") \
                and path not in MAY_HAVE_VARIABLES:
            yield from check_variables(path, text)


_FINE = """\
struct journal {
	int (*system)(void);
	int count;
};
enum kind { A, B };
typedef int (*step_fn)(int);
static const step_fn steps[] = {
	[A] = 0,
};
static const char *const names[] = { "sleep(", "x" };
static const struct {
	int a;
} table[] = { { 1 } };
static_assert(sizeof(int) == 4, "int");
int journal_open(const char *path, struct journal **ret_journal);
HFT_MUST_USE int f(void);
static int (*const chosen)(void) = f;
struct journal *journal_new(void)
{
	static const int once = 1;
	struct journal *journal = 0;

	/* no sleep() here; a.system() is a member */
	journal->system();
	nanosleep(once);
	return journal;
}
"""

SAMPLES = [
    ("code without any of it", {"engine/base/a.c": _FINE}, []),
    ("each banned call", {
        "tests/unit/base/a.c": "".join(f"\tx = {name}(y);\n" for name in BANNED)},
     [f"tests/unit/base/a.c:{line + 1}" for line in range(len(BANNED))]),
    ("a leftover", {"engine/base/a.c": "/* FIX" "ME: later */\n", "dev": "# TO" "DO\n"},
     ["engine/base/a.c:1", "dev:1"]),
    ("file-level variables", {
        "engine/io/a.c": "static int a;\nint b = 3;\nstatic const char *c;\n"
                         "static struct x d = {\n\t.a = 1,\n};\nint (*e)(int);\n"
                         "static char buffer[10];\n_Atomic int f;\n"},
     [f"engine/io/a.c:{line}" for line in (1, 2, 3, 4, 7, 8, 9)]),
    ("a static variable inside a function", {
        "engine/io/a.c": "int f(void)\n{\n\tint x = 0;\n\tstatic int count;\n"
                         "\tstatic char b[2] = \"\";\n\treturn x;\n}\n"},
     ["engine/io/a.c:4", "engine/io/a.c:5"]),
    ("main.c may", {"engine/daemon/main.c": "static int signal_fd;\n"}, []),
]

if __name__ == "__main__":
    source.run(check, SAMPLES)
