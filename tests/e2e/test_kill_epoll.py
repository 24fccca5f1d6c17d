#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random kill -9 of both sides, with io_uring refused by the kernel."""

import engines
import kill_cases
import transfer_cases

kill_cases.run_kills(transfer_cases.without_io_uring(engines.BUILD))
