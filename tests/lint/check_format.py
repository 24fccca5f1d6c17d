#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_format.py -- C looks as clang-format with our .clang-format leaves it.

Version 14, that of Debian 12: another version formats a little differently, and two of
them in one project never come to rest. Without it the check is skipped (77).
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

import source

VERSION = "14"
BATCH = 16
FOUND = re.compile(r"(.+?):(\d+):\d+: (?:error|warning): code should be clang-formatted")


def program():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        if shutil.which(name):
            said = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if f"version {VERSION}." in said:
                return name
    print(f"clang-format {VERSION} is missing: ./dev deps")
    sys.exit(77)


def check(root):
    name = program()
    # The style of this project also where a sample brings none.
    style = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.clang-format")
    command = [name, f"--style=file:{style}", "--dry-run", "--ferror-limit=1"]
    paths = source.files(root, ".c", ".h")
    batches = [paths[at:at + BATCH] for at in range(0, len(paths), BATCH)]

    def run(batch):
        return subprocess.run([*command, *batch], cwd=root, capture_output=True, text=True).stderr

    seen = set()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for said in pool.map(run, batches):
            for path, line in FOUND.findall(said):
                if path not in seen:
                    seen.add(path)
                    yield path, int(line), f"not in our format: {name} -i {path}"


_GOOD = """\
struct ranges {
	struct range list[HFT_RANGES_MAX];
	uint32_t count; /* ranges in use */
};

int journal_open(const char *path, struct journal **ret_journal)
{
	struct journal *journal = NULL;
	int error = 0;

	assert(path);
	journal = calloc(1, sizeof(*journal));
	if (!journal)
		return -ENOMEM;
	if (error < 0)
		goto fail;
	return 0;

fail:
	journal_free(journal);
	return error;
}

Test(ranges, adding_an_empty_range_is_a_bug, .signal = SIGABRT)
{
	HFT_RULE(D_1);
	ranges_add(NULL, 1, 1);
}
"""

SAMPLES = [
    ("our format is left alone", {"engine/a.c": _GOOD}, []),
    ("spaces, and a brace elsewhere", {
        "engine/a.c": "int f(void) {\n    return 0;\n}\n", "engine/b.c": _GOOD}, ["engine/a.c:1"]),
]

if __name__ == "__main__":
    source.run(check, SAMPLES)
