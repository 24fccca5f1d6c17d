#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# one_file.sh -- how fast one file of 1 GiB becomes durable at the other engine, over loopback.

exec python3 "$(dirname "$0")/one_file.py"
