#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""count_results.py -- how many tests of a ctest run passed, failed and were skipped.

Reads the JUnit file that `ctest --output-junit` writes and prints "passed failed skipped".
A Criterion program counts with each test in it, everything else as one. The names of what
failed, with the end of its output, go to standard error.
"""
import re
import sys
import xml.etree.ElementTree as xml

SYNTHESIS = re.compile(r"Tested: (\d+) \| Passing: (\d+) \| Failing: (\d+) \| Crashing: (\d+)")
SHOWN_LINES = 40


def counts(case):
    """Returns (passed, failed, skipped) of one ctest entry."""
    status = case.get("status")
    if status == "notrun" or status == "disabled":
        skipped = case.find("skipped")
        reason = skipped.get("message", "") if skipped is not None else ""
        return (0, 0, 1) if "SKIP" in reason.upper() else (0, 1, 0)
    inside = SYNTHESIS.search(case.findtext("system-out") or "")
    if not inside:
        return (1, 0, 0) if status == "run" else (0, 1, 0)
    tested, passing, failing, crashing = map(int, inside.groups())
    failed = failing + crashing
    if status != "run":
        failed = max(failed, 1)
    if tested == 0:
        failed = max(failed, 1)
    return (passing, failed, 0)


def main():
    totals = [0, 0, 0]
    for case in xml.parse(sys.argv[1]).getroot().iter("testcase"):
        numbers = counts(case)
        totals = [total + number for total, number in zip(totals, numbers)]
        if numbers[1]:
            output = (case.findtext("system-out") or "").rstrip().splitlines()
            print(f"--- {case.get('name')} failed", *output[-SHOWN_LINES:],
                  sep="\n    ", file=sys.stderr)
    print(*totals)


if __name__ == "__main__":
    main()
