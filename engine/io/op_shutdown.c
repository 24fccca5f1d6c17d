/* SPDX-License-Identifier: Apache-2.0 */
/* op_shutdown.c -- the end of our sending side, op.h.
 *
 * Not an operation in flight: shutdown(2) never waits, so kernel backends need no code for
 * it. A backend whose descriptors are not the kernel's brings its own. */
#include <assert.h>
#include <sys/socket.h>

#include "io/op.h"

void ops_shutdown(struct ops *ops, int fd)
{
	assert(ops);
	assert(fd >= 0);

	if (ops->backend->shutdown)
		ops->backend->shutdown(ops, fd);
	else
		(void)shutdown(fd, SHUT_WR); /* fails only when the connection is over already */
}
