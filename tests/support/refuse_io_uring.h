/* SPDX-License-Identifier: Apache-2.0 */
/* refuse_io_uring.h -- makes this process one in which io_uring is forbidden.
 *
 * As a container's seccomp filter does: the three calls answer EPERM, everything else works.
 * It cannot be undone, goes on in children, and needs no right. */
#pragma once

#include "base/compiler.h"

/* Installs the filter. Returns 0 or a negative errno. For the calling thread and those it
 * starts from now on: call it before any thread exists. */
HFT_MUST_USE int refuse_io_uring(void);
