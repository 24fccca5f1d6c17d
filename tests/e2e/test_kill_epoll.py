#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random kill -9 of both sides, with io_uring refused by the kernel."""

import engines
import kill_cases
import transfer_cases


def a_hundred_kills_without_io_uring():
    kill_cases.kill_at_random(transfer_cases.without_io_uring(engines.BUILD),
                              kill_cases.number_of_kills())


engines.run(a_hundred_kills_without_io_uring)
