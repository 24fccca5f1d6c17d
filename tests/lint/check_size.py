#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_size.py -- a function fits a screen, a file fits a sitting.

Limits of length, width, parameters, nesting and cyclomatic complexity (by pmccabe). A
switch that only dispatches, one call for each case, may have many cases: mark it by the
comment line "dispatch" above the function; the mark is refused where a case does more.
"""
import os
import re
import shutil
import subprocess
import sys

import source

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800
COLUMNS_MAX = 100
PARAMETERS_MAX = 6
NESTING_MAX = 4
COMPLEXITY_MAX = 15
TAB = 8

SIZED = (".c", ".h", ".sh", ".py", ".cmake", "CMakeLists.txt", ".sql", "dev", "run")
DISPATCH = re.compile(r"/\*\s*dispatch\s*\*/")


class Nesting:
    """Follows the statements of a body and remembers the deepest control structure."""

    TOKEN = re.compile(r"[A-Za-z_]\w*|[{}();:]")
    CONTROL = ("if", "for", "while", "switch")

    def __init__(self, code):
        self.tokens = [match.group(0) for match in self.TOKEN.finditer(code)]
        self.at = 0
        self.deepest = 0
        while self.at < len(self.tokens):
            self.statement(0)

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def statement(self, depth):
        self.deepest = max(self.deepest, depth)
        token = self.peek()
        self.at += 1
        if token == "{":
            while self.peek() not in ("}", ""):
                self.statement(depth)
            self.at += 1
        elif token in self.CONTROL:
            self.parentheses()
            self.statement(depth + 1)
            if token == "if" and self.peek() == "else":
                self.at += 1
                self.statement(depth if self.peek() == "if" else depth + 1)
        elif token == "do":
            self.statement(depth + 1)
            self.simple()
        elif token in ("case", "default"):
            while self.peek() not in (":", ""):
                self.at += 1
            self.at += 1
        elif token not in (";", ":", "}", ")"):
            self.named(depth)

    def named(self, depth):
        """After a name: a label, a loop macro with its body, or a simple statement."""
        if self.peek() == ":":
            self.at += 1
            return
        if self.peek() == "(":
            self.parentheses()
            if self.peek() == "{":
                self.statement(depth + 1)
                return
        self.simple()

    def simple(self):
        depth = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if depth == 0 and token == "}":
                return
            self.at += 1
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
            if depth == 0 and token == ";":
                return

    def parentheses(self):
        depth = 0
        while self.at < len(self.tokens):
            depth += {"(": 1, ")": -1}.get(self.tokens[self.at], 0)
            self.at += 1
            if depth == 0:
                return


def only_dispatches(code):
    """Each case of the body's switches: at most a call and a break or return."""
    for case in re.split(r"\b(?:case\b[^:]*|default\s*):", code)[1:]:
        case = case.split("}")[0]
        if case.count(";") > 2 or re.search(r"\b(if|for|while|do|switch)\b", case):
            return False
    return True


def check_functions(path, text):
    for function in source.functions(text):
        def at(message, line=function.line):
            return path, line, f"{function.name}: {message}"
        if function.lines > FUNCTION_LINES_MAX:
            yield at(f"{function.lines} lines, at most {FUNCTION_LINES_MAX}: "
                     "make each part a function with a name")
        if function.parameters > PARAMETERS_MAX and not function.is_test:
            yield at(f"{function.parameters} parameters, at most {PARAMETERS_MAX}: "
                     "pass a struct of options")
        nesting = Nesting(function.code).deepest
        if nesting > NESTING_MAX:
            yield at(f"nested {nesting} deep, at most {NESTING_MAX}: "
                     "return early, or make the inner part a function")
        if is_dispatch(text, function) and not only_dispatches(function.code):
            yield at("marked as dispatch, but a case does more than one call: "
                     "move the work into a function, or remove the mark")


def is_dispatch(text, function):
    above = text[:function.start]
    while True:
        comment = source.comment_above(above, len(above))
        if comment is None:
            return False
        if DISPATCH.search(comment):
            return True
        above = above[:above.rfind(comment)]


