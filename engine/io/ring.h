/* SPDX-License-Identifier: Apache-2.0 */
/* ring.h -- making an io_uring: the flags we want, why, and what to do without each.
 *
 * For backend_uring.c and features.c. It only makes the ring; nothing is submitted here.
 * Its one idea: the kernel is asked for everything and flags are taken off one by one,
 * newest first, until it agrees. */
#pragma once

#include "base/compiler.h"

struct io_uring;

/* One set-up flag. */
struct ring_flag {
	unsigned bit;	    /* IORING_SETUP_... */
	const char *name;   /* as in the log line and in hft doctor */
	const char *kernel; /* the first kernel that has it */
	const char *why;    /* what it brings */
};

/* All optional flags, oldest first; *ret_count of them. */
const struct ring_flag *ring_flags(unsigned *ret_count);

/* Makes a ring of `depth` submission entries that is still disabled: the thread that enables it
 * owns it. *ret_flags are the flags it has. Returns 0 or a negative errno with the outputs
 * untouched: -EPERM, -ENOSYS or -ENOMEM from the kernel, -ENOTSUP when it is too old for us
 * (5.11: waiting with a time limit). */
HFT_MUST_USE int ring_open(unsigned depth, struct io_uring *ret_ring, unsigned *ret_flags);
