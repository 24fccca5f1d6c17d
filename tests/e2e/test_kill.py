#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random kill -9 of both sides, over whatever the kernel offers best."""

import engines
import kill_cases


def a_hundred_kills():
    kill_cases.kill_at_random([], kill_cases.number_of_kills())


engines.run(a_hundred_kills)
