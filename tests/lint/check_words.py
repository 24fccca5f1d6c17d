#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_words.py -- nothing that is true on one machine only, and names that say something.

No path of a developer's machine, no host of a package registry (a build takes what the
system has), no file named util, common, misc or manager; the text is about the program,
not about how it came to be written.
"""
import os
import re

import source

# Written so that this file does not contain what it looks for.
HOSTS = "py[p]i\\.org|files\\.pythonhost[e]d|registry\\.npm[j]s|crates\\.i[o]|prox[y]\\.golang" \
        "|de[b]\\.debian\\.org" \
        "|repo1?\\.mave[n]|rubygem[s]\\.org|doc[k]er\\.io|ghc[r]\\.io|qua[y]\\.io"
PATTERNS = [
    (re.compile(r"(?<![\w.])/wor[k](?![\w-])|(?<![\w.])/hom[e]/\w+|(?<![\w])\.\./share[d]/"
                r"|/tm[p]/build-"),
     "a path of one machine: write it from the top of the project, or make it an option"),
    (re.compile(HOSTS), "a package registry: a build takes what Debian has installed"),
    (re.compile(r"(?i)\b(chat[g]pt|cop[i]lot|claud[e]|anthropi[c]|open[a]i|ll[m]s?|sub-?agen[t]s?"
                r"|a[i][- ](agent|assistant|generated|session)s?|language mode[l]s?)\b"
                r"|(?-i:\bA[I]\b)"),
     "the text is about the program: take it out"),
]
NAMES = re.compile(r"(^|_)(utils?|common|misc|managers?|helpers?)(_|\.|$)")
BINARY = re.compile(r"^tests/fuzz/corpus/|\.(png|pem|db|zst)$")


def check(root):
    for path in source.files(root):
        name = NAMES.search(os.path.basename(path))
        if name and not path.startswith("tests/fuzz/corpus/"):
            yield path, 1, f'"{name.group(2)}" says nothing: name the file after its noun'
        if BINARY.search(path) or path == "LICENSE":
            continue
        text = source.read(root, path)
        for pattern, message in PATTERNS:
            for match in pattern.finditer(text):
                yield path, source.line_at(text, match.start()), \
                    f'"{match.group(0)}": {message}'


SAMPLES = [
    ("ordinary words", {
        "docs/a.md": "A session with a peer; an ssh-agent; network/work/a; /tmp/x\n",
        "engine/base/ranges.c": "/* The helper thread said so again. */\n"}, []),
    ("a path of one machine", {
        "docs/a.md": "ok\nsee /wor" "k/main/x\n", "tests/e2e/a.sh": "cd /hom" "e/me/x\n"},
     ["docs/a.md:2", "tests/e2e/a.sh:1"]),
    ("a registry", {"dev": "curl https://py" "pi.org/x\n"}, ["dev:1"]),
    ("how it was written", {"README.md": "Written by A" "I\n"}, ["README.md:1"]),
    ("a name that says nothing", {"engine/base/string_util.c": ""},
     ["engine/base/string_util.c:1"]),
]

if __name__ == "__main__":
    source.run(check, SAMPLES)
