#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_shell.py -- shell scripts are POSIX sh, as dash runs it, and shellcheck is content."""
import re
import shutil
import subprocess
import sys

import source

FOUND = re.compile(r"(.+?):(\d+):\d+: \w+: (.*)")


def is_shell(root, path):
    if path.endswith(".sh"):
        return True
    return "." not in path.split("/")[-1] and \
        source.read(root, path)[:40].startswith(("#!/bin/sh", "#!/bin/bash", "#!/usr/bin/env bash"))


def check(root):
    if not shutil.which("shellcheck"):
        print("shellcheck is missing: ./dev deps")
        sys.exit(77)
    paths = [path for path in source.files(root)
             if not path.startswith("tests/fuzz/corpus/") and is_shell(root, path)]
    for path in paths:
        first = source.read(root, path).split("\n", 1)[0]
        if "bash" in first:
            yield path, 1, "needs bash: write it for /bin/sh"
    if not paths:
        return
    said = subprocess.run(["shellcheck", "--format=gcc", "--external-sources",
                           "--source-path=SCRIPTDIR", *paths],
                          cwd=root, capture_output=True, text=True).stdout
    for path, line, message in FOUND.findall(said):
        yield path, int(line), message


SAMPLES = [
    ("a clean script", {"tests/e2e/a.sh": '#!/bin/sh\necho "$1"\n'}, []),
    ("an unquoted variable", {"tests/e2e/a.sh": "#!/bin/sh\nrm $1\n"}, ["tests/e2e/a.sh:2"]),
    ("bash", {"dev": "#!/bin/bash\necho x\n"}, ["dev:1"]),
]

if __name__ == "__main__":
    source.run(check, SAMPLES)