def check_lines(path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX:
        yield path, FILE_LINES_MAX + 1, \
            f"{len(lines)} lines, at most {FILE_LINES_MAX}: split it by its nouns"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX // TAB and len(line.expandtabs(TAB)) > COLUMNS_MAX:
            yield path, number, f"{len(line.expandtabs(TAB))} columns, at most " \
                f"{COLUMNS_MAX}: break the line"


def check_complexity(root, paths):
    """pmccabe: modified counts a switch once, traditional counts its cases."""
    if not paths:
        return
    if not shutil.which("pmccabe"):
        sys.exit("check_size: pmccabe is missing: ./dev deps")
    result = subprocess.run(["pmccabe", *paths], cwd=root, capture_output=True, text=True)
    texts = {}
    for row in result.stdout.splitlines():
        fields = row.split("\t")
        match = re.fullmatch(r"(.+)\((\d+)\): (.*)", fields[5])
        modified, traditional = int(fields[0]), int(fields[1])
        if not match or traditional <= COMPLEXITY_MAX:
            continue
        path, name = match.group(1), match.group(3)
        if path not in texts:
            text = source.read(root, path)
            texts[path] = {f.name: (f, is_dispatch(text, f)) for f in source.functions(text)}
        function, dispatch = texts[path].get(name, (None, False))
        value = modified if dispatch else traditional
        if value > COMPLEXITY_MAX:
            line = function.line if function else int(match.group(2))
            yield path, line, f"{name}: cyclomatic complexity {value}, at most " \
                f"{COMPLEXITY_MAX}: use a table or split it; a switch of single calls " \
                "may be marked with /* dispatch */"


def check(root):
    c_files = [path for path in source.files(root, ".c", ".h") if not path.startswith("bpf/")]
    for path in source.files(root):
        if path.endswith(SIZED[:-2]) or os.path.basename(path) in SIZED:
            text = source.read(root, path)
            yield from check_lines(path, text)
            if path in c_files:
                yield from check_functions(path, text)
    yield from check_complexity(root, c_files)


def _function(head, body):
    return f"{head}\n{{\n{body}}}\n"


_IFS = "".join(f"\tif (a == {i})\n\t\tf();\n" for i in range(15))
_CASES = "\tswitch (a) {\n" + "".join(
    f"\tcase {i}:\n\t\treturn f{i}(a);\n" for i in range(20)) + "\t}\n\treturn 0;\n"
_DEEP = "\tfor (;;)\n\t\twhile (a)\n\t\t\tif (b) {\n\t\t\t\tswitch (c) {\n" \
        "\t\t\t\tcase 1:\n\t\t\t\t\tf();\n\t\t\t\t}\n\t\t\t}\n"
_ELSE_CHAIN = "\tif (a)\n\t\tf();\n" + "\telse if (b)\n\t\tg();\n" * 6

SAMPLES = [
    ("70 lines, 6 parameters, 4 levels and 100 columns are allowed", {
        "a.c": _function("int f(int a, int b, int c, int d, int e, void (*g)(int, int))",
                         "\tf();\n" * 70) + _function("int g(void)", _DEEP) +
        _function("int h(int a, int b)", _ELSE_CHAIN) + "/" * 100 + "\n"}, []),
    ("71 lines", {"a.c": _function("int f(void)", "\tf();\n" * 71)}, ["a.c:1"]),
    ("a test may not be longer either", {
        "a.c": _function("Test(a, b, .signal = SIGABRT)", "\tf();\n" * 71)}, ["a.c:1"]),
    ("7 parameters", {
        "a.c": "\n" + _function("static int\nf(int a, int b, int c, int d, int e, int f, int g)",
                                "\tf();\n")}, ["a.c:2"]),
    ("5 levels, also without braces", {
        "a.c": _function("int f(int a)", _DEEP.replace("f();", "if (d)\n\t\t\t\t\t\tf();"))},
     ["a.c:1"]),
    ("a loop macro is a level", {
        "a.c": _function("int f(int a)", "\tlist_for_each (a, b) {\n" + _DEEP + "\t}\n")},
     ["a.c:1"]),
    ("101 columns, tabs are 8", {"a.c": "\t" + "/" * 93 + "\n"}, ["a.c:1"]),
    ("801 lines", {"a.c": "\n" * 801}, ["a.c:801"]),
    ("complexity 16", {"a.c": _function("int f(int a)", _IFS)}, ["a.c:1"]),
    ("a switch of 20 cases needs the mark", {
        "a.c": _function("int f(int a)", _CASES)}, ["a.c:1"]),
    ("with the mark it is allowed", {
        "a.c": "/* dispatch */\n" + _function("int f(int a)", _CASES)}, []),
    ("the mark does not cover work in a case", {
        "a.c": "/* dispatch */\n/* Does it. */\n" + _function(
            "int f(int a)", _CASES.replace("return f3(a);", "a++;\n\t\tb++;\n\t\tbreak;"))},
     ["a.c:3"]),
]

if __name__ == "__main__":
    source.run(check, SAMPLES)
