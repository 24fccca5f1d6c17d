/* SPDX-License-Identifier: Apache-2.0 */
/* backend.h -- which way to the kernel a loop takes, chosen once when it starts.
 *
 * Makes a struct ops (op.h) over io_uring or over epoll; the simulated one has its own
 * constructor in backend_sim.h. It is not a place for anything else: what an ops does once
 * it exists is said in op.h alone.
 * Its one idea: stepping down from io_uring to epoll is never silent. It is counted in the
 * ops (op.h: demotions), kept as a sentence, and logged as one line. */
#pragma once

#include "base/compiler.h"

struct file_workers;
struct log;
struct ops;

enum io_engine {
	IO_AUTO,  /* io_uring, and epoll where the kernel refuses it */
	IO_URING, /* io_uring or nothing */
	IO_EPOLL, /* epoll, also where io_uring would work */
};

struct ops_settings {
	struct file_workers *workers; /* shared by all loops, outlives the ops; never NULL */
	struct log *log;	      /* where a demotion is told; NULL = nowhere */
	unsigned queue_depth;	      /* submission entries of the ring; 0 = HFT_RING_DEPTH */
};

/* Makes the ops for one loop with the engine wanted. With IO_AUTO a refused io_uring gives
 * epoll, `demotions` of the ops is 1, one line is logged, and ops_demotion() tells why.
 * With IO_URING a refusal is the error returned (-EPERM under seccomp or
 * kernel.io_uring_disabled, -ENOSYS, -ENOTSUP when the kernel is too old, -ENOMEM).
 * May be called on any thread; the thread of the first ops_wait() is the loop's own and
 * no other may call ops_wait() later. On failure *ret_ops is untouched. */
HFT_MUST_USE int ops_new(enum io_engine engine, const struct ops_settings *settings,
			 struct ops **ret_ops);

/* Why epoll was taken although io_uring was wanted, in one sentence; "" when it was not. */
const char *ops_demotion(const struct ops *ops);

/* The two constructors behind ops_new(); 0 or a negative errno as described there. */
HFT_MUST_USE int backend_uring_new(const struct ops_settings *settings, struct ops **ret_ops);
HFT_MUST_USE int backend_epoll_new(const struct ops_settings *settings, struct ops **ret_ops);
