# SPDX-License-Identifier: Apache-2.0
"""source.py -- what the checks need to know about C, and how a check reports.

Not a compiler: it blanks comments and literals, then follows braces. That is enough for
code in our format and takes milliseconds. A check is a function check(root) that yields
(path, line, message); run() gives it the tree, or with --self-test its samples: each
sample is a small tree in which the check must find exactly the named lines.
"""
import os
import re
import subprocess
import sys
import tempfile

DECIDERS = ["request", "transfer", "schedule", "service", "clsync", "verdict"]
LAYERS = ["base", "host", "record", "wire", "control", *DECIDERS,
          "journal", "io", "probe", "jobs", "daemon"]

_files_of_root = {}


def files(root, *suffixes):
    """Paths below root that belong to the project, relative, sorted: what git tracks or
    would track; without git everything but build/."""
    if root not in _files_of_root:
        _files_of_root[root] = list(_walk(root))
    return [path for path in _files_of_root[root] if path.endswith(suffixes or "")]


def _walk(root):
    if os.path.isdir(os.path.join(root, ".git")):
        command = ["git", "-C", root, "ls-files", "-co", "--exclude-standard"]
        found = subprocess.run(command, capture_output=True, text=True)
        if found.returncode == 0:
            yield from sorted(path for path in found.stdout.splitlines()
                              if os.path.isfile(os.path.join(root, path)))
            return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders
                            if name not in (".git", "build", "__pycache__"))
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def layer_of(path):
    """The layer of engine/LAYER/..., "cli/client", "cli", or None."""
    parts = path.split("/")
    if parts[0] == "engine" and len(parts) > 2:
        return parts[1]
    if parts[0] == "cli":
        return "cli/client" if parts[1] == "client" else "cli"
    return None


_NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def _blank(match):
    text = match.group(0)
    keep = text[0] if text[0] in "\"'" else " "
    return keep + re.sub(r"[^\n]", " ", text[1:-1]) + keep


def without_comments(text):
    """Comments as spaces, lines and columns kept."""
    return _NOT_CODE.sub(
        lambda match: _blank(match) if match.group(0)[0] == "/" else match.group(0), text)


def code_of(text):
    """Comments and the insides of literals as spaces, lines and columns kept."""
    return _NOT_CODE.sub(_blank, text)


def without_directives(code):
    return _DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), code)


def line_at(text, position):
    return text.count("\n", 0, position) + 1


def statements(code):
    """Top-level statements of code_of() text as (start, end, head, body): head is the
    text before the first brace, body the (start, end) of the last brace group or None."""
    code = without_directives(code)
    start, depth, body, opened = 0, 0, None, 0
    for match in re.finditer(r"[{};]", code):
        mark, position = match.group(0), match.start()
        if mark == "{":
            if depth == 0:
                opened = position
            depth += 1
        elif mark == "}":
            depth = max(depth - 1, 0)
            if depth == 0:
                body = (opened, position)
                if _is_function_head(code[start:opened]):
                    yield _statement(code, start, position + 1, body)
                    start, body = position + 1, None
        elif depth == 0:
            yield _statement(code, start, position + 1, body)
            start, body = position + 1, None


def _statement(code, start, end, body):
    start += len(code[start:end]) - len(code[start:end].lstrip())
    head = code[start:body[0]] if body else code[start:end - 1]
    return start, end, head, body


def _is_function_head(head):
    head = _ATTRIBUTE.sub(" ", head).strip()
    return head.endswith(")") and "=" not in head.split("(")[0]


_ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)|\b[A-Z_]*PRINTF[A-Z_]*\s*\([^()]*\)", re.S)


class Function:
    """A function definition: name, line of its first and last body line, body span."""

    def __init__(self, text, code, start, head, body):
        self.line = line_at(text, start)
        self.start = start
        self.body = body
        self.code = code[body[0] + 1:body[1]]
        self.lines = text.count("\n", body[0], body[1]) - 1
        self.name, self.parameters = _name_and_parameters(head)
        self.is_test = self.name in ("Test", "ParameterizedTest", "ParameterizedTestParameters",
                                     "TestSuite", "ReportHook", "Theory")
        if self.is_test:
            self.name = " ".join(head.split())


def _name_and_parameters(head):
    head = _ATTRIBUTE.sub(" ", head).strip()
    depth, position = 0, len(head)
    while position > 0:
        position -= 1
        depth += {")": 1, "(": -1}.get(head[position], 0)
        if depth == 0:
            break
    inside = head[position + 1:-1].strip()
    name = re.search(r"(\w+)\s*$", head[:position])
    depth, commas = 0, 0
    for mark in inside:
        depth += {"(": 1, ")": -1}.get(mark, 0)
        commas += mark == "," and depth == 0
    count = 0 if inside in ("", "void") else commas + 1
    return name.group(1) if name else "?", count


def functions(text):
    code = code_of(text)
    for start, _, head, body in statements(code):
        if body and _is_function_head(head):
            yield Function(text, code, start, head, body)


def comment_above(text, position):
    """The comment that ends on the line directly above position, or None."""
    above = text[:text.rfind("\n", 0, position) + 1].rstrip(" \t")
    if not above.endswith("*/\n"):
        return None
    return above[above.rfind("/*"):]


# ---- running ---------------------------------------------------------------

def run(check, samples):
    """Ends the process: 0 nothing found, 1 something found."""
    if sys.argv[1:2] == ["--self-test"]:
        sys.exit(_self_test(check, samples))
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = 0
    for path, line, message in check(root):
        print(f"{path}:{line}: {message}")
        found += 1
    sys.exit(1 if found else 0)


def _self_test(check, samples):
    """samples: (what it shows, {path: text}, {"path:line", ...} that must be found)."""
    bad = 0
    for claim, tree, expected in samples:
        with tempfile.TemporaryDirectory() as root:
            for path, text in tree.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            found = [(f"{path}:{line}", message) for path, line, message in check(root)]
        if {place for place, _ in found} != set(expected):
            print(f"self-test: {claim}: expected {sorted(expected)}, found {found}")
            bad += 1
    print(f"{len(samples)} samples, {bad} judged wrongly")
    return 1 if bad else 0
