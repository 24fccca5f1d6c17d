#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a user does with two engines to which the kernel refuses io_uring."""

import engines
import transfer_cases

engines.run(*transfer_cases.cases(transfer_cases.without_io_uring(engines.BUILD)),
            at_once=transfer_cases.AT_ONCE)
