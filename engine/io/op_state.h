/* SPDX-License-Identifier: Apache-2.0 */
/* op_state.h -- what the two kernel backends keep in op->backend, and rules both follow.
 *
 * For backend_uring.c and backend_epoll.c only. No system calls in here.
 * Its one idea: an op is in exactly one list at a time, and its state says in which. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "io/op.h"

/* op->backend.state: who has it. Written on the loop's thread only. */
enum op_state {
	STATE_NONE,	  /* nobody: not submitted, or dispatched */
	STATE_PENDING,	  /* uring: to be put into the ring, list `pending` */
	STATE_FLYING,	  /* uring: in the kernel, list `flying` */
	STATE_CANCELLING, /* uring: in the kernel, a cancel is due, list `cancelling` */
	STATE_WAITING,	  /* epoll: for readiness, a list of its descriptor */
	STATE_HANDED,	  /* with the file workers */
	STATE_OVER,	  /* waits for its done(), list `over` */
};

/* op->backend.stage while the ring has it. */
enum op_stage {
	STAGE_ACT,  /* what was asked for */
	STAGE_POLL, /* waits until it can be done without waiting */
};

/* op->backend.asked: what the owner wants to happen early. */
enum op_asked {
	ASKED_NOTHING,
	ASKED_CANCEL, /* ends with what it has reached */
	ASKED_ABORT,  /* ends with -ECANCELED: nobody may use what came */
};

/* Prepares the backend's part for a new life. */
void op_begin(struct op *op);

/* True for the kinds that file workers perform in both backends. */
HFT_MUST_USE bool op_is_for_workers(const struct op *op);

/* The readiness the op waits for: POLLIN or POLLOUT. */
HFT_MUST_USE uint32_t op_readiness(const struct op *op);

/* The result of an op that ends before its time. */
HFT_MUST_USE int64_t op_cut_short(const struct op *op);

/* For data ops and OP_SKIP: notes that a call moved `count` bytes, 0 at the end of the stream, or
 * failed with a negative errno. True when the op is over, *ret_result is its result then. */
HFT_MUST_USE bool op_moved(struct op *op, int64_t count, int64_t *ret_result);

/* Where the next call for a data op goes on, and how many bytes it may move (1 GiB at most). */
uint8_t *op_data(const struct op *op);
HFT_MUST_USE size_t op_data_left(const struct op *op);
