/* SPDX-License-Identifier: Apache-2.0 */
/* op_state.c -- see op_state.h. */
#include "io/op_state.h"

#include <errno.h>
#include <poll.h>

/* One call moves at most this much; the kernel's own bound is a page below 2 GiB. */
#define CALL_BYTES_MAX ((size_t)1 << 30)

void op_begin(struct op *op)
{
	op->result = 0;
	op->backend.state = STATE_NONE;
	op->backend.stage = STAGE_ACT;
	op->backend.asked = ASKED_NOTHING;
	op->backend.token = UINT32_MAX;
	op->backend.progress = 0;
}

bool op_is_for_workers(const struct op *op)
{
	switch (op->kind) {
	case OP_RESOLVE:
	case OP_OPEN:
	case OP_STAT:
	case OP_TRUNCATE:
	case OP_MODE:
	case OP_SYNC:
	case OP_RENAME:
	case OP_UNLINK:
	case OP_COPY:
	case OP_LOCK:
		return true;
	default:
		return false;
	}
}

uint32_t op_readiness(const struct op *op)
{
	switch (op->kind) {
	case OP_CONNECT:
	case OP_SEND:
	case OP_WRITE:
		return POLLOUT;
	default:
		return POLLIN;
	}
}

int64_t op_cut_short(const struct op *op)
{
	if (op->backend.asked == ASKED_ABORT || op->backend.progress == 0)
		return -ECANCELED;
	return (int64_t)op->backend.progress;
}

static uint64_t op_bytes_wanted(const struct op *op)
{
	return op->kind == OP_SKIP ? op->args.skip.bytes : op->args.data.bytes;
}

/* A skip is whole by nature: who drops a prefix wants all of it gone. */
static bool op_is_whole(const struct op *op)
{
	return op->kind == OP_SKIP || op->args.data.whole;
}

bool op_moved(struct op *op, int64_t count, int64_t *ret_result)
{
	if (count > 0)
		op->backend.progress += (uint64_t)count;
	if (count > 0 && op_is_whole(op) && op->backend.asked == ASKED_NOTHING &&
	    op->backend.progress < op_bytes_wanted(op))
		return false;
	if (op->backend.asked == ASKED_ABORT)
		*ret_result = -ECANCELED;
	else if (count < 0 && op->backend.progress == 0)
		*ret_result = count;
	else
		*ret_result = (int64_t)op->backend.progress;
	return true;
}

uint8_t *op_data(const struct op *op)
{
	return (uint8_t *)op->args.data.data + op->backend.progress;
}

size_t op_data_left(const struct op *op)
{
	return min_size(op->args.data.bytes - (size_t)op->backend.progress, CALL_BYTES_MAX);
}
