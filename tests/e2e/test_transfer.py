#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a user does with two engines, over whatever the kernel offers best."""

import engines
import transfer_cases

engines.run(*transfer_cases.cases([]), at_once=transfer_cases.AT_ONCE)
