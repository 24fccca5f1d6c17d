/* SPDX-License-Identifier: Apache-2.0 */
/* op.c -- the part of op.h that is the same for every backend: counting and dispatch. */
#include "io/op.h"

#include <assert.h>

void ops_submit(struct ops *ops, struct op *op)
{
	assert(ops);
	assert(op->kind < OP_KINDS);
	assert(op->done);

	ops->submitted[op->kind]++;
	ops->backend->submit(ops, op);
}

void ops_cancel(struct ops *ops, struct op *op)
{
	assert(ops);
	assert(op);

	ops->backend->cancel(ops, op);
}

int ops_wait(struct ops *ops, uint64_t deadline_ns)
{
	return ops->backend->wait(ops, deadline_ns);
}

/* done() may submit, cancel, or free the struct the op lives in: the op is not looked at
 * after the call. */
unsigned ops_dispatch(struct ops *ops, unsigned budget)
{
	unsigned count = 0;

	while (count < budget) {
		struct op *op = ops->backend->take(ops);

		if (!op)
			break;
		if (op->result < 0)
			ops->failed[op->kind]++;
		count++;
		op->done(op);
	}
	return count;
}

uint64_t ops_now_ns(struct ops *ops)
{
	return ops->backend->now_ns(ops);
}

uint64_t ops_wall_ns(struct ops *ops)
{
	return ops->backend->wall_ns(ops);
}

void ops_wake(struct ops *ops)
{
	ops->backend->wake(ops);
}

int ops_listen(struct ops *ops, const struct net_address *at, int *ret_fd, uint16_t *ret_port)
{
	assert(at);
	assert(ret_fd);

	return ops->backend->listen(ops, at, ret_fd, ret_port);
}

void ops_close(struct ops *ops, int fd)
{
	assert(fd >= 0);

	ops->backend->close(ops, fd);
}

void ops_abort(struct ops *ops, int fd)
{
	assert(fd >= 0);

	ops->backend->abort(ops, fd);
}

int ops_register_pool(struct ops *ops, struct buffer_pool *pool)
{
	assert(pool);

	return ops->backend->register_pool(ops, pool);
}

const char *ops_backend_name(const struct ops *ops)
{
	return ops->backend->name;
}

void ops_free(struct ops *ops)
{
	if (ops)
		ops->backend->free(ops);
}
