#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random kill -9 of both sides, over whatever the kernel offers best."""

import kill_cases

kill_cases.run_kills([])
