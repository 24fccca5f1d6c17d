#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_rules.py -- a test names only rules of behaviour that exist.

rules.txt lists them, one a line: "D-111 subject", with [exempt] at the end for vocabulary
and tables that need no test of their own. A test names a rule by HFT_RULE(D_111), a shell
test by hft_rule D_111.

  check_rules.py --missing FILE [ROOT]   prints the rules that are not in FILE, which the
                                         tests wrote while they ran ($HFT_RULES_FILE)
"""
import re
import sys

import source

RULES = "tests/lint/rules.txt"
NAMED = re.compile(r"\b(?:HFT_RULE\(\s*|hft_rule +)([A-Za-z]\w*[-_]?\w*)")
DOCUMENTED_IN = ("tests/support/rule.h", "tests/support/rule.sh")


def rules(root):
    """{"D-111": (subject, exempt)}"""
    found = {}
    for line in source.read(root, RULES).splitlines():
        match = re.match(r"([CD]-\d+) (.*?)( \[exempt\])?$", line)
        if match:
            found[match.group(1)] = (match.group(2), bool(match.group(3)))
    return found


def check(root):
    known = rules(root)
    for path in source.files(root, ".c", ".h", ".sh", ".py"):
        if not path.startswith("tests/") or path.startswith("tests/lint/") \
                or path in DOCUMENTED_IN:
            continue
        text = source.read(root, path)
        for match in NAMED.finditer(source.without_comments(text)
                                    if path.endswith((".c", ".h")) else text):
            name = match.group(1).replace("_", "-")
            if name not in known:
                yield path, source.line_at(text, match.start()), \
                    f"rule {match.group(1)} is not in {RULES}: name one that is, as D_111"


def print_missing(ran_file, root):
    with open(ran_file, encoding="utf-8") as file:
        ran = set(file.read().split())
    wanted = {name: subject for name, (subject, exempt) in rules(root).items() if not exempt}
    for name, subject in wanted.items():
        if name not in ran:
            print(f"{name} {subject}")
    print(f"{len(set(wanted) & ran)} of {len(wanted)} rules have a test that ran")


_RULES = {RULES: "# list\nD-1 word: x [exempt]\nD-111 wait: y\nC-2 z\n"}

SAMPLES = [
    ("rules that exist", {
        **_RULES, "tests/unit/base/test_a.c": "\tHFT_RULE(D_111);\n\tHFT_RULE(C_2);\n",
        "tests/e2e/a.sh": "hft_rule D_1\n"}, []),
    ("rules that do not", {
        **_RULES, "tests/unit/base/test_a.c": "\n\tHFT_RULE(D_112);\n",
        "tests/e2e/a.sh": "hft_rule C_9\n"}, ["tests/unit/base/test_a.c:2", "tests/e2e/a.sh:1"]),
]

if __name__ == "__main__":
    if sys.argv[1:2] == ["--missing"]:
        print_missing(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ".")
    else:
        source.run(check, SAMPLES)
